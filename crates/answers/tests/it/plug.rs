//! A learner's attention in a model.

use crate::{causal_attention, source, tools};
use ::text::tokenizer::Tokenizer;
use answers::plug::{Comparison, LearnerAttention, PlugFault, answer, step};
use check::{Outcome, Stop, equal, skip, that};
use course::Grader;
use course::lab::{Code, Lab, Limits};
use course::run::Fault;
use infer::{Codec, GenerationRequest, Input, PrepareError, Prepared, TextModel};
use models::gpt::{GptConfig, Positions};
use models::llama::{LlamaConfig, RopeScaling};
use models::{Model, ModelConfig};
use std::ops::ControlFlow;

/// Ids are bytes; weights large enough for attention to matter.
fn model() -> Result<TextModel, Stop> {
    let tokenizer = Tokenizer::train_bytes(&[]);
    let config = GptConfig {
        vocab_size: tokenizer.vocab_size(),
        n_layers: 3,
        n_heads: 4,
        d_model: 32,
        max_seq_len: 128,
        dropout: 0.0,
        bias: true,
        positions: Positions::Learned,
    };
    let (model, mut params) = Model::new(&ModelConfig::Gpt(config))?;
    params.initialise(4);
    params.weights_mut().iter_mut().for_each(|w| *w *= 5.0);
    Ok(TextModel::from_parts(model, params, Codec::new(tokenizer, None))?)
}

fn request() -> GenerationRequest {
    let text = "A text that is longer than one page of the cache, 64 positions, so that chunks are put together.";
    GenerationRequest { max_tokens: Some(20), ..GenerationRequest::greedy(Input::Text(text.into())) }
}

fn prepared(model: &TextModel) -> Result<Prepared, PrepareError> {
    Prepared::new(request(), &model.codec, &model.model)
}

fn open(lab: &Lab, text: &str, code: Code) -> Result<LearnerAttention, Stop> {
    let tools = tools()?;
    if code == Code::Rust && tools.rust.is_err() {
        return skip("rustc");
    }
    let grader = Grader::new(lab, answers::find, &tools);
    match LearnerAttention::open(&grader, step(lab)?, &source(text, code))? {
        Ok(attention) => Ok(attention),
        Err(fault) => check::fail(format!("{fault:?}")),
    }
}

fn compared(model: &TextModel, attention: &mut LearnerAttention) -> Result<Comparison, Stop> {
    match answer(model, attention, prepared(model)?, |_| ControlFlow::Continue(()))? {
        Some(comparison) => Ok(comparison),
        None => check::fail(format!("{:?}", attention.fault())),
    }
}

pub fn a_solution_says_what_the_engine_says() -> Outcome {
    let (lab, model) = (causal_attention()?, model()?);
    let engine = infer::generate(&mut model.engine(infer::Limits::standard()), request(), |_| {})?;
    let rust = lab.rust.as_ref().map_or("", |files| &files.solution);
    for (text, code) in [(lab.python.solution.as_str(), Code::Python), (rust, Code::Rust)] {
        let mut attention = open(&lab, text, code)?;
        for _ in 0..2 {
            let compared = compared(&model, &mut attention)?;
            equal(&compared.answer.text, &engine.text, &format!("the answer in {code:?}"))?;
            equal(compared.answer.usage, engine.usage, "usage")?;
            equal((compared.difference.n, compared.difference.n_same), (20, 20), "places with the same next token")?;
            that(compared.difference.max_abs < 1e-4, || format!("{:?}", compared.difference))?;
            that(compared.tokens_per_s().iter().all(|&speed| speed > 0.0), || format!("{compared:?}"))?;
        }
    }
    Ok(())
}

/// A window hides most keys of the prompt; the lab's function knows none.
pub fn a_window_is_kept() -> Outcome {
    let (lab, tokenizer) = (causal_attention()?, Tokenizer::train_bytes(&[]));
    let config = LlamaConfig {
        vocab_size: tokenizer.vocab_size(),
        n_layers: 2,
        n_heads: 4,
        n_kv_heads: 2,
        d_head: 8,
        d_model: 32,
        d_ff: 48,
        max_seq_len: 128,
        norm_eps: 1e-5,
        rope_base: 10_000.0,
        rope_scaling: RopeScaling::None,
        window: Some(7),
        tied: true,
        qkv_bias: false,
        qk_norm: false,
    };
    let (model, mut params) = Model::new(&ModelConfig::Llama(config))?;
    params.initialise(5);
    params.weights_mut().iter_mut().for_each(|w| *w *= 5.0);
    let model = TextModel::from_parts(model, params, Codec::new(tokenizer, None))?;
    let compared = compared(&model, &mut open(&lab, &lab.python.solution, Code::Python)?)?;
    equal((compared.difference.n, compared.difference.n_same), (20, 20), "places with the same next token")?;
    that(compared.difference.max_abs < 1e-3, || format!("{:?}", compared.difference))
}

