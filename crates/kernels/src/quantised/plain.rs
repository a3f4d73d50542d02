//! Blocks of 32 values with one scale, in some types with an offset; and plain numbers as blocks of one.
//!
//! Four-bit integers stand two in a byte: the low halves of the sixteen bytes are the first sixteen values, the high
//! halves the others. A fifth bit of each stands in a word of its own.

use super::half;

/// Values that IQ4 types index by four bits: closer together near 0.
pub(super) const IQ4_VALUES: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

#[inline(always)]
pub(super) fn f32_(block: &[u8; 4], values: &mut [f32; 1]) {
    values[0] = f32::from_le_bytes(*block);
}

#[inline(always)]
pub(super) fn f16(block: &[u8; 2], values: &mut [f32; 1]) {
    values[0] = half(block, 0);
}

#[inline(always)]
pub(super) fn bf16(block: &[u8; 2], values: &mut [f32; 1]) {
    values[0] = f32::from_bits(u32::from(u16::from_le_bytes(*block)) << 16);
}

#[inline(always)]
pub(super) fn q4_0(block: &[u8; 18], values: &mut [f32; 32]) {
    let d = half(block, 0);
    for i in 0..16 {
        let byte = block[2 + i];
        values[i] = d * f32::from((byte & 15) as i8 - 8);
        values[i + 16] = d * f32::from((byte >> 4) as i8 - 8);
    }
}

#[inline(always)]
pub(super) fn q4_1(block: &[u8; 20], values: &mut [f32; 32]) {
    let (d, offset) = (half(block, 0), half(block, 2));
    for i in 0..16 {
        let byte = block[4 + i];
        values[i] = d * f32::from(byte & 15) + offset;
        values[i + 16] = d * f32::from(byte >> 4) + offset;
    }
}

#[inline(always)]
pub(super) fn q5_0(block: &[u8; 22], values: &mut [f32; 32]) {
    let d = half(block, 0);
    let fifth = u32::from_le_bytes([block[2], block[3], block[4], block[5]]);
    for i in 0..16 {
        let byte = block[6 + i];
        values[i] = d * f32::from((byte & 15 | fifth_bit(fifth, i)) as i8 - 16);
        values[i + 16] = d * f32::from((byte >> 4 | fifth_bit(fifth, i + 16)) as i8 - 16);
    }
}

#[inline(always)]
pub(super) fn q5_1(block: &[u8; 24], values: &mut [f32; 32]) {
    let (d, offset) = (half(block, 0), half(block, 2));
    let fifth = u32::from_le_bytes([block[4], block[5], block[6], block[7]]);
    for i in 0..16 {
        let byte = block[8 + i];
        values[i] = d * f32::from(byte & 15 | fifth_bit(fifth, i)) + offset;
        values[i + 16] = d * f32::from(byte >> 4 | fifth_bit(fifth, i + 16)) + offset;
    }
}

#[inline(always)]
pub(super) fn q8_0(block: &[u8; 34], values: &mut [f32; 32]) {
    let d = half(block, 0);
    for (value, &byte) in values.iter_mut().zip(&block[2..]) {
        *value = f32::from(byte as i8) * d;
    }
}

#[inline(always)]
pub(super) fn iq4_nl(block: &[u8; 18], values: &mut [f32; 32]) {
    let d = half(block, 0);
    for i in 0..16 {
        let byte = block[2 + i];
        values[i] = d * f32::from(IQ4_VALUES[usize::from(byte & 15)]);
        values[i + 16] = d * f32::from(IQ4_VALUES[usize::from(byte >> 4)]);
    }
}

/// The fifth bit of value `i`, in its place.
#[inline(always)]
fn fifth_bit(bits: u32, i: usize) -> u8 {
    ((bits >> i & 1) << 4) as u8
}
