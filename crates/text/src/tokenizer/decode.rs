//! Ids to bytes, and bytes to text as they arrive.
//!
//! A token of a byte-level tokenizer may end in the middle of a character (a Chinese character is three bytes), so
//! a stream of tokens must not be turned into text one by one. [`IncrementalDecoder`] holds back an unfinished
//! character until its last byte arrives, or until it is certain that it never will.

use super::bpe::char_to_byte;
use super::{Engine, Tokenizer, TokenizerError};
use tokenizers::decoders::DecoderWrapper;

/// The bytes of every id below the vocabulary's size.
pub(super) fn byte_table(engine: &Engine) -> Result<Vec<Option<Box<[u8]>>>, TokenizerError> {
    let spelling = spelling(engine.get_decoder())?;
    let vocab = engine.get_vocab(true);
    let n_ids = vocab.values().max().map_or(0, |&max| max as usize + 1);
    // Ids may have gaps, but a file cannot make us allocate without bound.
    if n_ids > 2 * vocab.len() + 1024 {
        return Err(TokenizerError::Invalid { cause: format!("{} entries, but ids up to {}", vocab.len(), n_ids - 1) });
    }
    let added = engine.get_added_tokens_decoder();
    let mut table = vec![None; n_ids];
    for (piece, id) in vocab {
        let bytes: Option<Box<[u8]>> = match spelling {
            _ if added.contains_key(&id) => None,
            Spelling::Plain => None,
            Spelling::ByteLevel => piece.chars().map(char_to_byte).collect(),
            Spelling::Spaces => Some(match byte_of(&piece) {
                Some(byte) => Box::new([byte]),
                None => piece.replace(SPACE, " ").into_bytes().into(),
            }),
        };
        table[id as usize] = Some(bytes.unwrap_or_else(|| piece.into_bytes().into()));
    }
    Ok(table)
}

/// How entries spell the bytes they stand for.
#[derive(Clone, Copy, PartialEq)]
enum Spelling {
    /// As text.
    Plain,
    /// A character for each byte, GPT-2's.
    ByteLevel,
    /// As text with [`SPACE`] for spaces, and `<0x0A>` for a byte alone: SentencePiece's.
    Spaces,
}

/// What SentencePiece writes for a space.
const SPACE: char = '\u{2581}';

/// The byte of an entry such as `<0x0A>`.
fn byte_of(piece: &str) -> Option<u8> {
    let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 2)
}

/// A file of SentencePiece takes the space before a text away again; here it stays, since most texts go on with another.
fn spelling(decoder: Option<&DecoderWrapper>) -> Result<Spelling, TokenizerError> {
    let named = |decoder: &DecoderWrapper| {
        let file = serde_json::to_value(decoder).unwrap_or_default();
        let name = file["type"].as_str().unwrap_or_default().to_string();
        (file, name)
    };
    let refused = |found: String| Err(TokenizerError::UnsupportedDecoder { found });
    let Some(decoder) = decoder else { return refused("null".into()) };
    let (file, name) = named(decoder);
    match name.as_str() {
        "ByteLevel" => Ok(Spelling::ByteLevel),
        "Fuse" => Ok(Spelling::Plain),
        "Metaspace" if file["replacement"] == SPACE.to_string() => Ok(Spelling::Spaces),
        "Sequence" => {
            let is_known = |step: &serde_json::Value| match step["type"].as_str() {
                Some("Replace") => step["pattern"]["String"] == SPACE.to_string() && step["content"] == " ",
                Some("Strip") => step["content"] == " ",
                Some("ByteFallback" | "Fuse") => true,
                _ => false,
            };
            let steps = file["decoders"].as_array().map_or(&[][..], Vec::as_slice);
            match steps.iter().find(|step| !is_known(step)) {
                None if steps.iter().any(|step| step["type"] == "Replace") => Ok(Spelling::Spaces),
                None => refused(name),
                Some(step) => refused(step["type"].as_str().unwrap_or_default().into()),
            }
        }
        _ => refused(name),
    }
}

/// Decodes ids one at a time; never emits half a character. Made by [`Tokenizer::decoder`].
///
/// ```
/// let tokenizer = text::tokenizer::Tokenizer::train_bytes(&[]);
/// let mut decoder = tokenizer.decoder();
/// let emitted: Vec<String> = [0xE4, 0xB8, 0x89].into_iter().map(|id| decoder.push(id).unwrap()).collect();
/// assert_eq!(emitted, ["", "", "三"]);
/// ```
pub struct IncrementalDecoder<'a> {
    tokenizer: &'a Tokenizer,
    /// The beginning of an unfinished character, at most three bytes.
    pending: Vec<u8>,
}

impl<'a> IncrementalDecoder<'a> {
    pub(super) fn new(tokenizer: &'a Tokenizer) -> Self {
        IncrementalDecoder { tokenizer, pending: Vec::new() }
    }

    /// Adds a token and returns the text that is certain now; bytes that can never become UTF-8 give U+FFFD.
    ///
    /// # Errors
    /// [`TokenizerError::UnknownId`]; the decoder is unchanged.
    pub fn push(&mut self, id: u32) -> Result<String, TokenizerError> {
        let unknown = || TokenizerError::UnknownId { id, vocab_size: self.tokenizer.vocab_size() };
        self.pending.extend_from_slice(self.tokenizer.bytes_of(id).ok_or_else(unknown)?);
        let mut text = String::new();
        let mut kept = 0;
        for chunk in self.pending.utf8_chunks() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            if !invalid.is_empty() {
                let at_end = self.pending.as_ptr_range().end == invalid.as_ptr_range().end;
                let unfinished = at_end && std::str::from_utf8(invalid).is_err_and(|e| e.error_len().is_none());
                if unfinished {
                    kept = invalid.len();
                } else {
                    text.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
        self.pending.drain(..self.pending.len() - kept);
        Ok(text)
    }

    /// Ends the stream: an unfinished character gives one U+FFFD.
    pub fn finish(self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}
