//! The engine: requests in, tokens out, one forward pass for all of them per step.
//!
//! [`Engine::submit`] queues a request, [`Engine::step`] computes the tokens that the scheduler picked and reports
//! what came of it, [`Engine::cancel`] forgets a request. The engine borrows the model and its weights, so that a
//! training run can sample from the weights it is training.
//!
//! A request is admitted only when pages for its longest possible course are free. So a running request never waits
//! for memory and nothing is ever evicted; the price is that a request which ends early held more than it used.

use crate::kv_cache::{KvShape, PagePool, PageTable, PagedKvCache, pages_for};
use crate::plug::{AttentionPlug, PluggedKvCache};
use crate::request::{Event, FinishReason, Request, RequestId, SubmitError, Token};
use crate::sampler::LogProbs;
use crate::scheduler::{self, RUNNING_MAX, STEP_TOKENS};
use models::Model;
use nn::Batch;
use std::collections::VecDeque;
use std::ops::Range;
use tensor::{Cx, Params, ops};

/// Memory that the cache may take by default; a single request of full length is always possible.
pub const CACHE_BYTES_MAX: usize = 1 << 30;

/// Requests that may wait by default: enough for bursts, few enough that a rejected client hears of it early.
pub const WAITING_MAX: usize = 1024;

/// What an engine may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that run at once; below `step_tokens`.
    pub running: usize,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Tokens of one step.
    pub step_tokens: usize,
    /// Bytes of keys and values; raised to what one request of full length needs.
    pub cache_bytes: usize,
}

impl Limits {
    /// [`RUNNING_MAX`], [`WAITING_MAX`], [`STEP_TOKENS`] and [`CACHE_BYTES_MAX`].
    pub fn standard() -> Limits {
        Limits { running: RUNNING_MAX, waiting: WAITING_MAX, step_tokens: STEP_TOKENS, cache_bytes: CACHE_BYTES_MAX }
    }
}

/// Runs requests on one model.
pub struct Engine<'m> {
    model: &'m Model,
    params: &'m Params,
    limits: Limits,
    pool: PagePool,
    /// Pages that running requests may still ask for.
    n_pages_promised: usize,
    waiting: VecDeque<(RequestId, Request)>,
    /// In order of admission.
    running: Vec<Running>,
    next_id: u64,
    /// What the last step computed.
    logits: Vec<f32>,
}

/// A request that has pages.
struct Running {
    id: RequestId,
    request: Request,
    /// The prompt and what was generated.
    tokens: Vec<u32>,
    /// How many of them the cache holds.
    n_cached: usize,
    /// When `tokens` is this long, the answer ends.
    n_tokens_max: usize,
    pages: PageTable,
    /// Tokens of the prompt, if it is to be scored, as far as it is read.
    scored: Vec<Token>,
}

impl Running {
    /// Those of the positions `computed` whose logits say how likely the prompt's next token is, and are wanted.
    fn scores(&self, computed: Range<usize>) -> Range<usize> {
        let n_scores = if self.request.score_prompt { self.request.prompt.len() - 1 } else { 0 };
        computed.start.min(n_scores)..computed.end.min(n_scores)
    }
}

