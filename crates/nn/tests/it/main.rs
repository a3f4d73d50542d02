//! Integration checks of `nn`.

mod attention;
mod batch;
mod layers;

fn main() {
    check::main(check::suite![
        layers::layers_and_their_gradients_are_those_of_pytorch,
        layers::attention_and_its_gradients_are_those_of_pytorch,
        layers::a_loss_at_the_head_is_that_of_its_scores,
        layers::parameters_are_declared_by_their_published_names,
        layers::a_head_by_columns_has_no_loss,
        attention::a_cache_gives_the_same_bits_as_none,
        attention::sequences_of_a_batch_do_not_meet,
        batch::positions_begin_anew_with_each_sequence,
        batch::offsets_that_do_not_cut_the_tokens_are_a_bug,
    ]);
}
