//! A Hugging Face folder of a BERT or RoBERTa, before it is known what is made of its hidden states.
//!
//! [`crate::encoder`] makes vectors of them, [`crate::classifier`] labels; what both need stands here.

use crate::bert::BertConfig;
use crate::family::{FamilyError, Folder};
use crate::loading::LoadingError;
use crate::published::{Description, FolderFiles, Published, PublishedError, optional};
use formats::checkpoint::{json_bytes, json_file};
use formats::{Checkpoint, checksum};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::Path;

/// Families of encoders that are read, by the names that publishers give them.
pub const ENCODERS: [&str; 3] = ["bert", "roberta", "xlm-roberta"];

/// A folder as found.
pub(crate) struct BertFolder {
    /// Its weights and its description.
    pub(crate) published: Published,
    /// One of [`ENCODERS`].
    pub(crate) family: &'static str,
    /// Its sizes.
    pub(crate) config: BertConfig,
}

impl BertFolder {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// [`LoadingError`].
    pub(crate) fn open(path: &Path) -> Result<BertFolder, LoadingError> {
        let published = Published::open(path)?;
        let shown = path.display().to_string();
        let Some(name) = published.architecture() else { return Err(FamilyError::Undescribed { path: shown }.into()) };
        let family = ENCODERS.into_iter().find(|known| *known == name);
        let (Description::Folder(files), Some(family)) = (&published.description, family) else {
            let expected = ENCODERS.join(", ");
            return Err(FamilyError::Unknown { path: shown, found: name.into(), expected }.into());
        };
        let config = Folder { files, path: shown }.bert(family)?;
        Ok(BertFolder { published, family, config })
    }

    /// The files beside the weights.
    pub(crate) fn files(&self) -> &FolderFiles {
        match &self.published.description {
            Description::Folder(files) => files,
            _ => unreachable!("only folders are opened"),
        }
    }

    /// `config.json`, for the questions of a head.
    pub(crate) fn described(&self) -> Folder<'_> {
        Folder { files: self.files(), path: self.published.path.display().to_string() }
    }

    /// The folder's own name.
    pub(crate) fn name(&self) -> String {
        let folder = &self.files().folder;
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        whole.file_name().map_or_else(|| self.family.into(), |name| name.to_string_lossy().into_owned())
    }

    /// An array's name in the encoder: files of a task put the family before it, and the first files of BERT call the weights of a
    /// norm gamma, its biases beta.
    pub(crate) fn plain_name<'a>(&self, array: &'a str) -> Cow<'a, str> {
        let array = array.strip_prefix(if self.family == "bert" { "bert." } else { "roberta." }).unwrap_or(array);
        for (older, name) in [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")] {
            if let Some(before) = array.strip_suffix(older) {
                return format!("{before}{name}").into();
            }
        }
        array.into()
    }

    /// A JSON file beside the weights that need not be there.
    pub(crate) fn beside(&self, file: &str) -> Result<Option<Value>, LoadingError> {
        Ok(optional(&self.files().folder.join(file)).map_err(PublishedError::from)?)
    }

    /// The bytes of `tokenizer.json`, which make texts lower case first where `sentence_bert_config.json` asks for it.
    pub(crate) fn tokenizer_json(&self) -> Result<Vec<u8>, LoadingError> {
        let path = self.files().folder.join("tokenizer.json");
        let said = self.beside("sentence_bert_config.json")?;
        if said.is_none_or(|said| said["do_lower_case"] != true) {
            return Ok(json_bytes(&path)?);
        }
        let mut file = json_file(&path)?;
        let before = json!({ "type": "Lowercase" });
        file["normalizer"] = match file["normalizer"].take() {
            Value::Null => before,
            after => json!({ "type": "Sequence", "normalizers": [before, after] }),
        };
        Ok(file.to_string().into_bytes())
    }

    /// Tokens of a text that are read: as `sentence_bert_config.json` says, else as the tokenizer's configuration does, and
    /// never more than there are positions.
    pub(crate) fn max_tokens(&self) -> Result<usize, LoadingError> {
        let size = |file: Option<&Value>, key: &str| usize::try_from(file?[key].as_u64()?).ok();
        let limits = self.beside("sentence_bert_config.json")?;
        let asked = size(limits.as_ref(), "max_seq_length");
        let asked = asked.or_else(|| size(self.files().tokenizer_config.as_ref(), "model_max_length"));
        let context = self.config.max_seq_len();
        Ok(asked.map_or(context, |asked| asked.clamp(1, context)))
    }
}

/// SHA-256 of what decides a text's result, in hexadecimal: `facts` in words, the tokenizer, and all weights.
pub(crate) fn digest(facts: &str, tokenizer_json: &[u8], checkpoint: &Checkpoint) -> String {
    let mut facts = format!("{facts}\n{}", checksum::sha256(tokenizer_json));
    for array in checkpoint.arrays() {
        let bytes = checksum::sha256(checkpoint.bytes(array).as_ref());
        facts.push_str(&format!("\n{} {:?} {} {bytes}", array.name, array.shape, array.dtype.name()));
    }
    checksum::sha256(facts.as_bytes())
}

impl Folder<'_> {
    fn bert(&self, name: &str) -> Result<BertConfig, FamilyError> {
        self.only("hidden_act", "gelu")?;
        self.only("position_embedding_type", "absolute")?;
        let first_position = if name == "bert" { 0 } else { self.size("pad_token_id")?.saturating_add(1) };
        Ok(BertConfig {
            vocab_size: self.size("vocab_size")?,
            n_layers: self.size("num_hidden_layers")?,
            n_heads: self.size("num_attention_heads")?,
            d_model: self.size("hidden_size")?,
            d_ff: self.size("intermediate_size")?,
            n_positions: self.size("max_position_embeddings")?,
            first_position,
            n_kinds: self.size("type_vocab_size")?,
            norm_eps: self.number_or("layer_norm_eps", 1e-12)? as f32,
        })
    }
}
