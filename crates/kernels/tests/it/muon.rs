//! Muon against PyTorch's (`goldens/make_muon.py`), its reference, and itself on more threads.

use check::{Golden, Outcome};
use kernels::muon::{Muon, Scratch, muon, reference};
use kernels::{pool, rng};

const STEP: Muon = Muon { lr: 0.02, momentum: 0.95, weight_decay: 0.1, grad_scale: 1.0 };

pub fn equals_pytorch() -> Outcome {
    let golden = Golden::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/muon.safetensors"))?;
    for name in ["wide", "tall", "square"] {
        let before = golden.get(&format!("{name}/before"))?;
        let shape = [before.shape[0], before.shape[1]];
        let gradients = &golden.get(&format!("{name}/gradients"))?.values;
        let after = &golden.get(&format!("{name}/after"))?.values;
        let (mut fast, mut m, mut scratch) = (before.values.clone(), vec![0.0; after.len()], Scratch::default());
        let mut slow: Vec<f64> = fast.iter().map(|&w| w.into()).collect();
        let mut slow_m = vec![0.0; after.len()];
        for gradient in gradients.chunks(after.len()) {
            muon(STEP, shape, &mut fast, gradient, &mut m, &mut scratch);
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
    muon(STEP, [3, 4], &mut w, &[0.0; 12], &mut m, &mut Scratch::default());
    check::same_bits(&w, &[1.0 - 0.02 * 0.1; 12], "weights")
}

pub fn threads_do_not_change_bits() -> Outcome {
    let shape = [96, 160];
    let gradient: Vec<f32> = (0..96 * 160).map(|i| rng::normal([1, 2], i)).collect();
    let updated = |n_threads: usize| {
        pool::with_threads(n_threads, || {
            let (mut w, mut m) = (vec![0.5; gradient.len()], vec![0.0; gradient.len()]);
            muon(STEP, shape, &mut w, &gradient, &mut m, &mut Scratch::default());
            w
        })
    };
    check::same_bits(&updated(2), &updated(1), "two threads")
}
