//! Mixed precision: what layers multiply is bf16, everything else f32.

use check::Outcome;
use kernels::bf16::Bf16;
use kernels::rng;
use std::sync::Arc;
use tensor::{Bf16Weights, Cx, Grads, Init, ParamsBuilder, Plan, Tensor, ops};

fn numbers(len: usize, stream: u64) -> Vec<f32> {
    (0..len as u64).map(|i| rng::normal([stream, 0], i)).collect()
}

/// As a product takes them.
fn rounded(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| Bf16::rounded(value).widened().into()).collect()
}

/// `a` `[n, k]` times `b` `[k, m]`, elements by functions.
fn product([n, k, m]: [usize; 3], a: impl Fn(usize, usize) -> f64, b: impl Fn(usize, usize) -> f64) -> Vec<f32> {
    let element = |i: usize, j: usize| (0..k).map(|p| a(i, p) * b(p, j)).sum::<f64>() as f32;
    (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).map(|(i, j)| element(i, j)).collect()
}

/// The three products of a layer, with and without numbers kept in the tape's own buffers, against plain loops.
pub fn a_layer_multiplies_rounded_numbers() -> Outcome {
    for [n, d_in, d_out] in [[1, 1, 1], [3, 5, 7], [11, 33, 18], [210, 24, 9]] {
        for layout in [ops::Layout::Normal, ops::Layout::Transposed] {
            let shape = if layout == ops::Layout::Normal { [d_in, d_out] } else { [d_out, d_in] };
            let mut builder = ParamsBuilder::new();
            let table = builder.table("x", [n, d_in], Init::Normal(1.0));
            let w = builder.param("w", &shape, Init::Normal(1.0));
            let bias = builder.param("b", &[d_out], Init::Normal(1.0));
            let mut params = builder.build();
            params.initialise(3);
            let copy = Bf16Weights::new(&params);
            let d_y = numbers(n * d_out, 9);
            let mut grads = Grads::zeros(&params);
            let cx = Cx::training(&params, [0, 0]).in_bf16(&copy);
            // A result of the tape, not a weight.
            let ids: Vec<u32> = (0..n as u32).collect();
            let x = ops::embedding(&cx, &ids, &cx.param(table));
            let y = ops::linear(&cx, &x, &cx.param(w), Some(&cx.param(bias)), layout);
            cx.backward_from(&y, d_y.clone(), &mut grads);

            let [x_range, w_range, b_range] = [0, 1, 2].map(|i| params.entries()[i].range.clone());
            let (x, w, d) = (rounded(x.values()), rounded(&params.weights()[w_range.clone()]), rounded(&d_y));
            let w_at =
                |i: usize, j: usize| if layout == ops::Layout::Normal { w[i * d_out + j] } else { w[j * d_in + i] };
            let mut expected = product([n, d_in, d_out], |i, p| x[i * d_in + p], w_at);
            let biases = &params.weights()[b_range.clone()];
            expected.iter_mut().enumerate().for_each(|(i, y)| *y += biases[i % d_out]);
            let what = format!("[{n}, {d_in}] to {d_out}, {layout:?}");
            check::close(y.values(), &expected, 1e-6, &format!("outputs, {what}"))?;
            let d_x = product([n, d_out, d_in], |i, p| d[i * d_out + p], |p, j| w_at(j, p));
            check::close(&grads.values()[x_range], &d_x, 1e-6, &format!("gradient of x, {what}"))?;
            let d_w = if layout == ops::Layout::Normal {
                product([d_in, n, d_out], |i, p| x[p * d_in + i], |p, j| d[p * d_out + j])
            } else {
                product([d_out, n, d_in], |i, p| d[p * d_out + i], |p, j| x[p * d_in + j])
            };
            check::close(&grads.values()[w_range], &d_w, 1e-6, &format!("gradient of w, {what}"))?;
            // A sum of what arrived, not of what was rounded.
            let d_b: Vec<f32> = (0..d_out).map(|j| (0..n).map(|i| d_y[i * d_out + j]).sum()).collect();
            check::close(&grads.values()[b_range], &d_b, 1e-5, &format!("gradient of the bias, {what}"))?;
        }
    }
    Ok(())
}

/// Fails unless the difference is at most `share` of what is expected, in lengths of vectors.
fn near(found: &[f32], expected: &[f32], share: f64, what: &str) -> Outcome {
    let length = |values: &mut dyn Iterator<Item = f32>| values.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    let apart = length(&mut found.iter().zip(expected).map(|(f, e)| f - e));
    let whole = length(&mut expected.iter().copied());
    check::that(apart <= share * whole, || format!("{what}: {apart} apart, of {whole}"))
}

