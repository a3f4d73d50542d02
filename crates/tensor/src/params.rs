//! Parameters and their gradients as flat arenas.
//!
//! All weights of a model stand in one buffer in the order they were declared, gradients and optimiser moments in
//! buffers of the same layout. So the optimiser is one pass, a checkpoint is a list of named ranges, and sharding or
//! reducing over processes is a range, too.

use crate::blocks::Blocks;
use crate::buffer::{Buffer, Plan};
use crate::storage::{Source, Tensor};
use kernels::gemm::{Layout, Packed};
use kernels::rng;
use kernels::{Aligned, Products};
use std::ops::Range;
use std::sync::Arc;

/// Names one parameter of a [`Params`]; made by [`ParamsBuilder::param`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParamId(pub(crate) usize);

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// Normal with mean 0 and this standard deviation.
    Normal(f32),
    /// Sines and cosines of the row's number, of this root mean square: wavelengths grow from 2 pi rows to 2000 pi
    /// over the columns (Vaswani et al., 2017, section 3.5, there up to 20,000 pi).
    Sinusoid(f32),
}

/// What a parameter does in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Maps features to features; weight decay applies, and Muon may.
    Matrix,
    /// A row for each index; weight decay applies.
    Table,
    /// A bias or a gain; no weight decay.
    Vector,
}

/// What is known about one parameter.
#[derive(Clone, Debug)]
pub struct ParamEntry {
    /// The published checkpoint's name, such as `h.0.attn.c_attn.weight`.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Where it stands in the arena; empty for one that stays as it is stored, or is packed.
    pub range: Range<usize>,
    /// What it does in the model, which decides how it is optimised.
    pub role: Role,
    init: Init,
}

impl ParamEntry {
    /// Whether weight decay applies: not to biases and gains.
    pub fn decays(&self) -> bool {
        self.role != Role::Vector
    }
}

/// Collects parameters while a model is being laid out.
#[derive(Default)]
pub struct ParamsBuilder {
    entries: Vec<ParamEntry>,
    len: usize,
}

impl ParamsBuilder {
    /// An empty layout.
    pub fn new() -> ParamsBuilder {
        ParamsBuilder::default()
    }

    /// Declares the next parameter, a matrix or a vector by its shape; panics when the name is taken.
    #[track_caller]
    pub fn param(&mut self, name: impl Into<String>, shape: &[usize], init: Init) -> ParamId {
        let role = if shape.len() >= 2 { Role::Matrix } else { Role::Vector };
        self.declare(name.into(), shape, role, init)
    }

    /// Declares the next parameter, a table with a row for each index; panics when the name is taken.
    #[track_caller]
    pub fn table(&mut self, name: impl Into<String>, shape: [usize; 2], init: Init) -> ParamId {
        self.declare(name.into(), &shape, Role::Table, init)
    }

    #[track_caller]
    fn declare(&mut self, name: String, shape: &[usize], role: Role, init: Init) -> ParamId {
        assert!(self.entries.iter().all(|entry| entry.name != name), "param: {name} is declared twice");
        let range = self.len..self.len + shape.iter().product::<usize>();
        self.len = range.end;
        self.entries.push(ParamEntry { name, shape: shape.to_vec(), range, role, init });
        ParamId(self.entries.len() - 1)
    }

    /// The finished layout; all weights are 0 until [`Params::initialise`] or a checkpoint fills them.
    pub fn build(self) -> Params {
        self.build_with(|_| None)
    }

    /// The layout without a weight in memory: for [`crate::Cx::planned`].
    pub fn plan(self) -> Params {
        let held = self.entries.iter().map(|_| None).collect();
        let weights = Buffer::planned(self.len, &Arc::new(Plan::default()));
        Params { weights: Arc::new(weights), entries: self.entries, held, products: Products::F32 }
    }

    /// The finished layout, in which the parameters that `stored` knows stay as they are stored and take no room.
    pub fn build_with(mut self, mut stored: impl FnMut(&ParamEntry) -> Option<Blocks>) -> Params {
        let mut held = Vec::with_capacity(self.entries.len());
        let mut len = 0;
        for entry in &mut self.entries {
            let stays = stored(entry);
            let size = if stays.is_some() { 0 } else { entry.range.len() };
            entry.range = len..len + size;
            len += size;
            held.push(stays.map(Held::Blocks));
        }
        Params { weights: Arc::new(Aligned::zeroed(len).into()), entries: self.entries, held, products: Products::F32 }
    }

    /// What was declared so far.
    pub fn entries(&self) -> &[ParamEntry] {
        &self.entries
    }
}

