//! Kernels that work row by row or value by value, against their references in f64.

use super::levels::{narrow, supported, values, widen};
use check::{Outcome, close, same_bits};
use kernels::Write;
use kernels::adamw::AdamW;
use kernels::cpu::with_level;
use kernels::layer_norm::LayerNormGrad;
use kernels::pool::with_threads;
use kernels::rope::{Rotation, Turn};
use kernels::{adamw, cross_entropy, elementwise, gelu, gelu_erf, layer_norm, rms_norm, rope, softmax, swiglu};

const WIDTHS: [usize; 8] = [1, 3, 16, 17, 64, 65, 100, 1030];
const ROWS: [usize; 3] = [1, 5, 70];

/// Runs `check` for every level and size.
fn sizes(check: impl Fn(usize, usize, &str) -> Outcome) -> Outcome {
    for (level, width) in supported().into_iter().flat_map(|level| WIDTHS.map(|width| (level, width))) {
        for n in ROWS {
            with_level(level, || check(n, width, &format!("{n} x {width} at {level}")))?;
        }
    }
    Ok(())
}

fn scaled(n: usize, seed: u64, factor: f32) -> Vec<f32> {
    values(n, seed).iter().map(|x| x * factor).collect()
}

pub fn gelu_equals_the_reference() -> Outcome {
    sizes(|n, d, what| {
        let (x, dy, start) = (scaled(n * d, 1, 9.0), values(n * d, 2), values(n * d, 3));
        let (mut found, mut expected) = (vec![0.0; n * d], vec![0.0; n * d]);
        gelu::gelu(&x, &mut found);
        gelu::reference(&widen(&x), &mut expected);
        close(&found, &narrow(&expected), 2e-6, what)?;
        for write in [Write::Set, Write::Add] {
            let (mut found, mut expected) = (start.clone(), widen(&start));
            gelu::gelu_backward(&x, &dy, &mut found, write);
            gelu::reference_backward(&widen(&x), &widen(&dy), &mut expected, write);
            close(&found, &narrow(&expected), 4e-6, &format!("gradient {write:?}, {what}"))?;
        }
        Ok(())
    })
}

pub fn gelu_by_the_error_function_equals_the_reference() -> Outcome {
    sizes(|n, d, what| {
        let (x, dy, start) = (scaled(n * d, 1, 4.0), values(n * d, 2), values(n * d, 3));
        let (mut found, mut expected) = (vec![0.0; n * d], vec![0.0; n * d]);
        gelu_erf::gelu_erf(&x, &mut found);
        gelu_erf::reference(&widen(&x), &mut expected);
        close(&found, &narrow(&expected), 1e-6, what)?;
        for write in [Write::Set, Write::Add] {
            let (mut found, mut expected) = (start.clone(), widen(&start));
            gelu_erf::gelu_erf_backward(&x, &dy, &mut found, write);
            gelu_erf::reference_backward(&widen(&x), &widen(&dy), &mut expected, write);
            close(&found, &narrow(&expected), 1e-6, &format!("gradient {write:?}, {what}"))?;
        }
        Ok(())
    })?;
    // Where the sign changes, and where nothing of the bell is left.
    for level in supported() {
        let (x, mut dx) = ([-100.0, -1e-40, -0.0, 0.0, 1e-40, 100.0], [9.0; 6]);
        with_level(level, || gelu_erf::gelu_erf_backward(&x, &[1.0; 6], &mut dx, Write::Set));
        close(&dx, &[0.0, 0.5, 0.5, 0.5, 0.5, 1.0], 1e-6, &format!("slopes at the edges at {level}"))?;
    }
    Ok(())
}

pub fn swiglu_equals_the_reference() -> Outcome {
    sizes(|n, d, what| {
        let (gate, up) = (scaled(n * d, 1, 9.0), values(n * d, 2));
        let (mut found, mut expected) = (vec![0.0; n * d], vec![0.0; n * d]);
        swiglu::swiglu(&gate, &up, &mut found);
        swiglu::reference(&widen(&gate), &widen(&up), &mut expected);
        close(&found, &narrow(&expected), 2e-6, what)
    })
}

