//! What a model takes for likely after a text: one forward pass, and the logits of its last position.

use models::Model;
use nn::Batch;
use tensor::{Cx, Params};

/// The logits `[v]` of the token after `ids`.
///
/// Panics if there is none, more than the context holds, or an unknown one.
///
/// ```
/// # use models::{Model, ModelConfig, gpt::GptConfig};
/// # let config = ModelConfig::Gpt(GptConfig {
/// #     vocab_size: 7, n_layers: 2, n_heads: 2, d_model: 8, max_seq_len: 16, dropout: 0.0, bias: false,
/// #     positions: models::gpt::Positions::Learned,
/// # });
/// # let (model, mut params) = Model::new(&config).unwrap();
/// # params.initialise(1);
/// assert_eq!(infer::next_token_logits((&model, &params), &[3, 1, 4]).len(), 7);
/// ```
#[track_caller]
pub fn next_token_logits((model, params): (&Model, &Params), ids: &[u32]) -> Vec<f32> {
    assert!(!ids.is_empty(), "next_token_logits: no tokens");
    let cx = Cx::inference(params);
    let hidden = model.forward(&cx, &Batch::single(ids.to_vec()), None); // [n, d]
    let last = nn::select_rows(&cx, &hidden, &[ids.len() as u32 - 1]);
    model.head(&cx, &last).values().to_vec()
}