/// The weights of a model.
pub struct Params {
    entries: Vec<ParamEntry>,
    weights: Arc<Buffer>,
    /// Of each entry, if it does not stand in the arena.
    held: Vec<Option<Held>>,
    products: Products,
}

/// A parameter outside the arena: a constant of every tape.
enum Held {
    /// As it is stored.
    Blocks(Blocks),
    /// Packed for products.
    Packed(Arc<Packed>),
}

impl Params {
    /// Fills all weights from `seed`. Each parameter draws from its own stream, so adding one changes no other.
    pub fn initialise(&mut self, seed: u64) {
        let entries = self.entries.clone();
        let weights = self.weights_mut();
        for (index, entry) in entries.iter().enumerate() {
            let values = &mut weights[entry.range.clone()];
            match entry.init {
                Init::Zeros => values.fill(0.0),
                Init::Ones => values.fill(1.0),
                Init::Sinusoid(rms) => sinusoid(values, entry.shape[1], rms),
                Init::Normal(std) => {
                    let key = [seed, index as u64];
                    values.iter_mut().enumerate().for_each(|(i, w)| *w = std * rng::normal(key, i as u64));
                }
            }
        }
    }

    /// All parameters in declared order.
    pub fn entries(&self) -> &[ParamEntry] {
        &self.entries
    }

    /// What is known about one of them.
    pub fn entry(&self, id: ParamId) -> &ParamEntry {
        &self.entries[id.0]
    }

    /// Number of weights in the arena.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.weights.len() == 0
    }

    /// The whole arena.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The whole arena to write to; panics while a tensor of a step still looks at it (drop the [`crate::Cx`] first).
    #[track_caller]
    pub fn weights_mut(&mut self) -> &mut [f32] {
        Arc::get_mut(&mut self.weights).expect("weights_mut: tensors of a step are still alive")
    }

    /// Packs every matrix of the arena, of which all must be `[out, in]`, for such products: weights that no longer change. Tables
    /// and vectors stay. Attention of these weights multiplies in the same.
    pub fn pack(&mut self, products: Products) {
        self.products = products;
        let old = std::mem::replace(&mut self.weights, Arc::new(Aligned::new().into()));
        let mut kept = Vec::new();
        for (entry, held) in self.entries.iter_mut().zip(&mut self.held).filter(|(_, held)| held.is_none()) {
            let values = &old[entry.range.clone()];
            let begin = kept.len();
            match (entry.role, entry.shape.as_slice()) {
                (Role::Matrix, &[n, k]) => {
                    *held = Some(Held::Packed(Arc::new(Packed::new(products, Layout::Transposed, [k, n], values))));
                }
                _ => kept.extend_from_slice(values),
            }
            entry.range = begin..kept.len();
        }
        self.weights = Arc::new(Buffer::from(&kept[..]));
    }

    /// For what products the matrices are packed; f32 if they are not.
    pub(crate) fn products(&self) -> Products {
        self.products
    }

    pub(crate) fn tensor(&self, id: ParamId) -> Tensor {
        let entry = &self.entries[id.0];
        match &self.held[id.0] {
            Some(Held::Blocks(blocks)) => return Tensor::of_blocks(&entry.shape, blocks.clone()),
            Some(Held::Packed(packed)) => return Tensor::of_packed(&entry.shape, packed.clone()),
            None => {}
        }
        Tensor::view(&entry.shape, self.weights.clone(), entry.range.clone(), Source::Param(id))
    }

    pub(crate) fn range(&self, id: ParamId) -> Range<usize> {
        self.entries[id.0].range.clone()
    }
}

fn sinusoid(values: &mut [f32], width: usize, rms: f32) {
    for (i, value) in values.iter_mut().enumerate() {
        let (row, column) = ((i / width) as f64, i % width);
        let angle = row / 1000f64.powf((column / 2 * 2) as f64 / width as f64);
        let wave = if column.is_multiple_of(2) { angle.sin() } else { angle.cos() };
        *value = (f64::from(rms) * std::f64::consts::SQRT_2 * wave) as f32;
    }
}

/// Gradients of all parameters, laid out like the weights.
pub struct Grads {
    values: Aligned<f32>,
}

impl Grads {
    /// Zero gradients for `params`.
    pub fn zeros(params: &Params) -> Grads {
        Grads { values: Aligned::zeroed(params.len()) }
    }

    /// For a plan, in which no gradient is made.
    pub fn planned() -> Grads {
        Grads { values: Aligned::new() }
    }

    /// The whole arena.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The whole arena to write to.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Back to 0, before the next step accumulates.
    pub fn zero(&mut self) {
        self.values.fill(0.0);
    }
}
