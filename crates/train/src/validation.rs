//! The loss on held-out text: every window or document once, no dropout, no randomness.

use crate::loader::{Amount, Tokens, TrainingBatch, pieces};
use crate::objective::Objective;
use models::Model;
use std::ops::Range;
use tensor::{Cx, Params};

/// What is measured: fixed when the run begins.
pub struct Validation<'t> {
    tokens: &'t Tokens,
    spans: Vec<Range<usize>>,
    amount: Amount,
}

impl<'t> Validation<'t> {
    /// The whole stream in windows of the context side by side; the last one may be shorter.
    pub fn stream(tokens: &'t Tokens, amount: Amount) -> Validation<'t> {
        let last = tokens.ids.len().saturating_sub(1);
        let starts = (0..last).step_by(amount.context);
        let spans = starts.map(|start| start..(start + amount.context).min(last)).collect();
        Validation { tokens, spans, amount }
    }

    /// All documents.
    pub fn documents(tokens: &'t Tokens, amount: Amount) -> Validation<'t> {
        Validation { tokens, spans: pieces(tokens, amount.context), amount }
    }

    /// Mean loss over all predicted tokens, in nats.
    pub fn measure(&self, model: &Model, params: &Params, objective: &dyn Objective) -> f64 {
        let (mut sum, mut n_tokens) = (0.0, 0);
        for spans in self.spans.chunks(self.amount.batch_size) {
            let batch = TrainingBatch::of_spans(&self.tokens.ids, spans);
            let cx = Cx::inference(params);
            let loss = objective.loss(model, &cx, &batch).item();
            sum += f64::from(loss) * batch.n_tokens() as f64;
            n_tokens += batch.n_tokens();
        }
        sum / n_tokens as f64
    }
}
