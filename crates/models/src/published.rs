//! What people publish: a checkpoint and what stands beside it, before any of it is a model.
//!
//! Two ways of saying the same. A Hugging Face folder has `config.json`, `tokenizer.json`, `tokenizer_config.json`, a chat
//! template and a card beside its safetensors; a GGUF file says all of it in its metadata. A checkpoint of our own says
//! it in `state.json`. [`Published`] holds whichever it found and answers the questions that all three can answer.

use crate::folder::FolderError;
use crate::{folder, gpt, llama};
use formats::checkpoint::{ArrayInfo, Checkpoint, CheckpointError, JsonError, json_file};
use formats::gguf::Metadata;
use serde_json::Value;
use std::path::{Path, PathBuf};
use sys::atomic_file::{self, FileError};

/// Most bytes of a card or a template that are looked at.
const TEXT_BYTES_MAX: u64 = 1 << 24;

sys::coded_union! {
    /// Why a published model cannot be opened.
    pub enum PublishedError {
        /// Its weights cannot.
        Checkpoint(CheckpointError),
        /// A JSON file beside them cannot.
        Json(JsonError),
        /// It is a checkpoint of our own, and damaged.
        Folder(FolderError),
    }
}

/// A checkpoint with its description.
pub struct Published {
    /// The weights.
    pub checkpoint: Checkpoint,
    /// The file or folder that was opened.
    pub path: PathBuf,
    /// Where the description comes from.
    pub description: Description,
    /// Newer checkpoints of a run of our own that were passed over because their checksums do not hold.
    pub skipped: Vec<PathBuf>,
}

/// Who says what the weights are.
pub enum Description {
    /// The metadata of a GGUF file, in [`Checkpoint::gguf`].
    Gguf,
    /// The files of a Hugging Face folder.
    Folder(FolderFiles),
    /// `state.json` of one of our own checkpoints.
    State(Value),
    /// Nobody: weights alone.
    Nobody,
}

/// The files of a Hugging Face folder that were found.
pub struct FolderFiles {
    /// `config.json`.
    pub config: Value,
    /// `generation_config.json`.
    pub generation: Option<Value>,
    /// `tokenizer_config.json`.
    pub tokenizer_config: Option<Value>,
    /// Where they are.
    pub folder: PathBuf,
}

impl Published {
    /// Opens a GGUF or safetensors file, a Hugging Face folder, a checkpoint of our own, or a run's newest one.
    ///
    /// # Errors
    /// [`PublishedError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Published, PublishedError> {
        let given = path.as_ref();
        let (path, skipped) = if !folder::checkpoints(given).is_empty() {
            folder::newest_whole(given)?
        } else {
            let ours = folder::checkpoint_of(given).or(given.join("state.json").is_file().then_some(given));
            if let Some(ours) = ours {
                folder::verify(ours, &folder::MODEL_FILES)?;
            }
            (given.to_path_buf(), Vec::new())
        };
        let checkpoint = Checkpoint::open(&path)?;
        let description = if checkpoint.gguf().is_some() {
            Description::Gguf
        } else {
            described(if path.is_dir() { &path } else { path.parent().unwrap_or(&path) })?
        };
        Ok(Published { checkpoint, path, description, skipped })
    }

    /// The family as its publisher calls it: `model_type` or `general.architecture`.
    pub fn architecture(&self) -> Option<&str> {
        match &self.description {
            Description::Gguf => self.metadata()?.get("general.architecture")?.as_str(),
            Description::Folder(files) => files.config["model_type"].as_str(),
            Description::State(state) => state["model"]["architecture"].as_str(),
            Description::Nobody => None,
        }
    }

    /// Number of weights: integers and rotary frequencies are tables that the model computes itself, and files of GPT-2 hold masks and
    /// its head again.
    pub fn n_params(&self) -> usize {
        let is_gpt2 = self.architecture() == Some("gpt2");
        let of_gpt2 = if self.metadata().is_some() { gpt::gguf_name } else { gpt::published_name };
        let is_weight = |array: &&ArrayInfo| {
            let is_table = array.dtype.is_integer() || llama::is_computed(&array.name);
            !is_table
                && (!is_gpt2 || of_gpt2(&array.name).is_some() || (array.name == gpt::GGUF_HEAD && self.has_own_head()))
        };
        self.checkpoint.arrays().iter().filter(is_weight).map(|array| array.n_values()).sum()
    }

    /// Whether a GPT-2 in a GGUF file has a head beside its token embedding. Converters write the embedding a second time, and those
    /// who quantise choose another type for it, whose values differ.
    pub(crate) fn has_own_head(&self) -> bool {
        let is_gpt2 = self.metadata().is_some() && self.architecture() == Some("gpt2");
        let checkpoint = &self.checkpoint;
        let heads = checkpoint.get(gpt::GGUF_HEAD).zip(checkpoint.get("token_embd.weight")).filter(|_| is_gpt2);
        heads.is_some_and(|(head, table)| {
            head.dtype != table.dtype || checkpoint.bytes(head).as_ref() != checkpoint.bytes(table).as_ref()
        })
    }

    /// Number of tokens it knows.
    pub fn vocab_size(&self) -> Option<usize> {
        match &self.description {
            Description::Gguf => {
                let named = self.family_value("vocab_size").and_then(|value| value.as_usize());
                named.or_else(|| Some(self.metadata()?.get("tokenizer.ggml.tokens")?.as_list()?.len()))
            }
            Description::Folder(files) => size(&files.config, &["vocab_size"]),
            Description::State(state) => size(&state["model"], &["vocab_size"]),
            Description::Nobody => None,
        }
    }

    /// Longest sequence it was made for.
    pub fn context(&self) -> Option<usize> {
        match &self.description {
            Description::Gguf => self.family_value("context_length")?.as_usize(),
            Description::Folder(files) => size(&files.config, &["max_position_embeddings", "n_positions", "n_ctx"]),
            Description::State(state) => size(&state["model"], &["max_seq_len"]),
            Description::Nobody => None,
        }
    }

    /// The Jinja source of its chat template.
    pub fn chat_template(&self) -> Option<String> {
        match &self.description {
            Description::Gguf => Some(self.metadata()?.get("tokenizer.chat_template")?.as_str()?.to_string()),
            Description::Folder(files) => files.chat_template(),
            Description::State(state) => Some(state["chat_template"].as_str()?.to_string()),
            Description::Nobody => None,
        }
    }

    /// The licence that it states.
    pub fn license(&self) -> Option<String> {
        match &self.description {
            Description::Gguf => {
                let said = self.metadata()?.get("general.license").and_then(|value| value.as_str());
                // Many files leave it to the card beside them.
                said.map(str::to_string).or_else(|| self.card_license())
            }
            Description::Folder(_) => self.card_license(),
            Description::State(_) | Description::Nobody => None,
        }
    }

    /// From the card beside the weights.
    fn card_license(&self) -> Option<String> {
        let folder = if self.path.is_dir() { &self.path } else { self.path.parent()? };
        card_license(&text_file(&folder.join("README.md"))?)
    }

    /// What kind of tokenizer stands with it, such as `gpt2 (smollm)` or `WordPiece`; `kind_of` knows those of a `tokenizer.json`.
    pub fn tokenizer(&self, kind_of: fn(&Value) -> Option<&str>) -> Option<String> {
        let of_file = |folder: &Path| {
            let file = json_file(&folder.join("tokenizer.json")).ok()?;
            kind_of(&file).map(str::to_string)
        };
        match &self.description {
            Description::Gguf => {
                let said = |key: &str| self.metadata()?.get(key)?.as_str();
                let model = said("tokenizer.ggml.model")?;
                Some(said("tokenizer.ggml.pre").map_or(model.to_string(), |pre| format!("{model} ({pre})")))
            }
            Description::Folder(files) => of_file(&files.folder),
            Description::State(_) => of_file(&self.path),
            Description::Nobody => None,
        }
    }

    /// The metadata of a GGUF file.
    pub fn metadata(&self) -> Option<&Metadata> {
        self.checkpoint.gguf()
    }

    /// `ARCHITECTURE.key` of a GGUF file's metadata.
    pub fn family_value(&self, key: &str) -> Option<&formats::gguf::Value> {
        self.metadata()?.get(&format!("{}.{key}", self.architecture()?))
    }
}

