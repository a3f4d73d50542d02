//! What a template may build and compare.
//!
//! The engine's price for a value is that of its outermost list alone, and a list may hold another twice, which holds a third
//! twice, and so on: forty lists in memory, and for ever to compare, to print or to hash. So whatever gets a name, comes out of
//! brackets, is summed up or compared goes through [`bounded`] ([`super::source`] puts it there), which counts what a value holds, as
//! often as it holds it.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, State, Value};

/// Name of the filter that passes on what is within bounds; no template uses it.
pub(super) const BOUNDED: &str = "_bounded";

/// The same for what becomes a part of a namespace.
pub(super) const HELD: &str = "_held";

/// Name of the filter that passes on everything but lists: none is multiplied.
pub(super) const UNLISTED: &str = "_unlisted";

/// Values nest this deep at most: they are dropped, compared and written by recursion.
pub(super) const DEPTH_MAX: usize = 128;

/// A value holds so many others at most: a conversation of twenty thousand turns with all their fields.
const PARTS_MAX: usize = 1 << 17;

/// The texts in a value have so many bytes at most, which is what turning it into one text takes: three times a context of a
/// million tokens.
const TEXT_BYTES_MAX: usize = 1 << 24;

/// So many parts are looked at for the price of an instruction, which takes as long.
const PARTS_PER_FUEL: usize = 8;

/// The same of texts, in bytes: they are compared and hashed quickly.
const TEXT_BYTES_PER_FUEL: usize = 1 << 11;

/// Adds the filters to an environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.add_filter(BOUNDED, |state: &State, value: Value| bounded(state, value, 0));
    environment.add_filter(HELD, |state: &State, value: Value| bounded(state, value, 1));
    environment.add_filter(UNLISTED, unlisted);
}

/// Passes a value on, for a price by all that it holds. A list that is only computed when it is read is computed now: a part of a
/// part of it, and so on, would nest without end.
fn bounded(state: &State, value: Value, depth: usize) -> Result<Value, Error> {
    Sizes::of(state, &value, depth)?;
    Ok(if value.kind() == ValueKind::Iterable { value.try_iter()?.collect() } else { value })
}

/// Fails unless a value is within bounds, for its price.
pub(super) fn check(state: &State, value: &Value) -> Result<(), Error> {
    Sizes::of(state, value, 0).map(drop)
}

/// Bytes of the texts in a value.
pub(super) fn text_bytes(state: &State, value: &Value) -> Result<usize, Error> {
    Ok(Sizes::of(state, value, 0)?.text_bytes)
}

/// The engine multiplies a list free of charge, and no template does.
fn unlisted(value: Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => Err(refused("a list is not multiplied")),
        _ => Ok(value),
    }
}

/// What a value holds.
#[derive(Default)]
struct Sizes {
    parts: usize,
    text_bytes: usize,
}

impl Sizes {
    fn of(state: &State, value: &Value, depth: usize) -> Result<Sizes, Error> {
        let mut sizes = Sizes::default();
        sizes.add(state, value, depth)?;
        state.consume_fuel((sizes.text_bytes / TEXT_BYTES_PER_FUEL) as u64)?;
        Ok(sizes)
    }

    fn add(&mut self, state: &State, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > DEPTH_MAX {
            return Err(refused("nested too deeply"));
        }
        self.parts += 1;
        self.text_bytes += value.as_str().map_or(0, str::len);
        if self.parts > PARTS_MAX {
            return Err(refused(&format!("a value holds more than {PARTS_MAX} others")));
        }
        // A text alone is paid for where it is made.
        if depth > 0 && self.text_bytes > TEXT_BYTES_MAX {
            return Err(refused(&format!("the texts in a value have more than {TEXT_BYTES_MAX} bytes")));
        }
        if self.parts.is_multiple_of(PARTS_PER_FUEL) {
            state.consume_fuel(1)?;
        }
        match value.kind() {
            ValueKind::Seq | ValueKind::Iterable => {
                for item in value.try_iter()? {
                    self.add(state, &item, depth + 1)?;
                }
            }
            ValueKind::Map => {
                // It could hold itself.
                let is_namespace = value.as_object().is_some_and(|object| object.type_name().ends_with("::Namespace"));
                if is_namespace && depth > 0 {
                    return Err(refused("a value holds a namespace"));
                }
                for key in value.try_iter()? {
                    self.add(state, &key, depth + 1)?;
                    self.add(state, &value.get_item(&key)?, depth + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.to_string())
}
