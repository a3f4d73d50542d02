//! What is asked of sampling, as far as anybody says.
//!
//! Several may have a say: who asks, the model's publisher, whoever wrote a default. Each says what it cares for in
//! [`SamplingOptions`], [`SamplingOptions::or`] puts them in order, the first to say something being heard, and
//! [`SamplingOptions::of`] makes a request of what was said. Nothing is checked here: [`crate::Prepared`] does that.

use crate::codec::Input;
use crate::penalties::Penalties;
use crate::text_engine::GenerationRequest;
use models::loading::Advice;

/// Each field as in [`GenerationRequest`] and [`Penalties`]; `None` leaves it to somebody else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingOptions {
    /// Length of the answer at most.
    pub max_tokens: Option<usize>,
    /// 0 (always the likeliest token) to 2.
    pub temperature: Option<f32>,
    /// 0 to 1; 1 excludes nothing.
    pub top_p: Option<f32>,
    /// 0 excludes nothing.
    pub top_k: Option<usize>,
    /// Above 0; 1 changes nothing.
    pub repetition_penalty: Option<f32>,
    /// -2 to 2; 0 changes nothing.
    pub frequency_penalty: Option<f32>,
    /// -2 to 2; 0 changes nothing.
    pub presence_penalty: Option<f32>,
    /// Same request and seed, same answer.
    pub seed: Option<u64>,
}

impl SamplingOptions {
    /// Says nothing.
    pub const OPEN: SamplingOptions = SamplingOptions {
        max_tokens: None,
        temperature: None,
        top_p: None,
        top_k: None,
        repetition_penalty: None,
        frequency_penalty: None,
        presence_penalty: None,
        seed: None,
    };

    /// What `self` says, and where it says nothing, what `other` says.
    ///
    /// ```
    /// use infer::{Input, SamplingOptions};
    /// let asked = SamplingOptions { temperature: Some(0.5), ..SamplingOptions::OPEN };
    /// let advised = SamplingOptions { temperature: Some(0.7), top_p: Some(0.8), ..SamplingOptions::OPEN };
    /// let request = asked.or(advised).of(Input::Text("Once".into()));
    /// assert_eq!((request.temperature, request.top_p, request.top_k), (0.5, 0.8, None));
    /// ```
    pub fn or(self, other: SamplingOptions) -> SamplingOptions {
        SamplingOptions {
            max_tokens: self.max_tokens.or(other.max_tokens),
            temperature: self.temperature.or(other.temperature),
            top_p: self.top_p.or(other.top_p),
            top_k: self.top_k.or(other.top_k),
            repetition_penalty: self.repetition_penalty.or(other.repetition_penalty),
            frequency_penalty: self.frequency_penalty.or(other.frequency_penalty),
            presence_penalty: self.presence_penalty.or(other.presence_penalty),
            seed: self.seed.or(other.seed),
        }
    }

    /// A request to continue `input`; what nobody says is as in [`GenerationRequest::greedy`].
    pub fn of(self, input: Input) -> GenerationRequest {
        let greedy = GenerationRequest::greedy(input);
        GenerationRequest {
            max_tokens: self.max_tokens.or(greedy.max_tokens),
            temperature: self.temperature.unwrap_or(greedy.temperature),
            top_p: self.top_p.unwrap_or(greedy.top_p),
            top_k: self.top_k.or(greedy.top_k),
            penalties: Penalties {
                repetition: self.repetition_penalty.unwrap_or(greedy.penalties.repetition),
                frequency: self.frequency_penalty.unwrap_or(greedy.penalties.frequency),
                presence: self.presence_penalty.unwrap_or(greedy.penalties.presence),
            },
            seed: self.seed.unwrap_or(greedy.seed),
            ..greedy
        }
    }
}

impl From<Advice> for SamplingOptions {
    /// What the `generation_config.json` of a published model says.
    fn from(Advice { temperature, top_p, top_k, repetition_penalty }: Advice) -> SamplingOptions {
        SamplingOptions { temperature, top_p, top_k, repetition_penalty, ..SamplingOptions::OPEN }
    }
}
