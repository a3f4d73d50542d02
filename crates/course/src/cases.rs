//! The cases a step is judged on, drawn from the seed.
//!
//! A case is one or more calls of the learner's function, and for a property also which rows of their outputs must
//! agree. Sizes grow with the number of the case, so that a mistake shows first where it is easiest to read.

mod bytes;

use crate::array::Values;
use crate::lab::{Check, CheckKind, Dim, Draw, Element, End, Input, Step, Type};
use crate::random::Random;
use crate::{Array, Expression, Value};
use std::ops::Range;

/// Calls that belong together.
#[derive(Clone, Debug)]
pub struct Case {
    /// Index of its check in the step.
    pub check: usize,
    /// Sizes drawn for it.
    pub dims: Vec<(String, usize)>,
    /// The calls, arguments in the order of the step's inputs; the first is the one that is shown.
    pub calls: Vec<Vec<Value>>,
    /// What must agree besides.
    pub agreements: Vec<Agreement>,
}

/// Rows of the first call's output that equal rows of another's.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Rows of the first call's output.
    pub rows: Range<usize>,
    /// The other call.
    pub call: usize,
    /// Its first row that is compared.
    pub from: usize,
}

/// All cases of `step`, check by check.
pub fn draw(step: &Step, seed: u64) -> Vec<Case> {
    let checks = step.checks.iter().enumerate();
    checks.flat_map(|(at, check)| (0..check.cases).map(move |number| case(step, at, check, number, seed))).collect()
}

fn case(step: &Step, at: usize, check: &Check, number: usize, seed: u64) -> Case {
    let mut random = Random::new(seed, &[&step.id, &check.name, &number.to_string()]);
    let growth = (number + 1) as f64 / check.cases as f64;
    let dims = draw_dims(step, check, growth, &mut random);
    let mut arguments: Vec<Value> = Vec::new();
    for input in &step.inputs {
        let drawn = (&dims[..], growth);
        arguments.push(draw_input(step, input, check, drawn, &arguments, &mut random));
    }
    let (others, agreements) = variations(step, check, &arguments, &dims, &mut random);
    let calls = std::iter::once(arguments).chain(others).collect();
    Case { check: at, dims, calls, agreements }
}

/// The value of an expression over `dims`; the loader has checked its names.
pub(crate) fn size(expression: &Expression, dims: &[(String, usize)]) -> usize {
    let lookup = |name: &str| dims.iter().find(|(dim, _)| dim == name).map(|(_, value)| *value as f64);
    expression.value(&lookup).map_or(0, |value| value.max(0.0) as usize)
}

/// The shape of `ty` over `dims`; 0 where the answer decides.
pub(crate) fn shape(ty: &Type, dims: &[(String, usize)]) -> Vec<usize> {
    match ty {
        Type::Int => vec![],
        Type::Array { shape, .. } => shape.iter().map(|dim| dim.as_ref().map_or(0, |dim| size(dim, dims))).collect(),
    }
}

fn draw_dims(step: &Step, check: &Check, growth: f64, random: &mut Random) -> Vec<(String, usize)> {
    let mut dims: Vec<(String, usize)> = Vec::new();
    for (name, dim) in &step.dims.0 {
        let dim = check.dims.0.iter().find(|(changed, _)| changed == name).map_or(dim, |(_, dim)| dim);
        let value = match dim {
            Dim::Fixed(value) => *value,
            Dim::Computed(expression) => size(expression, &dims),
            Dim::Range(ends) => {
                let [least, most] = ends.each_ref().map(|end| match end {
                    End::Number(value) => *value,
                    End::Computed(expression) => size(expression, &dims),
                });
                let room = (most.saturating_sub(least) as f64 * growth).round() as usize;
                least + random.below(room + 1)
            }
        };
        dims.push((name.clone(), value));
    }
    dims
}

