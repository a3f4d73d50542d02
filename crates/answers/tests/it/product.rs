//! A learner's matrix product in a training run.

use crate::{scratch, source, tools};
use answers::plug::product::{LAB, LearnerProduct, step};
use answers::plug::{PlugError, PlugFault};
use check::{Outcome, Stop, equal, skip, that};
use course::lab::{Code, Lab, Limits};
use course::run::Fault;
use course::{Curriculum, Grader};
use std::cell::RefCell;
use std::ops::ControlFlow;
use sys::Coded;
use tensor::Product;
use tensor::ops::{Gemm, Layout};
use train::Recipe;
use train::plugged::{self, Compared, PluggedEnd, PluggedEvent};

/// A model so small that plain loops take milliseconds for a step.
fn recipe(name: &str) -> Result<Recipe, Stop> {
    let path = scratch(name)?.join("text.txt");
    let line = |i: usize| format!("{} plus {} is {}.\n", i % 13, i % 7, i % 13 + i % 7);
    std::fs::write(&path, (0..60).map(line).collect::<String>())?;
    let toml = "name = 'tiny'\nmodel = { n_layers = 1, n_heads = 2, d_model = 12, max_seq_len = 9 }\n\
                train = { steps = 4, batch_size = 2 }\n[data]\nsource = 'text'\nlayout = 'stream'\n\
                [tokenizer]\nkind = 'char'\n[optim]\nlr_max = 1e-2\nlr_min = 1e-2\nwarmup_steps = 0";
    let mut recipe = Recipe::parse("tiny.toml", toml, &[])?;
    recipe.read_data_from(&path);
    Ok(recipe)
}

fn matmul() -> Result<Lab, Stop> {
    Ok(Curriculum::load(None)?.lab(LAB)?.clone())
}

fn open(lab: &Lab, text: &str, code: Code) -> Result<LearnerProduct, Stop> {
    let tools = tools()?;
    if code == Code::Rust && tools.rust.is_err() {
        return skip("rustc");
    }
    let grader = Grader::new(lab, answers::find, &tools);
    match LearnerProduct::open(&grader, step(lab)?, &source(text, code))? {
        Ok(product) => Ok(product),
        Err(fault) => check::fail(format!("{fault:?}")),
    }
}

/// How the run went, and what became of the learner's function.
fn train(product: LearnerProduct, recipe: &Recipe) -> Result<(PluggedEnd, Compared, LearnerProduct), Stop> {
    let product = RefCell::new(product);
    let mut compared = Compared::default();
    let ended = plugged::run(recipe, &product, &mut |event| {
        if let PluggedEvent::Step(step) = event {
            compared.add(&step);
        }
        ControlFlow::Continue(())
    })?;
    Ok((ended, compared, product.into_inner()))
}

pub fn a_solution_trains_as_the_engine_does() -> Outcome {
    let (lab, recipe) = (matmul()?, recipe("product")?);
    let rust = lab.rust.as_ref().map_or("", |files| &files.solution);
    for (text, code) in [(lab.python.solution.as_str(), Code::Python), (rust, Code::Rust)] {
        let (ended, compared, product) = train(open(&lab, text, code)?, &recipe)?;
        equal((ended, product.fault()), (PluggedEnd::Finished, None), &format!("the end in {code:?}"))?;
        equal((compared.steps, compared.n_tokens), (4, 4 * 18), "steps and tokens")?;
        that(compared.max_apart < 1e-4, || format!("{code:?}: {compared:?}"))?;
        that(compared.tokens_per_s().iter().all(|&speed| speed > 0.0), || format!("{compared:?}"))?;
    }
    Ok(())
}

/// An answer that is too large for one frame comes in several; operands stored either way.
pub fn a_large_product_is_asked_for_in_pieces() -> Outcome {
    let quick = "import numpy as np\n\ndef blocked(a, b, a_turned, b_turned):\n    print(a.shape)\n    \
                 a, b = a.T if a_turned else a, b.T if b_turned else b\n    \
                 return sum(x[:, None] * y for x, y in zip(a.T, b))\n";
    let mut product = open(&matmul()?, quick, Code::Python)?;
    let [m, n, k] = [600, 1000, 3];
    let values = |n: usize, seed: usize| (0..n).map(|i| ((i * 7 + seed) % 11) as f32 - 5.0).collect::<Vec<f32>>();
    let (a, b) = (values(m * k, 1), values(k * n, 2));
    for layout in [Layout::Normal, Layout::Transposed] {
        let shape = Gemm { m, n, k, a: layout, b: layout, write: kernels::Write::Set };
        let mut expected = vec![0.0; m * n];
        kernels::gemm::reference(shape, &a, &b, &mut expected);
        let found = product.multiply(shape, &a, &b).ok_or("the product gave up")?;
        check::close(&found, &expected, 1e-6, &format!("{layout:?}"))?;
    }
    equal(product.take_printed().lines().count(), 6, "calls")
}