/// Two layers with GELU between them, as one operation, which rounds what GELU is taken of and its gradient, and as three, which do not.
pub fn a_network_at_once_is_near_its_layers() -> Outcome {
    use ops::Layout::{Normal, Transposed};
    for ([n, d, d_ff], layout, has_bias) in
        [([1, 1, 1], Normal, true), ([7, 5, 19], Transposed, false), ([210, 33, 70], Normal, true)]
    {
        let stored = |d_in, d_out| if layout == Normal { [d_in, d_out] } else { [d_out, d_in] };
        let mut builder = ParamsBuilder::new();
        let mut param = |name, shape: &[usize]| builder.param(name, shape, Init::Normal(1.0));
        let [x, residual] = ["x", "residual"].map(|name| param(name, &[n, d]));
        let [up, down] = [("up", stored(d, d_ff)), ("down", stored(d_ff, d))].map(|(name, shape)| param(name, &shape));
        let biases = [("up.bias", d_ff), ("down.bias", d)].map(|(name, width)| param(name, &[width]));
        let mut params = builder.build();
        params.initialise(5);
        let copy = Bf16Weights::new(&params);
        let computed = |at_once: bool| {
            let cx = Cx::training(&params, [0, 0]).in_bf16(&copy);
            // Results of the tape, not weights.
            let [x, residual] = [x, residual].map(|id| ops::columns(&cx, &cx.param(id), 0..d));
            let layer =
                |weight, bias| ops::Layer { weight: cx.param(weight), bias: has_bias.then(|| cx.param(bias)), layout };
            let (up, down) = (layer(up, biases[0]), layer(down, biases[1]));
            let y = if at_once {
                ops::mlp_bf16(&cx, Some(&residual), &x, up, down).expect("layers multiply in bf16")
            } else {
                let hidden = ops::gelu(&cx, &ops::linear(&cx, &x, &up.weight, up.bias.as_ref(), layout));
                ops::linear_onto(&cx, &residual, &hidden, &down.weight, down.bias.as_ref(), layout)
            };
            let (values, mut grads) = (y.values().to_vec(), Grads::zeros(&params));
            cx.backward_from(&y, numbers(n * d, 6), &mut grads);
            (values, grads)
        };
        let ((values, grads), (expected, expected_grads)) = (computed(true), computed(false));
        let what = format!("[{n}, {d}] by {d_ff}, {layout:?}");
        // Two to three roundings to 8 bits.
        near(&values, &expected, 1e-2, &format!("outputs, {what}"))?;
        for entry in params.entries() {
            let [found, expected] = [&grads, &expected_grads].map(|grads| &grads.values()[entry.range.clone()]);
            near(found, expected, 1e-2, &format!("gradient of {}, {what}", entry.name))?;
        }
    }
    Ok(())
}

/// The head's loss against the head in f32 on numbers that are bf16 already, and its gradients against those.
pub fn a_head_multiplies_rounded_numbers() -> Outcome {
    // More rows than are held at once; and so few that the gradient of their logits is kept.
    [300, 20].into_iter().try_for_each(a_head_multiplies_rounded_rows)
}

fn a_head_multiplies_rounded_rows(n: usize) -> Outcome {
    let (d, v) = (16, 21);
    let mut builder = ParamsBuilder::new();
    let [x, w] = [("x", n), ("w", v)].map(|(name, rows)| builder.param(name, &[rows, d], Init::Normal(1.0)));
    let mut params = builder.build();
    params.initialise(4);
    let targets: Vec<u32> = (0..n).map(|i| (i * 7 % v) as u32).collect();
    let weights = vec![1.0; n];
    let copy = Bf16Weights::new(&params);
    let measure = |cx: &Cx| {
        let mut grads = Grads::zeros(&params);
        let loss = ops::linear_cross_entropy(cx, &cx.param(x), &cx.param(w), &targets, &weights);
        let value = loss.item();
        cx.backward_from(&loss, vec![3.0], &mut grads);
        (value, grads.values().to_vec())
    };
    let (loss, gradients) = measure(&Cx::training(&params, [0, 0]).in_bf16(&copy));
    let mut already = ParamsBuilder::new();
    for (name, rows) in [("x", n), ("w", v)] {
        already.param(name, &[rows, d], Init::Zeros);
    }
    let mut already = already.build();
    let values: Vec<f32> = params.weights().iter().map(|&value| Bf16::rounded(value).widened()).collect();
    already.weights_mut().copy_from_slice(&values);
    let mut grads = Grads::zeros(&already);
    let cx = Cx::training(&already, [0, 0]);
    let expected = ops::linear_cross_entropy(&cx, &cx.param(x), &cx.param(w), &targets, &weights);
    cx.backward_from(&expected, vec![3.0], &mut grads);
    check::close(&[loss], &[expected.item()], 1e-6, "loss")?;
    // Each is a sum of products with a gradient of logits rounded to 8 bits.
    check::close(&gradients, grads.values(), 4e-3, "gradients")?;
    let cx = Cx::inference(&params).in_bf16(&copy);
    let alone = ops::linear_cross_entropy(&cx, &cx.param(x), &cx.param(w), &targets, &weights);
    check::same_bits(&[alone.item()], &[loss], "the loss without a tape")
}

