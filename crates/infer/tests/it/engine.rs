//! The engine's bookkeeping: pages, limits, endings.

use check::{Outcome, Stop, equal, that};
use infer::kv_cache::{KvShape, PagePool, PageTable};
use infer::{Engine, Event, FinishReason, Limits, Penalties, Request, RequestId, Sampling, Token};
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use sys::Coded;
use tensor::Params;

const VOCAB: usize = 23;

fn model(max_seq_len: usize) -> Result<(Model, Params), Stop> {
    let config = GptConfig {
        vocab_size: VOCAB,
        n_layers: 1,
        n_heads: 2,
        d_model: 8,
        max_seq_len,
        dropout: 0.0,
        bias: false,
        positions: Positions::Learned,
    };
    let (model, mut params) = Model::new(&ModelConfig::Gpt(config))?;
    params.initialise(3);
    Ok((model, params))
}

fn request(n_prompt: usize, max_tokens: Option<usize>) -> Request {
    let prompt = (0..n_prompt as u32).map(|i| (i * 5 + 1) % VOCAB as u32).collect();
    let sampling = Sampling::new(1.0, 1.0, 9).expect("in range");
    Request { prompt, max_tokens, sampling, stop_tokens: vec![], n_alternatives: 0, score_prompt: false }
}

/// Steps until idle; the tokens of one request and why it ended.
fn finish(engine: &mut Engine, of: RequestId) -> (Vec<u32>, Option<FinishReason>) {
    let (mut ids, mut end) = (Vec::new(), None);
    while !engine.is_idle() {
        for event in engine.step() {
            match event {
                Event::Token { request, token: Token { id, .. } } if request == of => ids.push(id),
                Event::Finished { request, reason } if request == of => end = Some(reason),
                _ => {}
            }
        }
    }
    (ids, end)
}

pub fn pages_come_back_after_a_cancel() -> Outcome {
    let mut pool = PagePool::new(KvShape { n_layers: 2, width: 4 }, 3);
    let (mut first, mut second) = (PageTable::default(), PageTable::default());
    pool.extend(&mut first, 65);
    pool.extend(&mut second, 64);
    equal(pool.n_free(), 0, "two pages and one")?;
    let exhausted = catch_unwind(AssertUnwindSafe(|| pool.extend(&mut second, 65)));
    that(exhausted.is_err(), || "a fourth page of three".into())?;
    pool.release(first);
    equal(pool.n_free(), 2, "after the release")?;
    pool.extend(&mut second, 128);
    equal(pool.n_free(), 1, "a page used again")
}

pub fn a_cancelled_neighbour_changes_nothing() -> Outcome {
    let (model, params) = model(200)?;
    let mut alone = Engine::new(&model, &params, Limits::standard());
    let id = alone.submit(request(70, Some(30)))?;
    let expected = finish(&mut alone, id);
    // Memory for exactly two requests of full length; the cancelled one's pages, full of its keys, are used again.
    let cache_bytes = 2 * 4 * 64 * model.kv_bytes_per_token();
    let mut engine = Engine::new(&model, &params, Limits { cache_bytes, ..Limits::standard() });
    let neighbour = engine.submit(request(150, None))?;
    let other = engine.submit(request(100, None))?;
    (0..5).for_each(|_| drop(engine.step()));
    engine.cancel(neighbour);
    engine.cancel(neighbour);
    let id = engine.submit(request(70, Some(30)))?;
    (0..3).for_each(|_| drop(engine.step()));
    engine.cancel(other);
    let waiting = engine.submit(request(10, None))?;
    engine.cancel(waiting);
    // Tokens of the three steps are gone; ask once more on the used pages.
    engine.cancel(id);
    let id = engine.submit(request(70, Some(30)))?;
    equal(finish(&mut engine, id), expected, "on used pages")
}

pub fn requests_beyond_the_memory_wait_their_turn() -> Outcome {
    let (model, params) = model(128)?;
    // Too small for even one: raised to one request of full length, two pages.
    let limits = Limits { cache_bytes: 1, waiting: 3, ..Limits::standard() };
    let mut engine = Engine::new(&model, &params, limits);
    let ids = (0..3).map(|_| engine.submit(request(100, Some(5)))).collect::<Result<Vec<_>, _>>()?;
    let code = engine.submit(request(1, Some(1))).err().map(|error| error.code());
    equal(code, Some("generate.queue_full"), "a fourth")?;
    let mut order = Vec::new();
    while !engine.is_idle() {
        for event in engine.step() {
            if let Event::Finished { request, .. } = event {
                order.push(request);
            }
        }
    }
    equal(order, ids, "one after the other")
}