/// A product that is wrong in one way shows in the loss, whichever way that is.
pub fn a_wrong_product_shows_in_the_loss() -> Outcome {
    let (lab, recipe) = (matmul()?, recipe("wrong-product")?);
    let wrong = lab.sheet.mutants.iter().zip(&lab.mutants).filter(|(mutant, _)| mutant.step == "blocked");
    let mut n_told = 0;
    for (mutant, text) in wrong {
        let (_, compared, product) = train(open(&lab, text, Code::Python)?, &recipe)?;
        let tells = compared.max_apart > 1e-4 || product.fault().is_some();
        // A mistake that needs a size this model lacks makes the right product here.
        that(tells || compared.max_apart < 1e-5, || format!("{}: {compared:?}", mutant.file))?;
        n_told += usize::from(tells);
    }
    that(n_told >= 5, || format!("{n_told} wrong solutions show"))
}

/// Whatever the function does, it is named, and the run goes on to its end on the engine's products.
pub fn whatever_a_product_does_wrong_is_named() -> Outcome {
    let (mut lab, recipe) = (matmul()?, recipe("bad-product")?);
    lab.sheet.limits = Limits { seconds: 2, memory_mb: 256, output_kb: 64 };
    type Expected = fn(&PlugFault) -> bool;
    let cases: [(&str, Expected); 7] = [
        ("while True: pass", |f| matches!(f, PlugFault::Code(Fault::Time { seconds: 2 }))),
        ("import os; os._exit(3)", |f| matches!(f, PlugFault::Code(Fault::Exit { status: 3 }))),
        ("return np.zeros((1 << 40,), np.float32)", |f| matches!(f, PlugFault::Code(Fault::Memory { .. }))),
        (
            "return np.zeros((2, 3), np.float32)",
            |f| matches!(f, PlugFault::Code(Fault::Shape { expected, found }) if found == &[2, 3] && expected[0] == 18),
        ),
        (
            "return np.full((len(a), b.shape[1]), np.nan, np.float32)",
            |f| matches!(f, PlugFault::NotFinite { value, index } if value.is_nan() && index == &[0, 0]),
        ),
        (
            "raise ValueError('no')",
            |f| matches!(f, PlugFault::Code(Fault::Raised { message, trace, .. }) if message == "no" && trace[0].line == 4),
        ),
        // Forward it is right; the first gradient is not.
        (
            "if a_turned: raise ValueError('turned')\n    return sum(x[:, None] * y for x, y in zip(a.T, b))",
            |f| matches!(f, PlugFault::Code(Fault::Raised { message, .. }) if message == "turned"),
        ),
    ];
    for (body, expected) in cases {
        let text = format!("import numpy as np\n\ndef blocked(a, b, a_turned, b_turned):\n    {body}\n");
        let (ended, compared, product) = train(open(&lab, &text, Code::Python)?, &recipe)?;
        equal((ended, compared.steps), (PluggedEnd::Finished, 4), body)?;
        that(product.fault().is_some_and(expected), || format!("{body}: {:?}", product.fault()))?;
        // Nothing wrong was used: the engine computed it instead.
        that(compared.max_apart < 1e-4, || format!("{body}: {compared:?}"))?;
    }
    // Numbers, but far too large ones: no fault of the function, and the loss is none any more.
    let huge = "import numpy as np\n\ndef blocked(a, b, a_turned, b_turned):\n    \
                m, n = a.shape[a_turned], b.shape[1 - b_turned]\n    return np.full((m, n), 3e38, np.float32)\n";
    let (ended, compared, product) = train(open(&lab, huge, Code::Python)?, &recipe)?;
    equal((compared.steps, product.fault()), (0, None), "steps with huge numbers")?;
    that(matches!(&ended, PluggedEnd::Broken { step: 1, why } if why.code().starts_with("run.loss")), || {
        format!("{ended:?}")
    })
}

pub fn a_lab_without_a_product_trains_nothing() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    equal(step(curriculum.lab(LAB)?)?.id.as_str(), "blocked", "the step that is plugged in")?;
    let other = step(curriculum.lab("causal-attention")?);
    that(matches!(other, Err(PlugError::NoSeam { .. })), || "a lab without a product was taken".into())
}
