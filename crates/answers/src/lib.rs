//! The engine's functions as the labs' reference answers.
//!
//! A lab names its answer (`answer = "softmax"` in `lab.toml`); [`find`] gives the function. Each is made of the
//! plain references that the lessons show; sums are formed in f64 and rounded once at the end, so that no check depends on
//! their order. The other way round, [`plug`] lets a learner's function do the engine's work.

mod attention;
mod bm25;
mod checkpoint;
mod chunking;
mod matmul;
pub mod plug;

use course::{Answer, Array};
use kernels::softmax;

/// The reference function called `name`.
///
/// ```
/// use course::{Array, Value};
/// let softmax = answers::find("softmax").unwrap();
/// let weights = softmax(&[Value::Array(Array::f32([1, 2], vec![7.0, 7.0]))]);
/// assert_eq!(weights.floats(), [0.5, 0.5]);
/// ```
pub fn find(name: &str) -> Option<Answer> {
    Some(match name {
        "softmax" => |arguments| {
            let scores = arguments[0].array();
            let [_, m] = dims(scores);
            let mut weights = vec![0.0; scores.len()];
            softmax::reference(&wide(scores), m, &mut weights);
            narrow(scores.shape.clone(), &weights)
        },
        "attend" => attention::attend,
        "attend_causal" => attention::attend_causal,
        "multi_head" => attention::multi_head,
        "causal_attention" => attention::causal_attention,
        "idf" => bm25::idf,
        "score" => bm25::score,
        "postings" => bm25::postings,
        "scores" => bm25::scores,
        "best" => bm25::best,
        "live_scores" => bm25::live_scores,
        "scores_of_texts" => bm25::scores_of_texts,
        "windows" => chunking::of_one_size,
        "pack_sentences" => chunking::whole_sentences,
        "by_structure" => chunking::by_structure,
        "depths" => chunking::depths,
        "parents" => chunking::parents,
        "product" => matmul::product,
        "by_rows" => matmul::by_rows,
        "pack" => matmul::pack,
        "add_tile" => matmul::add_tile,
        "blocked" => matmul::blocked,
        "bf16" => checkpoint::bf16,
        "read_array" => checkpoint::read_array,
        "q4_0" => checkpoint::q4_0,
        "rms_norm" => checkpoint::rms_norm,
        "rotary" => checkpoint::rotary,
        "logits" => checkpoint::logits,
        _ => return None,
    })
}

/// The dimensions of an array of this many.
fn dims<const N: usize>(array: &Array) -> [usize; N] {
    array.shape.as_slice().try_into().unwrap_or_else(|_| panic!("{N} dimensions expected, found {:?}", array.shape))
}

fn wide(array: &Array) -> Vec<f64> {
    array.floats().iter().map(|&x| f64::from(x)).collect()
}

fn narrow(shape: impl Into<Vec<usize>>, values: &[f64]) -> Array {
    Array::f32(shape, values.iter().map(|&x| x as f32).collect())
}
