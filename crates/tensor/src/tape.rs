//! The tape: what was computed, as data.
//!
//! A node is an operation with its attributes and the tensors it saved, never a closure; so a tape can be
//! profiled, planned and exported. [`Tape::backward`] visits the nodes in reverse order. A gradient is
//! written where it is first needed and added to in place afterwards; parameters accumulate directly in their arena,
//! and inputs without a gradient cost nothing. See Griewank and Walther, "Evaluating Derivatives", chapter 3.

use crate::buffer::{Buffer, Plan};
use crate::cx::fill;
use crate::ops;
use crate::params::{Grads, ParamId, Params};
use crate::product::Products;
use crate::profile::{Computed, Recorder};
use crate::storage::{Source, Tensor};
use kernels::Write;
use kernels::elementwise::axpy;
use std::sync::Arc;

/// What an operation owes the tape.
pub(crate) trait Rule {
    /// Hands the gradients of the inputs to `sink`, given the gradient of the output.
    fn backward(&self, d_out: Buffer, sink: &mut Sink);
    /// Floating-point operations of the forward computation.
    fn flops(&self) -> u64;
    /// Bytes that the forward computation reads at least, if its inputs and its result take so many in f32.
    fn bytes_read(&self, of_inputs: u64, _of_result: u64) -> u64 {
        of_inputs
    }
}

macro_rules! ops {
    ($($variant:ident($rule:path)),* $(,)?) => {
        /// Every operation the tape can hold; each is one file of [`crate::ops`].
        pub(crate) enum Op { $($variant($rule)),* }
        impl Op {
            fn rule(&self) -> &dyn Rule {
                match self { $(Op::$variant(rule) => rule),* }
            }
            fn name(&self) -> &'static str {
                match self { $(Op::$variant(_) => stringify!($variant)),* }
            }
        }
    };
}

ops! {
    Add(ops::add::Add),
    Attention(ops::attention::Attention),
    AttentionJoined(ops::attention_joined::AttentionJoined),
    Columns(ops::columns::Columns),
    Dropout(ops::dropout::Dropout),
    Embedding(ops::embedding::Embedding),
    Gelu(ops::gelu::Gelu),
    GeluErf(ops::gelu_erf::GeluErf),
    LayerNorm(ops::layer_norm::LayerNorm),
    Leaf(ops::leaf::Leaf),
    Linear(ops::linear::Linear),
    LinearBf16(ops::linear_bf16::LinearBf16),
    LinearCrossEntropy(ops::linear_cross_entropy::LinearCrossEntropy),
    MlpBf16(ops::mlp_bf16::MlpBf16),
    RmsNorm(ops::rms_norm::RmsNorm),
    Rope(ops::rope::Rope),
    SelectRows(ops::select_rows::SelectRows),
    Swiglu(ops::swiglu::Swiglu),
    Tanh(ops::tanh::Tanh),
}

struct Node {
    op: Op,
    n_values: usize,
}

/// The recorded operations of one forward computation, in order.
#[derive(Default)]
pub struct Tape {
    nodes: Vec<Node>,
}

impl Tape {
    pub(crate) fn push(&mut self, op: Op, n_values: usize) -> usize {
        self.nodes.push(Node { op, n_values });
        self.nodes.len() - 1
    }

    pub(crate) fn flops(&self) -> u64 {
        self.nodes.iter().map(|node| node.op.rule().flops()).sum()
    }

    /// Tells `recorder` of the operation recorded last, whose inputs have `n_read` values.
    pub(crate) fn note_last(&self, recorder: &mut Recorder, param: Option<ParamId>, n_read: usize) {
        if let Some(Node { op, n_values }) = self.nodes.last() {
            let [read, written] = [n_read, *n_values].map(|n| (n * size_of::<f32>()) as u64);
            let bytes = op.rule().bytes_read(read, written) + written;
            let (op, node, flops) = (op.name(), self.nodes.len() - 1, op.rule().flops());
            recorder.forward(Computed { op, node, param, flops, bytes });
        }
    }

    /// What the operation recorded last is called.
    pub(crate) fn last_name(&self) -> &'static str {
        self.nodes.last().map_or("", |node| node.op.name())
    }

    /// Consumes the tape, given the output and its gradient; each node frees what it saved as soon as it has been passed.
    /// Gives the gradient of the leaf, if there is one and any reached it.
    pub(crate) fn backward(
        self,
        (output, d_output): (Source, Buffer),
        way: Way,
        grads: &mut Grads,
        mut recorder: Option<&mut Recorder>,
    ) -> Option<Buffer> {
        let sizes = self.nodes.iter().map(|node| node.n_values).collect();
        let pending = self.nodes.iter().map(|_| None).collect();
        let mut sink = Sink { sizes, pending, way, grads, arrived: None };
        sink.give(output, d_output);
        for (index, node) in self.nodes.into_iter().enumerate().rev() {
            if let Some(d_out) = sink.pending[index].take() {
                node.op.rule().backward(d_out, &mut sink);
                if let Some(recorder) = &mut recorder
                    && !matches!(node.op, Op::Leaf(_))
                {
                    recorder.backward(node.op.name(), index);
                }
            }
        }
        sink.arrived
    }
}

/// What a backward pass needs besides the tape.
pub(crate) struct Way<'a> {
    pub params: &'a Params,
    pub plan: Option<Arc<Plan>>,
    pub products: Products<'a>,
}

/// Receives the gradients of inputs.
pub(crate) struct Sink<'a> {
    sizes: Vec<usize>,
    pending: Vec<Option<Buffer>>,
    way: Way<'a>,
    grads: &'a mut Grads,
    /// The gradient of the leaf.
    pub arrived: Option<Buffer>,
}

impl<'a> Sink<'a> {
    /// Who multiplies in linear layers.
    pub fn products(&self) -> Products<'a> {
        self.way.products
    }

    /// Lets `compute` write the gradient of `input` in place; not called when nobody needs it.
    pub fn write(&mut self, input: &Tensor, compute: impl FnOnce(&mut [f32], Write)) {
        let plan = self.way.plan.as_ref();
        match input.source {
            Source::Constant => {}
            Source::Param(_) if plan.is_some() => {}
            Source::Param(id) => compute(&mut self.grads.values_mut()[self.way.params.range(id)], Write::Add),
            Source::Node(index) => match &mut self.pending[index] {
                Some(_) if plan.is_some() => {}
                Some(d) => compute(d, Write::Add),
                None => self.pending[index] = Some(fill(plan, self.sizes[index], |d| compute(d, Write::Set))),
            },
        }
    }

    /// Whether nothing is computed.
    pub fn is_plan(&self) -> bool {
        self.way.plan.is_some()
    }

    /// A gradient of `len` values that a rule makes by itself, for [`Sink::give`].
    pub fn buffer(&self, len: usize) -> Buffer {
        fill(self.way.plan.as_ref(), len, |_| {})
    }

    /// Takes a finished gradient: it becomes the pending one, or is added to it.
    pub fn give(&mut self, source: Source, d: Buffer) {
        match source {
            Source::Constant => {}
            Source::Param(_) if self.is_plan() => {}
            Source::Param(id) => axpy(1.0, &d, &mut self.grads.values_mut()[self.way.params.range(id)]),
            Source::Node(index) => match &mut self.pending[index] {
                Some(_) if self.way.plan.is_some() => {}
                Some(pending) => axpy(1.0, &d, pending),
                None => self.pending[index] = Some(d),
            },
        }
    }
}
