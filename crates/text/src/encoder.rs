//! Texts to ids for models that only read: any `tokenizer.json`, with the tokens that its post-processor adds.
//!
//! Models that write need to turn ids back into text, so [`crate::tokenizer::Tokenizer`] refuses what it cannot decode; a
//! reader takes word pieces (BERT) and all else that the crate `tokenizers` knows.

use crate::tokenizer::{TokenizerError, caught, engine, invalid};
use std::ops::Range;
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

/// A text, or a pair, as an encoder reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Its tokens, with those that begin, divide and end it.
    pub ids: Vec<u32>,
    /// Of each token, which of the two texts the tokenizer counts it to: 0 or 1.
    pub kinds: Vec<u32>,
}

/// A token of a text with its place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceOf {
    /// Its number in the vocabulary.
    pub id: u32,
    /// As the vocabulary writes it.
    pub name: String,
    /// The bytes of the text that it stands for; empty for what the tokenizer adds.
    pub span: Range<usize>,
    /// Whether the tokenizer added it, or it is a marker.
    pub is_special: bool,
}

/// Encodes texts for an encoder.
pub struct TextEncoder {
    tokenizer: Tokenizer,
    max_tokens: usize,
}

impl TextEncoder {
    /// Loads the bytes of a `tokenizer.json` for a model of `vocab_size` rows; texts are cut to `max_tokens`, added ones
    /// included. What the file says of cutting and padding is ignored.
    ///
    /// # Errors
    /// [`TokenizerError::Invalid`]; [`TokenizerError::TableSize`]; [`TokenizerError::Growth`]; [`TokenizerError::NoRoom`];
    /// [`TokenizerError::UnknownId`] when it has ids for which the model has no row.
    pub fn new(json: &[u8], max_tokens: usize, vocab_size: usize) -> Result<TextEncoder, TokenizerError> {
        caught(|| {
            let (_, mut tokenizer) = engine(std::str::from_utf8(json).map_err(invalid)?)?;
            has_room(&tokenizer, max_tokens, false)?;
            let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
            tokenizer.with_truncation(Some(truncation)).map_err(invalid)?;
            match tokenizer.get_vocab(true).into_values().max() {
                Some(id) if id as usize >= vocab_size => Err(TokenizerError::UnknownId { id, vocab_size }),
                _ => Ok(TextEncoder { tokenizer, max_tokens }),
            }
        })
    }

    /// The ids of a text with those that begin and end it.
    ///
    /// # Errors
    /// [`TokenizerError::Invalid`].
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = caught(|| self.tokenizer.encode_fast(text, true).map_err(invalid))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The tokens of a text with their places, those that begin and end it among them.
    ///
    /// # Errors
    /// [`TokenizerError::Invalid`].
    pub fn pieces(&self, text: &str) -> Result<Vec<PieceOf>, TokenizerError> {
        let encoding = caught(|| self.tokenizer.encode(text, true).map_err(invalid))?;
        let ids = encoding.get_ids().iter().zip(encoding.get_tokens()).zip(encoding.get_offsets());
        let special = ids.zip(encoding.get_special_tokens_mask());
        Ok(special
            .map(|(((&id, name), &(start, end)), &mask)| PieceOf {
                id,
                name: name.clone(),
                span: start..end,
                is_special: mask == 1,
            })
            .collect())
    }

    /// Entries of the vocabulary.
    pub fn vocab_size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// A text, or two as one; of two that are too long the longer one is cut, token by token.
    ///
    /// # Errors
    /// [`TokenizerError::Invalid`]; [`TokenizerError::NoRoom`].
    pub fn encode_passage(&self, text: &str, pair: Option<&str>) -> Result<Encoded, TokenizerError> {
        let encode = || match pair {
            Some(pair) => self.tokenizer.encode_fast((text, pair), true),
            None => self.tokenizer.encode_fast(text, true),
        };
        let encoding = caught(|| {
            has_room(&self.tokenizer, self.max_tokens, pair.is_some())?;
            encode().map_err(invalid)
        })?;
        Ok(Encoded { ids: encoding.get_ids().to_vec(), kinds: encoding.get_type_ids().to_vec() })
    }
}

/// Fails unless there is room beside what the tokenizer puts around a text or a pair.
fn has_room(tokenizer: &Tokenizer, max_tokens: usize, is_pair: bool) -> Result<(), TokenizerError> {
    let added = tokenizer.get_post_processor().map_or(0, |around| around.added_tokens(is_pair));
    if added < max_tokens { Ok(()) } else { Err(TokenizerError::NoRoom { added, max_tokens }) }
}
