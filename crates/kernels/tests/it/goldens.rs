//! Every operation and gradient against PyTorch's numbers (`goldens/make_ops.py`), at each level.

use super::attention::{offsets, seeing, sequence};
use super::levels::supported;
use check::{Golden, Outcome, Stop, close};
use kernels::adamw::{AdamW, adamw};
use kernels::attention::{AttentionGrad, AttentionShape, attention, attention_backward};
use kernels::cpu::with_level;
use kernels::gemm::{Gemm, Layout, gemm};
use kernels::layer_norm::LayerNormGrad;
use kernels::rms_norm::{self, RmsNormGrad};
use kernels::rope::{Rotation, Turn};
use kernels::{Products, Write, cross_entropy, embedding, gelu, gelu_erf, layer_norm, rope, softmax, swiglu, tanh};

/// Arrays of one operation.
struct Op {
    golden: Golden,
    name: &'static str,
}

impl Op {
    fn get(&self, array: &str) -> Result<Vec<f32>, Stop> {
        Ok(self.golden.get(&format!("{}.{array}", self.name))?.values.clone())
    }

    fn ids(&self, array: &str) -> Result<Vec<u32>, Stop> {
        Ok(self.get(array)?.iter().map(|&id| id as u32).collect())
    }

    /// Compares with array `array`, relative to its largest value.
    fn close(&self, found: &[f32], array: &str) -> Outcome {
        let expected = self.get(array)?;
        let largest = expected.iter().fold(1.0f32, |a, b| a.max(b.abs()));
        let scaled = |values: &[f32]| -> Vec<f32> { values.iter().map(|x| x / largest).collect() };
        close(&scaled(found), &scaled(&expected), 4e-6, &format!("{}.{array} at {}", self.name, kernels::cpu::level()))
    }
}

/// Runs `check` with the arrays of `name` at each level.
fn each_level(name: &'static str, check: impl Fn(&Op) -> Outcome) -> Outcome {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/ops.safetensors");
    let op = Op { golden: Golden::read(path)?, name };
    supported().into_iter().try_for_each(|level| with_level(level, || check(&op)))
}

fn transposed(x: &[f32], columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|j| x.iter().skip(j).step_by(columns).copied()).collect()
}

pub fn gemm_and_its_gradients_in_all_layouts() -> Outcome {
    use Layout::{Normal, Transposed};
    each_level("gemm", |op| {
        let (m, n, k) = (7, 19, 300);
        let [a, b, dy] = [op.get("a")?, op.get("b")?, op.get("dy")?];
        let stored = |x: &[f32], columns, layout| if layout == Normal { x.to_vec() } else { transposed(x, columns) };
        for (left, right) in [Normal, Transposed].into_iter().flat_map(|a| [(a, Normal), (a, Transposed)]) {
            let product = |m, n, k, a: Vec<f32>, b: Vec<f32>| {
                let mut c = vec![0.0; m * n];
                gemm(Gemm { m, n, k, a: left, b: right, write: Write::Set }, &a, &b, &mut c);
                c
            };
            op.close(&product(m, n, k, stored(&a, k, left), stored(&b, n, right)), "y")?;
            let (a_t, b_t) = (transposed(&a, k), transposed(&b, n));
            op.close(&product(m, k, n, stored(&dy, n, left), stored(&b_t, k, right)), "da")?;
            op.close(&product(k, n, m, stored(&a_t, m, left), stored(&dy, n, right)), "db")?;
        }
        Ok(())
    })
}

pub fn layer_norm_and_its_gradients() -> Outcome {
    each_level("layer_norm", |op| {
        let [x, gain, bias, dy] = [op.get("x")?, op.get("gain")?, op.get("bias")?, op.get("dy")?];
        let (mut y, mut mean, mut rstd) = (vec![0.0; 100], vec![0.0; 5], vec![0.0; 5]);
        layer_norm::layer_norm(&x, &gain, Some(&bias), 1e-5, &mut y, &mut mean, &mut rstd);
        op.close(&y, "y")?;
        let (mut dx, mut dgain, mut dbias) = (vec![0.0; 100], vec![0.0; 20], vec![0.0; 20]);
        let grad = LayerNormGrad { x: &x, gain: &gain, mean: &mean, rstd: &rstd, dy: &dy };
        layer_norm::layer_norm_backward(grad, Some(&mut dx), Write::Set, Some(&mut dgain), Some(&mut dbias));
        op.close(&dx, "dx")?;
        op.close(&dgain, "dgain")?;
        op.close(&dbias, "dbias")
    })
}

