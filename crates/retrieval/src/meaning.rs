//! Chunks as vectors: what a search by meaning looks into.
//!
//! The vectors come from an embedder that the person has chosen, or from an [`Lsa`] that is learned from the chunks themselves.
//! What was learned fits one state of the collection and is made anew when it has changed: nothing of a removed document
//! stays, neither its vector nor its words. It is kept in a file with the state's stamp; one that is missing, damaged or of another
//! state is simply none. An embedder's vectors are kept by [`crate::knowledge_base`], chunk by chunk.

use crate::bytes::{Kind, put_f32s, put_u32, put_u64, seal, take_f32s, take_u32, take_u64};
use crate::lsa::Lsa;
use crate::vector::{Coding, VectorIndex};
use api::{EmbedError, Embedder};
use std::sync::Arc;

const KIND: Kind = Kind { magic: b"sanjiems", version: 1 };

/// How a question becomes a vector.
pub enum Source {
    /// By what was learned from the chunks.
    Lsa(Lsa),
    /// By the embedder that gave the chunks theirs.
    Model(Arc<dyn Embedder>),
}

/// Vectors of all chunks, and how a question becomes one.
pub struct Meaning {
    /// Texts to vectors.
    pub source: Source,
    /// The chunks' vectors by their numbers.
    pub index: VectorIndex,
}

impl Meaning {
    /// Learns from chunks, each with its number.
    pub fn of(chunks: &[(u64, String)]) -> Meaning {
        let texts: Vec<&str> = chunks.iter().map(|(_, text)| text.as_str()).collect();
        let lsa = Lsa::train(&texts);
        let mut index = VectorIndex::new(lsa.width(), Coding::Int8);
        for (id, text) in chunks {
            // A chunk without a known word is near to nothing.
            index.insert(*id, &lsa.embed(text));
        }
        Meaning { source: Source::Lsa(lsa), index }
    }

    /// The vector of a question.
    ///
    /// # Errors
    /// Those of the embedder.
    pub fn embed(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        match &self.source {
            Source::Lsa(lsa) => Ok(lsa.embed(text)),
            Source::Model(embedder) => Ok(embedder.embed(&[text])?.pop().unwrap_or_default()),
        }
    }

    /// What was learned and all vectors as bytes, stamped with `stamp`; `None` if nothing was learned here.
    pub fn to_bytes(&self, stamp: u64) -> Option<Vec<u8>> {
        let Source::Lsa(lsa) = &self.source else { return None };
        let mut out = KIND.begin(stamp);
        lsa.write(&mut out);
        put_u32(&mut out, self.index.len() as u32);
        for (id, vector) in self.index.vectors() {
            put_u64(&mut out, id);
            put_f32s(&mut out, vector);
        }
        Some(seal(out))
    }

    /// From bytes with this stamp; `None` if they are not.
    pub fn from_bytes(bytes: &[u8], stamp: u64) -> Option<Meaning> {
        let (mut input, found) = KIND.open(bytes)?;
        if found != stamp {
            return None;
        }
        let lsa = Lsa::read(&mut input)?;
        let mut index = VectorIndex::new(lsa.width(), Coding::Int8);
        for _ in 0..take_u32(&mut input)? {
            let id = take_u64(&mut input)?;
            index.insert(id, &take_f32s(&mut input, lsa.width())?);
        }
        Some(Meaning { source: Source::Lsa(lsa), index })
    }
}
