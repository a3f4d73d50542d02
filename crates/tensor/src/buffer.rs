//! Blocks of numbers that are used again: a step asks for the sizes that the step before gave back.
//!
//! Fresh memory must be set to 0, on one thread, while most results overwrite every value anyway
//! (`docs/log/2026-11-24-stories.md` says what that cost). So a [`Buffer`] goes back to a store of its thread when it is
//! dropped, and [`Buffer::unset`] hands it out as it is. Sizes are rounded up to one of eight steps per power of two, and a buffer
//! a little larger than asked for will do, so that batches of nearly equal length share buffers.
//!
//! What rests in a store and what is in use are together never more than was in use at once so far: before new memory is made,
//! buffers of other sizes go. Debug builds fill `unset` buffers with NaN, so that a test which reads a value left unwritten fails.

use kernels::Aligned;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Numbers in memory that returns to its thread's store, or the mere plan of some.
pub(crate) struct Buffer {
    /// At least `len` values; none of a plan.
    values: Aligned<f32>,
    len: usize,
    origin: Origin,
}

/// Where a buffer comes from.
enum Origin {
    /// Values of somebody's.
    Given,
    /// A store: it is counted there, and goes back.
    Store,
    /// A plan: there are no numbers, only their count.
    Plan(Arc<Plan>),
}

/// How many values a computation would hold, counted without any: what `Meta` storage is elsewhere.
#[derive(Default)]
pub struct Plan {
    n_in_use: AtomicUsize,
    n_in_use_max: AtomicUsize,
}

impl Plan {
    /// The most values that were in use at once so far.
    pub fn n_values_max(&self) -> usize {
        self.n_in_use_max.load(Ordering::Relaxed)
    }
}

impl Buffer {
    /// `len` values that are counted and never there: to read them is a bug and panics.
    pub fn planned(len: usize, plan: &Arc<Plan>) -> Buffer {
        let n = plan.n_in_use.fetch_add(rounded(len), Ordering::Relaxed) + rounded(len);
        plan.n_in_use_max.fetch_max(n, Ordering::Relaxed);
        Buffer { values: Aligned::new(), len, origin: Origin::Plan(plan.clone()) }
    }

    /// How many values it holds, or would hold.
    pub fn len(&self) -> usize {
        self.len
    }

    /// `len` values that hold anything: for results that are written whole.
    pub fn unset(len: usize) -> Buffer {
        let size = rounded(len);
        let values = STORE.with_borrow_mut(|store| store.take(size)).unwrap_or_else(|| Aligned::zeroed(size));
        let mut buffer = Buffer { values, len, origin: Origin::Store };
        if cfg!(debug_assertions) {
            buffer.fill(f32::NAN);
        }
        buffer
    }
}

impl From<Aligned<f32>> for Buffer {
    fn from(values: Aligned<f32>) -> Buffer {
        Buffer { len: values.len(), values, origin: Origin::Given }
    }
}

impl From<&[f32]> for Buffer {
    fn from(values: &[f32]) -> Buffer {
        Aligned::from(values).into()
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[..self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        match &self.origin {
            Origin::Given => {}
            Origin::Store => {
                let values = std::mem::take(&mut self.values);
                // Fails only while the thread ends; then the memory is freed.
                let _ = STORE.try_with(|store| store.borrow_mut().put(values));
            }
            Origin::Plan(plan) => drop(plan.n_in_use.fetch_sub(rounded(self.len), Ordering::Relaxed)),
        }
    }
}

/// A buffer larger by up to this part of what is asked for will do: two of the eight steps.
const SPARE_SHARE: usize = 4;

thread_local! {
    static STORE: RefCell<Store> = RefCell::default();
}

/// Buffers at rest by size, and how many values there are.
#[derive(Default)]
struct Store {
    at_rest: BTreeMap<usize, Vec<Aligned<f32>>>,
    n_at_rest: usize,
    n_in_use: usize,
    n_in_use_max: usize,
    /// The most in use since [`in_use`] was last called.
    n_in_use_lately: usize,
}

/// Values that buffers of this thread's store have: the most since this was last asked, and now.
pub(crate) fn in_use() -> (usize, usize) {
    STORE.with_borrow_mut(|store| {
        let most = store.n_in_use_lately.max(store.n_in_use);
        store.n_in_use_lately = store.n_in_use;
        (most, store.n_in_use)
    })
}

impl Store {
    /// A buffer of at least `size` values, if one rests that is not much larger; else there is room for a new one.
    fn take(&mut self, size: usize) -> Option<Aligned<f32>> {
        let fits = size..=size + size / SPARE_SHARE;
        let found = self.at_rest.range_mut(fits).find_map(|(_, buffers)| buffers.pop());
        self.n_in_use += found.as_ref().map_or(size, |buffer| buffer.len());
        self.n_in_use_max = self.n_in_use_max.max(self.n_in_use);
        self.n_in_use_lately = self.n_in_use_lately.max(self.n_in_use);
        match &found {
            Some(buffer) => self.n_at_rest -= buffer.len(),
            None => self.shrink(),
        }
        found
    }