pub fn gelu_and_its_gradient() -> Outcome {
    each_level("gelu", |op| {
        let (x, dy) = (op.get("x")?, op.get("dy")?);
        let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        gelu::gelu(&x, &mut y);
        gelu::gelu_backward(&x, &dy, &mut dx, Write::Set);
        op.close(&y, "y")?;
        op.close(&dx, "dx")
    })
}

pub fn gelu_by_the_error_function_and_its_gradient() -> Outcome {
    each_level("gelu_erf", |op| {
        let (x, dy) = (op.get("x")?, op.get("dy")?);
        let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        gelu_erf::gelu_erf(&x, &mut y);
        gelu_erf::gelu_erf_backward(&x, &dy, &mut dx, Write::Set);
        op.close(&y, "y")?;
        op.close(&dx, "dx")
    })
}

pub fn tanh_and_its_gradient() -> Outcome {
    each_level("tanh", |op| {
        let (x, dy) = (op.get("x")?, op.get("dy")?);
        let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        tanh::tanh(&x, &mut y);
        tanh::tanh_backward(&y, &dy, &mut dx, Write::Set);
        op.close(&y, "y")?;
        op.close(&dx, "dx")
    })
}

pub fn swiglu_and_its_gradients() -> Outcome {
    each_level("swiglu", |op| {
        let [gate, up, dy] = [op.get("gate")?, op.get("up")?, op.get("dy")?];
        let (mut y, mut d_gate, mut d_up) = (vec![0.0; dy.len()], vec![0.0; dy.len()], vec![0.0; dy.len()]);
        swiglu::swiglu(&gate, &up, &mut y);
        swiglu::swiglu_backward_gate(&gate, &up, &dy, &mut d_gate, Write::Set);
        swiglu::swiglu_backward_up(&gate, &dy, &mut d_up, Write::Set);
        op.close(&y, "y")?;
        op.close(&d_gate, "dgate")?;
        op.close(&d_up, "dup")
    })
}

pub fn rms_norm_and_its_gradients() -> Outcome {
    each_level("rms_norm", |op| {
        let [x, gain, dy] = [op.get("x")?, op.get("gain")?, op.get("dy")?];
        let (mut y, mut rstd) = (vec![0.0; 100], vec![0.0; 5]);
        rms_norm::rms_norm(&x, &gain, 1e-5, &mut y, &mut rstd);
        op.close(&y, "y")?;
        let (mut dx, mut dgain) = (vec![0.0; 100], vec![0.0; 20]);
        let grad = RmsNormGrad { x: &x, gain: &gain, rstd: &rstd, dy: &dy };
        rms_norm::rms_norm_backward(grad, Some(&mut dx), Write::Set, Some(&mut dgain));
        op.close(&dx, "dx")?;
        op.close(&dgain, "dgain")
    })
}

pub fn rope_and_its_gradient() -> Outcome {
    each_level("rope", |op| {
        let (positions, x, dy) = (op.ids("positions")?, op.get("x")?, op.get("dy")?);
        let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let rotation = Rotation::new(301, 20, 10_000.0);
        rope::rope(&rotation, Turn::Forward, &positions, &x, &mut y, Write::Set);
        rope::rope(&rotation, Turn::Back, &positions, &dy, &mut dx, Write::Set);
        op.close(&y, "y")?;
        op.close(&dx, "dx")
    })
}

pub fn softmax_of_rows() -> Outcome {
    each_level("softmax", |op| {
        let x = op.get("x")?;
        let mut y = vec![0.0; x.len()];
        softmax::softmax_rows(&x, 37, &mut y);
        op.close(&y, "y")
    })
}

pub fn embedding_and_its_gradient() -> Outcome {
    each_level("embedding", |op| {
        let (ids, table, dy) = (op.ids("ids")?, op.get("table")?, op.get("dy")?);
        let (mut y, mut d_table) = (vec![0.0; dy.len()], vec![0.0; table.len()]);
        embedding::embedding(&ids, &table, 10, &mut y, Write::Set);
        embedding::embedding_backward(&ids, &dy, 10, &mut d_table);
        op.close(&y, "y")?;
        op.close(&d_table, "dtable")
    })
}

