//! Tokenizers: text to ids and back, trained here or loaded from a `tokenizer.json`.
//!
//! Three kinds, all stored in the same file format (crate `tokenizers`), so Hugging Face's libraries read them too:
//! *bytes* (id = byte value), *characters* (nanoGPT's: the sorted characters of the text), and *BPE* over bytes
//! (Sennrich et al. 2016; bytes as in GPT-2, so no text is ever unencodable). The BPE's pre-tokenizer is GPT-2's idea
//! with changes for Chinese: a run of Han characters is never glued to Latin letters, digits stand alone, and ten frequent
//! particles are cut off, so that a name stays one token beside them. The price: words that hold one, as 现在 and 目的 do, are
//! two tokens at least.
//!
//! **Special markers.** A marker such as `<|end|>` has an id of its own. [`Special::Parse`] finds markers in the text;
//! [`Special::Text`] reads them as ordinary characters. What a person typed is always encoded as text, so that
//! nobody can end the model's turn by typing its end marker. A text that mixes both goes through
//! [`Tokenizer::guard`].
//!
//! SentencePiece's files (Llama 2) are read, too. Not here: word-piece decoding; a file that needs it is refused.

mod bpe;
mod decode;
mod file;
mod special;

pub use decode::IncrementalDecoder;

use serde_json::Value;
use special::{Markers, Part};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use tokenizers::Tokenizer as Engine;

sys::coded_error! {
    /// What can go wrong between text and tokens.
    pub enum TokenizerError {
        /// The bytes are not a tokenizer.json this library can use.
        Invalid { cause: String } = "tokenizer.invalid",
        /// The table of characters to replace says that it has more bytes than stand in the file.
        TableSize { said: u32, found: usize } = "tokenizer.table_size",
        /// The steps before the model make so many bytes of one.
        Growth { found: f64, expected: f64 } = "tokenizer.growth",
        /// The file decodes ids in a way this library does not know.
        UnsupportedDecoder { found: String } = "tokenizer.unsupported_decoder",
        /// A character tokenizer met a character it was not trained on; line and column count from 1.
        UnknownCharacter { character: String, code_point: String, line: usize, column: usize } = "tokenizer.unknown_character",
        /// The wanted vocabulary cannot even hold all bytes and the special tokens.
        VocabTooSmall { found: usize, expected: usize } = "tokenizer.vocab_too_small",
        /// There is no text to train on.
        Empty {} = "tokenizer.empty",
        /// An id outside the vocabulary.
        UnknownId { id: u32, vocab_size: usize } = "tokenizer.unknown_id",
        /// What a text is begun and ended with fills all that the model reads.
        NoRoom { added: usize, max_tokens: usize } = "tokenizer.no_room",
    }
}

/// How special markers in a text are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// Markers become their ids: for text that the program itself wrote.
    Parse,
    /// Markers are ordinary characters: for text that a person wrote.
    Text,
}

/// A tokenizer with its file, ready to encode and decode.
///
/// ```
/// use text::tokenizer::{Special, Tokenizer};
/// let tokenizer = Tokenizer::train_characters(["hello"], &["<|end|>"])?;
/// assert_eq!(tokenizer.encode("hello", Special::Text)?, [1, 0, 2, 2, 3]); // e h l o
/// assert_eq!(tokenizer.id_of("<|end|>"), Some(4));
/// assert_eq!(tokenizer.decode(&[1, 0, 4])?, "he<|end|>");
/// # Ok::<(), text::tokenizer::TokenizerError>(())
/// ```
#[derive(Clone)]
pub struct Tokenizer {
    json: String,
    /// Reads special markers as ordinary text.
    plain: Engine,
    /// Turns special markers into their ids.
    parsing: Engine,
    kind: Kind,
    /// Whether a long text may be encoded in pieces.
    may_be_cut: bool,
    markers: Markers,
    /// Bytes of each id; `None` for ids that the file leaves out.
    bytes: Vec<Option<Box<[u8]>>>,
    /// What the file's post-processor puts before every text.
    begin: Option<u32>,
}

