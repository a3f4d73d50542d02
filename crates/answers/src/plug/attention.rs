//! The last step of `causal-attention` as a model's attention.
//!
//! [`LearnerAttention`] answers the engine's calls through the learner's file: queries, cached keys and values as arrays, packed
//! as the lab packs them. [`answer`] generates with it and then reads the same tokens with the engine's own attention, for the
//! speeds of both and the difference of their logits.

use super::{PlugError, PlugFault, Running, step_of};
use course::lab::{Lab, Step};
use course::run::{ARRAY_BYTES_MAX, Fault, Printed, RunError, Source};
use course::{Array, Grader, Value, Values};
use infer::plug::{AttentionPlug, Difference, replay};
use infer::{Answer, Limits, Prepared, SubmitError, TextEvent, TextModel, TextToken};
use kernels::attention::{AttentionShape, CHUNK, KvChunk, Sequence};
use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

/// The reference answer whose step is a model's attention.
const ATTENTION: &str = "causal_attention";
/// The lab that has it.
pub const LAB: &str = "causal-attention";

/// The step of `lab` whose function a model can use.
///
/// # Errors
/// [`PlugError::NoSeam`].
pub fn step(lab: &Lab) -> Result<&Step, PlugError> {
    step_of(lab, ATTENTION, LAB)
}

/// A learner's attention, ready to be called.
pub struct LearnerAttention {
    file: Running,
    step: Step,
}

impl LearnerAttention {
    /// Starts the learner's file; the inner error is what keeps it from being loaded.
    ///
    /// # Errors
    /// What keeps it from being run at all.
    pub fn open(grader: &Grader, step: &Step, source: &Source) -> Result<Result<LearnerAttention, Fault>, RunError> {
        let file = Running::open(grader, source)?;
        Ok(file.map(|file| LearnerAttention { file, step: step.clone() }))
    }

    /// Why it gave up; it is not called again after that.
    pub fn fault(&self) -> Option<&PlugFault> {
        self.file.fault()
    }

    /// What the learner's code printed since this was last asked.
    pub fn take_printed(&mut self) -> Printed {
        self.file.take_printed()
    }

    /// Limits under which no answer of the function outgrows what its process may send.
    pub fn limits(model: &TextModel) -> Limits {
        let n_rows = ARRAY_BYTES_MAX / (model.model.q_width() * size_of::<f32>());
        let standard = Limits::standard();
        Limits { running: 1, step_tokens: standard.step_tokens.min(n_rows).max(2), ..standard }
    }
}

impl AttentionPlug for LearnerAttention {
    fn attend(&mut self, shape: &AttentionShape, q: &[f32], sequences: &[Sequence<'_>]) -> Option<Vec<f32>> {
        let arguments = arguments(shape, q, sequences);
        let found = self.file.call(&self.step, &arguments, &arguments[0].array().shape)?;
        Some(found.floats().to_vec())
    }
}

/// The lab's arguments: `q [n,h,hd]`, `k` and `v` `[m,h,hd]`, both offsets `[s+1]`. The lab knows no window: where one hides
/// keys, each query becomes a sequence of its own with the keys that it sees.
fn arguments(shape: &AttentionShape, q: &[f32], sequences: &[Sequence]) -> Vec<Value> {
    let AttentionShape { n_heads, d_head, scale, .. } = *shape;
    // The lab divides by sqrt(hd) itself; a model with another scale gets it by way of its queries.
    let usual = 1.0 / (d_head as f32).sqrt();
    let q = if scale == usual { q.to_vec() } else { q.iter().map(|x| x * (scale / usual)).collect() };
    let packed: Vec<Packed> = sequences.iter().flat_map(|sequence| packed(shape, sequence)).collect();
    let rows = |part: for<'a> fn(&KvChunk<'a>) -> &'a [f32]| -> Vec<f32> {
        let row = |sequence: &Sequence, position: usize| -> Vec<f32> {
            let (chunk, width) = (&sequence.chunks[position / CHUNK], shape.n_kv_heads * d_head);
            every_head(shape, &part(chunk)[position % CHUNK * width..][..width]).collect()
        };
        packed.iter().flat_map(|one| one.keys.clone().flat_map(|position| row(one.of, position))).collect()
    };
    let (k, v) = (rows(|chunk| chunk.k), rows(|chunk| chunk.v));
    let array = |values: Vec<f32>| Array::f32([values.len() / shape.d_q(), n_heads, d_head], values);
    let offsets = |counts: &mut dyn Iterator<Item = usize>| {
        let ends = counts.scan(0, |end, n| {
            *end += n as i32;
            Some(*end)
        });
        let values: Vec<i32> = std::iter::once(0).chain(ends).collect();
        Array { shape: vec![values.len()], values: Values::I32(values) }
    };
    let q_offsets = offsets(&mut packed.iter().map(|one| one.n_queries));
    let k_offsets = offsets(&mut packed.iter().map(|one| one.keys.len()));
    [array(q), array(k), array(v), q_offsets, k_offsets].map(Value::Array).into()
}

