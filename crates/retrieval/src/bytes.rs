//! The files of derived indexes: numbers to bytes and back, little-endian, between a head and a checksum.
//!
//! `magic | version | stamp | content | checksum`. Whatever is missing or damaged gives `None`.

use sha2::{Digest, Sha256};

const CHECKSUM_BYTES: usize = 32;

/// What begins a file.
pub struct Kind {
    /// Which index it holds.
    pub magic: &'static [u8; 8],
    /// Raised whenever analysis or layout changes, so that old files are built anew.
    pub version: u32,
}

impl Kind {
    /// The beginning of a file with this stamp, by which its owner knows the state it belongs to.
    pub fn begin(&self, stamp: u64) -> Vec<u8> {
        let mut out = self.magic.to_vec();
        put_u32(&mut out, self.version);
        put_u64(&mut out, stamp);
        out
    }

    /// Content and stamp of a whole file; `None` if it is damaged or of another kind.
    pub fn open<'b>(&self, bytes: &'b [u8]) -> Option<(&'b [u8], u64)> {
        let (mut input, checksum) = bytes.split_at(bytes.len().checked_sub(CHECKSUM_BYTES)?);
        let is_whole = Sha256::digest(input).as_slice() == checksum;
        if !is_whole || take(&mut input, self.magic.len())? != self.magic || take_u32(&mut input)? != self.version {
            return None;
        }
        let stamp = take_u64(&mut input)?;
        Some((input, stamp))
    }
}

/// Ends a file with its checksum.
pub fn seal(mut out: Vec<u8>) -> Vec<u8> {
    let checksum = Sha256::digest(&out);
    out.extend_from_slice(&checksum);
    out
}

/// Appends a number.
pub fn put_u32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Appends a number.
pub fn put_u64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Appends numbers.
pub fn put_f32s(out: &mut Vec<u8>, numbers: &[f32]) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
}

/// Takes off the first `length` bytes.
pub fn take<'b>(input: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (head, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(head)
}

/// Takes off a number.
pub fn take_u32(input: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(take(input, 4)?.try_into().ok()?))
}

/// Takes off a number.
pub fn take_u64(input: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(take(input, 8)?.try_into().ok()?))
}

/// Takes off `n` numbers.
pub fn take_f32s(input: &mut &[u8], n: usize) -> Option<Vec<f32>> {
    let bytes = take(input, n.checked_mul(4)?)?;
    Some(bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}
