//! Muon against PyTorch's (`goldens/make_muon.py`), its reference, and itself on more threads.

use check::{Golden, Outcome};
use kernels::muon::{Matrix, Muon, muon, reference};
use kernels::{pool, rng};

const STEP: Muon = Muon { lr: 0.02, momentum: 0.95, weight_decay: 0.1, grad_scale: 1.0 };

pub fn equals_pytorch() -> Outcome {
    let golden = Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/muon.safetensors"))?;
    for name in ["wide", "tall", "square"] {
        let before = golden.get(&format!("{name}/before"))?;
        let shape = [before.shape[0], before.shape[1]];
        let gradients = &golden.get(&format!("{name}/gradients"))?.values;
        let after = &golden.get(&format!("{name}/after"))?.values;
        let (mut fast, mut m) = (before.values.clone(), vec![0.0; after.len()]);
        let mut slow: Vec<f64> = fast.iter().map(|&w| w.into()).collect();
        let mut slow_m = vec![0.0; after.len()];
        for gradient in gradients.chunks(after.len()) {
            muon(STEP, vec![Matrix { shape, w: &mut fast, g: gradient, m: &mut m }]);
            let gradient: Vec<f64> = gradient.iter().map(|&g| g.into()).collect();
            reference(STEP, shape, &mut slow, &gradient, &mut slow_m);
        }
        check::close(&fast, after, 2e-5, &format!("{name}, fast"))?;
        let slow: Vec<f32> = slow.iter().map(|&w| w as f32).collect();
        check::close(&slow, after, 1e-6, &format!("{name}, reference"))?;
    }
    Ok(())
}

pub fn zero_gradients_only_decay() -> Outcome {
    let (mut w, mut m) = (vec![1.0; 12], vec![0.0; 12]);
    muon(STEP, vec![Matrix { shape: [3, 4], w: &mut w, g: &[0.0; 12], m: &mut m }]);
    check::same_bits(&w, &[1.0 - 0.02 * 0.1; 12], "weights")
}

/// Nor does it change the bits what is updated beside a matrix, or before it in the same buffers.
pub fn threads_do_not_change_bits() -> Outcome {
    let shapes = [[96, 160], [160, 96], [24, 24]];
    let gradients = shapes
        .map(|[rows, columns]| -> Vec<f32> { (0..rows * columns).map(|i| rng::normal([1, 2], i as u64)).collect() });
    let updated = |n_threads: usize, at_once: bool| {
        let mut weights = gradients.clone().map(|g| vec![0.5; g.len()]);
        let mut means = gradients.clone().map(|g| vec![0.0; g.len()]);
        let all = shapes.iter().zip(&mut weights).zip(&gradients).zip(&mut means);
        let matrices: Vec<_> = all.map(|(((&shape, w), g), m)| Matrix { shape, w, g, m }).collect();
        pool::with_threads(n_threads, || match at_once {
            true => muon(STEP, matrices),
            false => matrices.into_iter().for_each(|matrix| muon(STEP, vec![matrix])),
        });
        weights.concat()
    };
    check::same_bits(&updated(2, true), &updated(1, true), "two threads")?;
    check::same_bits(&updated(1, true), &updated(1, false), "one by one")
}
