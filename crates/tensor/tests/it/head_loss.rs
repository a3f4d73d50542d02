//! The head's loss made a few rows at a time, against the plain formulas in f64.

use check::Outcome;
use kernels::rng;
use tensor::{Cx, Grads, Init, ParamsBuilder, ops};

/// More rows than are held at once, and not a multiple of them; and so few that the gradient of their logits is kept.
const SOME_ROWS: [usize; 2] = [600, 5];
const D: usize = 6;
const V: usize = 11;

fn numbers(len: usize, stream: u64) -> Vec<f32> {
    (0..len as u64).map(|i| rng::normal([stream, 0], i)).collect()
}

/// Loss, and the gradients of x and w.
fn expected(x: &[f32], w: &[f32], targets: &[u32], weights: &[f32]) -> (f64, Vec<f64>, Vec<f64>) {
    let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let (mut loss, mut d_x, mut d_w) = (0.0, vec![0.0; x.len()], vec![0.0; w.len()]);
    for i in 0..targets.len() {
        let score = |j: usize| -> f64 { (0..D).map(|c| f64::from(x[i * D + c]) * f64::from(w[j * D + c])).sum() };
        let sum: f64 = (0..V).map(|j| score(j).exp()).sum();
        let share = f64::from(weights[i]) / total;
        loss += share * (sum.ln() - score(targets[i] as usize));
        for j in 0..V {
            let d = share * (score(j).exp() / sum - if j == targets[i] as usize { 1.0 } else { 0.0 });
            for c in 0..D {
                d_x[i * D + c] += d * f64::from(w[j * D + c]);
                d_w[j * D + c] += d * f64::from(x[i * D + c]);
            }
        }
    }
    (loss, d_x, d_w)
}

pub fn equals_the_plain_formulas() -> Outcome {
    SOME_ROWS.into_iter().try_for_each(rows_equal_the_plain_formulas)
}

fn rows_equal_the_plain_formulas(n: usize) -> Outcome {
    let mut builder = ParamsBuilder::new();
    let [x, w] = [("x", n), ("w", V)].map(|(name, rows)| builder.param(name, &[rows, D], Init::Zeros));
    let mut params = builder.build();
    params.weights_mut().copy_from_slice(&[numbers(n * D, 1), numbers(V * D, 2)].concat());
    let targets: Vec<u32> = (0..n).map(|i| (i * 7 % V) as u32).collect();
    let weights: Vec<f32> = (0..n).map(|i| (i % 3) as f32).collect();
    let (x_values, w_values) = params.weights().split_at(n * D);
    let (loss, d_x, d_w) = expected(x_values, w_values, &targets, &weights);

    let without = Cx::inference(&params);
    let alone = ops::linear_cross_entropy(&without, &without.param(x), &without.param(w), &targets, &weights);
    check::close(&[alone.item()], &[loss as f32], 1e-6, "the loss without a tape")?;

    // Gradients add to what is there, and are as large as the one that arrives.
    let mut grads = Grads::zeros(&params);
    for d_loss in [1.0, 3.0] {
        let cx = Cx::training(&params, [0, 0]);
        let loss = ops::linear_cross_entropy(&cx, &cx.param(x), &cx.param(w), &targets, &weights);
        check::same_bits(&[loss.item()], &[alone.item()], "the loss with a tape")?;
        cx.backward_from(&loss, vec![d_loss], &mut grads);
    }
    let four_times: Vec<f32> = d_x.iter().chain(&d_w).map(|d| (4.0 * d) as f32).collect();
    check::close(grads.values(), &four_times, 1e-6, "the gradients")?;

    // A hidden state that other operations use, too: its gradients meet.
    let mut grads = Grads::zeros(&params);
    let cx = Cx::training(&params, [0, 0]);
    let hidden = ops::add(&cx, &cx.param(x), &cx.param(x));
    let loss = ops::linear_cross_entropy(&cx, &hidden, &cx.param(w), &targets, &weights);
    let both = ops::add(&cx, &loss, &ops::linear_cross_entropy(&cx, &hidden, &cx.param(w), &targets, &weights));
    cx.backward(&both, &mut grads);
    let doubled: Vec<f32> = x_values.iter().map(|x| 2.0 * x).collect();
    let (_, d_x, d_w) = expected(&doubled, w_values, &targets, &weights);
    let d_x = d_x.iter().map(|d| (4.0 * d) as f32);
    let meet: Vec<f32> = d_x.chain(d_w.iter().map(|d| (2.0 * d) as f32)).collect();
    check::close(grads.values(), &meet, 1e-6, "gradients that meet")
}

pub fn rows_without_weight_do_not_count() -> Outcome {
    let mut builder = ParamsBuilder::new();
    let w = builder.param("w", &[V, D], Init::Normal(1.0));
    let mut params = builder.build();
    params.initialise(1);
    let mut grads = Grads::zeros(&params);
    let cx = Cx::training(&params, [0, 0]);
    let x = tensor::Tensor::from_vec(&[2, D], numbers(2 * D, 3));
    let loss = ops::linear_cross_entropy(&cx, &x, &cx.param(w), &[1, 2], &[0.0, 0.0]);
    check::equal(loss.item(), 0.0, "the loss")?;
    cx.backward(&loss, &mut grads);
    check::same_bits(grads.values(), &[0.0; V * D], "the gradient")
}