/// One packed sequence as the lab has them: its queries stand at the last of its keys.
struct Packed<'s, 'a> {
    of: &'s Sequence<'a>,
    n_queries: usize,
    keys: Range<usize>,
}

fn packed<'s, 'a>(shape: &AttentionShape, sequence: &'s Sequence<'a>) -> Vec<Packed<'s, 'a>> {
    let Sequence { n_keys, .. } = *sequence;
    let n_queries = sequence.rows.len();
    if shape.window.is_none_or(|window| n_keys <= window) {
        return vec![Packed { of: sequence, n_queries, keys: 0..n_keys }];
    }
    let positions = n_keys - n_queries..n_keys;
    positions.map(|position| Packed { of: sequence, n_queries: 1, keys: shape.visible(position) }).collect()
}

/// Rows of key-value heads as rows of query heads: each is repeated for the heads that share it.
fn every_head<'a>(shape: &AttentionShape, rows: &'a [f32]) -> impl Iterator<Item = f32> + use<'a> {
    let n_sharing = shape.n_heads / shape.n_kv_heads;
    rows.chunks(shape.d_head).flat_map(move |head| std::iter::repeat_n(head, n_sharing).flatten().copied())
}

/// An answer with a learner's attention beside the engine's.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What was said with the learner's attention.
    pub answer: Answer,
    /// Time for the answer's tokens with the learner's attention, reading the prompt included.
    pub plugged: Duration,
    /// Time for the same tokens with the engine's.
    pub engine: Duration,
    /// How far their logits are apart, at each token that was chosen, the one that ends the answer among them.
    pub difference: Difference,
}

impl Comparison {
    /// Tokens a second with the learner's attention, and with the engine's.
    pub fn tokens_per_s(&self) -> [f64; 2] {
        [self.plugged, self.engine].map(|time| self.difference.n as f64 / time.as_secs_f64())
    }
}

/// Answers with the learner's attention and compares; `on_token` hears each token as it comes and may stop. `None` if
/// it did, or if the learner's function gave up on the way: [`LearnerAttention::fault`] says why.
///
/// # Errors
/// [`SubmitError`] if the request was prepared for another model, before anything is computed.
pub fn answer(
    model: &TextModel,
    attention: &mut LearnerAttention,
    prepared: Prepared,
    mut on_token: impl FnMut(&TextToken) -> ControlFlow<()>,
) -> Result<Option<Comparison>, SubmitError> {
    let mut engine = model.engine(LearnerAttention::limits(model));
    let prompt = prepared.prompt.ids.clone();
    engine.submit(prepared)?;
    let (mut tokens, mut rows, began) = (Vec::new(), Vec::new(), Instant::now());
    let (finish_reason, usage) = 'answer: loop {
        let events = engine.step_plugged(attention);
        if attention.fault().is_some() {
            return Ok(None);
        }
        if !engine.logits().is_empty() {
            rows.push(engine.logits().to_vec());
        }
        for event in events {
            match event {
                TextEvent::Token { token, .. } => {
                    if on_token(&token).is_break() {
                        return Ok(None);
                    }
                    tokens.push(token);
                }
                TextEvent::Done { finish_reason, usage, .. } => break 'answer (finish_reason, usage),
                TextEvent::Scored { .. } => {}
            }
        }
    };
    let plugged = began.elapsed();
    // A stop string may have cut off tokens that were chosen: they cannot be read again.
    rows.truncate(tokens.len() + 1);
    let ids: Vec<u32> = tokens.iter().take(rows.len() - 1).map(|token| token.id).collect();
    let (mut difference, mut at) = (Difference::default(), 0);
    let mut engine_time = Duration::ZERO;
    let mut began = Instant::now();
    replay((&model.model, &model.params), [&prompt, &ids], None, |logits| {
        engine_time += began.elapsed();
        difference.add(&rows[at], logits);
        at += 1;
        began = Instant::now();
    });
    let text = tokens.iter().map(|token| token.text.as_str()).collect();
    let answer = Answer { text, tokens, finish_reason, usage };
    Ok(Some(Comparison { answer, plugged, engine: engine_time, difference }))
}
