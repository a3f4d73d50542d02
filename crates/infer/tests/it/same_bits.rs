//! The same bits with and without the cache, and whatever else is in the batch.

use check::{Outcome, Stop};
use infer::kv_cache::{KvShape, PagePool, PageTable, PagedKvCache, pages_for};
use infer::{Engine, Event, Limits, Request, Sampling};
use kernels::pool;
use models::gpt::{GptConfig, Positions};
use models::{Model, ModelConfig};
use nn::Batch;
use std::collections::BTreeMap;
use tensor::{Cx, Params};

/// Long enough for several pages, with weights large enough for every part to matter.
pub(crate) fn model() -> Result<(Model, Params), Stop> {
    model_with(Positions::Learned)
}

fn model_with(positions: Positions) -> Result<(Model, Params), Stop> {
    let config = GptConfig {
        vocab_size: 37,
        n_layers: 2,
        n_heads: 4,
        d_model: 32,
        max_seq_len: 300,
        dropout: 0.0,
        bias: true,
        positions,
    };
    let (model, mut params) = Model::new(&ModelConfig::Gpt(config))?;
    params.initialise(4);
    params.weights_mut().iter_mut().for_each(|w| *w *= 5.0);
    Ok((model, params))
}

fn tokens(n: usize, seed: u32) -> Vec<u32> {
    (0..n as u32).map(|i| (i * 31 + i * i * 7 + seed) % 37).collect()
}

pub fn cached_and_uncached_give_the_same_logits() -> Outcome {
    cached_as_uncached(Positions::Learned)?;
    cached_as_uncached(Positions::Rotary)
}

fn cached_as_uncached(positions: Positions) -> Outcome {
    let (model, params) = model_with(positions)?;
    let ids = tokens(200, 1);
    let cx = Cx::inference(&params);
    let whole = model.head(&cx, &model.forward(&cx, &Batch::single(ids.clone()), None));
    // One by one, in pieces that do not fit the pages, all at once; with one thread and with two.
    for (lengths, threads) in [(vec![1; 200], 1), (vec![63, 2, 100, 35], 2), (vec![200], 1), (vec![64, 64, 72], 2)] {
        let shape = KvShape { n_layers: model.n_layers(), width: model.kv_width() };
        let (mut pages, mut table) = (PagePool::new(shape, pages_for(200)), PageTable::default());
        let mut logits = Vec::new();
        let mut start = 0;
        for n in &lengths {
            pages.extend(&mut table, start + n);
            let positions = (start as u32..(start + n) as u32).collect();
            let batch = Batch { ids: ids[start..start + n].to_vec(), positions, offsets: vec![0, *n] };
            let mut cache = PagedKvCache::new(shape, vec![&mut table]);
            pool::with_threads(threads, || {
                let hidden = model.forward(&cx, &batch, Some(&mut cache));
                logits.extend_from_slice(model.head(&cx, &hidden).values());
            });
            start += n;
        }
        check::same_bits(&logits, whole.values(), &format!("logits in {} pieces", lengths.len()))?;
    }
    Ok(())
}

/// The ids and log-probabilities of each request's answer.
type Answers = BTreeMap<usize, Vec<(u32, u32)>>;

fn answers(model: &Model, params: &Params, requests: &[(usize, Request)], limits: Limits) -> Result<Answers, Stop> {
    let mut engine = Engine::new(model, params, limits);
    let mut ids = BTreeMap::new();
    for (name, request) in requests {
        ids.insert(engine.submit(request.clone())?, *name);
    }
    let mut answers = Answers::new();
    while !engine.is_idle() {
        for event in engine.step() {
            if let Event::Token { request, token } = event {
                answers.entry(ids[&request]).or_default().push((token.id, token.logprob.to_bits()));
            }
        }
    }
    Ok(answers)
}

pub fn an_answer_does_not_depend_on_its_company() -> Outcome {
    let (model, params) = model()?;
    let request = |i: usize| -> Result<Request, Stop> {
        Ok(Request {
            prompt: tokens(1 + 37 * i, i as u32),
            max_tokens: Some(20),
            sampling: Sampling::new(if i == 2 { 0.0 } else { 0.9 }, 0.95, i as u64)?,
            stop_tokens: vec![],
            n_alternatives: 0,
            score_prompt: false,
        })
    };
    let requests = (0..6).map(|i| Ok((i, request(i)?))).collect::<Result<Vec<_>, Stop>>()?;
    let together = answers(&model, &params, &requests, Limits::standard())?;
    // Small steps cut the prompts into pieces, and only three may run at once.
    let cramped = Limits { running: 3, step_tokens: 16, ..Limits::standard() };
    check::equal(&answers(&model, &params, &requests, cramped)?, &together, "cramped")?;
    for one in &requests {
        let alone = answers(&model, &params, std::slice::from_ref(one), Limits::standard())?;
        check::equal(alone.get(&one.0), together.get(&one.0), "alone")?;
        check::equal(alone[&one.0].len(), 20, "tokens")?;
    }
    Ok(())
}
