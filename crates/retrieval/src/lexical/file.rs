//! An index as bytes: what cannot be computed again quickly, which is the terms of every text.
//!
//! `magic | version | stamp | terms | texts | checksum`, numbers little-endian. Only terms that a present text has are written,
//! so a removed text leaves no word behind. Postings are a counting sort away and are not stored. The stamp is the caller's:
//! it tells whether the index belongs to the state of its store. Every size is checked before it is trusted; a file that
//! is cut, damaged or of another version is simply no index, and the caller builds one.

use super::dictionary::Term;
use super::segment::{Segment, Shape};
use super::{Bm25, Index, STOP_TERMS};
use crate::bytes::{Kind, put_u32, put_u64, seal, take, take_u32, take_u64};

const KIND: Kind = Kind { magic: b"sanjielx", version: 1 };

impl Index {
    /// The bytes of the committed index, stamped with `stamp`.
    pub fn to_bytes(&self, stamp: u64) -> Vec<u8> {
        let mut numbers: Vec<Option<Term>> = vec![None; self.dictionary.len()];
        let mut next = STOP_TERMS as Term;
        for segment in &self.segments {
            for term in segment.texts().flat_map(|(local, _)| segment.terms_of(local)) {
                let number = &mut numbers[*term as usize];
                if number.is_none() {
                    let is_stop = (*term as usize) < STOP_TERMS;
                    *number = Some(if is_stop { *term } else { next });
                    next += Term::from(!is_stop);
                }
            }
        }
        let mut names: Vec<&str> = vec![""; next as usize - STOP_TERMS];
        for (term, number) in numbers.iter().enumerate().skip(STOP_TERMS) {
            if let Some(number) = number {
                names[*number as usize - STOP_TERMS] = self.dictionary.name(term as Term);
            }
        }
        let mut out = KIND.begin(stamp);
        put_u32(&mut out, names.len() as u32);
        for name in names {
            out.push(name.len() as u8);
            out.extend_from_slice(name.as_bytes());
        }
        put_u32(&mut out, self.segments.iter().map(|segment| segment.len() as u32).sum());
        for segment in &self.segments {
            for (local, id) in segment.texts() {
                put_u64(&mut out, id);
                let shape = segment.shape_of(local);
                [shape.title, shape.body, shape.title_extras, shape.extras].iter().for_each(|n| put_u32(&mut out, *n));
                for term in segment.terms_of(local) {
                    put_u32(&mut out, numbers[*term as usize].unwrap_or(0));
                }
            }
        }
        seal(out)
    }

    /// The index and its stamp; `None` if the bytes are no index of this version.
    pub fn from_bytes(bytes: &[u8], bm25: Bm25) -> Option<(Index, u64)> {
        let (mut input, stamp) = KIND.open(bytes)?;
        let mut index = Index::new(bm25);
        for _ in 0..take_u32(&mut input)? {
            let length = usize::from(take(&mut input, 1)?[0]);
            index.dictionary.intern(std::str::from_utf8(take(&mut input, length)?).ok()?);
        }
        let n_terms = index.dictionary.len();
        let mut segment = Segment::default();
        let mut terms = vec![];
        for _ in 0..take_u32(&mut input)? {
            let id = take_u64(&mut input)?;
            let [title, body, title_extras, extras] = [(); 4].map(|()| take_u32(&mut input));
            let shape = Shape { title: title?, body: body?, title_extras: title_extras?, extras: extras? };
            if shape.title_extras > shape.extras {
                return None;
            }
            terms.clear();
            for term in take(&mut input, shape.len().checked_mul(4)?)?.as_chunks::<4>().0 {
                let term = Term::from_le_bytes(*term);
                if term as usize >= n_terms {
                    return None;
                }
                terms.push(term);
            }
            index.places.insert(id, (0, segment.capacity() as u32));
            segment.push(id, &terms, shape);
        }
        if segment.len() > 0 {
            segment.build(n_terms, &index.bm25);
            index.segments.push(segment);
        }
        index.commit();
        Some((index, stamp))
    }
}
