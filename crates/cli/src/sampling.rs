//! The options of sampling that `generate` and `chat` share, under the names that others give them.

use infer::SamplingOptions;

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
    seed: Option<u64>,
}

impl From<Arguments> for SamplingOptions {
    fn from(said: Arguments) -> SamplingOptions {
        SamplingOptions {
            max_tokens: said.max_tokens,
            temperature: said.temperature,
            top_p: said.top_p,
            top_k: said.top_k,
            repetition_penalty: said.repetition_penalty,
            frequency_penalty: said.frequency_penalty,
            presence_penalty: said.presence_penalty,
            seed: said.seed,
        }
    }
}
