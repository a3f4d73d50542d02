//! Opening a published encoder of texts: BERT or RoBERTa, with what `sentence-transformers` says of its use.
//!
//! Beside the weights and the tokenizer a folder may say how the hidden states of a text become one vector
//! (`1_Pooling/config.json`), whether it is brought to length 1 (`modules.json`), and how many tokens are read
//! (`sentence_bert_config.json`). Without these files the mean is taken and left as it is, as `sentence-transformers` does.

use crate::bert::{Bert, BertConfig};
use crate::family::{FamilyError, Folder};
use crate::loading::{LoadingError, Stored, fill};
use crate::published::{Description, Published, PublishedError, optional};
use formats::{Checkpoint, checksum};
use kernels::quantised::RowOrder;
use serde_json::Value;
use std::path::Path;
use sys::atomic_file;
use tensor::{Params, ParamsBuilder};

/// Families of encoders that are read, by the names that publishers give them.
pub const ENCODERS: [&str; 2] = ["bert", "roberta"];

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
        let EncoderFolder { bert, tokenizer_json, pooling, normalised, max_tokens, checkpoint, .. } = self;
        let mut facts = format!("{:?} {pooling:?} {normalised} {max_tokens}\n", bert.config());
        facts.push_str(&checksum::sha256(tokenizer_json));
        for array in checkpoint.arrays() {
            let bytes = checksum::sha256(checkpoint.bytes(array).as_ref());
            facts.push_str(&format!("\n{} {:?} {} {bytes}", array.name, array.shape, array.dtype.name()));
        }
        checksum::sha256(facts.as_bytes())
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
    let published = Published::open(path)?;
    let shown = || path.display().to_string();
    let Some(name) = published.architecture() else { return Err(FamilyError::Undescribed { path: shown() }.into()) };
    let (Description::Folder(files), true) = (&published.description, ENCODERS.contains(&name)) else {
        return Err(FamilyError::Unknown { path: shown(), found: name.into(), expected: ENCODERS.join(", ") }.into());
    };
    let config = Folder { files, path: shown() }.bert(name)?;
    let mut builder = ParamsBuilder::new();
    let bert = Bert::new(&config, &mut builder)?;
    let prefix = format!("{name}.");
    let named = |array: &str| {
        let array = array.strip_prefix(&prefix).unwrap_or(array);
        (!BESIDE.iter().any(|beside| array.starts_with(beside))).then(|| array.to_string())
    };
    let mut params = fill(builder, &published.checkpoint, named, |_| Stored::Rows(RowOrder::Stored))?;
    // An encoder reads short texts, of which packing would cost each as much as its products.
    params.pack();
    let beside = |file: &str| optional(&files.folder.join(file)).map_err(PublishedError::from);
    let pooling = match beside("1_Pooling/config.json")? {
        Some(said) => pooling(&said, shown)?,
        None => Pooling::Mean,
    };
    let modules = beside("modules.json")?;
    let steps = modules.as_ref().and_then(|modules| modules.as_array()).into_iter().flatten();
    let normalised = steps.filter_map(|step| step["type"].as_str()).any(|kind| kind.ends_with("Normalize"));
    let context = bert.config().max_seq_len();
    let limits = beside("sentence_bert_config.json")?;
    let asked = limits.and_then(|limits| usize::try_from(limits["max_seq_length"].as_u64()?).ok());
    let max_tokens = asked.map_or(context, |asked| asked.clamp(1, context));
    let tokenizer_json = atomic_file::read(files.folder.join("tokenizer.json"))?;
    let whole = files.folder.canonicalize().unwrap_or_else(|_| files.folder.clone());
    let name = whole.file_name().map_or_else(|| name.into(), |name| name.to_string_lossy().into_owned());
    let checkpoint = published.checkpoint;
    Ok(EncoderFolder { name, bert, params, tokenizer_json, pooling, normalised, max_tokens, checkpoint })
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

impl Folder<'_> {
    fn bert(&self, name: &str) -> Result<BertConfig, FamilyError> {
        self.only("hidden_act", "gelu")?;
        self.only("position_embedding_type", "absolute")?;
        let first_position = if name == "roberta" { self.size("pad_token_id")? + 1 } else { 0 };
        Ok(BertConfig {
            vocab_size: self.size("vocab_size")?,
            n_layers: self.size("num_hidden_layers")?,
            n_heads: self.size("num_attention_heads")?,
            d_model: self.size("hidden_size")?,
            d_ff: self.size("intermediate_size")?,
            n_positions: self.size("max_position_embeddings")?,
            first_position,
            n_kinds: self.size("type_vocab_size")?,
            norm_eps: self.number("layer_norm_eps")? as f32,
        })
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