    fn put(&mut self, values: Aligned<f32>) {
        let size = values.len();
        // What another thread took was never counted here.
        self.n_in_use = self.n_in_use.saturating_sub(size);
        self.n_at_rest += size;
        self.at_rest.entry(size).or_default().push(values);
        self.shrink();
    }

    /// Frees buffers at rest, the largest first, until all together are no more than were in use at once.
    fn shrink(&mut self) {
        while self.n_at_rest + self.n_in_use > self.n_in_use_max
            && let Some(mut largest) = self.at_rest.last_entry()
        {
            match largest.get_mut().pop() {
                Some(buffer) => self.n_at_rest -= buffer.len(),
                None => drop(largest.remove()),
            }
        }
    }
}

/// The next of eight sizes per power of two.
fn rounded(len: usize) -> usize {
    len.next_multiple_of(1 << (usize::BITS - len.leading_zeros()).saturating_sub(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up_by_at_most_an_eighth() {
        assert_eq!([0, 1, 8, 15, 17, 31, 33, 1000].map(rounded), [0, 1, 8, 15, 18, 32, 36, 1024]);
        for len in 1..5000 {
            let size = rounded(len);
            assert!(size >= len && size <= len + len / 8 && rounded(size) == size, "{len} becomes {size}");
        }
    }

    #[test]
    fn what_was_dropped_is_used_again_and_no_more_is_kept_than_was_in_use() {
        let addresses = |n| -> Vec<*const f32> {
            let buffers: Vec<Buffer> = (0..n).map(|_| Buffer::unset(1000)).collect();
            buffers.iter().map(|buffer| buffer.as_ptr()).collect()
        };
        let first = addresses(2);
        assert!(addresses(2).iter().all(|address| first.contains(address)));
        drop((0..9).map(|_| Buffer::from(Aligned::zeroed(1024))).collect::<Vec<_>>());
        STORE.with_borrow(|store| assert_eq!((store.n_at_rest, store.n_in_use, store.n_in_use_max), (2048, 0, 2048)));
    }

    #[test]
    fn a_little_larger_will_do_and_other_sizes_make_room() {
        drop((Buffer::unset(1000), Buffer::unset(1000)));
        let first = Buffer::unset(900);
        assert_eq!((first.len(), first.values.len()), (900, 1024));
        let other = Buffer::unset(400);
        STORE.with_borrow(|store| assert_eq!((store.n_at_rest, store.n_in_use), (0, 1024 + 416)));
        drop((first, other));
        STORE.with_borrow(|store| assert_eq!((store.n_at_rest, store.n_in_use, store.n_in_use_max), (1440, 0, 2048)));
    }

    #[test]
    fn a_debug_build_marks_what_is_not_written() {
        let buffer = Buffer::unset(5);
        assert_eq!(buffer.len(), 5);
        assert_eq!(buffer.iter().all(|x| x.is_nan()), cfg!(debug_assertions));
    }
}