/// A step of layers keeps its inputs in half the room, and multiplies with the weights of its beginning.
pub fn activations_take_half_the_room() -> Outcome {
    let mut builder = ParamsBuilder::new();
    let ids: Vec<_> = (0..8).map(|i| builder.param(format!("w{i}"), &[64, 64], Init::Zeros)).collect();
    let params = builder.plan();
    let held = |in_bf16: bool| {
        let plan = Arc::new(Plan::default());
        let cx = Cx::training(&params, [0, 0]).planned(&plan);
        let cx = if in_bf16 { cx.in_bf16(&Bf16Weights::planned()) } else { cx };
        let mut x = ops::linear(
            &cx,
            &Tensor::from_vec(&[32, 64], numbers(32 * 64, 1)),
            &cx.param(ids[0]),
            None,
            ops::Layout::Normal,
        );
        for &id in &ids[1..] {
            x = ops::linear(&cx, &x, &cx.param(id), None, ops::Layout::Normal);
        }
        let n = plan.n_values_max();
        cx.backward_from(&x, vec![0.0; 32 * 64], &mut Grads::planned());
        n as f64 / (32.0 * 64.0)
    };
    check::that(held(false) == 8.0, || format!("in f32 {} results are held", held(false)))?;
    // Eight inputs by half, and one result and the next while a layer works.
    check::that(held(true) <= 6.0, || format!("in bf16 {} results are held", held(true)))
}

/// Weights are read from their copy, two bytes each; all else is f32.
pub fn weights_count_by_half_in_bytes_that_move() -> Outcome {
    let mut builder = ParamsBuilder::new();
    let w = builder.param("w", &[4, 3], Init::Zeros);
    let bias = builder.param("b", &[3], Init::Zeros);
    let head = builder.param("head", &[5, 3], Init::Zeros);
    let params = builder.build();
    let bytes = |cx: Cx| {
        let cx = cx.profiled();
        let x = Tensor::from_vec(&[2, 4], numbers(8, 1));
        let y = ops::linear(&cx, &x, &cx.param(w), Some(&cx.param(bias)), ops::Layout::Normal);
        ops::linear_cross_entropy(&cx, &y, &cx.param(head), &[0, 4], &[1.0; 2]);
        cx.into_profile().spans.iter().map(|span| span.bytes).collect::<Vec<_>>()
    };
    let single = bytes(Cx::training(&params, [0, 0]));
    check::equal(single, vec![4 * (8 + 12 + 3 + 6), 4 * (6 + 15 + 1)], "bytes in f32")?;
    let mixed = bytes(Cx::training(&params, [0, 0]).in_bf16(&Bf16Weights::new(&params)));
    check::equal(mixed, vec![4 * (8 + 3 + 6) + 2 * 12, 4 * (6 + 1) + 2 * 15], "bytes in bf16")
}

pub fn a_copy_in_use_is_not_written() -> Outcome {
    let mut builder = ParamsBuilder::new();
    let w = builder.param("w", &[1, 1], Init::Ones);
    let mut params = builder.build();
    params.initialise(0);
    let mut copy = Bf16Weights::new(&params);
    let cx = Cx::training(&params, [0, 0]).in_bf16(&copy);
    let y = ops::linear(&cx, &Tensor::from_vec(&[1, 1], vec![2.0]), &cx.param(w), None, ops::Layout::Normal);
    let refreshed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| copy.refresh(&params)));
    check::that(refreshed.is_err(), || "the copy was written while a step looked at it".into())?;
    drop((cx, y));
    copy.refresh(&params);
    Ok(())
}
