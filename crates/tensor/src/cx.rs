//! The context of one forward computation: parameters, the tape if there is one, and the dropout stream.
//!
//! A model's `forward` receives a `&Cx` and hands it on; whether it trains or answers is decided by who made it.

use crate::bf16::{Bf16Weights, Rounded};
use crate::buffer::{Buffer, Plan};
use crate::ops::leaf::Leaf;
use crate::params::{Grads, ParamId, Params};
use crate::product::{Product, Products};
use crate::profile::{Profile, Recorder};
use crate::storage::{Source, Tensor};
use crate::tape::{Op, Tape, Way};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// The context of one forward computation.
pub struct Cx<'p> {
    params: &'p Params,
    tape: Option<RefCell<Tape>>,
    dropout_key: [u64; 2],
    n_dropouts: Cell<u64>,
    recorder: Option<RefCell<Recorder>>,
    /// The parameter that was asked for last, which tells where in the model an operation stands.
    last_param: Cell<Option<ParamId>>,
    watch: Option<RefCell<Watch>>,
    plan: Option<Arc<Plan>>,
    bf16: Option<Bf16Weights>,
    products: Products<'p>,
}

/// Looks out for the first value that is not finite.
#[derive(Default)]
struct Watch {
    found: Option<NonFinite>,
}

/// Where a NaN or an infinity was seen first.
#[derive(Clone, Debug, PartialEq)]
pub enum NonFinite {
    /// In this weight.
    Weight(String),
    /// In the result of an operation.
    Operation {
        /// What it is called.
        name: &'static str,
        /// The weight that was asked for last before it, which tells where in the model it stands.
        after: Option<String>,
    },
}

impl<'p> Cx<'p> {
    /// Computes values only: no tape, dropout does nothing.
    pub fn inference(params: &'p Params) -> Cx<'p> {
        Cx {
            params,
            tape: None,
            dropout_key: [0; 2],
            n_dropouts: Cell::new(0),
            recorder: None,
            last_param: Cell::new(None),
            watch: None,
            plan: None,
            bf16: None,
            products: Products::default(),
        }
    }

    /// Records a tape; `dropout_key` (seed, step) fixes every dropout mask of this computation.
    pub fn training(params: &'p Params, dropout_key: [u64; 2]) -> Cx<'p> {
        Cx { tape: Some(RefCell::default()), dropout_key, ..Cx::inference(params) }
    }

    /// Computes nothing: from here on values are counted by `plan` instead of made, forward and backward, so that a step can be
    /// foreseen that no memory would hold. `params` come from [`crate::ParamsBuilder::plan`], and losses are 0.
    pub fn planned(self, plan: &Arc<Plan>) -> Cx<'p> {
        Cx { plan: Some(plan.clone()), ..self }
    }

    /// From here on layers multiply in bf16, with sums in f32: they take weights from `weights`, and round what else they multiply,
    /// forward and backward. All other operations, results and gradients stay f32.
    pub fn in_bf16(self, weights: &Bf16Weights) -> Cx<'p> {
        Cx { bf16: Some(weights.clone()), ..self }
    }

    /// `x` rounded to bf16, if layers multiply in it.
    pub(crate) fn rounded(&self, x: &Tensor) -> Option<Rounded> {
        let weights = self.bf16.as_ref()?;
        Some(match x.source {
            Source::Param(id) => weights.of(self.params.range(id)),
            _ => Rounded::tensor(self, x),
        })
    }

    /// In what layers multiply.
    pub(crate) fn factors(&self) -> kernels::Products {
        if self.bf16.is_some() { kernels::Products::Bf16 } else { self.params.products() }
    }

    /// Lets `product` multiply in linear layers of f32, forward and backward.
    pub fn with_products(self, product: &'p RefCell<dyn Product>) -> Cx<'p> {
        Cx { products: Products(Some(product)), ..self }
    }

    /// Who multiplies in linear layers.
    pub(crate) fn products(&self) -> Products<'p> {
        self.products
    }

    /// A result of `len` values, which `compute` writes; only counted where this computation is a plan.
    pub(crate) fn fill(&self, len: usize, compute: impl FnOnce(&mut [f32])) -> Buffer {
        fill(self.plan.as_ref(), len, compute)
    }

