//! Tokens to text while they arrive, with stop strings.
//!
//! Two things may not be shown yet when a token arrives: half a character, and text that may turn out to be the
//! beginning of a stop string. The tokens they belong to are held back and come out, in order and each with its own
//! share of the text, as soon as it is certain. So what was shown is never taken back, a stop string is never
//! shown, even if it spans tokens, and the shown tokens' texts join to exactly the answer.

use crate::codec::Codec;
use crate::request::Token;
use crate::text_engine::{Alternative, TextToken};
use std::collections::VecDeque;
use text::tokenizer::IncrementalDecoder;

/// Decodes one answer.
pub(crate) struct TextStream<'c> {
    codec: &'c Codec,
    decoder: IncrementalDecoder<'c>,
    stops: Vec<String>,
    /// Text of the tokens in `held`, joined.
    tail: String,
    held: VecDeque<TextToken>,
}

/// What a new token made certain.
pub(crate) struct Released {
    /// Tokens to show.
    pub tokens: Vec<TextToken>,
    /// Whether a stop string was met: the answer is complete.
    pub stopped: bool,
}

impl<'c> TextStream<'c> {
    /// A stream that ends before the first occurrence of any of `stops`, none of them empty.
    pub fn new(codec: &'c Codec, stops: Vec<String>) -> TextStream<'c> {
        TextStream { codec, decoder: codec.tokenizer().decoder(), stops, tail: String::new(), held: VecDeque::new() }
    }

    /// Adds a token.
    pub fn push(&mut self, token: Token) -> Released {
        // A model's vocabulary may be padded beyond the tokenizer's: such an id has no text.
        let text = self.decoder.push(token.id).unwrap_or_else(|_| char::REPLACEMENT_CHARACTER.to_string());
        let alternative = |(id, logprob)| Alternative { id, text: self.codec.token_text(id), logprob };
        let alternatives = token.alternatives.into_iter().map(alternative).collect();
        // Every match must end in the new text, so nothing before that can be one.
        let n_before = self.tail.len();
        let is_half = text.is_empty();
        self.tail.push_str(&text);
        self.held.push_back(TextToken { text, id: token.id, logprob: token.logprob, alternatives });
        if let Some(cut) = self.first_stop(n_before) {
            return Released { tokens: self.release_text(cut), stopped: true };
        }
        let n_certain = self.tail.len() - self.n_doubtful();
        let tokens = if is_half { Vec::new() } else { self.release_whole(n_certain) };
        Released { tokens, stopped: false }
    }

    /// Ends the stream: what was held back is certain now; half a character becomes U+FFFD.
    pub fn finish(mut self) -> Vec<TextToken> {
        let rest = self.decoder.finish();
        match self.held.back_mut() {
            Some(last) => last.text.push_str(&rest),
            // Its bytes came with a token that also completed a character and is out already.
            None => return Vec::new(),
        }
        self.held.into()
    }

    /// Where the first stop string begins in `tail`, if one ends after byte `n_before`.
    fn first_stop(&self, n_before: usize) -> Option<usize> {
        let found = |stop: &String| {
            let from = self.tail.floor_char_boundary(n_before.saturating_sub(stop.len()));
            self.tail[from..].find(stop.as_str()).map(|at| from + at)
        };
        self.stops.iter().filter_map(found).min()
    }

    /// Length of the longest end of `tail` with which a stop string begins.
    fn n_doubtful(&self) -> usize {
        let overlap = |stop: &String| {
            let lengths = (1..stop.len().min(self.tail.len() + 1)).rev();
            lengths.filter(|&n| stop.is_char_boundary(n)).find(|&n| self.tail.ends_with(&stop[..n])).unwrap_or(0)
        };
        self.stops.iter().map(overlap).max().unwrap_or(0)
    }

    /// Releases the tokens that lie wholly within the first `n_certain` bytes.
    fn release_whole(&mut self, n_certain: usize) -> Vec<TextToken> {
        let mut end = 0;
        let mut tokens = Vec::new();
        while let Some(token) = self.held.front()
            && end + token.text.len() <= n_certain
        {
            end += token.text.len();
            tokens.extend(self.held.pop_front());
        }
        self.tail.drain(..end);
        tokens
    }

    /// Releases the first `n_bytes` of text, cutting the token that crosses them, and drops the rest.
    fn release_text(&mut self, n_bytes: usize) -> Vec<TextToken> {
        let mut left = n_bytes;
        let mut tokens = Vec::new();
        for mut token in self.held.drain(..) {
            if left == 0 {
                break;
            }
            token.text.truncate(left);
            left -= token.text.len();
            tokens.push(token);
        }
        self.tail.clear();
        tokens
    }
}
