//! Batches from tokens: windows at random places of a stream, or whole documents side by side.
//!
//! Nothing here is a running random generator: the windows of a step and the order of an epoch are functions of
//! (seed, step) and (seed, epoch) alone. So the position of a stream's loader is the step itself, and that of
//! documents is two numbers; resuming needs nothing else.

use crate::recipe::Recipe;
use kernels::rng;
use nn::Batch;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Sets the loader's random streams apart from those of weights and dropout under the same seed.
const DATA_STREAM: u64 = 0x6461_7461;

/// Tokens of a corpus, documents end to end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens {
    /// All ids.
    pub ids: Vec<u32>,
    /// Where each document ends.
    pub ends: Vec<usize>,
}

impl Tokens {
    /// Appends one document.
    pub fn push(&mut self, document: &[u32]) {
        self.ids.extend_from_slice(document);
        self.ends.push(self.ids.len());
    }

    /// Where the documents stand in `ids`.
    pub fn documents(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| start..end)
    }
}

/// A batch and what should follow each of its tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingBatch {
    /// What the model reads, n tokens.
    pub inputs: Batch,
    /// The token after each, `[n]`.
    pub targets: Vec<u32>,
    /// How much each counts, `[n]`.
    pub weights: Vec<f32>,
}

impl TrainingBatch {
    /// The stretches `spans` of `ids` side by side, each predicting its tokens shifted by one.
    pub fn of_spans(ids: &[u32], spans: &[Range<usize>]) -> TrainingBatch {
        let mut offsets = vec![0];
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for span in spans {
            inputs.extend_from_slice(&ids[span.clone()]);
            targets.extend_from_slice(&ids[span.start + 1..span.end + 1]);
            offsets.push(inputs.len());
        }
        let weights = vec![1.0; targets.len()];
        TrainingBatch { inputs: Batch::packed(inputs, offsets), targets, weights }
    }

    /// Number of tokens predicted.
    pub fn n_tokens(&self) -> usize {
        self.targets.len()
    }
}

/// Where a loader stands; part of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "layout", rename_all = "lowercase")]
pub enum Position {
    /// A stream's position is the step.
    Stream,
    /// The next piece of which epoch.
    Documents {
        /// How often all documents have been read.
        epoch: u64,
        /// Index into that epoch's order.
        next: usize,
    },
}

/// How much a step reads.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// Windows in a batch.
    pub batch_size: usize,
    /// Tokens in a window.
    pub context: usize,
}

impl Amount {
    /// That of a batch of `recipe`.
    pub fn of(recipe: &Recipe) -> Amount {
        Amount { batch_size: recipe.train.batch_size, context: recipe.model.max_seq_len }
    }
}

/// Deals out batches.
pub struct Loader<'t> {
    tokens: &'t Tokens,
    amount: Amount,
    seed: u64,
    kind: Kind,
}

enum Kind {
    Stream,
    Documents { pieces: Vec<Range<usize>>, order: Vec<usize>, epoch: u64, next: usize },
}

