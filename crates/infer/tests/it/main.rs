//! Integration checks of `infer`.

mod same_bits;

fn main() {
    check::main(check::suite![
        same_bits::cached_and_uncached_give_the_same_logits,
        same_bits::an_answer_does_not_depend_on_its_company,
    ]);
}
