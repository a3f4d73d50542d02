//! Integration checks of `text`.

mod stories;
mod templates;
mod tokenizers;

fn main() {
    check::main(check::suite![
        stories::has_enough_plots,
        stories::splits_share_neither_plots_nor_texts,
        stories::is_deterministic,
        stories::asks_every_kind_and_starts_with_the_opening,
        stories::half_of_the_documents_answer,
        stories::stories_are_short_and_words_many,
        templates::render_as_transformers_does,
        templates::published_ones_render_as_transformers_does,
        templates::hostile_ones_are_stopped,
        templates::files_and_other_templates_are_out_of_reach,
        templates::a_long_conversation_is_within_the_limit,
        templates::tools_that_a_template_passes_over_are_told,
        tokenizers::training_writes_the_same_files,
        tokenizers::ids_and_offsets_are_those_of_python,
        tokenizers::decoding_is_that_of_python_whole_and_streamed,
        tokenizers::long_texts_are_encoded_as_in_one_piece,
        tokenizers::broken_tables_cost_their_file_alone,
        tokenizers::steps_that_grow_a_text_without_bound_are_refused,
        tokenizers::kinds_are_told_as_they_encode,
    ]);
}
