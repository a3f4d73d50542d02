//! The flat axis of tokens.

use check::{Outcome, equal};
use nn::Batch;

pub fn positions_begin_anew_with_each_sequence() -> Outcome {
    let batch = Batch::packed(vec![7, 8, 9, 4, 5], vec![0, 3, 3, 5]);
    equal(batch.positions.clone(), vec![0, 1, 2, 0, 1], "positions")?;
    equal([0, 1, 2].map(|s| batch.n_keys(s)), [3, 0, 2], "keys of each sequence")?;
    equal(batch.n_tokens(), 5, "tokens")?;
    equal(Batch::single(vec![4, 5]), Batch::packed(vec![4, 5], vec![0, 2]), "one sequence")?;
    // A step of decoding: one token that stands at position 9.
    let step = Batch { ids: vec![3], positions: vec![9], offsets: vec![0, 1] };
    equal(step.n_keys(0), 10, "keys cached before count")
}

pub fn offsets_that_do_not_cut_the_tokens_are_a_bug() -> Outcome {
    for offsets in [vec![], vec![0], vec![1, 3], vec![0, 2], vec![0, 3, 2, 3]] {
        let outcome = std::panic::catch_unwind(|| Batch::packed(vec![1, 2, 3], offsets.clone()));
        equal(outcome.is_err(), true, &format!("offsets {offsets:?} of three tokens"))?;
    }
    Ok(())
}
