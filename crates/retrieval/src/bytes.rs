//! Numbers to bytes and back, little-endian, for the files of derived indexes. Whatever is missing gives `None`.

/// Appends a number.
pub fn put_u32(out: &mut Vec<u8>, number: u32) {
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
