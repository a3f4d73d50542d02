//! Numbers on their way to and from a learner's function.

use serde::Serialize;

/// A row-major array of one of the labs' element types.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Array {
    /// Its dimensions; empty for a scalar.
    pub shape: Vec<usize>,
    /// Its numbers.
    pub values: Values,
}

/// The numbers of an [`Array`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Values {
    /// `f32`.
    F32(Vec<f32>),
    /// `i32`.
    I32(Vec<i32>),
}

/// An argument of a learner's function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A plain integer.
    Int(usize),
    /// An array.
    Array(Array),
}

impl Array {
    /// An f32 array; panics if the sizes do not fit, which is a bug of the caller.
    #[track_caller]
    pub fn f32(shape: impl Into<Vec<usize>>, values: Vec<f32>) -> Array {
        let shape = shape.into();
        assert_eq!(shape.iter().product::<usize>(), values.len(), "an array of shape {shape:?}");
        Array { shape, values: Values::F32(values) }
    }

    /// The numbers as f32; panics for another type, which is a bug of the caller.
    #[track_caller]
    pub fn floats(&self) -> &[f32] {
        match &self.values {
            Values::F32(values) => values,
            Values::I32(_) => panic!("an i32 array where f32 was expected"),
        }
    }

    /// The numbers as i32; panics for another type, which is a bug of the caller.
    #[track_caller]
    pub fn ints(&self) -> &[i32] {
        match &self.values {
            Values::I32(values) => values,
            Values::F32(_) => panic!("an f32 array where i32 was expected"),
        }
    }

    /// How many numbers it holds.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::F32(values) => values.len(),
            Values::I32(values) => values.len(),
        }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers in one row of the first dimension.
    pub fn row_len(&self) -> usize {
        self.shape.get(1..).unwrap_or(&[]).iter().product()
    }

    /// The index, one number per dimension, of the number at `flat`.
    ///
    /// ```
    /// let a = course::Array::f32([2, 3], vec![0.0; 6]);
    /// assert_eq!(a.index_of(4), vec![1, 1]);
    /// ```
    pub fn index_of(&self, mut flat: usize) -> Vec<usize> {
        let mut index = vec![0; self.shape.len()];
        for (i, &dim) in index.iter_mut().zip(&self.shape).rev() {
            (*i, flat) = (flat % dim, flat / dim);
        }
        index
    }
}

impl Value {
    /// The array; panics for an integer, which is a bug of the caller.
    #[track_caller]
    pub fn array(&self) -> &Array {
        match self {
            Value::Array(array) => array,
            Value::Int(_) => panic!("an integer where an array was expected"),
        }
    }

    /// The integer; panics for an array, which is a bug of the caller.
    #[track_caller]
    pub fn int(&self) -> usize {
        match self {
            Value::Int(value) => *value,
            Value::Array(_) => panic!("an array where an integer was expected"),
        }
    }

    /// How many numbers it holds: what makes a case small.
    pub fn len(&self) -> usize {
        match self {
            Value::Int(_) => 1,
            Value::Array(array) => array.len(),
        }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
