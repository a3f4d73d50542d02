//! What is minimised: an objective maps a batch to a loss and nothing else.

use crate::loader::TrainingBatch;
use models::Model;
use tensor::{Cx, Tensor};

/// Maps a batch to a scalar loss; the loop does the rest.
pub trait Objective {
    /// The loss of `batch` under `model`, given its hidden states `[n, d]`.
    fn loss_of(&self, model: &Model, cx: &Cx, hidden: &Tensor, batch: &TrainingBatch) -> Tensor;

    /// The loss of `batch` under `model`.
    fn loss(&self, model: &Model, cx: &Cx, batch: &TrainingBatch) -> Tensor {
        let hidden = model.forward(cx, &batch.inputs, None); // [n, d]
        self.loss_of(model, cx, &hidden, batch)
    }
}

/// Mean surprise, in nats, of each next token.
pub struct NextToken;

impl Objective for NextToken {
    fn loss_of(&self, model: &Model, cx: &Cx, hidden: &Tensor, batch: &TrainingBatch) -> Tensor {
        model.loss(cx, hidden, &batch.targets, &batch.weights)
    }
}
