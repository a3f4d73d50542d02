//! What the tape does with gradients, and what it records.

use check::Outcome;
use kernels::Write;
use kernels::gemm::{Gemm, gemm};
use std::cell::RefCell;
use tensor::{Cx, Grads, Init, ParamId, Params, ParamsBuilder, Pass, Product, Span, Tensor, ops};

fn params() -> (Params, [ParamId; 2]) {
    let mut builder = ParamsBuilder::new();
    let ids = [builder.param("a", &[2, 2], Init::Normal(1.0)), builder.param("b", &[2, 2], Init::Normal(1.0))];
    let mut params = builder.build();
    params.initialise(3);
    (params, ids)
}

/// x a b a, so that `a` is used twice.
fn product(cx: &Cx, [a, b]: [ParamId; 2], x: &Tensor) -> Tensor {
    let y = ops::linear(cx, x, &cx.param(a), None, ops::Layout::Normal);
    let y = ops::linear(cx, &y, &cx.param(b), None, ops::Layout::Normal);
    ops::linear(cx, &y, &cx.param(a), None, ops::Layout::Normal)
}

fn gradients(params: &Params, ids: [ParamId; 2], x: &Tensor, grads: &mut Grads) {
    let cx = Cx::training(params, [0, 0]);
    let y = product(&cx, ids, x);
    cx.backward_from(&y, vec![1.0; y.n_values()], grads);
}

pub fn gradients_add_up_over_uses_and_calls() -> Outcome {
    let (mut params, ids) = params();
    let x = Tensor::from_vec(&[1, 2], vec![0.5, -1.5]);
    let mut grads = Grads::zeros(&params);
    gradients(&params, ids, &x, &mut grads);
    let once = grads.values().to_vec();
    gradients(&params, ids, &x, &mut grads);
    let twice: Vec<f32> = once.iter().map(|g| 2.0 * g).collect();
    check::close(grads.values(), &twice, 1e-6, "two calls")?;
    grads.zero();
    gradients(&params, ids, &x, &mut grads);
    check::same_bits(grads.values(), &once, "after clearing")?;

    let sum = |params: &Params| -> f64 {
        let cx = Cx::inference(params);
        product(&cx, ids, &x).values().iter().map(|&y| f64::from(y)).sum()
    };
    let step = 1e-2;
    for (i, &gradient) in once.iter().enumerate() {
        let weight = params.weights()[i];
        params.weights_mut()[i] = weight + step;
        let above = sum(&params);
        params.weights_mut()[i] = weight - step;
        let below = sum(&params);
        params.weights_mut()[i] = weight;
        let difference = ((above - below) / f64::from(2.0 * step)) as f32;
        check::close(&[gradient], &[difference], 1e-3, &format!("gradient {i} against its finite difference"))?;
    }
    Ok(())
}

pub fn a_gradient_from_outside_is_taken() -> Outcome {
    let (params, ids) = params();
    let x = Tensor::from_vec(&[1, 2], vec![0.5, -1.5]);
    let mut ones = Grads::zeros(&params);
    gradients(&params, ids, &x, &mut ones);
    let mut threes = Grads::zeros(&params);
    let cx = Cx::training(&params, [0, 0]);
    let y = product(&cx, ids, &x);
    cx.backward_from(&y, vec![3.0; 2], &mut threes);
    let expected: Vec<f32> = ones.values().iter().map(|g| 3.0 * g).collect();
    check::close(threes.values(), &expected, 1e-6, "three times the gradient")
}

pub fn inference_and_constants_record_nothing() -> Outcome {
    let (params, ids) = params();
    let x = Tensor::from_vec(&[1, 2], vec![0.5, -1.5]);
    let inference = Cx::inference(&params);
    let without = product(&inference, ids, &x);
    check::equal(inference.flops(), 0, "operations recorded in inference")?;
    let training = Cx::training(&params, [0, 0]);
    ops::gelu(&training, &x);
    check::equal(training.flops(), 0, "operations on constants recorded")?;
    let with = product(&training, ids, &x);
    check::equal(training.flops(), 3 * 2 * 4, "operations of three products of 1x2 and 2x2")?;
    check::same_bits(with.values(), without.values(), "values with and without a tape")
}

pub fn dropout_is_a_function_of_its_key() -> Outcome {
    let (params, [a, _]) = params();
    let x = Tensor::from_vec(&[64, 2], vec![1.0; 128]);
    let dropped = |key: [u64; 2]| {
        let cx = Cx::training(&params, key);
        let y = ops::linear(&cx, &x, &cx.param(a), None, ops::Layout::Normal);
        [ops::dropout(&cx, &y, 0.5), ops::dropout(&cx, &y, 0.5)].map(|y| y.values().to_vec())
    };
    let [first, second] = dropped([1, 2]);
    check::that(first != second, || "two dropouts of one computation share their mask".into())?;
    check::equal(dropped([1, 2])[0].clone(), first.clone(), "the same key")?;
    check::that(dropped([1, 3])[0] != first, || "another step has the same mask".into())?;
    check::that(dropped([2, 2])[0] != first, || "another seed has the same mask".into())
}

