//! Opening a published encoder of texts: BERT or RoBERTa, with what `sentence-transformers` says of its use.
//!
//! Beside the weights and the tokenizer a folder may say how the hidden states of a text become one vector
//! (`1_Pooling/config.json`), whether it is brought to length 1 (`modules.json`), and how many tokens are read
//! (`sentence_bert_config.json`, else `tokenizer_config.json`). Without these files the mean is taken and left as it is, as
//! `sentence-transformers` does.

use crate::bert::Bert;
use crate::bert_folder::{self, BertFolder};
use crate::family::FamilyError;
use crate::loading::{LoadingError, Stored, fill};
use crate::published::Published;
use formats::Checkpoint;
use kernels::quantised::RowOrder;
use serde_json::Value;
use std::path::Path;
use tensor::{Params, ParamsBuilder};

pub use crate::bert_folder::ENCODERS;

/// Arrays beside the encoder itself: heads of other tasks, and tables that are computed.
const BESIDE: [&str; 6] =
    ["pooler.", "cls.", "lm_head.", "classifier.", "embeddings.position_ids", "embeddings.token_type_ids"];

/// How the hidden states of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// The first one, of the token that begins every text.
    Cls,
    /// The largest of each feature.
    Max,
}

/// An encoder with its weights, as opened.
pub struct EncoderFolder {
    /// The folder's name.
    pub name: String,
    /// The model.
    pub bert: Bert,
    /// Its weights.
    pub params: Params,
    /// The bytes of `tokenizer.json`.
    pub tokenizer_json: Vec<u8>,
    /// How hidden states become one vector.
    pub pooling: Pooling,
    /// Whether that vector is brought to length 1.
    pub normalised: bool,
    /// Tokens of a text that are read, its begin and end included.
    pub max_tokens: usize,
    checkpoint: Checkpoint,
}

impl EncoderFolder {
    /// SHA-256 of everything that decides a text's vector, in hexadecimal. Reads all weights.
    pub fn digest(&self) -> String {
        let EncoderFolder { bert, pooling, normalised, max_tokens, .. } = self;
        let facts = format!("{:?} {pooling:?} {normalised} {max_tokens}", bert.config());
        bert_folder::digest(&facts, &self.tokenizer_json, &self.checkpoint)
    }
}

/// Whether `path` is a published encoder, by what its files say of it.
pub fn is_encoder(path: &Path) -> bool {
    let published = Published::open(path);
    published.is_ok_and(|it| it.architecture().is_some_and(|name| ENCODERS.contains(&name)))
}

/// Opens a Hugging Face folder.
///
/// # Errors
/// [`LoadingError`].
pub fn open(path: &Path) -> Result<EncoderFolder, LoadingError> {
    let folder = BertFolder::open(path)?;
    let mut builder = ParamsBuilder::new();
    let bert = Bert::new(&folder.config, &mut builder)?;
    let named = |array: &str| {
        let array = folder.plain_name(array);
        (!is_beside(array)).then(|| array.to_string())
    };
    let mut params = fill(builder, &folder.published.checkpoint, named, |_| Stored::Rows(RowOrder::Stored))?;
    // An encoder reads short texts, of which packing would cost each as much as its products.
    params.pack();
    let pooling = match folder.beside("1_Pooling/config.json")? {
        Some(said) => pooling(&said, || path.display().to_string())?,
        None => Pooling::Mean,
    };
    let modules = folder.beside("modules.json")?;
    let steps = modules.as_ref().and_then(|modules| modules.as_array()).into_iter().flatten();
    let normalised = steps.filter_map(|step| step["type"].as_str()).any(|kind| kind.ends_with("Normalize"));
    Ok(EncoderFolder {
        name: folder.name(),
        bert,
        params,
        tokenizer_json: folder.tokenizer_json()?,
        pooling,
        normalised,
        max_tokens: folder.max_tokens()?,
        checkpoint: folder.published.checkpoint,
    })
}

/// Whether an array is no part of the encoder itself.
pub(crate) fn is_beside(array: &str) -> bool {
    BESIDE.iter().any(|beside| array.starts_with(beside))
}

/// The way that `1_Pooling/config.json` asks for: each has a key, and one is true.
fn pooling(said: &Value, path: impl Fn() -> String) -> Result<Pooling, FamilyError> {
    let ways = [
        ("pooling_mode_mean_tokens", Pooling::Mean),
        ("pooling_mode_cls_token", Pooling::Cls),
        ("pooling_mode_max_tokens", Pooling::Max),
    ];
    let asked = said.as_object().into_iter().flatten();
    let asked: Vec<&str> = asked
        .filter(|(key, value)| key.starts_with("pooling_mode_") && **value == true)
        .map(|(key, _)| key.as_str())
        .collect();
    match (asked.as_slice(), asked.first().and_then(|key| ways.iter().find(|(known, _)| known == key))) {
        ([], _) => Ok(Pooling::Mean),
        ([_], Some((_, way))) => Ok(*way),
        _ => Err(FamilyError::Unsupported {
            path: path(),
            key: "1_Pooling/config.json".into(),
            found: asked.join(", "),
            expected: ways.map(|(key, _)| key).join(" | "),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pooling_is_read_or_refused() {
        let read = |said: Value| pooling(&said, || "x".into()).map_err(|error| error.to_string());
        assert_eq!(
            read(json!({ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false })),
            Ok(Pooling::Cls)
        );
        assert_eq!(read(json!({})), Ok(Pooling::Mean));
        for said in [
            json!({ "pooling_mode_lasttoken": true }),
            json!({ "pooling_mode_cls_token": true, "pooling_mode_max_tokens": true }),
        ] {
            assert!(read(said).is_err_and(|error| error.starts_with("family.unsupported")));
        }
    }
}
