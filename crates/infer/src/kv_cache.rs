//! Keys and values of past tokens, in pages of 64 positions.
//!
//! A sequence owns a [`PageTable`]: its k-th page holds positions 64k..64k+64 of every layer. Pages come from one
//! [`PagePool`] and go back when the request ends, so memory is bounded and never fragmented (Kwon et al. 2023,
//! "Efficient Memory Management for Large Language Model Serving with PagedAttention"). A page is exactly one chunk
//! of attention's fixed chunks of 64 keys, so the cache hands out pages as they lie: nothing is copied, and cached
//! computation adds up in the same order as computation without a cache.
//!
//! No sharing of pages between sequences, no eviction.

use kernels::attention::{KvChunk, Sequence};
use nn::{Batch, KvCache};

/// Positions of one page: the width of attention's chunks.
pub const PAGE_POSITIONS: usize = 64;

/// The sizes that the cache needs to know of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KvShape {
    /// Layers that keep keys and values.
    pub n_layers: usize,
    /// Width of a key, and of a value: n_kv_heads * d_head.
    pub width: usize,
}

impl KvShape {
    /// Bytes of one page.
    pub fn page_bytes(&self) -> usize {
        self.n_layers * 2 * self.block() * size_of::<f32>()
    }

    /// Values of one layer's keys in a page.
    fn block(&self) -> usize {
        PAGE_POSITIONS * self.width
    }
}

/// One page: for each layer the keys, then the values, `[64, width]` each.
type Page = Box<[f32]>;

/// The pages of one sequence, by position.
#[derive(Default)]
pub struct PageTable {
    pages: Vec<Page>,
}

/// All pages, most of them in use by sequences; the free ones wait here.
pub struct PagePool {
    shape: KvShape,
    free: Vec<Page>,
    n_made: usize,
    n_pages_max: usize,
}

impl PagePool {
    /// A pool of at most `n_pages_max` pages; memory is taken when a page is first needed.
    pub fn new(shape: KvShape, n_pages_max: usize) -> PagePool {
        PagePool { shape, free: Vec::new(), n_made: 0, n_pages_max }
    }

    /// The model's sizes.
    pub fn shape(&self) -> KvShape {
        self.shape
    }

    /// Pages there may be at once.
    pub fn n_pages(&self) -> usize {
        self.n_pages_max
    }

    /// Pages that are not in use.
    pub fn n_free(&self) -> usize {
        self.n_pages_max - self.n_made + self.free.len()
    }

    /// Makes `table` hold `n_positions` at least; panics when the pool is exhausted (who admits requests must know).
    #[track_caller]
    pub fn extend(&mut self, table: &mut PageTable, n_positions: usize) {
        while table.pages.len() * PAGE_POSITIONS < n_positions {
            let page = self.free.pop().unwrap_or_else(|| {
                assert!(self.n_made < self.n_pages_max, "page pool: all {} pages are in use", self.n_pages_max);
                self.n_made += 1;
                vec![0.0; self.shape.page_bytes() / size_of::<f32>()].into_boxed_slice()
            });
            table.pages.push(page);
        }
    }

    /// Takes the pages of a finished sequence back.
    pub fn release(&mut self, table: PageTable) {
        self.free.extend(table.pages);
    }
}

/// How many pages hold `n_positions`.
pub fn pages_for(n_positions: usize) -> usize {
    n_positions.div_ceil(PAGE_POSITIONS)
}

/// The cache of one forward pass: the tables of the batch's sequences, in the batch's order.
pub struct PagedKvCache<'a> {
    shape: KvShape,
    tables: Vec<&'a mut PageTable>,
}

impl<'a> PagedKvCache<'a> {
    /// `tables[s]` belongs to sequence s of the batch and must already hold all its positions.
    pub fn new(shape: KvShape, tables: Vec<&'a mut PageTable>) -> PagedKvCache<'a> {
        PagedKvCache { shape, tables }
    }
}

impl KvCache for PagedKvCache<'_> {
    fn append(&mut self, layer: usize, batch: &Batch, k: &[f32], v: &[f32]) {
        let KvShape { width, .. } = self.shape;
        let block = self.shape.block();
        for (table, bounds) in self.tables.iter_mut().zip(batch.offsets.windows(2)) {
            for row in bounds[0]..bounds[1] {
                let position = batch.positions[row] as usize;
                let page = &mut table.pages[position / PAGE_POSITIONS];
                let at = 2 * layer * block + (position % PAGE_POSITIONS) * width;
                page[at..at + width].copy_from_slice(&k[row * width..(row + 1) * width]);
                page[at + block..at + block + width].copy_from_slice(&v[row * width..(row + 1) * width]);
            }
        }
    }

    fn sequences(&self, layer: usize, batch: &Batch) -> Vec<Sequence<'_>> {
        let block = self.shape.block();
        let at = 2 * layer * block;
        let mut sequences = Vec::with_capacity(self.tables.len());
        for (table, bounds) in self.tables.iter().zip(batch.offsets.windows(2)) {
            let rows = bounds[0]..bounds[1];
            let n_keys = batch.positions[rows.end - 1] as usize + 1;
            let mut chunks = Vec::with_capacity(pages_for(n_keys));
            for (page, first) in table.pages.iter().zip((0..n_keys).step_by(PAGE_POSITIONS)) {
                let len = (n_keys - first).min(PAGE_POSITIONS) * self.shape.width;
                chunks.push(KvChunk { k: &page[at..at + len], v: &page[at + block..at + block + len] });
            }
            sequences.push(Sequence { rows, n_keys, chunks, both_ways: false });
        }
        sequences
    }
}