impl FolderFiles {
    /// From `chat_template.jinja`, else from `tokenizer_config.json`, else from `chat_template.json`.
    pub fn chat_template(&self) -> Option<String> {
        if let Some(source) = text_file(&self.folder.join("chat_template.jinja")) {
            return Some(source);
        }
        let named = |templates: &Value| match templates {
            Value::String(source) => Some(source.clone()),
            // Several by name; the one for plain conversations is called `default`.
            Value::Array(several) => {
                let default = several.iter().find(|template| template["name"] == "default")?;
                Some(default["template"].as_str()?.to_string())
            }
            _ => None,
        };
        let inside = self.tokenizer_config.as_ref().and_then(|config| named(&config["chat_template"]));
        inside.or_else(|| named(&json_file(&self.folder.join("chat_template.json")).ok()?["chat_template"]))
    }
}

fn described(folder: &Path) -> Result<Description, JsonError> {
    if folder.join("config.json").is_file() {
        return Ok(Description::Folder(FolderFiles {
            config: json_file(&folder.join("config.json"))?,
            generation: optional(&folder.join("generation_config.json"))?,
            tokenizer_config: optional(&folder.join("tokenizer_config.json"))?,
            folder: folder.to_path_buf(),
        }));
    }
    Ok(optional(&folder.join("state.json"))?.map_or(Description::Nobody, Description::State))
}

/// A JSON file that need not be there.
pub(crate) fn optional(path: &Path) -> Result<Option<Value>, JsonError> {
    match json_file(path) {
        Ok(value) => Ok(Some(value)),
        Err(JsonError::File(FileError::Missing { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A size under the first of several names.
fn size(config: &Value, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| usize::try_from(config[*name].as_u64()?).ok())
}

fn text_file(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok()?.len();
    let bytes = if size <= TEXT_BYTES_MAX { atomic_file::read(path).ok()? } else { return None };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `license: NAME` of the front matter of a model card.
fn card_license(card: &str) -> Option<String> {
    let mut lines = card.lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let named = lines.take_while(|line| line.trim_end() != "---").find_map(|line| line.strip_prefix("license:"))?;
    let named = named.trim().trim_matches(['"', '\'']);
    (!named.is_empty()).then(|| named.to_string())
}

#[cfg(test)]
mod tests {
    use super::card_license;

    #[test]
    fn the_licence_stands_in_the_front_matter_alone() {
        assert_eq!(card_license("---\nlanguage: en\nlicense: apache-2.0\n---\n# Card"), Some("apache-2.0".into()));
        assert_eq!(card_license("---\nlanguage: en\n---\nlicense: mit"), None);
        assert_eq!(card_license("license: mit"), None);
    }
}