impl<'t> Loader<'t> {
    /// Windows at random places; `tokens` must hold more than one context.
    pub fn stream(tokens: &'t Tokens, amount: Amount, seed: u64) -> Loader<'t> {
        assert!(
            tokens.ids.len() > amount.context,
            "stream: {} tokens for windows of {}",
            tokens.ids.len(),
            amount.context
        );
        Loader { tokens, amount, seed, kind: Kind::Stream }
    }

    /// Whole documents in a new order each epoch; those beyond a context are cut. Some document must have two tokens.
    pub fn documents(tokens: &'t Tokens, amount: Amount, seed: u64) -> Loader<'t> {
        let pieces = pieces(tokens, amount.context);
        assert!(!pieces.is_empty(), "documents: no document with two tokens");
        let order = order_of_epoch(pieces.len(), seed, 0);
        Loader { tokens, amount, seed, kind: Kind::Documents { pieces, order, epoch: 0, next: 0 } }
    }

    /// Where it stands.
    pub fn position(&self) -> Position {
        match &self.kind {
            Kind::Stream => Position::Stream,
            Kind::Documents { epoch, next, .. } => Position::Documents { epoch: *epoch, next: *next },
        }
    }

    /// Goes to where a checkpoint stood.
    pub fn seek(&mut self, position: Position) {
        if let (Kind::Documents { pieces, order, epoch, next }, Position::Documents { epoch: to, next: at }) =
            (&mut self.kind, position)
        {
            *order = order_of_epoch(pieces.len(), self.seed, to);
            (*epoch, *next) = (to, at);
        }
    }

    /// The batch of `step`, counted from 1; documents are dealt in turn, whatever the step.
    pub fn batch(&mut self, step: u64) -> TrainingBatch {
        let Amount { batch_size, context } = self.amount;
        match &mut self.kind {
            Kind::Stream => {
                let n_starts = self.tokens.ids.len() - context;
                let key = [self.seed ^ DATA_STREAM, step];
                let starts = (0..batch_size as u64).map(|row| below(n_starts, key, row));
                let spans: Vec<_> = starts.map(|start| start..start + context).collect();
                TrainingBatch::of_spans(&self.tokens.ids, &spans)
            }
            Kind::Documents { pieces, order, epoch, next } => {
                let mut spans: Vec<Range<usize>> = Vec::new();
                let mut left = batch_size * context;
                while let Some(rest) = left.checked_sub(pieces[order[*next]].len()) {
                    spans.push(pieces[order[*next]].clone());
                    left = rest;
                    *next += 1;
                    if *next == order.len() {
                        *epoch += 1;
                        *next = 0;
                        *order = order_of_epoch(pieces.len(), self.seed, *epoch);
                    }
                }
                TrainingBatch::of_spans(&self.tokens.ids, &spans)
            }
        }
    }
}

/// Stretches of at most `context` tokens, each with a next token in its own document.
pub fn pieces(tokens: &Tokens, context: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    for document in tokens.documents() {
        let last = document.end.saturating_sub(1);
        pieces.extend((document.start..last).step_by(context).map(|start| start..(start + context).min(last)));
    }
    pieces
}

/// All indices below `n`, sorted by a random number each.
fn order_of_epoch(n: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let key = [seed ^ DATA_STREAM, epoch];
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_cached_key(|&i| (bits64(key, i as u64), i));
    order
}

/// A random number below `n`; the bias of taking the upper half of a product is below 2^-32.
fn below(n: usize, key: [u64; 2], counter: u64) -> usize {
    ((u128::from(bits64(key, counter)) * n as u128) >> 64) as usize
}

fn bits64(key: [u64; 2], counter: u64) -> u64 {
    (u64::from(rng::bits(key, 2 * counter)) << 32) | u64::from(rng::bits(key, 2 * counter + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(lengths: &[usize]) -> Tokens {
        let mut tokens = Tokens::default();
        for &n in lengths {
            let start = tokens.ids.len() as u32;
            tokens.push(&(start..start + n as u32).collect::<Vec<_>>());
        }
        tokens
    }

    #[test]
    fn documents_are_cut_at_the_context_and_never_predict_across_their_end() {
        assert_eq!(pieces(&tokens(&[3, 1, 0, 6]), 4), [0..2, 4..8, 8..9]);
        assert!(pieces(&tokens(&[1, 1]), 4).is_empty());
    }

    #[test]
    fn an_epoch_reads_every_piece_once_within_the_budget() {
        let tokens = tokens(&[5, 9, 3, 4, 7, 8, 2, 6]);
        let amount = Amount { batch_size: 2, context: 8 };
        let mut loader = Loader::documents(&tokens, amount, 7);
        let mut seen = Vec::new();
        while loader.position() != (Position::Documents { epoch: 1, next: 0 }) && seen.len() < 36 {
            let batch = loader.batch(1);
            assert!(batch.n_tokens() <= 16 && batch.n_tokens() > 0);
            assert!(batch.inputs.ids.iter().zip(&batch.targets).all(|(input, target)| target - input == 1));
            seen.extend(batch.inputs.ids);
        }
        seen.truncate(36);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 36);
    }

    #[test]
    fn a_loader_goes_on_from_its_position() {
        let tokens = tokens(&[5, 9, 3, 4, 7, 8, 2, 6]);
        let amount = Amount { batch_size: 1, context: 9 };
        let (mut whole, mut resumed) = (Loader::documents(&tokens, amount, 7), Loader::documents(&tokens, amount, 7));
        (0..20).for_each(|step| drop(whole.batch(step)));
        resumed.seek(whole.position());
        assert_eq!(whole.batch(20), resumed.batch(20));
        let (mut whole, mut fresh) = (Loader::stream(&tokens, amount, 7), Loader::stream(&tokens, amount, 7));
        (0..20).for_each(|step| drop(whole.batch(step)));
        assert_eq!(whole.batch(20), fresh.batch(20));
    }
}
