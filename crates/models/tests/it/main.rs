//! Integration checks of `models`.

mod bf16;
mod families;
mod folder;
mod gpt;
mod published;
mod weights;

fn main() {
    check::main(check::suite![
        bf16::rounded_operands_as_in_pytorch,
        bf16::close_to_autocast_of_pytorch,
        families::every_family_has_a_proof_of_its_own,
        families::logits_are_those_of_transformers,
        families::greedy_tokens_are_those_of_transformers,
        families::gradients_are_those_of_transformers,
        families::weights_stay_where_they_are,
        families::a_gpt2_of_another_kind_is_refused,
        families::encoders_are_those_of_transformers,
        families::classifiers_and_their_gradients_are_those_of_transformers,
        families::norms_of_older_files_are_read,
        families::what_a_description_leaves_out_has_its_default,
        families::numbers_that_make_no_sense_are_refused,
        families::a_tokenizer_of_absurd_size_is_refused,
        families::what_is_no_classifier_is_named,
        families::a_cross_encoder_scores_as_its_files_say,
        families::what_does_not_fit_is_named,
        families::sizes_beyond_all_bounds_are_refused,
        folder::opens_what_was_written,
        folder::falls_back_to_the_checkpoint_before,
        gpt::matches_pytorch_with_biases,
        gpt::matches_pytorch_without_biases,
        gpt::matches_pytorch_with_rotary_positions,
        gpt::counts_its_weights_and_operations,
        gpt::refuses_impossible_sizes,
        gpt::same_bits_for_any_number_of_threads,
        gpt::same_bits_for_any_batch_composition,
        gpt::trains_the_same_with_and_without_a_second_thread,
        published::a_gguf_file_and_a_folder_answer_the_same_questions,
        published::a_checkpoint_of_our_own_is_described,
        weights::names_and_shapes_are_the_published_ones,
        weights::a_file_fills_the_model_or_changes_nothing,
        weights::matrices_are_read_as_in_by_out,
    ]);
}
