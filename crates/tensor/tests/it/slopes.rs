//! Every operation's backward pass, by way of the tape, against central differences of its forward pass.
//!
//! The kernels compare their references so in f64; here the engine's f32 is compared, so steps are wide and the tolerance is what f32
//! leaves. Numbers are eighths up to 2: bf16 holds them, and a step between two of them, exactly.

use check::Outcome;
use kernels::rng;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tensor::{Bf16Weights, Cx, Grads, Init, ParamId, Params, ParamsBuilder, Tensor, ops};

/// Makes the result of an operation of up to three parameters.
type Make = fn(&Cx, [&Tensor; 3]) -> Tensor;

/// An operation by the name of its file, the shapes of its parameters, and how to make it.
const ROWS: [(&str, [&[usize]; 3], Make); 20] = [
    ("add", [&[3, 4], &[3, 4], &[1]], |cx, [a, b, _]| ops::add(cx, a, b)),
    ("attention", [&[5, 4], &[5, 2], &[5, 2]], |cx, [q, k, v]| ops::attention(cx, q, k, v, HEADS, &[0, 2, 5])),
    ("attention", [&[5, 4], &[5, 2], &[5, 2]], |cx, qkv| ops::attention_both_ways(cx, qkv, HEADS, &[0, 2, 5])),
    ("attention_joined", [&[5, 8], &[1], &[1]], |cx, [qkv, ..]| ops::attention_joined(cx, qkv, HEADS, &[0, 2, 5])),
    ("columns", [&[3, 7], &[1], &[1]], |cx, [x, ..]| ops::columns(cx, x, 2..5)),
    ("dropout", [&[9, 7], &[1], &[1]], |cx, [x, ..]| ops::dropout(cx, x, 0.4)),
    ("embedding", [&[5, 3], &[1], &[1]], |cx, [table, ..]| ops::embedding(cx, &[4, 0, 4, 2], table)),
    ("gelu", [&[3, 5], &[1], &[1]], |cx, [x, ..]| ops::gelu(cx, x)),
    ("gelu_erf", [&[3, 5], &[1], &[1]], |cx, [x, ..]| ops::gelu_erf(cx, x)),
    ("layer_norm", [&[3, 7], &[7], &[7]], |cx, [x, gain, bias]| ops::layer_norm(cx, x, gain, Some(bias), 1e-2)),
    ("linear", [&[3, 5], &[5, 4], &[4]], |cx, [x, w, bias]| ops::linear(cx, x, w, Some(bias), ops::Layout::Normal)),
    ("linear", [&[3, 5], &[5, 4], &[3, 4]], |cx, [x, w, residual]| {
        ops::linear_onto(cx, residual, x, w, None, ops::Layout::Normal)
    }),
    // In mixed precision; columns make a result of the tape of a parameter.
    ("linear_bf16", [&[3, 5], &[4, 5], &[4]], |cx, [x, w, bias]| {
        ops::linear(cx, &ops::columns(cx, x, 0..5), w, Some(bias), ops::Layout::Transposed)
    }),
    ("linear_bf16", [&[3, 5], &[4, 5], &[3, 4]], |cx, [x, w, residual]| {
        ops::linear_onto(cx, residual, &ops::columns(cx, x, 0..5), w, None, ops::Layout::Transposed)
    }),
    ("linear_cross_entropy", [&[4, 5], &[6, 5], &[1]], |cx, [x, w, _]| {
        ops::linear_cross_entropy(cx, x, w, &[5, 0, 3, 3], &[1.0, 2.0, 0.0, 1.0])
    }),
    ("rms_norm", [&[3, 7], &[7], &[1]], |cx, [x, gain, _]| ops::rms_norm(cx, x, gain, 1e-2)),
    ("rope", [&[4, 8], &[1], &[1]], |cx, [x, ..]| {
        ops::rope(cx, x, &Arc::new(ops::Rotation::new(9, 4, 100.0)), &[0, 3, 8, 1])
    }),
    ("select_rows", [&[5, 3], &[1], &[1]], |cx, [x, ..]| ops::select_rows(cx, x, &[1, 4, 1])),
    ("swiglu", [&[3, 5], &[3, 5], &[1]], |cx, [gate, up, _]| ops::swiglu(cx, gate, up)),
    ("tanh", [&[3, 5], &[1], &[1]], |cx, [x, ..]| ops::tanh(cx, x)),
];

