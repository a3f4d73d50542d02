//! Misuse is a bug of the caller: it panics at once, and the message names what was expected.

use check::Outcome;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tensor::{Cx, Grads, Init, ParamId, Params, ParamsBuilder, Tensor, ops};

/// A parameter `w` of shape [2, 3], all 1.
fn params() -> (Params, ParamId) {
    let mut builder = ParamsBuilder::new();
    let w = builder.param("w", &[2, 3], Init::Ones);
    let mut params = builder.build();
    params.initialise(0);
    (params, w)
}

fn panics(what: &str, misuse: impl FnOnce(), expected: &str) -> Outcome {
    let Err(panic) = catch_unwind(AssertUnwindSafe(misuse)) else {
        return check::fail(format!("{what} went through"));
    };
    let message = panic.downcast_ref::<String>().cloned();
    let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default();
    check::that(message.contains(expected), || format!("{what}: expected {expected:?} in {message:?}"))
}

pub fn each_misuse_panics_and_says_why() -> Outcome {
    let (mut params, w) = params();
    let mut grads = Grads::zeros(&params);
    let x = Tensor::from_vec(&[4, 2], vec![1.0; 8]);
    panics(
        "a name declared twice",
        || {
            let mut builder = ParamsBuilder::new();
            builder.param("w", &[1], Init::Zeros);
            builder.param("w", &[2], Init::Zeros);
        },
        "w is declared twice",
    )?;
    panics("a block of another size", || drop(Tensor::from_vec(&[2, 2], vec![0.0; 3])), "needs 4 values, found 3")?;
    panics("too few dimensions", || assert_eq!(x.dims::<3>(), [0; 3]), "expected 3 dimensions, found shape [4, 2]")?;
    panics("no scalar", || assert_eq!(x.item(), 0.0), "expected one value, found shape [4, 2]")?;
    panics(
        "a backward pass without a tape",
        || {
            let cx = Cx::inference(&params);
            let y = ops::linear(&cx, &x, &cx.param(w), None, ops::Layout::Normal);
            cx.backward_from(&y, vec![1.0; 12], &mut grads);
        },
        "records no tape",
    )?;
    panics(
        "a backward pass of what is no scalar",
        || {
            let cx = Cx::training(&params, [0, 0]);
            let y = ops::linear(&cx, &x, &cx.param(w), None, ops::Layout::Normal);
            cx.backward(&y, &mut grads);
        },
        "expected a scalar, found shape [4, 3]",
    )?;
    panics(
        "an outside gradient of another size",
        || {
            let cx = Cx::training(&params, [0, 0]);
            let y = ops::linear(&cx, &x, &cx.param(w), None, ops::Layout::Normal);
            cx.backward_from(&y, vec![1.0; 11], &mut grads);
        },
        "shape [4, 3] against 11 gradients",
    )?;
    panics(
        "a product of widths that differ",
        || {
            let cx = Cx::training(&params, [0, 0]);
            ops::linear(&cx, &Tensor::from_vec(&[1, 5], vec![0.0; 5]), &cx.param(w), None, ops::Layout::Normal);
        },
        "[1, 5]",
    )?;
    let held = {
        let cx = Cx::training(&params, [0, 0]);
        cx.param(w)
    };
    panics("writing weights that a tensor looks at", || params.weights_mut().fill(0.0), "still alive")?;
    drop(held);
    Ok(())
}

pub fn weights_may_be_written_once_the_step_is_over() -> Outcome {
    let (mut params, w) = params();
    let mut grads = Grads::zeros(&params);
    for _ in 0..3 {
        {
            let cx = Cx::training(&params, [0, 0]);
            let x = Tensor::from_vec(&[1, 2], vec![1.0, 2.0]);
            let y = ops::linear(&cx, &x, &cx.param(w), None, ops::Layout::Normal);
            cx.backward_from(&y, vec![1.0; 3], &mut grads);
        }
        params.weights_mut()[0] += 1.0;
    }
    check::equal(params.weights()[0], 4.0, "the weight")
}