pub fn rms_norm_equals_the_reference() -> Outcome {
    sizes(|n, d, what| {
        let (x, gain) = (values(n * d, 1), values(d, 2));
        let (mut y, mut rstd) = (vec![0.0; n * d], vec![0.0; n]);
        let (mut y_64, mut rstd_64) = (vec![0.0; n * d], vec![0.0; n]);
        rms_norm::rms_norm(&x, &gain, 1e-2, &mut y, &mut rstd);
        rms_norm::reference(&widen(&x), &widen(&gain), 1e-2f32.into(), &mut y_64, &mut rstd_64);
        close(&y, &narrow(&y_64), 1e-5, what)?;
        close(&rstd, &narrow(&rstd_64), 1e-5, &format!("rstd, {what}"))
    })
}

pub fn rope_equals_the_reference() -> Outcome {
    sizes(|n, half, what| {
        let (d, positions) = (4 * half, (0..n as u32).map(|i| i * 5 % 70).collect::<Vec<_>>());
        let (x, start) = (values(n * d, 1), values(n * d, 2));
        let (rotation, rotation_64) = (Rotation::new(70, 2 * half, 1e4), Rotation::new(70, 2 * half, 1e4));
        for (turn, write) in [(Turn::Forward, Write::Set), (Turn::Back, Write::Add)] {
            let (mut found, mut expected) = (start.clone(), widen(&start));
            rope::rope(&rotation, turn, &positions, &x, &mut found, write);
            rope::reference(&rotation_64, turn, &positions, &widen(&x), &mut expected, write);
            close(&found, &narrow(&expected), 1e-6, &format!("{turn:?}, {what}"))?;
        }
        Ok(())
    })
}

pub fn softmax_equals_the_reference() -> Outcome {
    sizes(|n, width, what| {
        let x = scaled(n * width, 1, 30.0);
        let (mut found, mut expected) = (vec![0.0; n * width], vec![0.0; n * width]);
        softmax::softmax_rows(&x, width, &mut found);
        softmax::reference(&widen(&x), width, &mut expected);
        close(&found, &narrow(&expected), 2e-6, what)
    })
}

pub fn cross_entropy_equals_the_reference() -> Outcome {
    sizes(|n, vocab, what| {
        let x = scaled(n * vocab, 1, 20.0);
        let targets: Vec<u32> = (0..n).map(|i| (i * 7 % vocab) as u32).collect();
        let (mut losses, mut lse) = (vec![0.0; n], vec![0.0; n]);
        let (mut losses_64, mut lse_64) = (vec![0.0; n], vec![0.0; n]);
        cross_entropy::cross_entropy(&x, &targets, vocab, &mut losses, &mut lse);
        cross_entropy::reference(&widen(&x), &targets, vocab, &mut losses_64, &mut lse_64);
        close(&losses, &narrow(&losses_64), 4e-6, what)?;
        close(&lse, &narrow(&lse_64), 4e-6, what)?;
        let (weights, mut found, mut losses_too) = (values(n, 2), x.clone(), vec![0.0; n]);
        cross_entropy::cross_entropy_and_gradient(&mut found, &targets, &weights, vocab, &mut losses_too);
        let expected = cross_entropy::reference_gradient(&widen(&x), &targets, &widen(&weights), &lse_64, vocab);
        close(&losses_too, &narrow(&losses_64), 4e-6, what)?;
        close(&found, &narrow(&expected), 4e-6, &format!("gradient, {what}"))
    })
}

