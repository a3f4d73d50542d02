//! Against saying the same again: logits of tokens that stand in the text already are made smaller.
//!
//! `repetition` divides a positive logit by the penalty and multiplies a negative one, once for each token of the prompt or
//! the answer (Keskar et al. 2019, "CTRL", as in `transformers`). `frequency` and `presence` are OpenAI's:
//! `logit - count * frequency - (count > 0) * presence`, where only the answer counts. The repetition penalty comes first.
//!
//! What ends an answer is left alone, unlike in `transformers`: every turn of a conversation has been ended by the same
//! token, which would make each further answer harder to end.

use crate::sampler::SamplingError;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The largest absolute value of `frequency` and `presence`: OpenAI's limit.
pub const PENALTY_MAX: f32 = 2.0;

/// How strongly tokens are avoided that stand in the text already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalties {
    /// Above 0; 1 changes nothing, more avoids, less encourages.
    pub repetition: f32,
    /// -2 to 2, for each time; 0 changes nothing.
    pub frequency: f32,
    /// -2 to 2, once; 0 changes nothing.
    pub presence: f32,
}

impl Penalties {
    /// None at all.
    pub const NONE: Penalties = Penalties { repetition: 1.0, frequency: 0.0, presence: 0.0 };

    /// Fails on numbers outside their ranges.
    pub(crate) fn check(&self) -> Result<(), SamplingError> {
        if !(self.repetition > 0.0 && self.repetition.is_finite()) {
            return Err(SamplingError::Repetition { found: self.repetition });
        }
        for (name, found) in [("frequency_penalty", self.frequency), ("presence_penalty", self.presence)] {
            if !(-PENALTY_MAX..=PENALTY_MAX).contains(&found) {
                return Err(SamplingError::Penalty { name, found, max: PENALTY_MAX });
            }
        }
        Ok(())
    }

    /// The `logits` `[v]` of the token that follows `answer`, which follows `prompt`; those of `exempt` as they were.
    ///
    /// ```
    /// use infer::Penalties;
    /// let penalties = Penalties { repetition: 2.0, frequency: 0.5, presence: 0.25 };
    /// let logits = [4.0, -1.0, 4.0, 4.0];
    /// // Of the prompt 0 and 1, of the answer 3, twice: 4 / 2 - 2 * 0.5 - 0.25.
    /// assert_eq!(*penalties.apply(&logits, &[0, 1], &[3, 3], &[0]), [4.0, -2.0, 4.0, 0.75]);
    /// ```
    pub fn apply<'a>(&self, logits: &'a [f32], prompt: &[u32], answer: &[u32], exempt: &[u32]) -> Cow<'a, [f32]> {
        if *self == Penalties::NONE {
            return logits.into();
        }
        // How often each token of the text stands in the answer.
        let mut counts: BTreeMap<u32, u32> = prompt.iter().map(|&id| (id, 0)).collect();
        answer.iter().for_each(|&id| *counts.entry(id).or_default() += 1);
        counts.retain(|id, _| !exempt.contains(id));
        let mut logits = logits.to_vec();
        for (id, count) in counts {
            let logit = &mut logits[id as usize];
            *logit = if *logit < 0.0 { *logit * self.repetition } else { *logit / self.repetition };
            if count > 0 {
                *logit -= count as f32 * self.frequency + self.presence;
            }
        }
        logits.into()
    }
}
