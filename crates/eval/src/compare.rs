//! Whether two models are the same: the same ids for a text, the same probabilities after it.
//!
//! Both read the same prompts. Ids are those of the prompt and of a greedy answer of [`ANSWER_TOKENS`]; log-probabilities are
//! compared for every entry of the vocabulary at every position of the prompt. Made for one model in two files: converted,
//! quantised, or read by another family. What neither can write, because its tokenizer knows a few characters alone, says nothing
//! of whether they are the same and is left out.

use infer::sampler::argmax;
use infer::{Input, PromptError, TextModel};
use kernels::cross_entropy::cross_entropy;
use nn::Batch;
use serde::Serialize;
use tensor::{Cx, Tensor, ops};
use text::tokenizer::TokenizerError;

/// What both models read: English, Chinese, mixed scripts, code, numbers.
pub const PROMPTS: [&str; 6] = [
    "The quick brown fox jumps over the lazy dog.",
    "从前有一个小女孩，她住在大森林的旁边。",
    "In 1905 Albert Einstein published four papers; the third, on 特殊相对论, changed physics.",
    "def fibonacci(n):\n    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)\n",
    "3.14159 + 2.71828 = 5.85987, and 7 * 8 = 56.",
    "Once upon a time there was",
];

/// Tokens of a greedy answer that are compared, too.
pub const ANSWER_TOKENS: usize = 16;

sys::coded_error! {
    /// Why two models are none to compare.
    pub enum UnfitError {
        /// Neither tokenizer can write any of the prompts.
        NoPrompt { n: usize } = "eval.compare_alphabet",
    }
}

sys::coded_union! {
    /// What can keep two models from being compared.
    pub enum CompareError {
        /// The prompts are none for them.
        Unfit(UnfitError),
        /// A tokenizer fails for another reason.
        Prompt(PromptError),
    }
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Prompts that were compared.
    pub prompts: usize,
    /// Whether all ids, of prompts and answers, are equal.
    pub ids_equal: bool,
    /// Largest difference of two natural log-probabilities after the same tokens; none where no prompts begin alike.
    pub max_abs_logprob_diff: Option<f32>,
}

/// Compares `a` and `b` on `prompts`.
///
/// # Errors
/// [`CompareError`] when neither can write any of them, or a tokenizer fails.
pub fn compare(a: &TextModel, b: &TextModel, prompts: &[&str]) -> Result<Comparison, CompareError> {
    let mut comparison = Comparison { prompts: 0, ids_equal: true, max_abs_logprob_diff: None };
    for &prompt in prompts {
        let input = Input::Text(prompt.into());
        let (ids_a, ids_b) = match (ids(a, &input)?, ids(b, &input)?) {
            (Some(a), Some(b)) => (a, b),
            (None, None) => continue,
            _ => {
                comparison.prompts += 1;
                comparison.ids_equal = false;
                continue;
            }
        };
        comparison.prompts += 1;
        comparison.ids_equal &= ids_a == ids_b && answer(a, &ids_a) == answer(b, &ids_b);
        // Different ids are different questions; the longest common beginning is the same one.
        let n = ids_a.iter().zip(&ids_b).take_while(|(a, b)| a == b).count();
        if n == 0 {
            continue;
        }
        let [of_a, of_b] = [a, b].map(|model| log_probs(model, &ids_a[..n]));
        let vocab = [a, b].map(|model| model.model.vocab_size());
        for (row_a, row_b) in of_a.chunks_exact(vocab[0]).zip(of_b.chunks_exact(vocab[1])) {
            // A vocabulary padded beyond the other's is compared as far as both go.
            let differences = row_a.iter().zip(row_b).map(|(a, b)| (a - b).abs());
            // In total order NaN is above every number: a model that gives none is not the same.
            let largest = differences.chain(comparison.max_abs_logprob_diff).max_by(f32::total_cmp);
            comparison.max_abs_logprob_diff = largest;
        }
    }
    if comparison.prompts == 0 {
        return Err(UnfitError::NoPrompt { n: prompts.len() }.into());
    }
    Ok(comparison)
}

/// The ids of a prompt; none if the tokenizer cannot write it.
fn ids(model: &TextModel, input: &Input) -> Result<Option<Vec<u32>>, CompareError> {
    match model.codec.prompt(input) {
        Ok(prompt) => Ok(Some(prompt.ids)),
        Err(PromptError::Tokenizer(TokenizerError::UnknownCharacter { .. })) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Greedy ids after `ids`, as many as asked for and as the context holds.
fn answer(model: &TextModel, ids: &[u32]) -> Vec<u32> {
    let mut ids = ids.to_vec();
    let n_before = ids.len();
    while !ids.is_empty() && ids.len() < model.model.max_seq_len().min(n_before + ANSWER_TOKENS) {
        let cx = Cx::inference(&model.params);
        let hidden = model.model.forward(&cx, &Batch::single(ids.clone()), None);
        let logits = model.model.head(&cx, &ops::select_rows(&cx, &hidden, &[ids.len() as u32 - 1]));
        ids.push(argmax(logits.values()));
    }
    ids.split_off(n_before)
}

/// Log-probabilities `[n, v]` after each of `ids`.
fn log_probs(model: &TextModel, ids: &[u32]) -> Vec<f32> {
    let ids = &ids[..ids.len().min(model.model.max_seq_len())];
    let cx = Cx::inference(&model.params);
    let logits: Tensor = model.model.head(&cx, &model.model.forward(&cx, &Batch::single(ids.to_vec()), None));
    let vocab = model.model.vocab_size();
    let (mut losses, mut lse) = (vec![0.0; ids.len()], vec![0.0; ids.len()]);
    cross_entropy(logits.values(), &vec![0; ids.len()], vocab, &mut losses, &mut lse);
    logits.values().chunks_exact(vocab).zip(lse).flat_map(|(row, lse)| row.iter().map(move |x| x - lse)).collect()
}
