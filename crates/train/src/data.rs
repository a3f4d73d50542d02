//! The text of a run: read, split into what is learnt from and what is only measured on, and made into tokens.
//!
//! A stream is split by characters, `n = int(len * (1 - held_out))`, exactly as nanoGPT does; the layout `documents` is
//! split by document, if there are several. Stories hold out plots and seeds instead of a share of the text.
//!
//! A document of the layout `documents` has `<|endoftext|>` before and after it. In a stream that marker stands between
//! documents, so that a model need not guess why one text breaks off and another begins; a single text has none, and
//! its vocabulary is exactly its own characters.

mod files;

pub use files::{FolderRead, read_utf8};

use crate::TrainError;
use crate::loader::Tokens;
use crate::recipe::{Layout, Recipe, RecipeError, Source, TokenizerKind};
use kernels::pool;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use sys::atomic_file::FileError;
use text::stories::{self, Lang, Split};
use text::template::STORIES_TEMPLATE;
use text::tokenizer::{Special, Tokenizer};

/// Where a document begins and ends.
const DOCUMENT_MARKER: &str = "<|endoftext|>";
/// Markers of the stories' chat template.
const TURN_MARKERS: [&str; 3] = ["<|user|>", "<|assistant|>", "<|end|>"];
/// Stories a language when the recipe does not say.
const STORIES_DEFAULT: usize = 20_000;
/// Vocabulary of a BPE when the recipe does not say.
const VOCAB_DEFAULT: usize = 2048;
/// A BPE learns its merges from this much text; more changes little and costs seconds.
const BPE_BYTES_MAX: usize = 4 << 20;
/// Tokens held out, at least: one to read and one to guess.
const HELD_OUT_MIN: usize = 2;
/// Texts that become tokens between two words about it: enough that no thread waits for long.
const TEXTS_TOLD: usize = 512;

