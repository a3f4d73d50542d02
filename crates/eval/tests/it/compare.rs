//! Two models on the same prompts.

use check::{Outcome, Stop, equal, that};
use eval::compare::compare;
use infer::TextModel;
use std::path::Path;

fn open(name: &str) -> Result<TextModel, Stop> {
    let families = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families");
    Ok(TextModel::new(models::folder::open(families.join(name))?)?)
}

/// Only one of the tokenizers joins "in", so of a prompt that begins with it no position comes after the same tokens.
pub fn nothing_compared_is_no_difference_of_zero() -> Outcome {
    let (a, b) = (open("llama.gguf")?, open("gpt2.gguf")?);
    let apart = compare(&a, &b, &["in the end"])?;
    equal((apart.prompts, apart.ids_equal, apart.max_abs_logprob_diff), (1, false, None), "from the first token on")?;
    let alike = compare(&a, &b, &["the end"])?;
    that(alike.max_abs_logprob_diff.is_some_and(|it| it > 0.0), || format!("{alike:?}"))?;
    equal(compare(&a, &a, &["in the end"])?.max_abs_logprob_diff, Some(0.0), "a model and itself")
}
