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
    let byte_level = match engine.get_decoder() {
        Some(DecoderWrapper::ByteLevel(_)) => true,
        Some(DecoderWrapper::Fuse(_)) => false,
        Some(other) => {
            let name = serde_json::to_value(other).ok().and_then(|v| Some(v["type"].as_str()?.to_string()));
            return Err(TokenizerError::UnsupportedDecoder { found: name.unwrap_or_default() });
        }
        None => return Err(TokenizerError::UnsupportedDecoder { found: "null".into() }),
    };
    let vocab = engine.get_vocab(true);
    let n_ids = vocab.values().max().map_or(0, |&max| max as usize + 1);
    // Ids may have gaps, but a file cannot make us allocate without bound.
    if n_ids > 2 * vocab.len() + 1024 {
        return Err(TokenizerError::Invalid { cause: format!("{} entries, but ids up to {}", vocab.len(), n_ids - 1) });
    }
    let added = engine.get_added_tokens_decoder();
    let mut table = vec![None; n_ids];
    for (piece, id) in vocab {
        let bytes: Option<Box<[u8]>> =
            if byte_level && !added.contains_key(&id) { piece.chars().map(char_to_byte).collect() } else { None };
        table[id as usize] = Some(bytes.unwrap_or_else(|| piece.into_bytes().into()));
    }
    Ok(table)
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
