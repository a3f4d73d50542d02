//! Every reference backward in f64 against central differences of its reference forward.
//!
//! With step h the difference quotient is off by h² f''' / 6 and by rounding of about 1e-16 / h; h = 1e-5
//! leaves both near 1e-10. Fast kernels are compared with the references elsewhere.

use super::attention::{offsets, seeing};
use super::levels::{values, widen};
use check::{Outcome, that};
use kernels::attention::{self, AttentionGrad, AttentionShape};
use kernels::gemm::{self, Gemm, Layout};
use kernels::layer_norm::{self, LayerNormGrad};
use kernels::rms_norm::{self, RmsNormGrad};
use kernels::rope::{Rotation, Turn};
use kernels::{Write, cross_entropy, dropout, embedding, gelu, gelu_erf, rope, swiglu, tanh};

const H: f64 = 1e-5;

fn numbers(n: usize, seed: u64) -> Vec<f64> {
    widen(&values(n, seed))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Compares `gradient` with the slope of `f` along each value of `x`.
fn is_gradient(what: &str, x: &[f64], gradient: &[f64], f: impl Fn(&[f64]) -> f64) -> Outcome {
    check::equal(gradient.len(), x.len(), what)?;
    for i in 0..x.len() {
        let at = |offset: f64| {
            let mut moved = x.to_vec();
            moved[i] += offset;
            f(&moved)
        };
        let slope = (at(H) - at(-H)) / (2.0 * H);
        let error = (gradient[i] - slope).abs() / (1.0 + slope.abs());
        that(error < 1e-8, || {
            format!("{what}: at {i} the slope is {slope}, the gradient {} ({error:e})", gradient[i])
        })?;
    }
    Ok(())
}

pub fn of_the_matrix_product() -> Outcome {
    let (m, n, k) = (3, 4, 5);
    let (a, b, dy) = (numbers(m * k, 1), numbers(k * n, 2), numbers(m * n, 3));
    let product = |spec: Gemm, a: &[f64], b: &[f64]| {
        let mut c = vec![0.0; spec.m * spec.n];
        gemm::reference(spec, a, b, &mut c);
        c
    };
    let spec = |m, n, k, a, b| Gemm { m, n, k, a, b, write: Write::Set };
    let forward = spec(m, n, k, Layout::Normal, Layout::Normal);
    let da = product(spec(m, k, n, Layout::Normal, Layout::Transposed), &dy, &b);
    let db = product(spec(k, n, m, Layout::Transposed, Layout::Normal), &a, &dy);
    is_gradient("da", &a, &da, |a| dot(&product(forward, a, &b), &dy))?;
    is_gradient("db", &b, &db, |b| dot(&product(forward, &a, b), &dy))
}

pub fn of_layer_norm() -> Outcome {
    let (n, d) = (3, 7);
    let (x, gain, bias, dy) = (numbers(n * d, 1), numbers(d, 2), numbers(d, 3), numbers(n * d, 4));
    let forward = |x: &[f64], gain: &[f64], bias: &[f64]| {
        let (mut y, mut mean, mut rstd) = (vec![0.0; n * d], vec![0.0; n], vec![0.0; n]);
        layer_norm::reference(x, gain, Some(bias), 1e-2, &mut y, &mut mean, &mut rstd);
        (y, mean, rstd)
    };
    let (_, mean, rstd) = forward(&x, &gain, &bias);
    let (mut dx, mut dgain, mut dbias) = (vec![0.0; n * d], vec![0.0; d], vec![0.0; d]);
    let grad = LayerNormGrad { x: &x, gain: &gain, mean: &mean, rstd: &rstd, dy: &dy };
    layer_norm::reference_backward(grad, Some(&mut dx), Write::Set, Some(&mut dgain), Some(&mut dbias));
    is_gradient("dx", &x, &dx, |x| dot(&forward(x, &gain, &bias).0, &dy))?;
    is_gradient("dgain", &gain, &dgain, |gain| dot(&forward(&x, gain, &bias).0, &dy))?;
    is_gradient("dbias", &bias, &dbias, |bias| dot(&forward(&x, &gain, bias).0, &dy))
}

pub fn of_gelu() -> Outcome {
    let x: Vec<f64> = (-40..=40).map(|i| f64::from(i) / 8.0).collect();
    let dy = numbers(x.len(), 1);
    let forward = |x: &[f64]| {
        let mut y = vec![0.0; x.len()];
        gelu::reference(x, &mut y);
        y
    };
    let mut dx = vec![0.0; x.len()];
    gelu::reference_backward(&x, &dy, &mut dx, Write::Set);
    is_gradient("dx", &x, &dx, |x| dot(&forward(x), &dy))
}

pub fn of_gelu_by_the_error_function() -> Outcome {
    let x: Vec<f64> = (-40..=40).map(|i| f64::from(i) / 8.0).collect();
    let dy = numbers(x.len(), 1);
    let forward = |x: &[f64]| {
        let mut y = vec![0.0; x.len()];
        gelu_erf::reference(x, &mut y);
        y
    };
    let mut dx = vec![0.0; x.len()];
    gelu_erf::reference_backward(&x, &dy, &mut dx, Write::Set);
    is_gradient("dx", &x, &dx, |x| dot(&forward(x), &dy))
}

pub fn of_tanh() -> Outcome {
    let x: Vec<f64> = (-40..=40).map(|i| f64::from(i) / 8.0).collect();
    let dy = numbers(x.len(), 1);
    let forward = |x: &[f64]| {
        let mut y = vec![0.0; x.len()];
        tanh::tanh(x, &mut y);
        y
    };
    let mut dx = vec![0.0; x.len()];
    tanh::tanh_backward(&forward(&x), &dy, &mut dx, Write::Set);
    is_gradient("dx", &x, &dx, |x| dot(&forward(x), &dy))
}

pub fn of_swiglu() -> Outcome {
    let n = 50;
    let [gate, up, dy] = [1, 2, 3].map(|seed| numbers(n, seed).iter().map(|x| 6.0 * x).collect::<Vec<f64>>());
    let forward = |gate: &[f64], up: &[f64]| {
        let mut y = vec![0.0; n];
        swiglu::reference(gate, up, &mut y);
        y
    };
    let (mut d_gate, mut d_up) = (vec![0.0; n], vec![0.0; n]);
    swiglu::swiglu_backward_gate(&gate, &up, &dy, &mut d_gate, Write::Set);
    swiglu::swiglu_backward_up(&gate, &dy, &mut d_up, Write::Set);
    is_gradient("dgate", &gate, &d_gate, |gate| dot(&forward(gate, &up), &dy))?;
    is_gradient("dup", &up, &d_up, |up| dot(&forward(&gate, up), &dy))
}

pub fn of_rms_norm() -> Outcome {
    let (n, d) = (3, 7);
    let (x, gain, dy) = (numbers(n * d, 1), numbers(d, 2), numbers(n * d, 3));
    let forward = |x: &[f64], gain: &[f64]| {
        let (mut y, mut rstd) = (vec![0.0; n * d], vec![0.0; n]);
        rms_norm::reference(x, gain, 1e-2, &mut y, &mut rstd);
        (y, rstd)
    };
    let (_, rstd) = forward(&x, &gain);
    let (mut dx, mut dgain) = (vec![0.0; n * d], vec![0.0; d]);
    let grad = RmsNormGrad { x: &x, gain: &gain, rstd: &rstd, dy: &dy };
    rms_norm::rms_norm_backward(grad, Some(&mut dx), Write::Set, Some(&mut dgain));
    is_gradient("dx", &x, &dx, |x| dot(&forward(x, &gain).0, &dy))?;
    is_gradient("dgain", &gain, &dgain, |gain| dot(&forward(&x, gain).0, &dy))
}

pub fn of_rope() -> Outcome {
    let (rotation, positions) = (Rotation::new(9, 6, 100.0), [0, 8, 3]);
    let (x, dy) = (numbers(3 * 12, 1), numbers(3 * 12, 2));
    let turned = |turn, x: &[f64]| {
        let mut y = vec![0.0; x.len()];
        rope::reference(&rotation, turn, &positions, x, &mut y, Write::Set);
        y
    };
    is_gradient("dx", &x, &turned(Turn::Back, &dy), |x| dot(&turned(Turn::Forward, x), &dy))
}

pub fn of_cross_entropy() -> Outcome {
    let (n, vocab) = (4, 6);
    let (logits, targets, weights) = (numbers(n * vocab, 1), [0, 5, 2, 2], numbers(n, 2));
    let forward = |logits: &[f64]| {
        let (mut losses, mut lse) = (vec![0.0; n], vec![0.0; n]);
        cross_entropy::reference(logits, &targets, vocab, &mut losses, &mut lse);
        (losses, lse)
    };
    let d_logits = cross_entropy::reference_gradient(&logits, &targets, &weights, &forward(&logits).1, vocab);
    is_gradient("dlogits", &logits, &d_logits, |logits| dot(&forward(logits).0, &weights))
}

pub fn of_embedding() -> Outcome {
    let (ids, d, table) = ([3, 0, 3, 1], 5, numbers(20, 1));
    let dy = numbers(ids.len() * d, 2);
    let forward = |table: &[f64]| {
        let mut y = vec![0.0; ids.len() * d];
        embedding::embedding(&ids, table, d, &mut y, Write::Set);
        y
    };
    let mut d_table = vec![0.0; table.len()];
    embedding::embedding_backward(&ids, &dy, d, &mut d_table);
    is_gradient("dtable", &table, &d_table, |table| dot(&forward(table), &dy))
}

pub fn of_dropout() -> Outcome {
    let (x, dy) = (numbers(50, 1), numbers(50, 2));
    let run = |x: &[f64]| {
        let mut y = vec![0.0; x.len()];
        dropout::reference(x, 0.3, [5, 6], &mut y, Write::Set);
        y
    };
    is_gradient("dx", &x, &run(&dy), |x| dot(&run(x), &dy))
}

pub fn of_attention() -> Outcome {
    let offsets = offsets(&[66, 0, 3]);
    for (n_heads, n_kv_heads, d_head, window, both_ways) in
        [(1, 1, 1, None, false), (2, 1, 2, None, false), (2, 2, 1, Some(5), false), (2, 1, 2, None, true)]
    {
        let shape = AttentionShape { n_heads, n_kv_heads, d_head, scale: 0.7, window };
        let n = 69;
        let (size, size_kv) = (n * shape.d_q(), n * shape.d_kv());
        let (q, k, v, d_out) = (numbers(size, 1), numbers(size_kv, 2), numbers(size_kv, 3), numbers(size, 4));
        let forward = |q: &[f64], k: &[f64], v: &[f64]| {
            let (mut out, mut lse) = (vec![0.0; size], vec![0.0; n * n_heads]);
            attention::reference(&shape, q, &seeing(both_ways, &offsets, shape.d_kv(), k, v), &mut out, Some(&mut lse));
            (out, lse)
        };
        let (out, lse) = forward(&q, &k, &v);
        let (mut dq, mut dk, mut dv) = (vec![0.0; size], vec![0.0; size_kv], vec![0.0; size_kv]);
        let (q, k, v, d_out, offsets) = (&q[..], &k[..], &v[..], &d_out[..], &offsets[..]);
        let grad = AttentionGrad { shape: &shape, q, k, v, out: &out, lse: &lse, d_out, offsets, both_ways };
        attention::reference_backward(grad, &mut dq, &mut dk, &mut dv);
        is_gradient("dq", q, &dq, |q| dot(&forward(q, k, v).0, d_out))?;
        is_gradient("dk", k, &dk, |k| dot(&forward(q, k, v).0, d_out))?;
        is_gradient("dv", v, &dv, |v| dot(&forward(q, k, v).0, d_out))?;
    }
    Ok(())
}
