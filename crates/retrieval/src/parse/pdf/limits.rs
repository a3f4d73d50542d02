//! Unpacking within limits: a stream of a kilobyte may unpack to a megabyte, and that again, so what is unpacked is counted, or small.

use super::super::UNPACKED_BYTES_MAX;
use super::super::archive::Fault;
use flate2::read::ZlibDecoder;
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;
use std::io::Read;

/// One stream that is not counted while it unpacks may be so large: no packing of PDF makes more than a thousandfold of it.
const UNCOUNTED_BYTES: usize = 256 << 10;

/// Whether what a stream unpacks to is counted while it unpacks, or small for certain.
pub fn is_bounded(stream: &Stream) -> bool {
    let filters = stream.filters();
    let is_packed = |filter: &&Filter| !matches!(filter, Filter::Ascii85Decode | Filter::AsciiHexDecode);
    // What is packed twice may be a thousand times as large twice.
    is_counted(stream) || stream.raw_data().len() <= UNCOUNTED_BYTES && filters.iter().filter(is_packed).count() <= 1
}

fn is_counted(stream: &Stream) -> bool {
    let has_parameters = stream.dict().contains_key("DecodeParms") || stream.dict().contains_key("DP");
    let is_counted = |filter: &Filter| matches!(filter, Filter::Ascii85Decode | Filter::FlateDecode);
    stream.filters().is_empty() || !has_parameters && stream.filters().iter().all(is_counted)
}

/// The unpacked bytes of a stream; `None` if it is a picture or broken from the start.
///
/// # Errors
/// [`Fault::TooLarge`] if it is larger than anything that is read, or not [bounded](is_bounded).
pub fn decoded(stream: &Stream) -> Result<Option<Vec<u8>>, Fault> {
    let filters = stream.filters();
    let raw = stream.raw_data();
    if filters.is_empty() {
        return Ok(Some(raw.into_owned()));
    }
    if is_counted(stream) {
        let mut bytes = raw.into_owned();
        for filter in &filters {
            bytes = match filter {
                Filter::FlateDecode => inflate(&bytes, UNPACKED_BYTES_MAX).ok_or(Fault::TooLarge)?,
                _ => ascii_85(&bytes),
            };
        }
        return Ok(Some(bytes).filter(|bytes| !bytes.is_empty()));
    }
    if !is_bounded(stream) {
        return Err(Fault::TooLarge);
    }
    Ok(stream.decoded_data().ok().map(|bytes| bytes.into_owned()))
}

/// Whether the parts that the structure is read from unpack to more than is read.
pub fn is_bomb(bytes: &[u8]) -> bool {
    let mut left = UNPACKED_BYTES_MAX;
    for mark in [&b"/ObjStm"[..], b"/XRef"] {
        for at in memchr::memmem::find_iter(bytes, mark) {
            // The stream begins after its dictionary, which is short.
            let window = &bytes[at..bytes.len().min(at + 4096)];
            let Some(start) = memchr::memmem::find(window, b"stream") else { continue };
            let packed = bytes[at + start + 6..].trim_ascii_start();
            match inflate(packed, left) {
                Some(unpacked) => left -= unpacked.len() as u64,
                None => return true,
            }
        }
    }
    false
}

/// Unpacks as much as is whole; `None` if it is more than `limit`.
fn inflate(bytes: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut unpacked = vec![];
    // What comes before a fault is kept, as other readers do.
    let _ = ZlibDecoder::new(bytes).take(limit + 1).read_to_end(&mut unpacked);
    (unpacked.len() as u64 <= limit).then_some(unpacked)
}

/// Five characters to four bytes.
fn ascii_85(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    let mut group: Vec<u8> = vec![];
    let flush = |group: &mut Vec<u8>, out: &mut Vec<u8>| {
        let n = group.len();
        if n > 1 {
            group.resize(5, 84);
            let value = group.iter().fold(0u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit)));
            out.extend_from_slice(&value.to_be_bytes()[..n - 1]);
        }
        group.clear();
    };
    for byte in bytes {
        match byte {
            b'!'..=b'u' => group.push(byte - b'!'),
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'~' => break,
            _ => {}
        }
        if group.len() == 5 {
            flush(&mut group, &mut out);
        }
    }
    flush(&mut group, &mut out);
    out
}