/// Whoever stops listening ends the answer, and nobody is to blame.
pub fn an_answer_can_be_stopped() -> Outcome {
    let (lab, model) = (causal_attention()?, model()?);
    let mut attention = open(&lab, &lab.python.solution, Code::Python)?;
    let mut heard = 0;
    let stopped = answer(&model, &mut attention, prepared(&model)?, |_| {
        heard += 1;
        if heard == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    equal((stopped.is_none(), attention.fault(), heard), (true, None, 3), "stopped at the third token")?;
    equal(compared(&model, &mut attention)?.difference.n, 20, "the next answer is whole")
}

pub fn without_a_mask_the_logits_are_others() -> Outcome {
    let (lab, model) = (causal_attention()?, model()?);
    for file in ["packed-no-mask.py", "packed-mask-from-the-start.py"] {
        let at = lab.sheet.mutants.iter().position(|mutant| mutant.file == file);
        let text = at.map(|at| lab.mutants[at].as_str()).unwrap_or_default();
        let difference = compared(&model, &mut open(&lab, text, Code::Python)?)?.difference;
        that(difference.max_abs > 0.01, || format!("{file}: {difference:?}"))?;
    }
    Ok(())
}

pub fn whatever_goes_wrong_is_named() -> Outcome {
    let (mut lab, model) = (causal_attention()?, model()?);
    lab.sheet.limits = Limits { seconds: 2, memory_mb: 256, output_kb: 64 };
    type Expected = fn(&PlugFault) -> bool;
    let python: [(&str, Expected); 9] = [
        ("while True: pass", |f| matches!(f, PlugFault::Code(Fault::Time { seconds: 2 }))),
        ("while True: print('x' * 1000)", |f| matches!(f, PlugFault::Code(Fault::Output { kb: 64 }))),
        ("return np.zeros((1 << 40,), np.float32)", |f| matches!(f, PlugFault::Code(Fault::Memory { .. }))),
        ("import os; os._exit(3)", |f| matches!(f, PlugFault::Code(Fault::Exit { status: 3 }))),
        (
            "return q[0]",
            |f| matches!(f, PlugFault::Code(Fault::Shape { expected, found }) if found == &[4, 8] && expected[1..] == [4, 8]),
        ),
        (
            "return np.zeros((1 << 20,), np.float32)",
            |f| matches!(f, PlugFault::Code(Fault::Shape { expected, .. }) if expected.len() == 3),
        ),
        ("return q.astype(np.float64)", |f| matches!(f, PlugFault::Code(Fault::Dtype { found }) if found == "float64")),
        (
            "q[1, 2, 3] = np.nan; return q",
            |f| matches!(f, PlugFault::NotFinite { value, index } if value.is_nan() && index == &[1, 2, 3]),
        ),
        (
            "if len(q) == 1: raise ValueError('late')\n    return q",
            |f| matches!(f, PlugFault::Code(Fault::Raised { message, trace, .. }) if message == "late" && trace[0].line == 4),
        ),
    ];
    for (body, expected) in python {
        let text = format!("import numpy as np\n\ndef causal_attention(q, k, v, q_offsets, k_offsets):\n    {body}\n");
        fails(&lab, &model, &text, Code::Python, expected)?;
    }
    fails(&lab, &model, "x = 1", Code::Python, |f| matches!(f, PlugFault::Code(Fault::Missing { .. })))?;
    let rust = |body: &str| {
        format!(
            "use crate::lab::Array;\npub fn causal_attention(q: &Array<f32>, _: &Array<f32>, _: &Array<f32>, \
             _: &Array<i32>, _: &Array<i32>) -> Array<f32> {{\n    {body}\n}}\n"
        )
    };
    fails(&lab, &model, &rust("loop {}"), Code::Rust, |f| matches!(f, PlugFault::Code(Fault::Time { .. })))?;
    fails(
        &lab,
        &model,
        &rust("panic!(\"no {}\", q.shape[0])"),
        Code::Rust,
        |f| matches!(f, PlugFault::Code(Fault::Raised { message, .. }) if message.starts_with("no ")),
    )?;
    fails(
        &lab,
        &model,
        &rust("Array::new(vec![1], vec![1.0])"),
        Code::Rust,
        |f| matches!(f, PlugFault::Code(Fault::Shape { found, .. }) if found == &[1]),
    )
}

fn fails(lab: &Lab, model: &TextModel, text: &str, code: Code, expected: fn(&PlugFault) -> bool) -> Outcome {
    let mut attention = open(lab, text, code)?;
    let answered = answer(model, &mut attention, prepared(model)?, |_| ControlFlow::Continue(()))?;
    that(answered.is_none(), || format!("{text} answered"))?;
    that(attention.fault().is_some_and(expected), || format!("{text}: {:?}", attention.fault()))
}

pub fn prints_are_handed_over_and_counted_anew() -> Outcome {
    let (mut lab, model) = (causal_attention()?, model()?);
    lab.sheet.limits.output_kb = 1;
    // Three layers and twenty steps print 480 bytes an answer.
    let text = lab
        .python
        .solution
        .replace("    out = np.zeros_like(q)\n", "    out = np.zeros_like(q)\n    print('called.')\n");
    let mut attention = open(&lab, &text, Code::Python)?;
    for _ in 0..4 {
        let compared = compared(&model, &mut attention)?;
        // Each step calls it once a layer, and nothing that was printed before an answer comes after it.
        equal(attention.take_printed(), "called.\n".repeat(3 * compared.difference.n), "what was printed")?;
    }
    Ok(())
}

pub fn a_lab_without_attention_plugs_into_nothing() -> Outcome {
    let mut lab = causal_attention()?;
    equal(step(&lab)?.id.as_str(), "causal-attention", "the step that is plugged in")?;
    lab.sheet.steps.truncate(4);
    that(step(&lab).is_err(), || "a lab without attention was taken".into())
}
