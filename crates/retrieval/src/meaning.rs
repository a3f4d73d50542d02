//! Chunks as vectors: what a search by meaning looks into.
//!
//! The vectors come from an [`Lsa`] that is learned from the chunks themselves, so they fit one state of the collection
//! and are made anew when it has changed: nothing of a removed document stays, neither its vector nor its words. They are
//! kept in a file with the state's stamp; one that is missing, damaged or of another state is simply none.

use crate::bytes::{Kind, put_f32s, put_u32, put_u64, seal, take_f32s, take_u32, take_u64};
use crate::lsa::Lsa;
use crate::vector::{Coding, VectorIndex};

const KIND: Kind = Kind { magic: b"sanjiems", version: 1 };

/// Vectors of all chunks, and how a question becomes one.
pub struct Meaning {
    /// Texts to vectors.
    pub lsa: Lsa,
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
        Meaning { lsa, index }
    }

    /// As bytes, stamped with `stamp`.
    pub fn to_bytes(&self, stamp: u64) -> Vec<u8> {
        let mut out = KIND.begin(stamp);
        self.lsa.write(&mut out);
        put_u32(&mut out, self.index.len() as u32);
        for (id, vector) in self.index.vectors() {
            put_u64(&mut out, id);
            put_f32s(&mut out, vector);
        }
        seal(out)
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
        Some(Meaning { lsa, index })
    }
}