pub fn cross_entropy_and_its_gradient() -> Outcome {
    each_level("cross_entropy", |op| {
        let (logits, targets, weights) = (op.get("logits")?, op.ids("targets")?, op.get("dy")?);
        let (mut losses, mut lse, mut d_logits) = (vec![0.0; 6], vec![0.0; 6], logits.clone());
        cross_entropy::cross_entropy(&logits, &targets, 33, &mut losses, &mut lse);
        op.close(&losses, "y")?;
        op.close(&lse, "lse")?;
        cross_entropy::cross_entropy_and_gradient(&mut d_logits, &targets, &weights, 33, &mut losses);
        op.close(&losses, "y")?;
        op.close(&d_logits, "dlogits")
    })
}

pub fn adamw_for_six_steps() -> Outcome {
    each_level("adamw", |op| {
        let (mut w, grads) = (op.get("w")?, op.get("g")?);
        let (mut m, mut v, mut after) = (vec![0.0; w.len()], vec![0.0; w.len()], Vec::new());
        for (step, g) in (1..).zip(grads.chunks_exact(w.len())) {
            let step = AdamW { lr: 0.02, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.1, step, grad_scale: 1.0 };
            adamw(step, &mut w, g, &mut m, &mut v);
            after.extend_from_slice(&w);
        }
        op.close(&after, "y")
    })
}

fn attention_case(
    name: &'static str,
    (n_heads, n_kv_heads, d_head): (usize, usize, usize),
    window: Option<usize>,
    both_ways: bool,
    lengths: &[usize],
) -> Outcome {
    each_level(name, |op| {
        let shape = AttentionShape { n_heads, n_kv_heads, d_head, scale: 1.0 / (d_head as f32).sqrt(), window };
        let offsets = offsets(lengths);
        let [q, k, v, d_out] = [op.get("q")?, op.get("k")?, op.get("v")?, op.get("dy")?];
        let (mut out, mut lse) = (vec![0.0; q.len()], vec![0.0; q.len() / d_head]);
        attention(
            &shape,
            Products::F32,
            &q,
            &seeing(both_ways, &offsets, shape.d_kv(), &k, &v),
            &mut out,
            Some(&mut lse),
        );
        op.close(&out, "y")?;
        op.close(&lse, "lse")?;
        let (mut dq, mut dk, mut dv) = (vec![0.0; q.len()], vec![0.0; k.len()], vec![0.0; v.len()]);
        let (offsets, out, lse, d_out) = (&offsets, &out, &lse, &d_out);
        let grad = AttentionGrad { shape: &shape, q: &q, k: &k, v: &v, out, lse, d_out, offsets, both_ways };
        attention_backward(grad, Products::F32, [&mut dq, &mut dk, &mut dv]);
        op.close(&dq, "dq")?;
        op.close(&dk, "dk")?;
        op.close(&dv, "dv")?;
        // The last queries of the first document alone, its other keys as if from a cache.
        let parts: &[usize] = if both_ways { &[] } else { &[1, 3, 40] };
        for &n_queries in parts {
            let rows = lengths[0] - n_queries..lengths[0];
            let at = rows.start * shape.d_q()..rows.end * shape.d_q();
            let mut some = out.clone();
            some[at.clone()].fill(9.0);
            let sequences = [sequence(0..lengths[0], 0..n_queries, shape.d_kv(), &k, &v)];
            attention(&shape, Products::F32, &q[at.clone()], &sequences, &mut some[at], None);
            op.close(&some, "y")?;
        }
        Ok(())
    })
}

pub fn attention_with_grouped_heads() -> Outcome {
    attention_case("attention.grouped", (4, 2, 20), None, false, &[70, 3])
}

pub fn attention_with_a_window() -> Outcome {
    attention_case("attention.window", (2, 1, 5), Some(7), false, &[65, 10])
}

pub fn attention_with_odd_heads() -> Outcome {
    attention_case("attention.plain", (2, 2, 33), None, false, &[66])
}

pub fn attention_both_ways() -> Outcome {
    attention_case("attention.both_ways", (4, 2, 20), None, true, &[70, 3])
}