sys::coded_error! {
    /// What can be wrong with a run's text.
    pub enum DataError {
        /// The data set is in none of the places looked in.
        NoDataset { name: String } = "data.no_dataset",
        /// There is nothing at the path.
        Missing { path: String } = "data.missing",
        /// A file or folder that is there cannot be read.
        Unreadable { path: String } by Cause = "data.unreadable",
        /// A file holds a byte that no text has; bytes count from 1.
        Binary { path: String, byte: usize } = "data.binary",
        /// The text is one character over and over.
        OneCharacter { path: String, found: String } = "data.one_character",
        /// The file or folder holds no text.
        Empty { path: String } = "data.empty",
        /// There is no text file in the folder.
        NoFiles { path: String } = "data.no_files",
        /// A file is not UTF-8; bytes count from 1.
        NotUtf8 { path: String, byte: usize } = "data.not_utf8",
        /// A line of a JSON-lines file is not JSON; lines count from 1.
        BadLine { path: String, line: usize, cause: String } = "data.bad_line",
        /// A line of a JSON-lines file has other fields than this one.
        NoField { path: String, line: usize, field: String, found: String } = "data.no_field",
        /// The field of a line of a JSON-lines file, or the whole line, is no text; `found` is how it begins.
        NotText { path: String, line: usize, field: String, found: String } = "data.not_text",
        /// The file is one JSON document, neither text nor JSON lines.
        Json { path: String } = "data.json",
        /// There is less text to learn from than one context.
        TooShort { found: usize, expected: usize } = "data.too_short",
        /// There is too little text held out to measure anything.
        HeldOutTooShort { found: usize, expected: usize } = "data.held_out_too_short",
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
}

impl Corpus {
    /// Makes tokens of `texts`; `on_progress` hears how many of how many are done.
    ///
    /// # Errors
    /// [`DataError::TooShort`], [`DataError::HeldOutTooShort`], a tokenizer that does not know this text.
    pub fn new(
        recipe: &Recipe,
        texts: Texts,
        tokenizer: Tokenizer,
        on_progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Corpus, TrainError> {
        let (n_train, total) = (texts.train.len(), texts.train.len() + texts.held_out.len());
        let train = texts.tokens(&texts.train, &tokenizer, &mut |done| on_progress(done, total))?;
        let held_out = texts.tokens(&texts.held_out, &tokenizer, &mut |done| on_progress(n_train + done, total))?;
        let context = recipe.model.max_seq_len;
        let shortest = match (recipe.data.layout, recipe.data.source) {
            // A stream's windows need a token after their last.
            (Layout::Stream, _) => context + 1,
            // Documents may each be short, but a text that does not fill one context teaches nothing.
            (Layout::Documents, Source::Text | Source::Jsonl) => context,
            (Layout::Documents, Source::Stories) => 2,
        };
        if train.ids.len() < shortest {
            return Err(DataError::TooShort { found: train.ids.len(), expected: shortest }.into());
        }
        if held_out.ids.len() < HELD_OUT_MIN {
            return Err(DataError::HeldOutTooShort { found: held_out.ids.len(), expected: HELD_OUT_MIN }.into());
        }
        let is_stories = recipe.data.source == Source::Stories;
        let chat_template = is_stories.then(|| STORIES_TEMPLATE.to_string());
        Ok(Corpus { train, held_out, tokenizer, chat_template })
    }
}

/// The training documents of a recipe whose source is [`Source::Stories`], one after the other; `on_progress` hears how many of
/// how many are made.
pub fn stories_documents(recipe: &Recipe, mut on_progress: impl FnMut(usize, usize)) -> impl Iterator<Item = String> {
    let total = 2 * recipe.data.n_documents.unwrap_or(STORIES_DEFAULT);
    let documents = stories::corpus(recipe.train.seed, total).enumerate();
    documents.inspect(move |(i, _)| on_progress(i + 1, total)).map(|(_, document)| document)
}

/// The text of a run, split.
pub struct Texts {
    train: Vec<String>,
    held_out: Vec<String>,
    layout: Layout,
    /// Special tokens of the tokenizer.
    markers: Vec<&'static str>,
    /// Only our own stories may hold markers; other text is taken literally.
    special: Special,
    /// What was read of a folder.
    folder: Option<FolderRead>,
}

impl Texts {
    /// Reads the recipe's text, or makes it up; of the latter `on_progress` hears how many documents of how many are there.
    ///
    /// # Errors
    /// [`DataError`], a file that cannot be read.
    pub fn read(recipe: &Recipe, on_progress: &mut dyn FnMut(usize, usize)) -> Result<Texts, TrainError> {
        let data = &recipe.data;
        let field = data.field.as_deref().unwrap_or("text");
        let (mut markers, mut special, mut folder) = (vec![DOCUMENT_MARKER], Special::Text, None);
        let (train, held_out): (Vec<String>, Vec<String>) = match data.source {
            Source::Stories => {
                markers.extend(TURN_MARKERS);
                special = Special::Parse;
                let held_out = (0..recipe.validation.max_documents as u64)
                    .map(|i| stories::document(Lang::ALL[(i % 2) as usize], Split::HeldOut, i / 2));
                (stories_documents(recipe, on_progress).collect(), held_out.collect())
            }
            Source::Text | Source::Jsonl => {
                let path = source_path(recipe)?;
                let documents = match data.source {
                    Source::Jsonl => files::read_json_lines(&path, field)?,
                    _ => {
                        let (documents, read) = files::read_texts(&path, field)?;
                        folder = read;
                        documents
                    }
                };
                check_characters(&documents, &path)?;
                if data.layout == Layout::Stream && documents.len() == 1 {
                    markers.clear();
                }
                match data.layout {
                    Layout::Documents if documents.len() > 1 => split_by_document(documents, data.held_out),
                    _ => split_by_character(documents, data.held_out),
                }
            }
        };
        Ok(Texts { train, held_out, layout: data.layout, markers, special, folder })
    }

    /// What was read of a folder, if the text stands in one.
    pub fn folder(&self) -> Option<&FolderRead> {
        self.folder.as_ref()
    }

    /// Trains the recipe's tokenizer on this text.
    ///
    /// # Errors
    /// A text or a vocabulary that is none for it.
    pub fn train_tokenizer(&self, recipe: &Recipe) -> Result<Tokenizer, TrainError> {
        let all = self.train.iter().chain(&self.held_out).map(String::as_str);
        let tokenizer = match recipe.tokenizer.kind {
            TokenizerKind::Byte => Tokenizer::train_bytes(&self.markers),
            // Characters of the held-out part count too, as in nanoGPT: it must be measurable.
            TokenizerKind::Char => Tokenizer::train_characters(all, &self.markers)?,
            TokenizerKind::Bpe => {
                let mut left = BPE_BYTES_MAX;
                let enough = self.train.iter().map(|text| {
                    let part = &text[..text.floor_char_boundary(left)];
                    left -= part.len();
                    part
                });
                let vocab_size = recipe.tokenizer.vocab_size.unwrap_or(VOCAB_DEFAULT);
                Tokenizer::train_bpe(enough, vocab_size, &self.markers)?
            }
        };
        // Prompts begin as the documents do, or the model meets a beginning that it has never seen.
        Ok(match self.layout {
            Layout::Documents => tokenizer.beginning_with(DOCUMENT_MARKER),
            Layout::Stream => tokenizer,
        })
    }

    /// The marker stands on both sides of a document, or in a stream between two. `on_progress` hears how many texts are done.
    fn tokens(
        &self,
        texts: &[String],
        tokenizer: &Tokenizer,
        on_progress: &mut dyn FnMut(usize),
    ) -> Result<Tokens, TrainError> {
        let marker = self.markers.first().and_then(|marker| tokenizer.id_of(marker));
        // Each text has its place, so the tokens do not depend on which thread made them.
        let encoded: Vec<OnceLock<_>> = texts.iter().map(|_| OnceLock::new()).collect();
        for first in (0..texts.len()).step_by(TEXTS_TOLD) {
            let n = TEXTS_TOLD.min(texts.len() - first);
            pool::parallel_for(n, |index| {
                let index = first + index;
                encoded[index].get_or_init(|| tokenizer.encode(&texts[index], self.special));
            });
            on_progress(first + n);
        }
        let mut tokens = Tokens::default();
        for (index, ids) in encoded.into_iter().enumerate() {
            let [before, after] = match self.layout {
                Layout::Documents => [marker, marker],
                Layout::Stream => [marker.filter(|_| index > 0), None],
            };
            let ids = ids.into_inner().expect("every text was encoded")?;
            tokens.push(&before.into_iter().chain(ids).chain(after).collect::<Vec<u32>>());
        }
        Ok(tokens)
    }

    /// SHA-256 over all of it, as checkpoints keep it.
    pub fn sha256(&self) -> String {
        let parts = self.train.iter().chain(&self.held_out);
        let sums: Vec<String> = parts.map(|text| formats::checksum::sha256(text.as_bytes())).collect();
        formats::checksum::sha256(sums.concat().as_bytes())
    }
}

/// Fails unless there is something where the recipe's text should be; reads nothing.
///
/// # Errors
/// [`DataError::NoDataset`], [`RecipeError::NoData`], a path that leads nowhere.
pub fn check_source(recipe: &Recipe) -> Result<(), TrainError> {
    let Some(path) = place(recipe)? else { return Ok(()) };
    match std::fs::metadata(&path) {
        Ok(_) => Ok(()),
        Err(cause) => Err(unreadable(FileError::reading(&path, &cause)).into()),
    }
}

/// Where the recipe's text stands; `None` for one that is made up.
///
/// # Errors
/// [`DataError::NoDataset`], [`RecipeError::NoData`].
pub fn place(recipe: &Recipe) -> Result<Option<PathBuf>, TrainError> {
    match recipe.data.source {
        Source::Stories => Ok(None),
        Source::Text | Source::Jsonl => source_path(recipe).map(Some),
    }
}

/// What is wrong with a text's file, as whoever named it needs it.
fn unreadable(error: FileError) -> DataError {
    match error {
        FileError::Missing { path } => DataError::Missing { path },
        FileError::Read { path, cause } | FileError::Write { path, cause } => DataError::Unreadable { path, cause },
    }
}

/// Fails if there is nothing to tell apart: any model guesses a single character at once, and would look as if it had learnt.
fn check_characters(documents: &[String], path: &Path) -> Result<(), DataError> {
    let mut characters = documents.iter().flat_map(|document| document.chars());
    match characters.next() {
        Some(first) if characters.all(|c| c == first) => {
            Err(DataError::OneCharacter { path: path.display().to_string(), found: first.escape_debug().to_string() })
        }
        _ => Ok(()),
    }
}

/// Where the text of the data set `name` is: in the data folder `home`, or in `$SANJIE_DATA`. A folder of this name without text,
/// such as a download that was broken off leaves, is none.
pub fn find_dataset(name: &str, home: &Path) -> Option<PathBuf> {
    places(name, home).find(|path| files::holds_text(path))
}

/// Where a data set may be, in the order in which it is looked for.
fn places(name: &str, home: &Path) -> impl Iterator<Item = PathBuf> {
    std::iter::once(home.join("data")).chain(sys::shared_data_folder()).map(move |place| place.join(name))
}

/// Where the recipe's text is: its path, or its data set.
fn source_path(recipe: &Recipe) -> Result<PathBuf, TrainError> {
    match (&recipe.data.path, &recipe.data.dataset) {
        (Some(path), _) => Ok(PathBuf::from(path)),
        (None, Some(name)) => {
            let home = sys::data_folder();
            find_dataset(name, &home).ok_or_else(|| {
                // One that is there in a form that is not read must not be fetched again.
                match places(name, &home).find(|path| path.read_dir().is_ok_and(|mut entries| entries.next().is_some()))
                {
                    Some(path) => DataError::NoFiles { path: path.display().to_string() }.into(),
                    None => DataError::NoDataset { name: name.clone() }.into(),
                }
            })
        }
        (None, None) => Err(RecipeError::NoData { recipe: recipe.name.clone() }.into()),
    }
}

/// The last `share` of all characters held out; the document it begins in is cut.
fn split_by_character(texts: Vec<String>, share: f64) -> (Vec<String>, Vec<String>) {
    let sizes: Vec<usize> = texts.iter().map(|text| text.chars().count()).collect();
    let mut left = (sizes.iter().sum::<usize>() as f64 * (1.0 - share)) as usize;
    let (mut train, mut held_out) = (Vec::new(), Vec::new());
    for (text, size) in texts.into_iter().zip(sizes) {
        if size <= left {
            train.push(text);
        } else {
            let at = text.char_indices().nth(left).map_or(text.len(), |(at, _)| at);
            let (before, after) = text.split_at(at);
            train.extend((!before.is_empty()).then(|| before.to_string()));
            held_out.push(after.to_string());
        }
        left = left.saturating_sub(size);
    }
    (train, held_out)
}

/// The last `share` of the documents held out, at least one, and at least one kept; there must be two.
fn split_by_document(mut texts: Vec<String>, share: f64) -> (Vec<String>, Vec<String>) {
    let n = ((texts.len() as f64 * (1.0 - share)) as usize).max(1);
    let held_out = texts.split_off(n.min(texts.len() - 1));
    (texts, held_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| text.to_string()).collect()
    }

    #[test]
    fn a_stream_is_split_by_characters_and_documents_whole() {
        let cases: [(&[&str], &[&str], &[&str]); 4] = [
            (&["一二三四五六七八九十"], &["一二三四五六七八九"], &["十"]),
            (&["abcde", "fghijk", "lmnopqrst"], &["abcde", "fghijk", "lmnopqr"], &["st"]),
            (&["abcdefghi", "j"], &["abcdefghi"], &["j"]),
            (&["abcdefgh", "i", "j"], &["abcdefgh", "i"], &["j"]),
        ];
        for (texts, train, held_out) in cases {
            assert_eq!(split_by_character(strings(texts), 0.1), (strings(train), strings(held_out)));
        }
        let (train, held_out) = split_by_document(strings(&["a", "b", "c"]), 0.1);
        assert_eq!((train.len(), held_out.len()), (2, 1));
        assert_eq!(split_by_document(strings(&["a", "b"]), 0.001).1.len(), 1);
    }

    #[test]
    fn a_marker_stands_between_documents_and_around_them_but_not_in_a_single_text() {
        let markers = vec![DOCUMENT_MARKER];
        let cases: [(Layout, Vec<&'static str>, &[u32]); 3] = [
            (Layout::Stream, markers.clone(), &[97, 98, 256, 99]),
            (Layout::Documents, markers, &[256, 97, 98, 256, 256, 99, 256]),
            (Layout::Stream, vec![], &[97, 98, 99]),
        ];
        for (layout, markers, expected) in cases {
            let tokenizer = Tokenizer::train_bytes(&markers);
            let texts =
                Texts { train: vec![], held_out: vec![], layout, markers, special: Special::Text, folder: None };
            assert_eq!(texts.tokens(&strings(&["ab", "c"]), &tokenizer, &mut |_| ()).unwrap().ids, expected);
        }
    }
}
