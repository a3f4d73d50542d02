//! The text of a run: read, split into what is learnt from and what is only measured on, and made into tokens.
//!
//! A single text is split by characters, `n = int(len * (1 - held_out))`, exactly as nanoGPT does; several
//! documents are split by document. Stories hold out plots and seeds instead of a share of the text.

use crate::TrainError;
use crate::loader::Tokens;
use crate::recipe::{Layout, Recipe, RecipeError, Source, TokenizerKind};
use std::path::{Path, PathBuf};
use sys::atomic_file;
use text::stories::{self, Lang, Split};
use text::template::STORIES_TEMPLATE;
use text::tokenizer::{Special, Tokenizer};

/// Stands before and after every document of the layout `documents`.
const DOCUMENT_MARKER: &str = "<|endoftext|>";
/// Markers of the stories' chat template.
const TURN_MARKERS: [&str; 3] = ["<|user|>", "<|assistant|>", "<|end|>"];
/// Stories a language when the recipe does not say.
const STORIES_DEFAULT: usize = 20_000;
/// Vocabulary of a BPE when the recipe does not say.
const VOCAB_DEFAULT: usize = 2048;
/// A BPE learns its merges from this much text; more changes little and costs seconds.
const BPE_BYTES_MAX: usize = 4 << 20;

sys::coded_error! {
    /// What can be wrong with a run's text.
    pub enum DataError {
        /// The data set is in none of the places looked in.
        NoDataset { name: String } = "data.no_dataset",
        /// The file or folder holds no text.
        Empty { path: String } = "data.empty",
        /// A file is not UTF-8.
        NotUtf8 { path: String, offset: usize } = "data.not_utf8",
        /// A line of a JSON-lines file cannot be used.
        BadLine { path: String, line: usize, cause: String } = "data.bad_line",
        /// There is less text than one context.
        TooShort { part: &'static str, found: usize, expected: usize } = "data.too_short",
    }
}

/// Everything a run reads.
pub struct Corpus {
    /// What is learnt from.
    pub train: Tokens,
    /// What is only measured on.
    pub held_out: Tokens,
    /// How text became tokens.
    pub tokenizer: Tokenizer,
    /// The template of conversations, when the text holds some.
    pub chat_template: Option<String>,
    /// SHA-256 over the text, so that a resumed run reads the same.
    pub sha256: String,
}

impl Corpus {
    /// Reads the recipe's text; `tokenizer_json` is that of a checkpoint, otherwise a tokenizer is trained.
    ///
    /// # Errors
    /// [`DataError`], a file that cannot be read, a tokenizer that cannot be trained.
    pub fn prepare(recipe: &Recipe, tokenizer_json: Option<&[u8]>) -> Result<Corpus, TrainError> {
        let texts = Texts::read(recipe)?;
        let tokenizer = match tokenizer_json {
            Some(json) => Tokenizer::from_json(json)?,
            None => texts.train_tokenizer(recipe)?,
        };
        let (train, held_out) = (texts.tokens(&texts.train, &tokenizer)?, texts.tokens(&texts.held_out, &tokenizer)?);
        // A stream's windows need a token after their last; otherwise there must be something to predict.
        let shortest = if recipe.data.layout == Layout::Stream { recipe.model.max_seq_len + 1 } else { 2 };
        for (part, found, expected) in [("train", train.ids.len(), shortest), ("validation", held_out.ids.len(), 2)] {
            if found < expected {
                return Err(DataError::TooShort { part, found, expected }.into());
            }
        }
        let is_stories = recipe.data.source == Source::Stories;
        let chat_template = is_stories.then(|| STORIES_TEMPLATE.to_string());
        Ok(Corpus { train, held_out, tokenizer, chat_template, sha256: texts.sha256() })
    }
}

/// The training documents of a recipe whose source is [`Source::Stories`].
pub fn stories_documents(recipe: &Recipe) -> impl Iterator<Item = String> + use<> {
    stories::corpus(recipe.train.seed, 2 * recipe.data.n_documents.unwrap_or(STORIES_DEFAULT))
}

struct Texts {
    train: Vec<String>,
    held_out: Vec<String>,
    /// Special tokens of the tokenizer.
    markers: Vec<&'static str>,
    /// Only our own stories may hold markers; other text is taken literally.
    special: Special,
}

impl Texts {
    fn read(recipe: &Recipe) -> Result<Texts, TrainError> {
        let data = &recipe.data;
        let (train, mut held_out): (Vec<String>, Vec<String>) = match data.source {
            Source::Stories => {
                let held_out = (0..recipe.validation.max_documents as u64)
                    .map(|i| stories::document(Lang::ALL[(i % 2) as usize], Split::HeldOut, i / 2));
                (stories_documents(recipe).collect(), held_out.collect())
            }
            Source::Text => split(read_texts(&source_path(recipe)?)?, data.held_out),
            Source::Jsonl => {
                split(read_json_lines(&source_path(recipe)?, data.field.as_deref().unwrap_or("text"))?, data.held_out)
            }
        };
        let mut markers = Vec::new();
        if data.layout == Layout::Documents {
            markers.push(DOCUMENT_MARKER);
            held_out.truncate(recipe.validation.max_documents);
        }
        let mut special = Special::Text;
        if data.source == Source::Stories {
            markers.extend(TURN_MARKERS);
            special = Special::Parse;
        }
        Ok(Texts { train, held_out, markers, special })
    }

    fn train_tokenizer(&self, recipe: &Recipe) -> Result<Tokenizer, TrainError> {
        let all = self.train.iter().chain(&self.held_out).map(String::as_str);
        Ok(match recipe.tokenizer.kind {
            TokenizerKind::Byte => Tokenizer::train_bytes(&self.markers),
            // Characters of the held-out part count too, as in nanoGPT: it must be measurable.
            TokenizerKind::Char => Tokenizer::train_characters(all, &self.markers)?,
            TokenizerKind::Bpe => {
                let mut left = BPE_BYTES_MAX;
                let enough = self.train.iter().take_while(|text| {
                    let goes_on = left > 0;
                    left = left.saturating_sub(text.len());
                    goes_on
                });
                let vocab_size = recipe.tokenizer.vocab_size.unwrap_or(VOCAB_DEFAULT);
                Tokenizer::train_bpe(enough.map(String::as_str), vocab_size, &self.markers)?
            }
        })
    }

    /// Documents get their marker on both sides.
    fn tokens(&self, texts: &[String], tokenizer: &Tokenizer) -> Result<Tokens, TrainError> {
        let marker = self.markers.iter().find(|&&marker| marker == DOCUMENT_MARKER);
        let marker = marker.and_then(|marker| tokenizer.id_of(marker));
        let mut tokens = Tokens::default();
        for text in texts {
            let ids = tokenizer.encode(text, self.special)?;
            let ids: Vec<u32> = marker.into_iter().chain(ids).chain(marker).collect();
            tokens.push(&ids);
        }
        Ok(tokens)
    }

    fn sha256(&self) -> String {
        let parts = self.train.iter().chain(&self.held_out);
        let sums: Vec<String> = parts.map(|text| formats::checksum::sha256(text.as_bytes())).collect();
        formats::checksum::sha256(sums.concat().as_bytes())
    }
}

/// Where the recipe's text is: its path, or its data set in the data folder or in `$SANJIE_DATA`.
fn source_path(recipe: &Recipe) -> Result<PathBuf, TrainError> {
    match (&recipe.data.path, &recipe.data.dataset) {
        (Some(path), _) => Ok(PathBuf::from(path)),
        (None, Some(name)) => {
            let shared = std::env::var_os("SANJIE_DATA").map(PathBuf::from);
            let places = std::iter::once(sys::data_folder().join("data")).chain(shared);
            let found = places.map(|place| place.join(name)).find(|path| path.exists());
            found.ok_or_else(|| DataError::NoDataset { name: name.clone() }.into())
        }
        (None, None) => Err(RecipeError::NoData { recipe: recipe.name.clone() }.into()),
    }
}

/// The text of a file, or of all `.txt` and `.md` files below a folder in the order of their names.
fn read_texts(path: &Path) -> Result<Vec<String>, TrainError> {
    let mut files = Vec::new();
    if path.is_dir() {
        collect(path, &mut files)?;
        files.sort();
    } else {
        files.push(path.to_path_buf());
    }
    let texts = files.iter().map(|file| read_text(file)).collect::<Result<Vec<String>, TrainError>>()?;
    if texts.iter().all(|text| text.trim().is_empty()) {
        return Err(DataError::Empty { path: path.display().to_string() }.into());
    }
    Ok(texts)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), TrainError> {
    let failed = |cause: std::io::Error| atomic_file::FileError::reading(folder, &cause);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "txt" || extension == "md") {
            files.push(path);
        }
    }
    Ok(())
}