impl<'m> Engine<'m> {
    /// An idle engine; panics unless `0 < limits.running < limits.step_tokens`.
    #[track_caller]
    pub fn new(model: &'m Model, params: &'m Params, limits: Limits) -> Engine<'m> {
        let Limits { running, step_tokens, .. } = limits;
        assert!(0 < running && running < step_tokens, "engine: {running} running requests, {step_tokens} step tokens");
        let pool = new_pool(model, limits);
        Engine {
            model,
            params,
            limits,
            pool,
            n_pages_promised: 0,
            waiting: VecDeque::new(),
            running: Vec::new(),
            next_id: 0,
            logits: Vec::new(),
        }
    }

    /// The model that answers.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// Queues a request.
    ///
    /// # Errors
    /// [`SubmitError`]: see [`Engine::check`]; or the queue is full.
    pub fn submit(&mut self, request: Request) -> Result<RequestId, SubmitError> {
        Engine::check(self.model, &request)?;
        if self.waiting.len() >= self.limits.waiting {
            return Err(SubmitError::QueueFull { limit: self.limits.waiting });
        }
        let id = RequestId(self.next_id);
        self.next_id += 1;
        self.waiting.push_back((id, request));
        Ok(id)
    }

    /// Whether `model` can run `request` at all.
    ///
    /// # Errors
    /// An empty prompt, one that leaves no room, a token outside the vocabulary, nothing asked for.
    pub fn check(model: &Model, request: &Request) -> Result<(), SubmitError> {
        let (found, context, vocab_size) = (request.prompt.len(), model.max_seq_len(), model.vocab_size());
        if found == 0 {
            return Err(SubmitError::EmptyPrompt {});
        }
        // Unless it is only to be scored, an answer begins with one token at least.
        let n_answer_min = usize::from(request.max_tokens != Some(0));
        if found + n_answer_min > context {
            return Err(SubmitError::ContextExceeded { found, context });
        }
        if request.max_tokens == Some(0) && !request.score_prompt {
            return Err(SubmitError::NothingAsked {});
        }
        match request.prompt.iter().find(|&&id| id as usize >= vocab_size) {
            Some(&id) => Err(SubmitError::UnknownToken { id, vocab_size }),
            None => Ok(()),
        }
    }

    /// Forgets a request and frees its pages; nothing happens if it is already gone.
    pub fn cancel(&mut self, id: RequestId) {
        self.waiting.retain(|(waiting, _)| *waiting != id);
        if let Some(index) = self.running.iter().position(|running| running.id == id) {
            self.retire(index);
        }
    }

    /// Whether there is nothing to do.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }

    /// One forward pass: tokens for those whose prompt is read, in order of admission; none when idle.
    pub fn step(&mut self) -> Vec<Event> {
        self.step_with(None)
    }

    /// The same with `plug` in the place of the engine's attention. What it computed stays in the cache of the
    /// requests that run, so a plug that gave up is best followed by cancelling them.
    pub fn step_plugged(&mut self, plug: &mut dyn AttentionPlug) -> Vec<Event> {
        self.step_with(Some(plug))
    }

    /// The logits `[n, v]` from which the last step chose tokens and scored prompts, in order of admission.
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    fn step_with(&mut self, plug: Option<&mut dyn AttentionPlug>) -> Vec<Event> {
        self.logits.clear();
        self.admit();
        if self.running.is_empty() {
            return Vec::new();
        }
        let missing: Vec<usize> = self.running.iter().map(|r| r.tokens.len() - r.n_cached).collect();
        let shares = scheduler::plan(&missing, self.limits.step_tokens);
        let logits = self.forward(&shares, plug);
        let events = self.collect(&shares, &logits);
        self.logits = logits;
        events
    }

    /// After a panic in [`Engine::step`]: forgets the running requests, whose cache may be half written, and
    /// starts with an empty one. Returns who was forgotten; those that wait still wait.
    pub fn reset(&mut self) -> Vec<RequestId> {
        self.pool = new_pool(self.model, self.limits);
        self.n_pages_promised = 0;
        self.running.drain(..).map(|running| running.id).collect()
    }

    /// Moves requests from the queue into the batch while there is room, strictly in order.
    fn admit(&mut self) {
        while self.running.len() < self.limits.running
            && let Some((_, request)) = self.waiting.front()
        {
            let context = self.model.max_seq_len();
            let n_tokens_max =
                request.max_tokens.map_or(context, |n| context.min(request.prompt.len().saturating_add(n)));
            let n_pages = pages_for(n_tokens_max);
            if n_pages + self.n_pages_promised > self.pool.n_pages() {
                return;
            }
            let Some((id, request)) = self.waiting.pop_front() else { return };
            self.n_pages_promised += n_pages;
            let tokens = request.prompt.clone();
            let (pages, scored) = (PageTable::default(), Vec::new());
            self.running.push(Running { id, request, tokens, n_cached: 0, n_tokens_max, pages, scored });
        }
    }

    /// Computes `shares[i]` tokens of each running request and the logits `[n, v]`, request by request: of the
    /// positions that score a prompt, then of the last one if all tokens are now in the cache.
    fn forward(&mut self, shares: &[usize], plug: Option<&mut dyn AttentionPlug>) -> Vec<f32> {
        let mut batch = Batch { ids: Vec::new(), positions: Vec::new(), offsets: vec![0] };
        let mut wanted = Vec::new();
        let mut tables = Vec::new();
        for (running, &share) in self.running.iter_mut().zip(shares).filter(|(_, share)| **share > 0) {
            let computed = running.n_cached..running.n_cached + share;
            self.pool.extend(&mut running.pages, computed.end);
            let n_before = batch.ids.len();
            wanted.extend(running.scores(computed.clone()).map(|i| (n_before + i - computed.start) as u32));
            batch.ids.extend_from_slice(&running.tokens[computed.clone()]);
            batch.positions.extend(computed.clone().map(|position| position as u32));
            batch.offsets.push(batch.ids.len());
            if computed.end == running.tokens.len() {
                wanted.push(batch.ids.len() as u32 - 1);
            }
            running.n_cached = computed.end;
            tables.push(&mut running.pages);
        }
        let cx = Cx::inference(self.params);
        let mut cache = PagedKvCache::new(self.pool.shape(), tables);
        let hidden = match plug {
            None => self.model.forward(&cx, &batch, Some(&mut cache)),
            Some(plug) => self.model.forward(&cx, &batch, Some(&mut PluggedKvCache { cache, plug })),
        }; // [n, d]
        if wanted.is_empty() {
            return Vec::new();
        }
        let rows = ops::select_rows(&cx, &hidden, &wanted);
        self.model.head(&cx, &rows).values().to_vec()
    }

    /// Scores prompts and chooses the next tokens, given the logits that [`Engine::forward`] computed.
    fn collect(&mut self, shares: &[usize], logits: &[f32]) -> Vec<Event> {
        let mut events = Vec::new();
        let mut done = Vec::new();
        let mut rows = logits.chunks_exact(self.model.vocab_size());
        for (index, (running, &share)) in self.running.iter_mut().zip(shares).enumerate() {
            let n_alternatives = running.request.n_alternatives;
            for position in running.scores(running.n_cached - share..running.n_cached) {
                let row = rows.next().expect("a row of logits for each position that scores");
                running.scored.push(token(row, running.tokens[position + 1], n_alternatives));
            }
            if share == 0 || running.n_cached < running.tokens.len() {
                continue;
            }
            let row = rows.next().expect("a row of logits for each complete request");
            let request = running.id;
            if running.request.score_prompt && running.tokens.len() == running.request.prompt.len() {
                events.push(Event::Scored { request, tokens: std::mem::take(&mut running.scored) });
            }
            if running.tokens.len() == running.n_tokens_max {
                events.push(Event::Finished { request, reason: FinishReason::Length });
                done.push(index);
                continue;
            }
            let (sampling, n_tokens) = (&running.request.sampling, running.tokens.len());
            let (prompt, answer) = running.tokens.split_at(running.request.prompt.len());
            let penalised = sampling.penalties().apply(row, prompt, answer, &running.request.stop_tokens);
            let id = sampling.choose(&penalised, n_tokens);
            if running.request.stop_tokens.contains(&id) {
                events.push(Event::Finished { request, reason: FinishReason::Stop });
                done.push(index);
                continue;
            }
            running.tokens.push(id);
            events.push(Event::Token { request, token: token(row, id, n_alternatives) });
            if running.tokens.len() == running.n_tokens_max {
                events.push(Event::Finished { request, reason: FinishReason::Length });
                done.push(index);
            }
        }
        done.into_iter().rev().for_each(|index| self.retire(index));
        events
    }

    fn retire(&mut self, index: usize) {
        let running = self.running.remove(index);
        self.n_pages_promised -= pages_for(running.n_tokens_max);
        self.pool.release(running.pages);
    }
}

fn token(logits: &[f32], id: u32, n_alternatives: usize) -> Token {
    let log_probs = LogProbs::new(logits);
    Token { id, logprob: log_probs.of(id), alternatives: log_probs.best(n_alternatives) }
}

fn new_pool(model: &Model, limits: Limits) -> PagePool {
    let shape = KvShape { n_layers: model.n_layers(), width: model.kv_width() };
    let n_pages = (limits.cache_bytes / shape.page_bytes()).max(pages_for(model.max_seq_len()));
    PagePool::new(shape, n_pages)
}
