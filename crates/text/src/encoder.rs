//! Texts to ids for models that only read: any `tokenizer.json`, with the tokens that its post-processor adds.
//!
//! Models that write need to turn ids back into text, so [`crate::tokenizer::Tokenizer`] refuses what it cannot decode; a
//! reader takes word pieces (BERT) and all else that the crate `tokenizers` knows.

use crate::tokenizer::TokenizerError;
use tokenizers::{Tokenizer, TruncationParams};

/// Encodes texts for an encoder.
pub struct TextEncoder {
    tokenizer: Tokenizer,
}

impl TextEncoder {
    /// Loads the bytes of a `tokenizer.json` for a model of `vocab_size` rows; texts are cut to `max_tokens`, added ones
    /// included. What the file says of cutting and padding is ignored.
    ///
    /// # Errors
    /// [`TokenizerError::Invalid`]; [`TokenizerError::UnknownId`] when it has ids for which the model has no row.
    pub fn new(json: &[u8], max_tokens: usize, vocab_size: usize) -> Result<TextEncoder, TokenizerError> {
        let invalid = |e: tokenizers::Error| TokenizerError::Invalid { cause: e.to_string() };
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(invalid)?;
        tokenizer.with_padding(None);
        let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(invalid)?;
        match tokenizer.get_vocab(true).into_values().max() {
            Some(id) if id as usize >= vocab_size => Err(TokenizerError::UnknownId { id, vocab_size }),
            _ => Ok(TextEncoder { tokenizer }),
        }
    }

    /// The ids of a text with those that begin and end it.
    ///
    /// # Errors
    /// [`TokenizerError::Invalid`].
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self.tokenizer.encode_fast(text, true);
        let encoding = encoding.map_err(|e| TokenizerError::Invalid { cause: e.to_string() })?;
        Ok(encoding.get_ids().to_vec())
    }
}
