//! The six steps in plain loops, the matrices row by row.

use crate::lab::Array;

/// `rms_norm_eps` and `rope_theta` of many a `config.json`.
pub const EPS: f32 = 1e-5;
pub const BASE: usize = 10_000;

pub fn bf16(bits: &Array<i32>) -> Array<f32> {
    Array { shape: bits.shape.clone(), values: bits.values.iter().map(|&bits| widen(bits as u16)).collect() }
}

/// A bf16 is the upper half of an f32.
fn widen(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

pub fn read_array(file: &Array<i32>, which: usize) -> Array<f32> {
    let bytes: Vec<u8> = file.values.iter().map(|&byte| byte as u8).collect();
    let first = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize; // where the data section begins
    let header = std::str::from_utf8(&bytes[8..first]).unwrap();
    let entry = header.split_once(&format!("\"w{which}\":")).expect("an array of this name").1;
    let (shape, range) = (numbers(entry, "shape"), numbers(entry, "data_offsets"));
    let raw = &bytes[first + range[0]..first + range[1]];
    let values = if entry.starts_with("{\"dtype\":\"BF16\"") {
        raw.chunks_exact(2).map(|b| widen(u16::from_le_bytes(b.try_into().unwrap()))).collect()
    } else {
        raw.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    Array { shape, values }
}

/// The numbers of the first list called `key`.
fn numbers(entry: &str, key: &str) -> Vec<usize> {
    let list = entry.split_once(&format!("\"{key}\":[")).expect("a list of this name").1;
    list.split(']').next().unwrap().split(',').map(|number| number.parse().expect("a number")).collect()
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

pub fn q4_0(blocks: &Array<i32>) -> Array<f32> {
    let mut values = Vec::new();
    for block in blocks.values.chunks_exact(18) {
        let scale = half((block[0] | block[1] << 8) as u16);
        values.extend(block[2..].iter().map(|byte| scale * ((byte & 15) - 8) as f32));
        values.extend(block[2..].iter().map(|byte| scale * ((byte >> 4) - 8) as f32));
    }
    Array { shape: vec![blocks.shape[0], 32], values }
}

pub fn rms_norm(x: &Array<f32>, gain: &Array<f32>, eps: &Array<f32>) -> Array<f32> {
    Array { shape: x.shape.clone(), values: normal(&x.values, &gain.values, eps.values[0]) }
}

fn normal(x: &[f32], gain: &[f32], eps: f32) -> Vec<f32> {
    let mut y = Vec::with_capacity(x.len());
    for row in x.chunks_exact(gain.len()) {
        let squares = row.iter().map(|x| x * x).sum::<f32>() / gain.len() as f32;
        let scale = 1.0 / (squares + eps).sqrt();
        y.extend(row.iter().zip(gain).map(|(x, gain)| x * scale * gain));
    }
    y
}

pub fn rotary(x: &Array<f32>, positions: &Array<i32>, base: usize) -> Array<f32> {
    let hd = x.shape[1];
    let mut values = x.values.clone();
    for (head, &position) in values.chunks_exact_mut(hd).zip(&positions.values) {
        turn(head, position as usize, base);
    }
    Array { shape: x.shape.clone(), values }
}

/// Turns one head in place.
fn turn(head: &mut [f32], position: usize, base: usize) {
    let half = head.len() / 2;
    for i in 0..half {
        let angle = position as f64 * (base as f64).powf(-(i as f64) / half as f64);
        let (sin, cos) = (angle.sin() as f32, angle.cos() as f32);
        let (a, b) = (head[i], head[half + i]);
        (head[i], head[half + i]) = (a * cos - b * sin, b * cos + a * sin);
    }
}

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
    let [v, d] = embed.shape[..] else { panic!("embed is [v, d]") };
    let gain = |i: usize| &norms.values[i * d..(i + 1) * d];
    let hd = w_q.shape[0] / n_heads;
    let mut x: Vec<f32> = ids.values.iter().flat_map(|&id| embed.values[id as usize * d..][..d].to_vec()).collect();

    let y = normal(&x, gain(0), EPS);
    let (mut q, mut k, values) = (project(&y, w_q), project(&y, w_k), project(&y, w_v));
    for (rows, n_heads) in [(&mut q, n_heads), (&mut k, n_kv_heads)] {
        for (i, head) in rows.chunks_exact_mut(hd).enumerate() {
            turn(head, i / n_heads, BASE);
        }
    }
    let mut mixed = vec![0.0; q.len()];
    for i in 0..ids.values.len() {
        for h in 0..n_heads {
            let g = h / (n_heads / n_kv_heads); // the head of keys and values that it shares
            let query = &q[(i * n_heads + h) * hd..][..hd];
            let shared = |rows: &[f32], j: usize| rows[(j * n_kv_heads + g) * hd..][..hd].to_vec();
            let scores: Vec<f32> = (0..=i).map(|j| dot(query, &shared(&k, j)) / (hd as f32).sqrt()).collect();
            for (j, weight) in softmax(scores).into_iter().enumerate() {
                let out = &mut mixed[(i * n_heads + h) * hd..][..hd];
                out.iter_mut().zip(shared(&values, j)).for_each(|(out, value)| *out += weight * value);
            }
        }
    }
    add(&mut x, &project(&mixed, w_o));

    let y = normal(&x, gain(1), EPS);
    let (gate, up) = (project(&y, w_gate), project(&y, w_up));
    let gated: Vec<f32> = gate.iter().zip(up).map(|(gate, up)| gate / (1.0 + (-gate).exp()) * up).collect();
    add(&mut x, &project(&gated, w_down));
    Array { shape: vec![ids.values.len(), v], values: project(&normal(&x, gain(2), EPS), embed) }
}

/// x [n, in] by a matrix [out, in] -> [n, out].
fn project(x: &[f32], weight: &Array<f32>) -> Vec<f32> {
    let width = weight.shape[1];
    x.chunks_exact(width).flat_map(|x| weight.values.chunks_exact(width).map(move |row| dot(x, row))).collect()
}

fn softmax(mut scores: Vec<f32>) -> Vec<f32> {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|score| *score = (*score - largest).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter().map(|weight| weight / sum).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}