pub fn a_profile_names_every_operation() -> Outcome {
    let (params, ids) = params();
    let x = Tensor::from_vec(&[1, 2], vec![0.5, -1.5]);
    let mut grads = Grads::zeros(&params);
    let cx = Cx::training(&params, [0, 0]).profiled();
    let y = ops::gelu(&cx, &product(&cx, ids, &x));
    let flops = cx.flops();
    cx.backward_from(&y, vec![1.0; 2], &mut grads);
    let spans = cx.into_profile().spans;
    let forth: Vec<_> = spans.iter().filter(|span| span.pass == Pass::Forward).collect();
    let back: Vec<_> = spans.iter().filter(|span| span.pass == Pass::Backward).collect();
    let names = |spans: &[&Span]| spans.iter().map(|span| (span.op, span.node)).collect::<Vec<_>>();
    check::equal(names(&forth), vec![("Linear", 0), ("Linear", 1), ("Linear", 2), ("Gelu", 3)], "forward")?;
    check::equal(names(&back), names(&forth).into_iter().rev().collect(), "backward")?;
    let [a, b] = ids.map(Some);
    check::equal(forth.iter().map(|span| span.param).collect(), vec![a, b, a, a], "the parameter asked for last")?;
    check::equal(back.iter().map(|span| span.param).collect(), vec![a, a, b, a], "the same backward")?;
    check::equal(forth.iter().map(|span| span.flops).sum(), flops, "operations")?;
    // A product of 1x2 and 2x2 reads six values and writes two.
    check::equal((forth[0].bytes, forth[3].bytes), (4 * 8, 4 * 4), "bytes")?;
    check::that(spans.windows(2).all(|pair| pair[0].end <= pair[1].begin), || format!("{spans:?}"))?;
    check::that(forth[3].n_values >= 8 && forth[3].n_values_max >= forth[3].n_values, || format!("{forth:?}"))?;
    check::that(back[3].n_values < forth[3].n_values, || "what the tape saved is still held".into())?;
    let plain = Cx::training(&params, [0, 0]);
    product(&plain, ids, &x);
    check::equal(plain.into_profile().spans.len(), 0, "operations nobody asked for")
}

/// A computation that is cut in two, its second piece computed once more, gives the bits of a whole one.
pub fn a_computation_may_be_cut_in_two() -> Outcome {
    let (params, [a, b]) = params();
    let x = Tensor::from_vec(&[3, 2], vec![0.5, -1.5, 2.0, 0.25, -1.0, 3.0]);
    let first = |cx: &Cx, x: &Tensor| {
        let y = ops::linear(cx, x, &cx.param(a), None, ops::Layout::Normal);
        ops::dropout(cx, &ops::add(cx, &y, &ops::gelu(cx, &y)), 0.3)
    };
    // It reads what it begins with twice, and draws dropouts of its own.
    let second = |cx: &Cx, y: &Tensor| {
        let z = ops::dropout(cx, &ops::linear(cx, y, &cx.param(b), None, ops::Layout::Normal), 0.3);
        ops::add(cx, y, &ops::linear(cx, &z, &cx.param(a), None, ops::Layout::Normal))
    };
    let cx = Cx::training(&params, [1, 2]);
    let whole = second(&cx, &first(&cx, &x));
    let mut expected = Grads::zeros(&params);
    cx.backward_from(&whole, vec![0.7; 6], &mut expected);

    let mut grads = Grads::zeros(&params);
    let cx = Cx::training(&params, [1, 2]);
    let y = first(&cx, &x);
    let n_dropouts = cx.n_dropouts();
    for _ in 0..2 {
        let again = Cx::training(&params, [1, 2]).with_dropouts_from(n_dropouts);
        let out = second(&again, &again.leaf(&y));
        check::same_bits(out.values(), whole.values(), "values")?;
    }
    let again = Cx::training(&params, [1, 2]).with_dropouts_from(n_dropouts);
    let leaf = again.leaf(&y);
    let out = second(&again, &leaf);
    let d = again.backward_to_leaf(out, Tensor::from_vec(&[3, 2], vec![0.7; 6]), &leaf, &mut grads);
    check::equal(d.shape(), y.shape(), "the shape of the leaf's gradient")?;
    cx.backward_with(y, d, &mut grads);
    check::same_bits(grads.values(), expected.values(), "gradients")
}

/// Multiplies with the engine's kernel as long as it goes on, and notes what it was asked.
struct Other {
    factor: f32,
    gives_up_after: usize,
    asked: Vec<[usize; 3]>,
}