/// Files without a backward pass of their own: the list of the others, and the beginning of a tape, whose gradient
/// `tape::a_computation_may_be_cut_in_two` compares to the bit; `bf16::a_network_at_once_is_near_its_layers` those of the network.
const WITHOUT: [&str; 3] = ["mod", "leaf", "mlp_bf16"];

const HEADS: ops::AttentionShape =
    ops::AttentionShape { n_heads: 2, n_kv_heads: 1, d_head: 2, scale: 0.7, window: None };

pub fn every_operation_has_a_row() -> Outcome {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops"))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    let files: BTreeSet<&str> = paths.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
    let rows: BTreeSet<&str> = ROWS.iter().map(|(file, ..)| *file).chain(WITHOUT).collect();
    check::equal(rows, files, "operations with a row, and files")
}

pub fn each_gradient_is_the_slope() -> Outcome {
    for (file, shapes, make) in ROWS {
        let mut builder = ParamsBuilder::new();
        let ids = [("a", 0), ("b", 1), ("c", 2)].map(|(name, i)| builder.param(name, shapes[i], Init::Zeros));
        let mut params = builder.build();
        for (i, weight) in params.weights_mut().iter_mut().enumerate() {
            *weight = eighth([7, 0], i as u64);
        }
        let is_bf16 = file == "linear_bf16";
        compare(file, make, ids, &mut params, is_bf16)?;
    }
    Ok(())
}

fn compare(file: &str, make: Make, ids: [ParamId; 3], params: &mut Params, is_bf16: bool) -> Outcome {
    let step = if is_bf16 { 1.0 / 8.0 } else { 1.0 / 128.0 };
    let mut grads = Grads::zeros(params);
    let d_out = computed(make, ids, params, is_bf16, |cx, output| {
        let d_out: Vec<f32> = (0..output.n_values() as u64).map(|i| eighth([8, 0], i)).collect();
        cx.backward_from(output, d_out.clone(), &mut grads);
        d_out
    });
    let along = |params: &Params| -> f64 {
        computed(make, ids, params, is_bf16, |_, output| {
            output.values().iter().zip(&d_out).map(|(&y, &d)| f64::from(y) * f64::from(d)).sum()
        })
    };
    let mut slopes = Vec::new();
    for i in 0..params.weights().len() {
        let weight = params.weights()[i];
        let [above, below] = [step, -step].map(|offset| {
            params.weights_mut()[i] = weight + offset;
            along(params)
        });
        params.weights_mut()[i] = weight;
        slopes.push(((above - below) / f64::from(2.0 * step)) as f32);
    }
    check::that(slopes.iter().any(|slope| slope.abs() > 1e-2), || format!("{file}: no slope to compare with"))?;
    check::close(grads.values(), &slopes, 1e-3, file)
}

/// Lets `look` see the result, in a computation that draws the same dropout each time.
fn computed<T>(
    make: Make,
    ids: [ParamId; 3],
    params: &Params,
    is_bf16: bool,
    look: impl FnOnce(&Cx, &Tensor) -> T,
) -> T {
    let copy = is_bf16.then(|| Bf16Weights::new(params));
    let cx = Cx::training(params, [1, 2]);
    let cx = match &copy {
        Some(copy) => cx.in_bf16(copy),
        None => cx,
    };
    let [a, b, c] = ids.map(|id| cx.param(id));
    look(&cx, &make(&cx, [&a, &b, &c]))
}

/// A number of eighths from -2 to 2.
fn eighth(key: [u64; 2], i: u64) -> f32 {
    (rng::normal(key, i) * 8.0).round().clamp(-16.0, 16.0) / 8.0
}
