//! Another function in the place of the engine's attention.

use crate::same_bits::model;
use check::{Outcome, Stop, equal, same_bits, that};
use infer::plug::{AttentionPlug, Difference, replay};
use infer::{Engine, Event, Limits, Request, Sampling};
use kernels::Products;
use kernels::attention::{AttentionShape, Sequence, attention};
use models::Model;
use tensor::Params;

fn request(n: usize) -> Request {
    Request {
        prompt: (0..n as u32).map(|i| (i * 31 + i * i * 7) % 37).collect(),
        max_tokens: Some(20),
        sampling: Sampling::greedy(),
        stop_tokens: vec![],
        n_alternatives: 0,
        score_prompt: false,
    }
}

/// What a plug does at a call, given the right output.
struct Plug<F>(F);

impl<F: FnMut(&[Sequence], Vec<f32>) -> Option<Vec<f32>>> AttentionPlug for Plug<F> {
    fn attend(&mut self, shape: &AttentionShape, q: &[f32], sequences: &[Sequence<'_>]) -> Option<Vec<f32>> {
        let mut out = vec![0.0; q.len()];
        attention(shape, Products::F32, q, sequences, &mut out, None);
        (self.0)(sequences, out)
    }
}

/// Tokens of all requests in the order they come, and the logits of all steps.
fn run(
    (model, params): &(Model, Params),
    requests: &[Request],
    mut plug: Option<&mut dyn AttentionPlug>,
) -> Result<(Vec<u32>, Vec<f32>), Stop> {
    // Small steps, so that prompts are read in pieces while others decode.
    let mut engine = Engine::new(model, params, Limits { running: 3, step_tokens: 32, ..Limits::standard() });
    for request in requests {
        engine.submit(request.clone())?;
    }
    let (mut tokens, mut logits) = (Vec::new(), Vec::new());
    while !engine.is_idle() {
        let events = match &mut plug {
            Some(plug) => engine.step_plugged(&mut **plug),
            None => engine.step(),
        };
        logits.extend_from_slice(engine.logits());
        tokens.extend(events.into_iter().filter_map(|event| match event {
            Event::Token { token, .. } => Some(token.id),
            _ => None,
        }));
    }
    Ok((tokens, logits))
}

pub fn the_same_function_plugged_in_gives_the_same_bits() -> Outcome {
    let (model, requests) = (model()?, [request(70), request(1), request(130)]);
    let (tokens, logits) = run(&model, &requests, None)?;
    equal(tokens.len(), 60, "tokens")?;
    let mut plug = Plug(|_: &[Sequence], out| Some(out));
    let (plugged, plugged_logits) = run(&model, &requests, Some(&mut plug))?;
    equal(plugged, tokens.clone(), "tokens")?;
    same_bits(&plugged_logits, &logits, "logits")?;
    // And a function that returns something else is heard.
    let mut plug = Plug(|_: &[Sequence], out: Vec<f32>| Some(vec![0.0; out.len()]));
    let (_, other) = run(&model, &requests, Some(&mut plug))?;
    that(other != logits, || "zeros changed nothing".into())
}

pub fn a_plug_that_gives_up_leaves_it_to_the_engine() -> Outcome {
    let (model, requests) = (model()?, [request(70), request(5)]);
    let (_, logits) = run(&model, &requests, None)?;
    let mut n_calls = 0;
    let mut plug = Plug(|_: &[Sequence], out| {
        n_calls += 1;
        (n_calls % 3 == 0).then_some(out)
    });
    same_bits(&run(&model, &requests, Some(&mut plug))?.1, &logits, "logits")
}

pub fn a_plug_is_asked_for_new_tokens_alone() -> Outcome {
    let model = model()?;
    let mut calls = Vec::new();
    let mut plug = Plug(|sequences: &[Sequence], out| {
        calls.push((sequences[0].rows.len(), sequences[0].n_keys));
        Some(out)
    });
    run(&model, &[request(40)], Some(&mut plug))?;
    // Two layers a step: the prompt in two pieces, then token after token.
    let mut expected = vec![(32, 32), (32, 32), (8, 40), (8, 40)];
    expected.extend((41..60).flat_map(|n_keys| [(1, n_keys), (1, n_keys)]));
    equal(calls, expected, "queries and keys of each call")
}

pub fn a_replay_reads_what_was_generated() -> Outcome {
    let model = model()?;
    let request = request(70);
    let (tokens, logits) = run(&model, std::slice::from_ref(&request), None)?;
    let mut halves = Plug(|_: &[Sequence], out: Vec<f32>| Some(out.iter().map(|x| x / 2.0).collect()));
    let replayed = |plug: Option<&mut dyn AttentionPlug>| {
        let mut logits = Vec::new();
        replay((&model.0, &model.1), [&request.prompt, &tokens[..19]], plug, |row| logits.extend_from_slice(row));
        logits
    };
    same_bits(&replayed(None), &logits, "logits")?;
    let mut difference = Difference::default();
    replayed(Some(&mut halves)).chunks(37).zip(logits.chunks(37)).for_each(|(a, b)| difference.add(a, b));
    equal(difference.n, 20, "places")?;
    that(difference.max_abs > 0.01, || format!("half the attention differs by {difference:?}"))?;
    equal(difference.first_other.is_some(), difference.n_same < 20, "a first place with another token")
}