pub fn the_context_is_the_limit_of_last_resort() -> Outcome {
    let (model, params) = model(70)?;
    let mut engine = Engine::new(&model, &params, Limits::standard());
    for max_tokens in [None, Some(1000), Some(usize::MAX)] {
        let id = engine.submit(request(60, max_tokens))?;
        let (ids, reason) = finish(&mut engine, id);
        equal((ids.len(), reason), (10, Some(FinishReason::Length)), "prompt and answer fill the context")?;
    }
    let id = engine.submit(request(69, None))?;
    equal(finish(&mut engine, id).0.len(), 1, "room for one")
}

pub fn impossible_requests_are_refused() -> Outcome {
    let (model, params) = model(70)?;
    let mut engine = Engine::new(&model, &params, Limits::standard());
    let foreign = Request { prompt: vec![VOCAB as u32], ..request(1, None) };
    let cases = [
        (request(0, None), "generate.empty_prompt"),
        (request(70, None), "generate.context_exceeded"),
        (request(1000, Some(1)), "generate.context_exceeded"),
        (request(1, Some(0)), "generate.nothing_asked"),
        (foreign, "generate.unknown_token"),
    ];
    for (request, code) in cases {
        equal(engine.submit(request).err().map(|error| error.code()), Some(code), code)?;
    }
    that(engine.is_idle() && engine.step().is_empty(), || "nothing was taken".into())
}

pub fn a_penalty_breaks_a_loop_and_spares_what_ends_an_answer() -> Outcome {
    let (model, params) = model(100)?;
    let mut engine = Engine::new(&model, &params, Limits::standard());
    let mut answer = |penalties: Penalties, n_prompt: usize, stop_tokens: Vec<u32>| -> Result<Vec<u32>, Stop> {
        let sampling = Sampling::greedy().with_penalties(penalties)?;
        let id = engine.submit(Request { sampling, stop_tokens, ..request(n_prompt, Some(40)) })?;
        Ok(finish(&mut engine, id).0)
    };
    let n_different = |ids: &[u32]| ids.iter().collect::<BTreeSet<_>>().len();
    let strong = Penalties { repetition: 5.0, ..Penalties::NONE };
    let free = answer(Penalties::NONE, 5, vec![])?;
    for penalties in [strong, Penalties { frequency: 2.0, ..Penalties::NONE }] {
        let penalised = answer(penalties, 5, vec![])?;
        that(n_different(&penalised) > n_different(&free), || format!("{penalties:?}: {free:?}, {penalised:?}"))?;
    }
    // A prompt whose likeliest next token stands in it: the penalty puts it off, unless it ends the answer.
    let mut found = None;
    for n in 1..20 {
        let next = answer(Penalties::NONE, n, vec![])?[0];
        if request(n, None).prompt.contains(&next) && answer(strong, n, vec![])?[0] != next {
            found = Some((n, next));
        }
    }
    let Some((n, stop)) = found else { return check::fail("a prompt that repeats itself") };
    equal(answer(strong, n, vec![stop])?, vec![], "what ends the answer is left alone")
}

pub fn a_stop_token_ends_an_answer_unseen() -> Outcome {
    let (model, params) = model(100)?;
    let mut engine = Engine::new(&model, &params, Limits::standard());
    let id = engine.submit(request(5, Some(40)))?;
    let (free, _) = finish(&mut engine, id);
    let stop = free[20];
    let first = free.iter().position(|&id| id == stop).unwrap_or_default();
    let id = engine.submit(Request { stop_tokens: vec![stop], ..request(5, Some(40)) })?;
    let (stopped, reason) = finish(&mut engine, id);
    equal((&stopped[..], reason), (&free[..first], Some(FinishReason::Stop)), "up to the stop token")
}

pub fn a_reset_forgets_who_ran_and_keeps_who_waits() -> Outcome {
    let (model, params) = model(100)?;
    let mut engine = Engine::new(&model, &params, Limits { running: 1, ..Limits::standard() });
    let first = engine.submit(request(5, Some(10)))?;
    let second = engine.submit(request(5, Some(10)))?;
    engine.step();
    equal(engine.reset(), vec![first], "who ran")?;
    equal(finish(&mut engine, second).0.len(), 10, "who waited")
}