fn draw_input(
    step: &Step,
    input: &Input,
    check: &Check,
    (dims, growth): (&[(String, usize)], f64),
    earlier: &[Value],
    random: &mut Random,
) -> Value {
    let Type::Array { element, .. } = &input.ty else {
        let value = dims.iter().find(|(dim, _)| *dim == input.name).map_or(0, |(_, value)| *value);
        return Value::Int(value);
    };
    let shape = shape(&input.ty, dims);
    let len = shape.iter().product();
    if let Some(holds) = input.holds {
        return Value::Array(bytes::draw(holds, &shape, growth, random));
    }
    let drawn = |name: &Option<String>| {
        let at = step.inputs.iter().position(|known| Some(&known.name) == name.as_ref())?;
        Some(earlier[at].array().ints())
    };
    let how = check.values.get(&input.name).copied().unwrap_or(input.values);
    match (element, &input.below) {
        (Element::F32, _) => {
            Value::Array(Array::f32(shape.clone(), draw_floats(how, len, shape.last().copied().unwrap_or(1), random)))
        }
        (Element::I32, Some(below)) if how == Draw::Falling => {
            let below = size(below, dims).max(1);
            let numbers = (0..len).map(|at| (below * (len - at)).div_ceil(len) as i32 - 1).collect();
            Value::Array(Array { shape, values: Values::I32(numbers) })
        }
        (Element::I32, Some(below)) => {
            let numbers = draw_numbers(len, size(below, dims), drawn(&input.within), random);
            Value::Array(Array { shape, values: Values::I32(numbers) })
        }
        (Element::I32, None) => {
            let total = input.offsets.as_ref().map_or(0, |total| size(total, dims));
            let ceiling = input.at_most.as_ref().map(|most| size(most, dims));
            let offsets = draw_offsets(len.saturating_sub(1), total, drawn(&input.at_least), ceiling, random);
            Value::Array(Array { shape: vec![offsets.len()], values: Values::I32(offsets) })
        }
    }
}

fn draw_floats(how: Draw, len: usize, width: usize, random: &mut Random) -> Vec<f32> {
    let mut small = |scale: f32| (random.below(9) as f32 * 0.5 - 2.0) * scale;
    match how {
        Draw::Small => (0..len).map(|_| small(1.0)).collect(),
        Draw::Huge => {
            let half = len.div_ceil(2).max(4);
            let drawn = random.permutation(2 * half).into_iter().take(len);
            drawn.map(|at| at as f32 - half as f32).map(|at| 5e4 * if at < 0.0 { at } else { at + 1.0 }).collect()
        }
        Draw::Equal => vec![small(1.0); len],
        Draw::Eye => (0..len).map(|i| if i / width.max(1) == i % width.max(1) { 1.0 } else { 0.0 }).collect(),
        Draw::Normal => (0..len).map(|_| random.normal() as f32).collect(),
        Draw::Counts => (0..len).map(|_| random.below(5) as f32).collect(),
        Draw::Positive => (0..len).map(|_| 1.0 + random.below(9) as f32).collect(),
        Draw::Tiny => (0..len).map(|_| small(1e-3)).collect(),
        Draw::Large => (0..len).map(|_| 1.0 + random.below(500) as f32).collect(),
        Draw::Valley => {
            let bottom = random.below(len.max(1));
            (0..len).map(|at| at.abs_diff(bottom) as f32 * 0.5).collect()
        }
        Draw::Falling => unreachable!("the loader allows it for whole numbers alone"),
    }
}

/// `len` numbers below `below`; within each part between `offsets` ascending, each once as far as there are enough.
fn draw_numbers(len: usize, below: usize, offsets: Option<&[i32]>, random: &mut Random) -> Vec<i32> {
    let Some(offsets) = offsets else { return (0..len).map(|_| random.below(below.max(1)) as i32).collect() };
    let mut numbers = vec![0; len];
    for part in offsets.windows(2) {
        let part = &mut numbers[(part[0] as usize).min(len)..(part[1] as usize).min(len)];
        for (number, drawn) in part.iter_mut().zip(random.permutation(below)) {
            *number = drawn as i32;
        }
        part.sort_unstable();
    }
    numbers
}

/// `parts` parts that sum to `total`, each at least as long as that of `floor`; what is left over goes to drawn parts that
/// are shorter than `ceiling`, as long as there are any.
fn draw_offsets(
    parts: usize,
    total: usize,
    floor: Option<&[i32]>,
    ceiling: Option<usize>,
    random: &mut Random,
) -> Vec<i32> {
    let least = |part: usize| floor.map_or(0, |floor| (floor[part + 1] - floor[part]) as usize);
    let mut lens: Vec<usize> = (0..parts).map(least).collect();
    if parts > 0 {
        for _ in lens.iter().sum::<usize>()..total {
            let has_room = |part: &usize| ceiling.is_none_or(|ceiling| lens[*part] < ceiling);
            let open: Vec<usize> = (0..parts).filter(has_room).collect();
            let part = if open.is_empty() { random.below(parts) } else { open[random.below(open.len())] };
            lens[part] += 1;
        }
    }
    let mut offsets = vec![0];
    for len in lens {
        offsets.push(offsets[offsets.len() - 1] + len as i32);
    }
    offsets
}

