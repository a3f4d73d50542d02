//! From a row of logits to the next token.
//!
//! Greedy when the temperature is 0, else softmax at that temperature cut to the nucleus of `top_p` (Holtzman et al.
//! 2020, "The Curious Case of Neural Text Degeneration"). The random number is a function of (seed, position of the
//! new token) alone, so an answer does not depend on what else the engine is doing, and an interrupted one can be
//! continued. Probabilities are summed in f64 in order of ids: exact ties and rounding never depend on a sort.
//!
//! In the order of `transformers`: penalties, temperature, the `top_k` likeliest tokens, the nucleus among them.
//! Log-probabilities are those of the model itself, before all of these.

use crate::penalties::Penalties;
use kernels::rng;

/// The largest temperature taken: OpenAI's limit. Far above 1 there is only noise.
pub const TEMPERATURE_MAX: f32 = 2.0;

/// Keeps the sampler's stream apart from other users of the same seed (initialisation, dropout).
const STREAM: u64 = 0x73616d706c6572; // "sampler"

/// How the next token is chosen; made by [`Sampling::new`] or [`Sampling::greedy`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    temperature: f32,
    top_p: f32,
    /// `None` excludes nothing.
    top_k: Option<usize>,
    penalties: Penalties,
    seed: u64,
}

sys::coded_error! {
    /// A parameter of sampling that makes no sense.
    pub enum SamplingError {
        /// Not a number from 0 to [`TEMPERATURE_MAX`].
        Temperature { found: f32, max: f32 } = "generate.temperature",
        /// Not a number from 0 to 1.
        TopP { found: f32 } = "generate.top_p",
        /// A repetition penalty that is no number above 0.
        Repetition { found: f32 } = "generate.repetition_penalty",
        /// Another penalty that is not a number from -`max` to `max`.
        Penalty { name: &'static str, found: f32, max: f32 } = "generate.penalty",
    }
}

impl Sampling {
    /// Checks the parameters: `temperature` from 0 (greedy) to 2, `top_p` from 0 (only the best) to 1 (all).
    ///
    /// # Errors
    /// [`SamplingError`] for anything else, NaN included.
    pub fn new(temperature: f32, top_p: f32, seed: u64) -> Result<Sampling, SamplingError> {
        if !(0.0..=TEMPERATURE_MAX).contains(&temperature) {
            return Err(SamplingError::Temperature { found: temperature, max: TEMPERATURE_MAX });
        }
        if !(0.0..=1.0).contains(&top_p) {
            return Err(SamplingError::TopP { found: top_p });
        }
        Ok(Sampling { temperature, top_p, seed, ..Sampling::greedy() })
    }

    /// Always the likeliest token.
    pub fn greedy() -> Sampling {
        Sampling { temperature: 0.0, top_p: 1.0, top_k: None, penalties: Penalties::NONE, seed: 0 }
    }

    /// The same with another seed.
    pub fn with_seed(self, seed: u64) -> Sampling {
        Sampling { seed, ..self }
    }

    /// The same with only the `top_k` likeliest tokens; 0 or `None` excludes nothing.
    pub fn with_top_k(self, top_k: Option<usize>) -> Sampling {
        Sampling { top_k: top_k.filter(|&k| k > 0), ..self }
    }

    /// The same with these penalties.
    ///
    /// # Errors
    /// [`SamplingError`] for numbers outside their ranges.
    pub fn with_penalties(self, penalties: Penalties) -> Result<Sampling, SamplingError> {
        penalties.check()?;
        Ok(Sampling { penalties, ..self })
    }

    /// The penalties.
    pub fn penalties(&self) -> &Penalties {
        &self.penalties
    }

    /// The id of the token at `position` (counted from 0 at the prompt's first token), given its `logits` `[v]`, to which
    /// penalties were applied.
    ///
    /// ```
    /// use infer::Sampling;
    /// assert_eq!(Sampling::greedy().choose(&[0.5, 2.0, 2.0], 7), 1); // ties go to the lower id
    /// ```
    pub fn choose(&self, logits: &[f32], position: usize) -> u32 {
        if self.temperature == 0.0 || self.top_p == 0.0 {
            return argmax(logits);
        }
        let weights = self.weights(logits);
        let total: f64 = weights.iter().sum();
        let mut left = f64::from(rng::uniform([self.seed, STREAM], position as u64)) * total;
        let mut last = 0;
        for (id, &weight) in weights.iter().enumerate() {
            if weight > 0.0 {
                last = id;
                left -= weight;
                if left < 0.0 {
                    break;
                }
            }
        }
        last as u32
    }

    /// Unnormalised probabilities `[v]` that [`Sampling::choose`] draws from: 0 outside the nucleus.
    ///
    /// The nucleus is the shortest list of likeliest tokens (ties: lower id first) that holds at least `top_p` of the
    /// probability of the first `top_k`.
    pub fn weights(&self, logits: &[f32]) -> Vec<f64> {
        let max = f64::from(logits[argmax(logits) as usize]);
        let temperature = f64::from(self.temperature);
        let mut weights: Vec<f64> = logits.iter().map(|&x| ((f64::from(x) - max) / temperature).exp()).collect();
        let top_k = self.top_k.unwrap_or(weights.len()).min(weights.len());
        if self.top_p < 1.0 || top_k < weights.len() {
            let mut ids: Vec<usize> = (0..weights.len()).collect();
            ids.sort_unstable_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
            ids.drain(top_k..).for_each(|id| weights[id] = 0.0);
            // In order of ids, so that without `top_k` the sum is that of all.
            let wanted = f64::from(self.top_p) * weights.iter().sum::<f64>();
            let mut held = 0.0;
            let mut n_kept = 0;
            for &id in &ids {
                held += weights[id];
                n_kept += 1;
                if self.top_p < 1.0 && held >= wanted {
                    break;
                }
            }
            ids[n_kept..].iter().for_each(|&id| weights[id] = 0.0);
        }
        weights
    }
}

/// The id of the largest logit, the lowest one if several are; 0 should all be NaN.
pub fn argmax(logits: &[f32]) -> u32 {
    let mut best = 0;
    for (id, &x) in logits.iter().enumerate() {
        if x > logits[best] {
            best = id;
        }
    }
    best as u32
}

/// Natural log-probabilities of a row of logits, without storing them all.
pub struct LogProbs<'a> {
    logits: &'a [f32],
    /// ln of the sum of exponentials.
    log_total: f64,
}

