//! Fast kernels against their references over shapes drawn from a fixed stream, small edges among them.

use super::attention::compare;
use super::bf16;
use super::levels::{narrow, supported, values, widen};
use check::{Outcome, close};
use kernels::Write;
use kernels::attention::AttentionShape;
use kernels::cpu::with_level;
use kernels::gemm::{Gemm, Layout, gemm, reference};
use kernels::rng::bits;

/// Draws from lists and ranges.
struct Draw {
    key: [u64; 2],
    n_drawn: u64,
}

impl Draw {
    fn new(seed: u64) -> Draw {
        Draw { key: [seed, 99], n_drawn: 0 }
    }

    fn below(&mut self, n: usize) -> usize {
        self.n_drawn += 1;
        bits(self.key, self.n_drawn) as usize % n
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// A size near a boundary, or any up to 150.
    fn size(&mut self) -> usize {
        if self.below(2) == 0 { self.of(&[0, 1, 2, 63, 64, 65, 127, 128, 129]) } else { self.below(150) }
    }
}

pub fn matrix_products() -> Outcome {
    let mut draw = Draw::new(1);
    for case in 0..150 {
        let (m, n, k) = (draw.size(), draw.size(), draw.size() + draw.of(&[0, 0, 200]));
        let (a, b) = (draw.of(&[Layout::Normal, Layout::Transposed]), draw.of(&[Layout::Normal, Layout::Transposed]));
        let spec = Gemm { m, n, k, a, b, write: draw.of(&[Write::Set, Write::Add]) };
        let (left, right, start) = (values(m * k, case), values(k * n, case + 500), values(m * n, case + 1000));
        let mut expected = widen(&start);
        reference(spec, &widen(&left), &widen(&right), &mut expected);
        for level in supported() {
            let mut found = start.clone();
            with_level(level, || gemm(spec, &left, &right, &mut found));
            close(&found, &narrow(&expected), 1e-5, &format!("{spec:?} at {level}"))?;
        }
    }
    Ok(())
}

pub fn matrix_products_of_bf16() -> Outcome {
    let mut draw = Draw::new(3);
    for case in 0..150 {
        let (m, n, k) = (draw.size() + draw.of(&[0, 0, 150]), draw.size(), draw.size() + draw.of(&[0, 0, 200]));
        let (a, b) = (draw.of(&[Layout::Normal, Layout::Transposed]), draw.of(&[Layout::Normal, Layout::Transposed]));
        bf16::compare(Gemm { m, n, k, a, b, write: draw.of(&[Write::Set, Write::Add]) }, case)?;
    }
    Ok(())
}

pub fn attention_of_packed_documents() -> Outcome {
    let mut draw = Draw::new(2);
    for _ in 0..60 {
        let n_kv_heads = draw.of(&[1, 1, 2, 3]);
        let d_head = draw.of(&[1, 5, 8, 16, 20, 32, 33, 40, 65]);
        let window = draw.of(&[None, None, Some(1), Some(3), Some(63), Some(64), Some(65), Some(100)]);
        let scale = 1.0 / (d_head as f32).sqrt();
        let shape = AttentionShape { n_heads: n_kv_heads * draw.of(&[1, 2, 5]), n_kv_heads, d_head, scale, window };
        let lengths: Vec<usize> = (0..draw.of(&[1, 2, 4])).map(|_| draw.size()).collect();
        compare(&shape, &lengths, draw.of(&[0.1, 1.0, 6.0]))?;
    }
    Ok(())
}