pub fn layer_norm_equals_the_reference() -> Outcome {
    sizes(|n, d, what| {
        let (x, gain, bias) = (values(n * d, 1), values(d, 2), values(d, 3));
        let (mut y, mut mean, mut rstd) = (vec![0.0; n * d], vec![0.0; n], vec![0.0; n]);
        let (mut y_64, mut mean_64, mut rstd_64) = (vec![0.0; n * d], vec![0.0; n], vec![0.0; n]);
        let (x_64, gain_64, bias_64) = (widen(&x), widen(&gain), widen(&bias));
        for (bias, bias_64) in [(None, None), (Some(&bias[..]), Some(&bias_64[..]))] {
            layer_norm::layer_norm(&x, &gain, bias, 1e-2, &mut y, &mut mean, &mut rstd);
            layer_norm::reference(&x_64, &gain_64, bias_64, 1e-2f32.into(), &mut y_64, &mut mean_64, &mut rstd_64);
            close(&y, &narrow(&y_64), 1e-5, what)?;
        }
        let (dy, start, sums) = (values(n * d, 4), values(n * d, 5), values(d, 6));
        for write in [Write::Set, Write::Add] {
            let (mut dx, mut dgain, mut dbias) = (start.clone(), sums.clone(), sums.clone());
            let grad = LayerNormGrad { x: &x, gain: &gain, mean: &mean, rstd: &rstd, dy: &dy };
            layer_norm::layer_norm_backward(grad, Some(&mut dx), write, Some(&mut dgain), Some(&mut dbias));
            let (mut dx_64, mut dgain_64, mut dbias_64) = (widen(&start), widen(&sums), widen(&sums));
            let (x, gain, dy, mean, rstd) = (&x_64, &gain_64, &widen(&dy), &mean_64, &rstd_64);
            let grad = LayerNormGrad { x, gain, mean, rstd, dy };
            layer_norm::reference_backward(grad, Some(&mut dx_64), write, Some(&mut dgain_64), Some(&mut dbias_64));
            close(&dx, &narrow(&dx_64), 4e-5, &format!("dx {write:?}, {what}"))?;
            close(&dgain, &narrow(&dgain_64), 4e-5, &format!("dgain, {what}"))?;
            close(&dbias, &narrow(&dbias_64), 4e-5, &format!("dbias, {what}"))?;
        }
        Ok(())
    })
}

pub fn adamw_equals_the_reference() -> Outcome {
    sizes(|n, d, what| {
        let size = n * d;
        let (mut w, mut m, mut v) = (values(size, 1), vec![0.0; size], vec![0.0; size]);
        let (mut w_64, mut m_64, mut v_64) = (widen(&w), vec![0.0; size], vec![0.0; size]);
        for step in 1..4 {
            let g = values(size, 10 + step);
            let step = AdamW { lr: 0.01, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.1, step, grad_scale: 0.5 };
            adamw::adamw(step, &mut w, &g, &mut m, &mut v);
            adamw::reference(step, &mut w_64, &widen(&g), &mut m_64, &mut v_64);
        }
        close(&w, &narrow(&w_64), 2e-6, what)
    })
}

pub fn threads_do_not_change_bits() -> Outcome {
    let (n, d) = (130, 1000);
    let (x, gain, dy) = (values(n * d, 1), values(d, 2), values(n * d, 3));
    let run = |n_threads| {
        with_threads(n_threads, || {
            let (mut y, mut mean, mut rstd) = (vec![0.0; n * d], vec![0.0; n], vec![0.0; n]);
            layer_norm::layer_norm(&x, &gain, None, 1e-5, &mut y, &mut mean, &mut rstd);
            let grad = LayerNormGrad { x: &x, gain: &gain, mean: &mean, rstd: &rstd, dy: &dy };
            let mut dgain = vec![0.0; d];
            layer_norm::layer_norm_backward(grad, Some(&mut y), Write::Add, Some(&mut dgain), None);
            let squares = elementwise::sum_of_squares(&y);
            y.extend(dgain);
            y.extend([squares as f32, (squares - f64::from(squares as f32)) as f32]);
            y
        })
    };
    same_bits(&run(2), &run(1), "two threads and one")?;
    same_bits(&run(3), &run(1), "three threads and one")
}

pub fn columns_are_taken_and_given_back() -> Outcome {
    sizes(|n, width, what| {
        let x = values(n * width, 1);
        for columns in [0..0, 0..width, width / 3..width - width / 4] {
            let (mut taken, mut expected) = (vec![0.0; n * columns.len()], Vec::new());
            for row in x.chunks_exact(width) {
                expected.extend_from_slice(&row[columns.clone()]);
            }
            elementwise::take_columns(&x, width, columns.clone(), &mut taken);
            check::same_bits(&taken, &expected, &format!("taken, {what}"))?;
            for write in [Write::Set, Write::Add] {
                let (dy, mut dx) = (values(taken.len(), 2), values(x.len(), 3));
                let mut expected = dx.clone();
                for i in 0..n {
                    for j in 0..width {
                        let given = if columns.contains(&j) { dy[i * columns.len() + j - columns.start] } else { 0.0 };
                        write.put(&mut expected[i * width + j], given);
                    }
                }
                elementwise::take_columns_backward(&dy, width, columns.clone(), &mut dx, write);
                check::same_bits(&dx, &expected, &format!("given back, {write:?}, {what}"))?;
            }
        }
        Ok(())
    })
}