impl<'a> LogProbs<'a> {
    /// Prepares the row `[v]`.
    ///
    /// ```
    /// let row = infer::sampler::LogProbs::new(&[0.0, 0.0]);
    /// assert_eq!(row.of(1), -std::f32::consts::LN_2); // one of two equal tokens
    /// ```
    pub fn new(logits: &'a [f32]) -> Self {
        let max = f64::from(logits[argmax(logits) as usize]);
        let total: f64 = logits.iter().map(|&x| (f64::from(x) - max).exp()).sum();
        LogProbs { logits, log_total: max + total.ln() }
    }

    /// The log-probability of token `id`.
    pub fn of(&self, id: u32) -> f32 {
        (f64::from(self.logits[id as usize]) - self.log_total) as f32
    }

    /// The `n` likeliest tokens (fewer if the vocabulary is smaller), best first; ties go to the lower id.
    pub fn best(&self, n: usize) -> Vec<(u32, f32)> {
        let mut best: Vec<u32> = Vec::with_capacity(n + 1);
        for id in 0..self.logits.len() as u32 {
            let x = self.logits[id as usize];
            let at = best.partition_point(|&other| self.logits[other as usize] >= x);
            if at < n {
                best.insert(at, id);
                best.truncate(n);
            }
        }
        best.into_iter().map(|id| (id, self.of(id))).collect()
    }
}
