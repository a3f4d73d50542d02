use crate::lab::Array;

// zh: 读一个模型文件，六步。每一步是一个函数；前面的函数后面会用到。
// en: Reading a checkpoint in six steps. Each is a function, and later ones use earlier ones.
// zh: 字节和位以 Array<i32> 给出，每个数是一个字节（0 到 255）。数组按行存放。
// en: Bytes come as Array<i32>, one number for each byte (0 to 255). Arrays are row-major.

// zh: 许多模型的 config.json 里，rms_norm_eps 和 rope_theta 就是这两个数。最后一步用它们。
// en: rms_norm_eps and rope_theta of many a config.json. The last step uses them.
pub const EPS: f32 = 1e-5;
pub const BASE: usize = 10_000;

/// bits [n], each from 0 to 65535 -> [n]
// zh: f32::from_bits 把同样的位当成浮点数来看；as f32 是换算。
// en: f32::from_bits looks at the same bits as a floating-point number; as f32 converts.
pub fn bf16(bits: &Array<i32>) -> Array<f32> {
    todo!()
}

/// file [n], all bytes of a safetensors file -> the matrix called w0, w1 or w2
// zh: 类型只有 F32 和 BF16。没有 JSON 库：每个数组写作 "w0":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}，中间没有空格。
// en: Types are F32 and BF16 alone. There is no JSON library: an array is written "w0":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}, without blanks.
pub fn read_array(file: &Array<i32>, which: usize) -> Array<f32> {
    todo!()
}

/// The number whose 16 bits in half precision (f16) these are.
pub fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    match exponent {
        0 => sign * fraction * 2f32.powi(-14),
        _ => sign * (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

/// blocks [b, 18], a row the bytes of a block -> [b, 32]
// zh: 先是两个字节的 f16 缩放（half 可以直接用），再是 16 个字节，各装两个数。
// en: An f16 scale of two bytes (half is there to be used), then 16 bytes with two numbers each.
pub fn q4_0(blocks: &Array<i32>) -> Array<f32> {
    todo!()
}

/// x [n, d], gain [d], eps [1] -> [n, d]
pub fn rms_norm(x: &Array<f32>, gain: &Array<f32>, eps: &Array<f32>) -> Array<f32> {
    todo!()
}

/// x [n, hd] with an even hd, positions [n] -> [n, hd]
// zh: 第 i 个数和第 i + hd / 2 个数一起转。
// en: Number i turns with number i + hd / 2.
pub fn rotary(x: &Array<f32>, positions: &Array<i32>, base: usize) -> Array<f32> {
    todo!()
}

/// ids [n], embed [v, d], norms [3, d], matrices [out, in] -> [n, v]
#[allow(clippy::too_many_arguments)]
pub fn logits(
    ids: &Array<i32>,
    embed: &Array<f32>,
    norms: &Array<f32>,
    w_q: &Array<f32>,
    w_k: &Array<f32>,
    w_v: &Array<f32>,
    w_o: &Array<f32>,
    w_gate: &Array<f32>,
    w_up: &Array<f32>,
    w_down: &Array<f32>,
    n_heads: usize,
    n_kv_heads: usize,
) -> Array<f32> {
    todo!()
}