impl Product for Other {
    fn multiply(&mut self, shape: Gemm, a: &[f32], b: &[f32]) -> Option<Vec<f32>> {
        self.asked.push([shape.m, shape.n, shape.k]);
        if self.asked.len() > self.gives_up_after {
            return None;
        }
        let mut c = vec![0.0; shape.m * shape.n];
        gemm(Gemm { write: Write::Set, ..shape }, a, b, &mut c);
        c.iter_mut().for_each(|c| *c *= self.factor);
        Some(c)
    }
}

/// Linear layers ask somebody else for their products, forward and backward; one who gives up leaves them to the engine.
pub fn somebody_elses_products_take_the_engines_place() -> Outcome {
    let (params, ids) = params();
    let x = Tensor::from_vec(&[3, 2], vec![0.5, -1.5, 2.0, 0.25, -1.0, 3.0]);
    let mut expected = Grads::zeros(&params);
    gradients(&params, ids, &x, &mut expected);
    let plugged = |factor: f32, gives_up_after: usize| {
        let other = RefCell::new(Other { factor, gives_up_after, asked: Vec::new() });
        let mut grads = Grads::zeros(&params);
        let cx = Cx::training(&params, [0, 0]).with_products(&other);
        let y = product(&cx, ids, &x);
        cx.backward_from(&y, vec![1.0; y.n_values()], &mut grads);
        drop((cx, y));
        (grads.values().to_vec(), other.into_inner().asked)
    };
    let (same, asked) = plugged(1.0, usize::MAX);
    check::close(&same, expected.values(), 1e-6, "the same products")?;
    // Three forward; backward three for weights, and two for inputs, since nobody wants that of x.
    let (forth, weights, inputs) = ([3, 2, 2], [2, 2, 3], [3, 2, 2]);
    check::equal(asked, vec![forth, forth, forth, weights, inputs, weights, inputs, weights], "sizes")?;
    let (halved, _) = plugged(0.5, usize::MAX);
    check::that(halved != same, || "half of each product changed nothing".into())?;
    for gives_up_after in [0, 1, 4, 7] {
        let (grads, _) = plugged(1.0, gives_up_after);
        check::close(&grads, expected.values(), 1e-6, &format!("giving up after {gives_up_after}"))?;
    }
    Ok(())
}

/// A plan counts what the computation itself holds at most, and neither makes nor reads a number.
pub fn a_plan_counts_and_computes_nothing() -> Outcome {
    let layout = |builder: &mut ParamsBuilder| {
        [
            builder.param("table", &[7, 12], Init::Normal(1.0)),
            builder.param("w", &[12, 36], Init::Normal(1.0)),
            builder.param("gain", &[12], Init::Ones),
        ]
    };
    let step = |cx: &Cx, [table, w, gain]: [ParamId; 3], grads: &mut Grads| {
        let x = ops::embedding(cx, &[1, 2, 3, 4], &cx.param(table));
        let normal = ops::layer_norm(cx, &x, &cx.param(gain), None, 1e-5);
        let qkv = ops::linear(cx, &normal, &cx.param(w), None, ops::Layout::Normal);
        let [q, k, v] = [0, 1, 2].map(|i| ops::columns(cx, &qkv, i * 12..(i + 1) * 12));
        let shape = ops::AttentionShape { n_heads: 2, n_kv_heads: 2, d_head: 6, scale: 0.4, window: None };
        let mixed = ops::gelu(cx, &ops::attention(cx, &q, &k, &v, shape, &[0, 4]));
        let y = ops::add(cx, &x, &ops::dropout(cx, &mixed, 0.1));
        let y = ops::rms_norm(cx, &ops::swiglu(cx, &y, &y), &cx.param(gain), 1e-5);
        let loss = ops::linear_cross_entropy(cx, &y, &cx.param(table), &[2, 3, 4, 5], &[1.0; 4]);
        let flops = cx.flops();
        cx.backward(&loss, grads);
        (loss.item(), flops)
    };
    let mut builder = ParamsBuilder::new();
    let ids = layout(&mut builder);
    let mut params = builder.build();
    params.initialise(1);
    let mut grads = Grads::zeros(&params);
    let (loss, flops) = step(&Cx::training(&params, [0, 0]), ids, &mut grads);
    check::that(loss > 0.0, || format!("a loss of {loss}"))?;

    let mut builder = ParamsBuilder::new();
    let ids = layout(&mut builder);
    let (params, plan) = (builder.plan(), std::sync::Arc::new(tensor::Plan::default()));
    let planned = step(&Cx::training(&params, [0, 0]).planned(&plan), ids, &mut Grads::planned());
    check::equal(planned, (0.0, flops), "loss and operations of the plan")?;
    check::equal(params.len(), 7 * 12 + 12 * 36 + 12, "weights of the plan")?;
    // More than all results of the forward pass, which the backward pass needs, less than all those and all their gradients.
    let results = 4 * (12 * 10 + 36);
    let n = plan.n_values_max();
    check::that((results..3 * results).contains(&n), || format!("{n} values at most, {results} results"))
}
