//! Terms to numbers and back.
//!
//! Stemming every occurrence would cost more than everything else in indexing. So a second map remembers the number of
//! every *unstemmed* word seen, and a stem is computed once for each. The first numbers are the stop words'.

use super::analyse::{Role, STOP_WORDS};
use rust_stemmers::{Algorithm, Stemmer};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The number of a term.
pub type Term = u32;

type Map = HashMap<Box<str>, Term, BuildHasherDefault<WordHasher>>;

/// All terms of an index.
pub struct Dictionary {
    by_name: Map,
    names: Vec<Box<str>>,
    /// Unstemmed words to their terms; a cache.
    by_word: Map,
    stemmer: Stemmer,
}

impl Dictionary {
    /// Holds the stop words alone.
    pub fn new() -> Dictionary {
        let mut dictionary = Dictionary {
            by_name: Map::default(),
            names: vec![],
            by_word: Map::default(),
            stemmer: Stemmer::create(Algorithm::English),
        };
        for word in STOP_WORDS {
            let term = dictionary.intern(word);
            dictionary.by_word.insert(word.into(), term);
        }
        dictionary
    }

    /// The term of a word, new if it must be.
    pub fn add(&mut self, word: &str, role: Role) -> Term {
        if role != Role::Word {
            return self.intern(word);
        }
        if let Some(term) = self.by_word.get(word) {
            return *term;
        }
        let term = match self.stemmer.stem(word) {
            std::borrow::Cow::Borrowed(stem) => self.intern(stem),
            std::borrow::Cow::Owned(stem) => self.intern(&stem),
        };
        self.by_word.insert(word.into(), term);
        term
    }

    /// The term of a word, if any text has it.
    pub fn find(&self, word: &str, role: Role) -> Option<Term> {
        if role != Role::Word {
            return self.by_name.get(word).copied();
        }
        let known = self.by_word.get(word).copied();
        known.or_else(|| self.by_name.get(&*self.stemmer.stem(word)).copied())
    }

    /// Whether scores ignore the term.
    pub fn is_stop_word(&self, term: Term) -> bool {
        (term as usize) < STOP_WORDS.len()
    }

    /// What the term is written like.
    pub fn name(&self, term: Term) -> &str {
        &self.names[term as usize]
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The term called `name`, new if it must be.
    pub fn intern(&mut self, name: &str) -> Term {
        if let Some(term) = self.by_name.get(name) {
            return *term;
        }
        let term = self.names.len() as Term;
        self.names.push(name.into());
        self.by_name.insert(name.into(), term);
        term
    }
}

/// Hashes short words eight bytes at a time (FxHash's multiply and rotate): three times as fast as the standard hasher, and
/// a dictionary of one's own documents needs no defence against chosen collisions.
#[derive(Default)]
pub struct WordHasher(u64);

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        // The map looks at the top bits and at the bottom bits.
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.mix(u64::from_le_bytes(last) ^ (rest.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, _: u8) {
        // `str` ends its hash with this byte; the length is in already.
    }
}

impl WordHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
