//! Where the time of a computation goes, operation by operation, and how much it holds meanwhile.
//!
//! The tape knows what was computed, so a profile needs no marks in a model: in the forward pass, the time between two
//! recorded results belongs to the later one (what little a model does in between is counted with it); in the
//! backward pass, each node's rule is timed. The parameter that was asked for last tells where in the model an operation
//! stands. Nothing is measured unless [`crate::Cx::profiled`] asks for it.

use crate::buffer;
use crate::params::ParamId;
use std::time::Instant;

/// Which way an operation was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// From inputs to the result.
    Forward,
    /// From the gradient of the result to those of the inputs.
    Backward,
}

/// One operation, computed one way.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Its name, a type of `tensor::ops`.
    pub op: &'static str,
    /// Forward or backward.
    pub pass: Pass,
    /// Its place on the tape, the same both ways.
    pub node: usize,
    /// The parameter that was asked for last before it was computed forward.
    pub param: Option<ParamId>,
    /// When it began: when the one before it ended.
    pub begin: Instant,
    /// When it ended.
    pub end: Instant,
    /// Floating-point operations, a multiply-add counting as two; forward only.
    pub flops: u64,
    /// Bytes that it reads and writes at least, each once; forward only.
    pub bytes: u64,
    /// The most values that the results and gradients of this thread had while it was computed.
    pub n_values_max: usize,
    /// How many they had when it ended.
    pub n_values: usize,
}

/// The operations of a computation in the order they were computed.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Forward first, then backward, whose order is the reverse.
    pub spans: Vec<Span>,
}

/// Measures while a computation goes on.
pub(crate) struct Recorder {
    spans: Vec<Span>,
    /// When the last measured piece ended.
    since: Instant,
}

/// What a span says of an operation's forward computation.
pub(crate) struct Computed {
    pub op: &'static str,
    pub node: usize,
    pub param: Option<ParamId>,
    pub flops: u64,
    pub bytes: u64,
}

impl Recorder {
    pub fn new() -> Recorder {
        buffer::in_use();
        Recorder { spans: Vec::new(), since: Instant::now() }
    }

    /// A result is there: its time is all since the last piece.
    pub fn forward(&mut self, computed: Computed) {
        let Computed { op, node, param, flops, bytes } = computed;
        self.add(Span { op, node, param, flops, bytes, ..self.blank(Pass::Forward) });
    }

    /// The gradients of the inputs of the operation `node` are there.
    pub fn backward(&mut self, op: &'static str, node: usize) {
        // Forward spans stand in the order of their nodes, before all others.
        let at = self.spans.partition_point(|span| span.pass == Pass::Forward && span.node < node);
        let param = self.spans.get(at).and_then(|span| span.param);
        self.add(Span { op, node, param, ..self.blank(Pass::Backward) });
    }

    /// Ends a piece that belongs to no operation.
    pub fn skip(&mut self) {
        self.since = Instant::now();
    }

    pub fn finish(self) -> Profile {
        Profile { spans: self.spans }
    }

    /// From the end of the last piece until now.
    fn blank(&self, pass: Pass) -> Span {
        let (n_values_max, n_values) = buffer::in_use();
        let (begin, end) = (self.since, Instant::now());
        Span { op: "", pass, node: 0, param: None, begin, end, flops: 0, bytes: 0, n_values_max, n_values }
    }

    fn add(&mut self, span: Span) {
        self.since = span.end;
        self.spans.push(span);
    }
}