/// What the file's model amounts to; the first two are encoded directly, without the engine.
#[derive(Clone)]
enum Kind {
    Bytes(Box<[u32; 256]>),
    Characters(HashMap<char, u32>),
    Other,
}

impl Tokenizer {
    /// A tokenizer whose ids 0-255 are the bytes; special tokens follow.
    pub fn train_bytes(special: &[&str]) -> Tokenizer {
        let mut vocab: Vec<String> = bpe::BYTE_TO_CHAR.iter().map(char::to_string).collect();
        vocab.extend(special.iter().map(|s| s.to_string()));
        Tokenizer::build(file::write(&vocab, &[], file::Shape::Bytes, special))
    }

    /// A tokenizer with one id per character that occurs, in code point order (nanoGPT's); special tokens follow.
    ///
    /// # Errors
    /// [`TokenizerError::Empty`] if there is no character at all.
    pub fn train_characters<'a>(
        documents: impl IntoIterator<Item = &'a str>,
        special: &[&str],
    ) -> Result<Tokenizer, TokenizerError> {
        let markers = Markers::new(special.iter().zip(0..).map(|(text, id)| (text.to_string(), id)).collect());
        let mut characters = BTreeSet::new();
        for document in documents {
            characters.extend(markers.texts(document).flat_map(str::chars));
        }
        if characters.is_empty() {
            return Err(TokenizerError::Empty {});
        }
        let vocab: Vec<String> =
            characters.iter().map(char::to_string).chain(special.iter().map(|s| s.to_string())).collect();
        Ok(Tokenizer::build(file::write(&vocab, &[], file::Shape::Characters, special)))
    }

    /// A byte-level BPE of at most `vocab_size` entries: special tokens first, then the bytes, then merges.
    ///
    /// The result depends on the documents alone, not on threads or hashing. Fewer entries come out when
    /// the text is too small to offer more merges.
    ///
    /// # Errors
    /// [`TokenizerError::Empty`], [`TokenizerError::VocabTooSmall`].
    pub fn train_bpe<'a>(
        documents: impl IntoIterator<Item = &'a str>,
        vocab_size: usize,
        special: &[&str],
    ) -> Result<Tokenizer, TokenizerError> {
        let (vocab, merges) = bpe::train(documents, vocab_size, special)?;
        Ok(Tokenizer::build(file::write(&vocab, &merges, file::Shape::Bpe, special)))
    }

    /// Loads the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    /// [`TokenizerError::Invalid`], [`TokenizerError::TableSize`], [`TokenizerError::Growth`], [`TokenizerError::UnsupportedDecoder`].
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Tokenizer, TokenizerError> {
        caught(|| Tokenizer::from_text(std::str::from_utf8(json.as_ref()).map_err(invalid)?))
    }

    fn from_text(json: &str) -> Result<Tokenizer, TokenizerError> {
        let (file, parsing) = engine(json)?;
        let special = parsing.get_added_tokens_decoder().into_iter().filter(|(_, token)| token.special);
        let markers = Markers::new(special.map(|(id, token)| (token.content, id)).collect());
        let bytes = decode::byte_table(&parsing)?;
        let kind = file::kind(&file);
        let begin = file::begin(&file).and_then(|marker| parsing.token_to_id(marker));
        let may_be_cut = bpe::may_be_cut(&parsing);
        let mut plain = parsing.clone();
        plain.set_encode_special_tokens(true);
        Ok(Tokenizer { json: json.to_string(), plain, parsing, kind, may_be_cut, markers, bytes, begin })
    }

    /// Loads a file that this module wrote itself.
    fn build(json: String) -> Tokenizer {
        Tokenizer::from_json(json).unwrap_or_else(|e| panic!("a tokenizer just trained does not load: {e}"))
    }

    /// The same tokenizer, saying in its file that `marker`, one of its special tokens, begins every text.
    ///
    /// ```
    /// use text::tokenizer::Tokenizer;
    /// let tokenizer = Tokenizer::train_bytes(&["<|endoftext|>"]).beginning_with("<|endoftext|>");
    /// assert_eq!(tokenizer.begin(), Some(256));
    /// ```
    #[track_caller]
    pub fn beginning_with(self, marker: &str) -> Tokenizer {
        let id = self.id_of(marker).filter(|&id| self.is_special(id));
        let id = id.unwrap_or_else(|| panic!("beginning_with: {marker} is no special token"));
        Tokenizer::build(file::with_begin(&self.json, marker, id))
    }

    /// The token that stands before every text, if the file names one; [`Tokenizer::encode`] leaves it out.
    pub fn begin(&self) -> Option<u32> {
        self.begin
    }

    /// The `tokenizer.json`; the same bytes each time.
    pub fn to_json(&self) -> &str {
        &self.json
    }

    /// Number of ids, special tokens included: every id is below it.
    pub fn vocab_size(&self) -> usize {
        self.bytes.len()
    }

    /// The id of an entry by its name in the file (for byte-level tokenizers in GPT-2's byte characters).
    pub fn id_of(&self, piece: &str) -> Option<u32> {
        self.parsing.token_to_id(piece)
    }

    /// The name of an entry in the file.
    pub fn piece(&self, id: u32) -> Option<String> {
        self.parsing.id_to_token(id)
    }

    /// The bytes that an id stands for; a special token's are those of its marker.
    pub fn bytes_of(&self, id: u32) -> Option<&[u8]> {
        self.bytes.get(id as usize)?.as_deref()
    }

    /// Whether `id` is a special token.
    pub fn is_special(&self, id: u32) -> bool {
        self.markers.contains(id)
    }

    /// The characters that a text may hold, by code point; `None` if it may hold any. Only a tokenizer of characters is
    /// so limited.
    ///
    /// ```
    /// use text::tokenizer::Tokenizer;
    /// assert_eq!(Tokenizer::train_characters(["hello"], &[])?.alphabet().as_deref(), Some("ehlo"));
    /// assert_eq!(Tokenizer::train_bytes(&[]).alphabet(), None);
    /// # Ok::<(), text::tokenizer::TokenizerError>(())
    /// ```
    pub fn alphabet(&self) -> Option<String> {
        let Kind::Characters(ids) = &self.kind else { return None };
        Some(ids.keys().collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// The special tokens with their ids, by id.
    pub fn special_tokens(&self) -> Vec<(&str, u32)> {
        self.markers.by_id()
    }

    /// Encodes a text; adds nothing of its own (no begin or end token).
    ///
    /// # Errors
    /// [`TokenizerError::UnknownCharacter`], for character tokenizers only.
    pub fn encode(&self, text: &str, special: Special) -> Result<Vec<u32>, TokenizerError> {
        match (&self.kind, special) {
            (Kind::Other, Special::Parse) => bpe::encode(&self.parsing, text, self.may_be_cut),
            (_, Special::Parse) => self.encode_parts(text, |part| Cow::Borrowed(part)),
            (_, Special::Text) => self.encode_plain("", text),
        }
    }

    /// Marks what a person wrote so that it may stand inside a text encoded by [`Tokenizer::encode_guarded`]:
    /// special markers in it are broken by a non-character (U+FDD0), which is taken out again there.
    ///
    /// ```
    /// use text::tokenizer::{Special, Tokenizer};
    /// let tokenizer = Tokenizer::train_bytes(&["<|end|>"]);
    /// let typed = tokenizer.guard("a<|end|>");
    /// let ids = tokenizer.encode_guarded(&format!("{typed}<|end|>"))?;
    /// assert_eq!(ids.iter().filter(|&&id| id == 256).count(), 1);
    /// assert_eq!(tokenizer.decode(&ids)?, "a<|end|><|end|>");
    /// # Ok::<(), text::tokenizer::TokenizerError>(())
    /// ```
    pub fn guard(&self, typed: &str) -> String {
        self.markers.guard(typed)
    }

    /// Encodes a text with its markers parsed, except for those inside guarded parts.
    ///
    /// # Errors
    /// As [`Tokenizer::encode`].
    pub fn encode_guarded(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        if !text.contains(special::GUARD) {
            return self.encode(text, Special::Parse);
        }
        self.encode_parts(text, special::unguard)
    }

    /// The text of the ids; bytes that are not UTF-8 become U+FFFD. Special tokens appear as their markers.
    ///
    /// # Errors
    /// [`TokenizerError::UnknownId`].
    pub fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        let mut bytes = Vec::new();
        for &id in ids {
            let unknown = TokenizerError::UnknownId { id, vocab_size: self.vocab_size() };
            bytes.extend_from_slice(self.bytes_of(id).ok_or(unknown)?);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Starts decoding a stream of ids piece by piece.
    pub fn decoder(&self) -> IncrementalDecoder<'_> {
        IncrementalDecoder::new(self)
    }

    /// Markers become ids, what lies between them is cleaned and encoded as plain text.
    fn encode_parts(&self, text: &str, clean: fn(&str) -> Cow<str>) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = Vec::new();
        for part in self.markers.split(text) {
            match part {
                Part::Marker(id) => ids.push(id),
                Part::Text { start, text: part } => ids.extend(self.encode_plain(&text[..start], &clean(part))?),
            }
        }
        Ok(ids)
    }

    /// `before` is only counted, for the position in an error.
    fn encode_plain(&self, before: &str, text: &str) -> Result<Vec<u32>, TokenizerError> {
        match &self.kind {
            Kind::Bytes(ids) => Ok(text.bytes().map(|byte| ids[usize::from(byte)]).collect()),
            Kind::Characters(ids) => text
                .char_indices()
                .map(|(i, c)| ids.get(&c).copied().ok_or_else(|| unknown_character(c, before, &text[..i])))
                .collect(),
            Kind::Other => bpe::encode(&self.plain, text, self.may_be_cut),
        }
    }
}

