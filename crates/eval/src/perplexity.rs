//! The suite `perplexity`: how well a model predicts a text, in windows side by side.
//!
//! The text is encoded without special tokens and cut into windows of equal length (the last may be shorter); the model
//! reads each alone, so the first token of a window is given and not scored. `ppl` is exp of the mean negative
//! log-probability of the scored tokens; `bits_per_byte` is their total in bits over the bytes that they stand for, and
//! can be compared across tokenizers; `top1` is the share of them that the model held for the likeliest.
//!
//! Intervals take windows as independent (tokens, if there is one window only): the metrics are ratios of sums over
//! windows, whose variance is that of the windows' residuals (Cochran, *Sampling Techniques*, 1977, 6.4). The likeliest
//! tokens of one window are a plain share, with its Wilson interval.

use crate::{Line, Share};
use infer::TextModel;
use kernels::cross_entropy::cross_entropy;
use nn::Batch;
use tensor::Cx;
use text::tokenizer::{Special, TokenizerError};

/// Rows of logits computed at once: enough to keep the cores busy, few enough for large vocabularies.
const ROWS_MAX: usize = 512;

sys::coded_error! {
    /// What [`measure`] refuses.
    pub enum WindowError {
        /// A window that the model cannot read, or that scores nothing.
        Window { found: usize, context: usize } = "eval.window",
        /// Fewer than two tokens to predict.
        TooShort { found: usize } = "eval.too_short",
    }
}

sys::coded_union! {
    /// Why a text cannot be measured.
    pub enum PerplexityError {
        /// The window or the text is too short or too long.
        Window(WindowError),
        /// The text cannot be encoded.
        Tokenizer(TokenizerError),
    }
}

/// What one scored token adds.
#[derive(Clone, Copy)]
struct Score {
    /// Negative log-probability in nats.
    loss: f64,
    /// Bytes of text.
    bytes: f64,
    /// 1 if it was the likeliest.
    top1: f64,
}

/// Measures `model` on `text` in windows of `window` tokens (its context if `None`); `on_progress` hears tokens read
/// and tokens in all.
///
/// # Errors
/// [`PerplexityError`].
pub fn measure(
    model: &TextModel,
    text: &str,
    window: Option<usize>,
    mut on_progress: impl FnMut(usize, usize),
) -> Result<Vec<Line>, PerplexityError> {
    let context = model.model.max_seq_len();
    let window = window.unwrap_or(context);
    if window < 2 || window > context {
        return Err(WindowError::Window { found: window, context }.into());
    }
    let ids = model.codec.tokenizer().encode(text, Special::Text)?;
    let windows: Vec<&[u32]> = ids.chunks(window).filter(|window| window.len() > 1).collect();
    let n: usize = windows.iter().map(|window| window.len() - 1).sum();
    // One case alone says nothing of its spread.
    if n < 2 {
        return Err(WindowError::TooShort { found: n }.into());
    }
    let mut scores = Vec::with_capacity(windows.len());
    let mut n_read = 0;
    for group in windows.chunks((ROWS_MAX / window).max(1)) {
        scores.extend(score(model, group));
        n_read += group.iter().map(|window| window.len()).sum::<usize>();
        on_progress(n_read, ids.len());
    }
    let alone = scores.len() == 1;
    if let [only] = &mut scores[..] {
        scores = std::mem::take(only).into_iter().map(|score| vec![score]).collect();
    }
    let [tokens, losses, bytes, top1] = [|_: &Score| 1.0, |s: &Score| s.loss, |s: &Score| s.bytes, |s: &Score| s.top1]
        .map(|part| scores.iter().map(|window| window.iter().map(part).sum()).collect::<Vec<f64>>());
    let hits = top1.iter().sum::<f64>() as usize;
    let line = |metric, [value, low, high]: [f64; 3]| Line {
        suite: "perplexity",
        metric,
        lang: None,
        n,
        value,
        ci95: [low, high],
    };
    // Tokens of one window are a share as elsewhere; so are windows that all hit or all miss, which show no spread.
    let top1 = if alone || hits == 0 || hits == n {
        Line::of_share("perplexity", "top1", None, Share::of(hits, n))
    } else {
        line("top1", ratio(&top1, &tokens).map(|share| share.clamp(0.0, 1.0)))
    };
    Ok(vec![
        line("ppl", ratio(&losses, &tokens).map(f64::exp)),
        line("bits_per_byte", ratio(&losses, &bytes).map(|nats| nats / std::f64::consts::LN_2)),
        top1,
    ])
}

/// The scores of the tokens of each window but the first.
fn score(model: &TextModel, windows: &[&[u32]]) -> Vec<Vec<Score>> {
    let mut offsets = vec![0];
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    for window in windows {
        inputs.extend_from_slice(&window[..window.len() - 1]);
        targets.extend_from_slice(&window[1..]);
        offsets.push(inputs.len());
    }
    let batch = Batch::packed(inputs, offsets.clone());
    let cx = Cx::inference(&model.params);
    let logits = model.model.head(&cx, &model.model.forward(&cx, &batch, None));
    let vocab = model.model.vocab_size();
    let (mut losses, mut lse) = (vec![0.0; targets.len()], vec![0.0; targets.len()]);
    cross_entropy(logits.values(), &targets, vocab, &mut losses, &mut lse);
    let score = |row: usize| {
        let logits = &logits.values()[row * vocab..][..vocab];
        let target = targets[row] as usize;
        // Of equal logits the first counts as the likeliest, as in argmax.
        let first = logits[..target].iter().all(|&other| other < logits[target]);
        let is_top = first && logits[target..].iter().all(|&other| other <= logits[target]);
        Score {
            loss: f64::from(losses[row]),
            bytes: model.codec.bytes_of(targets[row]).len() as f64,
            top1: f64::from(u8::from(is_top)),
        }
    };
    offsets.windows(2).map(|rows| (rows[0]..rows[1]).map(score).collect()).collect()
}

/// `sum(a) / sum(b)` with the ends of its 95 % interval.
fn ratio(a: &[f64], b: &[f64]) -> [f64; 3] {
    let total: f64 = b.iter().sum();
    let value = a.iter().sum::<f64>() / total;
    let n = a.len() as f64;
    let residuals: f64 = a.iter().zip(b).map(|(a, b)| (a - value * b).powi(2)).sum();
    let half = 1.96 * (n / (n - 1.0) * residuals / (total * total)).sqrt();
    [value, value - half, value + half]
}
