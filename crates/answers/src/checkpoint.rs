//! The lab `read-checkpoint`: numbers out of the bytes of a file, and a Llama of one block from them to its logits.
//!
//! Files go through `formats`, blocks through the engine's own dequantisation, both exact; the rest is the plain reference
//! kernels of which `models::llama` is made, in f64.

use crate::{dims, narrow, wide};
use course::{Array, Value};
use formats::safetensors;
use kernels::Write;
use kernels::attention::{self, AttentionShape, Sequence};
use kernels::gemm::{self, Gemm, Layout};
use kernels::quantised::{Quant, dequantise};
use kernels::rope::{self, Rotation, Turn};
use kernels::{rms_norm as norm, swiglu};

/// The stub's constants, which most published files of the family have.
const EPS: f64 = 1e-5;
const BASE: f64 = 10_000.0;

/// `bf16(bits [n]) -> [n]`.
pub(crate) fn bf16(arguments: &[Value]) -> Array {
    let bits = arguments[0].array().ints();
    let bytes: Vec<u8> = bits.iter().flat_map(|&bits| (bits as u16).to_le_bytes()).collect();
    stored([bits.len()], Quant::BF16, &bytes)
}

/// `read_array(file [*], which) -> [*,*]`: the array called `w0`, `w1`, ... of a safetensors file.
pub(crate) fn read_array(arguments: &[Value]) -> Array {
    let (file, which) = (bytes(arguments[0].array()), arguments[1].int());
    let contents = safetensors::parse(&file, "file").expect("a drawn file is whole");
    let array = contents.get(&format!("w{which}")).expect("a drawn file has it");
    Array::f32(array.shape.clone(), array.values.clone())
}

/// `q4_0(blocks [b,18]) -> [b,32]`.
pub(crate) fn q4_0(arguments: &[Value]) -> Array {
    let blocks = arguments[0].array();
    stored([blocks.shape[0], 32], Quant::Q4_0, &bytes(blocks))
}

/// `rms_norm(x [n,d], gain [d], eps [1]) -> [n,d]`.
pub(crate) fn rms_norm(arguments: &[Value]) -> Array {
    let [x, gain, eps] = [0, 1, 2].map(|i| arguments[i].array());
    narrow(x.shape.clone(), &normal(&wide(x), &wide(gain), wide(eps)[0]))
}

/// `rotary(x [n,hd], positions [n], base) -> [n,hd]`.
pub(crate) fn rotary(arguments: &[Value]) -> Array {
    let (x, positions, base) = (arguments[0].array(), arguments[1].array().ints(), arguments[2].int());
    let [_, hd] = dims(x);
    let positions: Vec<u32> = positions.iter().map(|&position| position as u32).collect();
    narrow(x.shape.clone(), &turned(&wide(x), hd, &positions, base as f64))
}

/// `logits(ids [n], embed [v,d], norms [3,d], w_q, w_k, w_v, w_o, w_gate, w_up, w_down, n_heads, n_kv_heads) -> [n,v]`:
/// matrices are `[out, in]`, the head is the embedding.
pub(crate) fn logits(arguments: &[Value]) -> Array {
    let ids = arguments[0].array().ints();
    let [embed, norms, w_q, w_k, w_v, w_o, w_gate, w_up, w_down] = std::array::from_fn(|i| arguments[i + 1].array());
    let [n_heads, n_kv_heads] = [10, 11].map(|i| arguments[i].int());
    let ([v, d], [q_width, _]) = (dims(embed), dims(w_q));
    let d_head = q_width / n_heads;
    let gain = |i: usize| wide(norms)[i * d..][..d].to_vec();
    let mut x: Vec<f64> = ids.iter().flat_map(|&id| wide(embed)[id as usize * d..][..d].to_vec()).collect();

    let y = normal(&x, &gain(0), EPS);
    let positions: Vec<u32> = (0..ids.len() as u32).collect();
    let [q, k] = [w_q, w_k].map(|w| turned(&project(&y, w), d_head, &positions, BASE));
    let values = project(&y, w_v);
    let scale = (1.0 / (d_head as f64).sqrt()) as f32;
    let shape = AttentionShape { n_heads, n_kv_heads, d_head, scale, window: None };
    let mut mixed = vec![0.0; q.len()];
    let sequence = Sequence::whole(0..ids.len(), shape.d_kv(), &k, &values);
    attention::reference(&shape, &q, &[sequence], &mut mixed, None);
    add(&mut x, &project(&mixed, w_o));

    let y = normal(&x, &gain(1), EPS);
    let (gate, up) = (project(&y, w_gate), project(&y, w_up));
    let mut gated = vec![0.0; gate.len()];
    swiglu::reference(&gate, &up, &mut gated);
    add(&mut x, &project(&gated, w_down));
    narrow([ids.len(), v], &project(&normal(&x, &gain(2), EPS), embed))
}

/// The values of an i32 array that holds bytes.
fn bytes(array: &Array) -> Vec<u8> {
    array.ints().iter().map(|&byte| byte as u8).collect()
}

fn stored<const N: usize>(shape: [usize; N], quant: Quant, bytes: &[u8]) -> Array {
    let mut values = vec![0.0; shape.iter().product()];
    dequantise(quant, bytes, &mut values);
    Array::f32(shape, values)
}

fn normal(x: &[f64], gain: &[f64], eps: f64) -> Vec<f64> {
    let mut y = vec![0.0; x.len()];
    norm::reference(x, gain, eps, &mut y, &mut vec![0.0; x.len() / gain.len()]);
    y
}

fn turned(x: &[f64], d_head: usize, positions: &[u32], base: f64) -> Vec<f64> {
    let n_positions = positions.iter().max().map_or(0, |&last| last as usize + 1);
    let mut y = vec![0.0; x.len()];
    let rotation = Rotation::<f64>::new(n_positions, d_head, base);
    rope::reference(&rotation, Turn::Forward, positions, x, &mut y, Write::Set);
    y
}

/// `x [n,in]` by a matrix `[out,in]`.
fn project(x: &[f64], weight: &Array) -> Vec<f64> {
    let [n, k] = dims(weight);
    let m = x.len() / k;
    let mut y = vec![0.0; m * n];
    let spec = Gemm { m, n, k, a: Layout::Normal, b: Layout::Transposed, write: Write::Set };
    gemm::reference(spec, x, &wide(weight), &mut y);
    y
}

fn add(x: &mut [f64], y: &[f64]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}