/// What kind of tokenizer a `tokenizer.json` holds: `bytes` or `characters` as they are trained here, else what its model is called.
///
/// ```
/// use text::tokenizer::{Tokenizer, kind_name};
/// let file = serde_json::from_str(Tokenizer::train_bytes(&["<|end|>"]).to_json())?;
/// assert_eq!(kind_name(&file), Some("bytes"));
/// assert_eq!(kind_name(&serde_json::json!({ "model": { "type": "WordPiece" } })), Some("WordPiece"));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn kind_name(file: &Value) -> Option<&str> {
    match file::kind(file) {
        Kind::Bytes(_) => Some("bytes"),
        Kind::Characters(_) => Some("characters"),
        Kind::Other => file["model"]["type"].as_str(),
    }
}

/// A file with the engine that it describes. Runs within [`caught`], as does whatever is asked of the engine.
pub(crate) fn engine(json: &str) -> Result<(Value, Engine), TokenizerError> {
    let file = serde_json::from_str(json).map_err(invalid)?;
    file::check_tables(&file)?;
    let mut engine: Engine = json.parse().map_err(invalid)?;
    file::check_growth(&engine)?;
    // Cutting and padding belong to the caller, whatever the file asks for.
    engine.with_padding(None);
    engine.with_truncation(None).map_err(invalid)?;
    Ok((file, engine))
}

pub(crate) fn invalid(cause: impl Display) -> TokenizerError {
    TokenizerError::Invalid { cause: cause.to_string() }
}

/// Runs the engine on a file from anywhere. What it did not foresee, as an index outside a table of the file, costs this file, not the
/// program.
pub(crate) fn caught<T>(run: impl FnOnce() -> Result<T, TokenizerError>) -> Result<T, TokenizerError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| said.to_string()));
        Err(invalid(said.unwrap_or_default()))
    })
}

fn unknown_character(c: char, before: &str, before_in_part: &str) -> TokenizerError {
    let before = format!("{before}{before_in_part}");
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    TokenizerError::UnknownCharacter {
        character: c.escape_debug().to_string(),
        code_point: format!("U+{:04X}", u32::from(c)),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