fn read_text(path: &Path) -> Result<String, TrainError> {
    String::from_utf8(atomic_file::read(path)?).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        DataError::NotUtf8 { path: path.display().to_string(), offset }.into()
    })
}

fn read_json_lines(path: &Path, field: &str) -> Result<Vec<String>, TrainError> {
    let text = read_text(path)?;
    let shown = path.display().to_string();
    let mut documents = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bad = |cause: String| DataError::BadLine { path: shown.clone(), line: index + 1, cause };
        let value: serde_json::Value = serde_json::from_str(line).map_err(|error| bad(error.to_string()))?;
        let document = value[field].as_str().ok_or_else(|| bad(format!("no text field `{field}`")))?;
        documents.push(document.to_string());
    }
    if documents.is_empty() { Err(DataError::Empty { path: shown }.into()) } else { Ok(documents) }
}

/// The last `share` held out: of a single text by characters, of several by document.
fn split(mut texts: Vec<String>, share: f64) -> (Vec<String>, Vec<String>) {
    if let [text] = texts.as_slice() {
        let n = (text.chars().count() as f64 * (1.0 - share)) as usize;
        let at = text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
        return (vec![text[..at].to_string()], vec![text[at..].to_string()]);
    }
    let n = ((texts.len() as f64 * (1.0 - share)) as usize).max(1);
    let held_out = texts.split_off(n.min(texts.len() - 1));
    (texts, held_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_text_is_split_by_characters_and_several_by_document() {
        let (train, held_out) = split(vec!["一二三四五六七八九十".into()], 0.1);
        assert_eq!((train[0].as_str(), held_out[0].as_str()), ("一二三四五六七八九", "十"));
        let (train, held_out) = split(vec!["a".into(), "b".into(), "c".into()], 0.1);
        assert_eq!((train.len(), held_out.len()), (2, 1));
    }
}
