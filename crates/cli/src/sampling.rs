//! The options of sampling that `generate` and `chat` share, under the names that others give them.

use infer::{GenerationRequest, Penalties};
use models::loading::Advice;

/// What both take.
#[derive(Clone, Copy, clap::Args)]
// Its name must differ from that of the command that holds it.
#[group(id = "sampling")]
pub struct Arguments {
    #[arg(long, value_name = "N")]
    max_tokens: Option<usize>,
    #[arg(long, value_name = "T")]
    temperature: Option<f32>,
    #[arg(long, value_name = "P")]
    top_p: Option<f32>,
    #[arg(long, value_name = "K")]
    top_k: Option<usize>,
    #[arg(long, value_name = "R")]
    repetition_penalty: Option<f32>,
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    frequency_penalty: Option<f32>,
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    presence_penalty: Option<f32>,
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
}

/// What holds where neither the person nor the publisher says.
pub struct Defaults {
    pub max_tokens: Option<usize>,
    pub temperature: f32,
    pub top_p: f32,
    pub repetition_penalty: f32,
}

impl Arguments {
    /// Whether the person asks for chance.
    pub fn draws(&self) -> bool {
        self.temperature.is_some_and(|temperature| temperature > 0.0)
    }

    /// `request` with what the person says, else what `advice` says, else the `defaults`.
    pub fn applied(&self, request: GenerationRequest, advice: Advice, defaults: &Defaults) -> GenerationRequest {
        let repetition = self.repetition_penalty.or(advice.repetition_penalty);
        GenerationRequest {
            max_tokens: self.max_tokens.or(defaults.max_tokens),
            temperature: self.temperature.or(advice.temperature).unwrap_or(defaults.temperature),
            top_p: self.top_p.or(advice.top_p).unwrap_or(defaults.top_p),
            top_k: self.top_k.or(advice.top_k),
            penalties: Penalties {
                repetition: repetition.unwrap_or(defaults.repetition_penalty),
                frequency: self.frequency_penalty.unwrap_or(Penalties::NONE.frequency),
                presence: self.presence_penalty.unwrap_or(Penalties::NONE.presence),
            },
            ..request
        }
    }
}
