//! Bytes as they are written in checksums and names.

use std::fmt::Write;

/// Two small hexadecimal digits a byte.
///
/// ```
/// assert_eq!(sys::hex(&[0, 0xab]), "00ab");
/// ```
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
