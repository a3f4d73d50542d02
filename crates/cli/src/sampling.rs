//! The options of sampling that `generate` and `chat` share, under the names that others give them.

use infer::SamplingOptions;

/// What both take.
#[derive(Clone, Copy, clap::Args)]
// Its name must differ from that of the command that holds it.
#[group(id = "sampling")]
pub struct Arguments {
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_tokens: Option<usize>,
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    temperature: Option<f32>,
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    top_p: Option<f32>,
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    top_k: Option<usize>,
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    repetition_penalty: Option<f32>,
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    frequency_penalty: Option<f32>,
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    presence_penalty: Option<f32>,
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
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
