//! Where a model looks: the attention weights of one of the workspace's models, or of the small one that the program
//! brings along, on a text, for the live figure.
//!
//! The text is read as a model's own, from its beginning; what the figure cannot show any more is left out and counted.

use crate::chat::Refusal;
use crate::library;
use infer::{Input, TextModel, attention_weights};
use serde::{Deserialize, Serialize};
use text::tokenizer::Tokenizer;

/// Tokens of a text that the figure shows: with more, its cells are too small to be pointed at.
const TOKENS_MAX: usize = 40;

/// A wish to see where a model looks.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct LookAt {
    /// The id of any [`crate::Model`]; null is the small one that the program brings along.
    pub model: Option<String>,
    /// The text it reads.
    pub text: String,
}

/// Where it looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Looked {
    /// The text by tokens; a character's earlier bytes show as nothing, its last byte as the character.
    pub tokens: Vec<String>,
    /// Tokens at the end that are not shown.
    pub left_out_tokens: u32,
    /// Layers that attend.
    pub n_layers: u32,
    /// Heads of a layer.
    pub n_heads: u32,
    /// For each head, layer by layer: the weights in thousandths. Query 0 has one, for itself; query 1 has two; and so on.
    /// What comes later is behind the mask and has none.
    pub heads: Vec<Vec<u16>>,
}

/// Reads `text` once.
pub(crate) fn look(text_model: &TextModel, text: &str) -> Result<Looked, Refusal> {
    let TextModel { model, params, codec, .. } = text_model;
    let prompt = library::prompt(codec, &Input::Text(text.into()))?;
    let shown = prompt.ids.len().min(TOKENS_MAX).min(model.max_seq_len());
    let ids = &prompt.ids[..shown];
    let weights = attention_weights((model, params), ids);
    let head = |layer, head| {
        let rows = (0..shown).flat_map(|query| &weights.row(layer, head, query)[..=query]);
        rows.map(|weight| (weight * 1000.0).round() as u16).collect()
    };
    Ok(Looked {
        tokens: pieces(codec.tokenizer(), ids),
        left_out_tokens: (prompt.ids.len() - shown) as u32,
        n_layers: weights.n_layers as u32,
        n_heads: weights.n_heads as u32,
        heads: (0..weights.n_layers)
            .flat_map(|layer| (0..weights.n_heads).map(move |h| (layer, h)))
            .map(|(layer, h)| head(layer, h))
            .collect(),
    })
}

/// Tokens as text, each with the characters that it completes.
fn pieces(tokenizer: &Tokenizer, ids: &[u32]) -> Vec<String> {
    let mut decoder = tokenizer.decoder();
    // An id beyond the tokenizer's has no text.
    ids.iter().map(|&id| decoder.push(id).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_model_reads_both_languages() {
        for text in ["Tom puts the kite in the drawer.", "小明把风筝放在抽屉里。"] {
            let looked = look(crate::figure_model::model(), text).unwrap();
            // The marker that begins every document comes first.
            assert_eq!(looked.tokens[1..].concat(), text);
            assert_eq!(looked.heads.len() as u32, looked.n_layers * looked.n_heads);
            let last = &looked.heads[0][looked.heads[0].len() - looked.tokens.len()..];
            let sum: i32 = last.iter().map(|&weight| i32::from(weight)).sum();
            assert!((sum - 1000).abs() <= looked.tokens.len() as i32, "a row adds up to {sum} thousandths");
        }
    }

    #[test]
    fn a_character_in_parts_stands_at_its_last_part() {
        let bytes = Tokenizer::train_bytes(&[]);
        let ids: Vec<u32> = b"a\xe4\xb8\x89b\xffc".iter().map(|&byte| byte.into()).collect();
        assert_eq!(pieces(&bytes, &ids), ["a", "", "", "三", "b", "\u{fffd}", "c"]);
    }
}
