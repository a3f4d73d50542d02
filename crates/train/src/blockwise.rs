//! Block checkpointing: the gradients of a batch in the memory of one block (Chen et al., "Training Deep Nets with Sublinear Memory
//! Cost", 2016, section 4.1).
//!
//! The forward pass keeps the input of each block and nothing within it. When the gradient of a block is due, the block is
//! computed once more, with the same dropout, and now its results are kept until they were used. Each block is a tape of its own;
//! gradients go from one to the next. They are added up in the order of a single tape, so every bit is the same; only
//! memory and time differ.

use crate::loader::TrainingBatch;
use crate::objective::Objective;
use crate::profile::Layer;
use models::Model;
use tensor::{Cx, Grads, Tensor};

/// A batch that is learnt from block by block.
#[derive(Clone, Copy)]
pub(crate) struct Blockwise<'a> {
    pub model: &'a Model,
    pub objective: &'a dyn Objective,
    pub batch: &'a TrainingBatch,
}

/// A forward pass of which the inputs of the blocks are left, and the head's tape.
pub(crate) struct Kept<'p> {
    /// Of each block: its input, and the keys for dropout that were drawn before.
    inputs: Vec<(Tensor, u64)>,
    pub head: Cx<'p>,
    leaf: Tensor,
    pub loss: Tensor,
}

/// Makes the context of a piece.
pub(crate) type Make<'m, 'p> = &'m dyn Fn() -> Cx<'p>;
/// Hears of each piece that is done, and with which layer it began.
pub(crate) type Done<'m, 'p> = &'m mut dyn FnMut(Cx<'p>, Layer);

impl Blockwise<'_> {
    /// Computes the loss; nothing within a block stays.
    pub fn forward<'p>(self, make: Make<'_, 'p>, done: Done<'_, 'p>) -> Kept<'p> {
        let Blockwise { model, objective, batch } = self;
        let cx = make();
        let mut x = model.embed(&cx, &batch.inputs); // [n, d]
        let mut n_dropouts = cx.n_dropouts();
        done(cx, Layer::Embedding);
        let mut inputs = Vec::with_capacity(model.n_layers());
        for i in 0..model.n_layers() {
            let cx = make().with_dropouts_from(n_dropouts);
            let y = model.block(i, &cx, &cx.leaf(&x), &batch.inputs);
            inputs.push((std::mem::replace(&mut x, y), n_dropouts));
            n_dropouts = cx.n_dropouts();
            done(cx, Layer::Block(i));
        }
        let head = make().with_dropouts_from(n_dropouts);
        let leaf = head.leaf(&x);
        let hidden = model.last_norm(&head, &leaf);
        let loss = objective.loss_of(model, &head, &hidden, batch);
        Kept { inputs, head, leaf, loss }
    }

    /// Adds `share` of the gradients of what `forward` left to `grads`.
    pub fn backward<'p>(self, kept: Kept<'p>, share: f32, grads: &mut Grads, make: Make<'_, 'p>, done: Done<'_, 'p>) {
        let Blockwise { model, batch, .. } = self;
        let Kept { inputs, head, leaf, loss } = kept;
        let mut d = head.backward_to_leaf(loss, Tensor::from_vec(&[1], vec![share]), &leaf, grads);
        drop(leaf);
        done(head, Layer::Head);
        for (i, (x, n_dropouts)) in inputs.into_iter().enumerate().rev() {
            let cx = make().with_dropouts_from(n_dropouts);
            let leaf = cx.leaf(&x);
            drop(x);
            let y = model.block(i, &cx, &leaf, &batch.inputs);
            d = cx.backward_to_leaf(y, d, &leaf, grads);
            drop(leaf);
            done(cx, Layer::Block(i));
        }
        let cx = make();
        let x = model.embed(&cx, &batch.inputs);
        cx.backward_with(x, d, grads);
        done(cx, Layer::Embedding);
    }
}
