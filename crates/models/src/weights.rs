//! Weights by their published names, both ways.
//!
//! Our parameter names and layouts are those of the published checkpoints, so the map is the identity so far; a
//! missing, surplus or misshapen array is an error that names it.

use formats::safetensors::{ArrayRef, Contents};
use tensor::Params;

sys::coded_error! {
    /// Why arrays are not the weights of a model.
    pub enum WeightsError {
        /// A parameter has no array.
        Missing { name: String } = "weights.missing",
        /// An array belongs to no parameter.
        Surplus { name: String } = "weights.surplus",
        /// An array has another shape than its parameter.
        Shape { name: String, expected: String, found: String } = "weights.shape",
        /// An array holds integers, or another type that is no number of a model.
        Type { name: String, found: &'static str } = "weights.type",
    }
}

/// All parameters as named arrays in declared order.
pub fn to_arrays(params: &Params) -> Vec<ArrayRef<'_>> {
    arena_to_arrays(params, params.weights())
}

/// The same for another arena of their layout, such as their average.
pub fn arena_to_arrays<'a>(params: &'a Params, values: &'a [f32]) -> Vec<ArrayRef<'a>> {
    params
        .entries()
        .iter()
        .map(|entry| ArrayRef { name: &entry.name, shape: &entry.shape, values: &values[entry.range.clone()] })
        .collect()
}

/// Fills `params` from a file's arrays; nothing is changed unless all of them fit.
pub fn from_arrays(params: &mut Params, contents: &Contents) -> Result<(), WeightsError> {
    let entries = params.entries().to_vec();
    if let Some(array) = contents.arrays.iter().find(|array| entries.iter().all(|entry| entry.name != array.name)) {
        return Err(WeightsError::Surplus { name: array.name.clone() });
    }
    for entry in &entries {
        let Some(array) = contents.get(&entry.name) else {
            return Err(WeightsError::Missing { name: entry.name.clone() });
        };
        if array.shape != entry.shape {
            let (expected, found) = (format!("{:?}", entry.shape), format!("{:?}", array.shape));
            return Err(WeightsError::Shape { name: entry.name.clone(), expected, found });
        }
    }
    let weights = params.weights_mut();
    for entry in entries {
        if let Some(array) = contents.get(&entry.name) {
            weights[entry.range].copy_from_slice(&array.values);
        }
    }
    Ok(())
}