    /// Whether nothing is computed.
    pub(crate) fn is_plan(&self) -> bool {
        self.plan.is_some()
    }

    /// Measures from here on where the time goes; [`Cx::into_profile`] tells.
    pub fn profiled(self) -> Cx<'p> {
        Cx { recorder: Some(RefCell::new(Recorder::new())), ..self }
    }

    /// Where the time went; nothing unless it was [`Cx::profiled`].
    pub fn into_profile(self) -> Profile {
        self.recorder.map_or_else(Profile::default, |recorder| recorder.into_inner().finish())
    }

    /// Looks at every value from here on; [`Cx::first_non_finite`] tells which is bad. Needs a tape.
    pub fn watched(self) -> Cx<'p> {
        Cx { watch: Some(RefCell::default()), ..self }
    }

    /// The first weight or result that holds a NaN or an infinity; none unless it was [`Cx::watched`].
    ///
    /// ```
    /// use tensor::{Cx, Init, NonFinite, ParamsBuilder, Tensor, ops};
    /// let mut builder = ParamsBuilder::new();
    /// let w = builder.param("head.weight", &[1, 1], Init::Ones);
    /// let mut params = builder.build();
    /// params.weights_mut()[0] = 1e30;
    /// let cx = Cx::training(&params, [0, 0]).watched();
    /// let x = Tensor::from_vec(&[1, 1], vec![1e30]);
    /// ops::linear(&cx, &x, &cx.param(w), None, ops::Layout::Normal);
    /// let after = Some("head.weight".to_string());
    /// assert_eq!(cx.first_non_finite(), Some(NonFinite::Operation { name: "Linear", after }));
    /// ```
    pub fn first_non_finite(&self) -> Option<NonFinite> {
        self.watch.as_ref()?.borrow().found.clone()
    }

    /// The parameter as a tensor: a view of the arena, not a copy.
    pub fn param(&self, id: ParamId) -> Tensor {
        let tensor = self.params.tensor(id);
        self.last_param.set(Some(id));
        if let Some(watch) = &self.watch {
            let watch = &mut *watch.borrow_mut();
            let is_bad = watch.found.is_none() && !is_finite(&self.params.weights()[self.params.range(id)]);
            if is_bad {
                watch.found = Some(NonFinite::Weight(self.params.entries()[id.0].name.clone()));
            }
        }
        tensor
    }

    /// A computation that goes on where another one had drawn `n` keys for dropout.
    pub fn with_dropouts_from(self, n: u64) -> Cx<'p> {
        self.n_dropouts.set(n);
        self
    }

    /// How many keys for dropout were drawn, those of earlier pieces included.
    pub fn n_dropouts(&self) -> u64 {
        self.n_dropouts.get()
    }

    /// The numbers of `x` as what this computation begins with: its gradient goes no further, and
    /// [`Cx::backward_to_leaf`] gives it. Must come before any operation.
    ///
    /// A computation may be cut in two there: the second piece is computed again when its gradients are due, and meanwhile only
    /// `x` is kept (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016).
    #[track_caller]
    pub fn leaf(&self, x: &Tensor) -> Tensor {
        let tape = self.tape.as_ref().expect("leaf: this context records no tape");
        let index = tape.borrow_mut().push(Op::Leaf(Leaf), x.n_values());
        assert!(index == 0, "leaf: {index} operations came before");
        x.with_source(Source::Node(index))
    }

    /// Like [`Cx::backward_from`] for a computation that began with `leaf`, a tensor of [`Cx::leaf`]: gives the gradient of it.
    #[track_caller]
    pub fn backward_to_leaf(&self, output: Tensor, d_output: Tensor, leaf: &Tensor, grads: &mut Grads) -> Tensor {
        let arrived = self.run_back(output, d_output.into_buffer(), grads);
        let d = arrived.expect("backward_to_leaf: no gradient reached the leaf");
        let n_values = d.len();
        Tensor::view(leaf.shape(), Arc::new(d), 0..n_values, Source::Constant)
    }

    /// Adds the gradient of the scalar `loss` with respect to every parameter into `grads`, and clears the tape.
    #[track_caller]
    pub fn backward(&self, loss: &Tensor, grads: &mut Grads) {
        assert!(loss.n_values() == 1, "backward: expected a scalar, found shape {:?}", loss.shape());
        self.backward_from(loss, vec![1.0], grads);
    }

    /// Like [`Cx::backward`] for a tensor of any shape, given the gradient `d_output` that arrives from outside.
    #[track_caller]
    pub fn backward_from(&self, output: &Tensor, d_output: Vec<f32>, grads: &mut Grads) {
        self.run_back(output.clone(), Buffer::from(&d_output[..]), grads);
    }

    /// Like [`Cx::backward_from`] with a gradient that another computation gave.
    #[track_caller]
    pub fn backward_with(&self, output: Tensor, d_output: Tensor, grads: &mut Grads) {
        self.run_back(output, d_output.into_buffer(), grads);
    }

    #[track_caller]
    fn run_back(&self, output: Tensor, d_output: Buffer, grads: &mut Grads) -> Option<Buffer> {
        let found = d_output.len();
        assert!(found == output.n_values(), "backward: shape {:?} against {found} gradients", output.shape());
        let tape = self.tape.as_ref().expect("backward: this context records no tape");
        let mut recorder = self.recorder.as_ref().map(RefCell::borrow_mut);
        if let Some(recorder) = &mut recorder {
            recorder.skip();
        }
        let source = output.source;
        // Nobody reads it any more.
        drop(output);
        let way = Way { params: self.params, plan: self.plan.clone(), products: self.products };
        tape.take().backward((source, d_output), way, grads, recorder.as_deref_mut())
    }

    /// Floating-point operations of the forward pass recorded so far, a multiply-add counting as two.
    pub fn flops(&self) -> u64 {
        self.tape.as_ref().map_or(0, |tape| tape.borrow().flops())
    }

    /// Whether an operation on `inputs` is recorded: there is a tape, and a gradient will flow to one of them.
    pub(crate) fn records(&self, inputs: &[&Tensor]) -> bool {
        self.tape.is_some() && inputs.iter().any(|input| input.source != Source::Constant)
    }

    /// Wraps an operation's result; `op` is built and recorded only when a gradient will flow through it. It gets the
    /// result as a constant, a handle without a copy, for operations whose gradient needs it.
    pub(crate) fn emit(
        &self,
        shape: &[usize],
        values: Buffer,
        inputs: &[&Tensor],
        op: impl FnOnce(Tensor) -> Op,
    ) -> Tensor {
        let n_values = values.len();
        let is_bad = self.watch.is_some() && !is_finite(&values);
        let mut output = Tensor::view(shape, Arc::new(values), 0..n_values, Source::Constant);
        if let Some(tape) = &self.tape
            && self.records(inputs)
        {
            let mut tape = tape.borrow_mut();
            output.source = Source::Node(tape.push(op(output.clone()), n_values));
            if let Some(recorder) = &self.recorder {
                let n_read = inputs.iter().map(|input| input.n_values()).sum();
                tape.note_last(&mut recorder.borrow_mut(), self.last_param.get(), n_read);
            }
            if let Some(watch) = &self.watch
                && is_bad
            {
                let watch = &mut *watch.borrow_mut();
                let after = self.last_param.get().map(|id| self.params.entries()[id.0].name.clone());
                watch.found.get_or_insert_with(|| NonFinite::Operation { name: tape.last_name(), after });
            }
        }
        output
    }

    /// A fresh key for the next dropout, or `None` outside training.
    pub(crate) fn next_dropout_key(&self) -> Option<[u64; 2]> {
        self.tape.as_ref()?;
        let n = self.n_dropouts.get();
        self.n_dropouts.set(n + 1);
        // The step stays below 2^40 and a forward pass has far fewer than 2^24 dropouts, so keys never repeat.
        Some([self.dropout_key[0], (self.dropout_key[1] << 24) | n])
    }
}

fn is_finite(values: &[f32]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// A buffer that `compute` writes, or a planned one.
pub(crate) fn fill(plan: Option<&Arc<Plan>>, len: usize, compute: impl FnOnce(&mut [f32])) -> Buffer {
    if let Some(plan) = plan {
        return Buffer::planned(len, plan);
    }
    let mut values = Buffer::unset(len);
    compute(&mut values);
    values
}