/// Further calls for a property, and what of their outputs agrees with the first call's.
fn variations(
    step: &Step,
    check: &Check,
    arguments: &[Value],
    dims: &[(String, usize)],
    random: &mut Random,
) -> (Vec<Vec<Value>>, Vec<Agreement>) {
    let at = |name: &str| step.inputs.iter().position(|input| input.name == name).unwrap_or(0);
    let n_rows = shape(&step.output, dims).first().copied().unwrap_or(0);
    let changed: Vec<usize> = check.inputs.iter().chain(&check.input).map(|name| at(name)).collect();
    let rows_of = |input: usize| arguments[input].array().shape.first().copied().unwrap_or(0);
    let mut other = arguments.to_vec();
    match check.kind {
        CheckKind::Values => (vec![], vec![]),
        CheckKind::Shift => {
            map_rows(&mut other[changed[0]], |_, row| {
                // From -4 to 4, and never by nothing.
                let shift = random.below(8) as f32 - 4.0;
                let shift = if shift < 0.0 { shift } else { shift + 1.0 };
                row.iter_mut().for_each(|x| *x += shift);
            });
            (vec![other], vec![Agreement { rows: 0..n_rows, call: 1, from: 0 }])
        }
        CheckKind::Permute => {
            let mut order = random.permutation(rows_of(changed[0]));
            if order.is_sorted() && !order.is_empty() {
                order.rotate_left(1);
            }
            for &input in &changed {
                other[input] = Value::Array(take_rows(arguments[input].array(), order.iter().copied()));
            }
            (vec![other], vec![Agreement { rows: 0..n_rows, call: 1, from: 0 }])
        }
        CheckKind::Causality => {
            let n_keys = rows_of(changed[0]);
            // Within the output's rows: only then is there a past that has to stay, and a future that moves.
            let first = 1 + n_keys.saturating_sub(n_rows);
            let cut = first + random.below(n_keys.saturating_sub(first).max(1));
            for &input in &changed {
                map_rows(&mut other[input], |at, row| {
                    if at >= cut {
                        row.iter_mut().for_each(|x| *x = 3.0 - *x);
                    }
                });
            }
            let unchanged = n_rows.saturating_sub(n_keys.saturating_sub(cut));
            (vec![other], vec![Agreement { rows: 0..unchanged, call: 1, from: 0 }])
        }
        CheckKind::Cached => {
            let n = rows_of(changed[0]);
            // All the rows again would be the same call.
            let from = if n < 2 { 0 } else { 1 + random.below(n - 1) };
            other[changed[0]] = Value::Array(take_rows(arguments[changed[0]].array(), from..n));
            (vec![other], vec![Agreement { rows: from..n, call: 1, from: 0 }])
        }
        CheckKind::Packed => {
            let pairs: Vec<(usize, usize)> =
                check.rows.0.iter().map(|(rows, offsets)| (at(rows), at(offsets))).collect();
            let part = |offsets: usize, i: usize| {
                let offsets = arguments[offsets].array().ints();
                offsets[i] as usize..offsets[i + 1] as usize
            };
            let (mut calls, mut agreements) = (vec![], vec![]);
            for i in 0..arguments[pairs[0].1].array().len() - 1 {
                // A sequence without keys is no call of its own: nothing could be attended to.
                if pairs.iter().any(|(_, offsets)| part(*offsets, i).is_empty()) {
                    continue;
                }
                let mut single = arguments.to_vec();
                for &(rows, offsets) in &pairs {
                    let range = part(offsets, i);
                    let alone = Values::I32(vec![0, range.len() as i32]);
                    single[rows] = Value::Array(take_rows(arguments[rows].array(), range));
                    single[offsets] = Value::Array(Array { shape: vec![2], values: alone });
                }
                calls.push(single);
                agreements.push(Agreement { rows: part(pairs[0].1, i), call: calls.len(), from: 0 });
            }
            (calls, agreements)
        }
    }
}

fn map_rows(value: &mut Value, mut change: impl FnMut(usize, &mut [f32])) {
    let Value::Array(array) = value else { return };
    let width = array.row_len();
    if let (Values::F32(values), 1..) = (&mut array.values, width) {
        values.chunks_exact_mut(width).enumerate().for_each(|(at, row)| change(at, row));
    }
}

/// These rows of an f32 array.
pub(crate) fn take_rows(array: &Array, rows: impl ExactSizeIterator<Item = usize>) -> Array {
    let width = array.row_len();
    let mut shape = array.shape.clone();
    shape[0] = rows.len();
    let values = array.floats();
    Array::f32(shape, rows.flat_map(|row| values[row * width..][..width].iter().copied()).collect())
}
