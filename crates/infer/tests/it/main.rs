//! Integration checks of `infer`.

mod classifier;
mod encoder;
mod engine;
mod plug;
mod same_bits;
mod sampling;
mod text;
mod vocabularies;

fn main() {
    check::main(check::suite![
        classifier::scores_are_those_of_the_pipeline_of_transformers,
        classifier::a_cross_encoder_is_a_reranker,
        encoder::an_encoder_is_an_embedder,
        encoder::vectors_of_bf16_products_are_close,
        encoder::its_name_changes_with_what_decides_its_vectors,
        encoder::texts_are_lower_case_where_the_files_say_so,
        encoder::pooling_is_that_of_sentence_transformers,
        engine::pages_come_back_after_a_cancel,
        engine::a_cancelled_neighbour_changes_nothing,
        engine::requests_beyond_the_memory_wait_their_turn,
        engine::the_context_is_the_limit_of_last_resort,
        engine::impossible_requests_are_refused,
        engine::a_penalty_breaks_a_loop_and_spares_what_ends_an_answer,
        engine::a_stop_token_ends_an_answer_unseen,
        engine::a_reset_forgets_who_ran_and_keeps_who_waits,
        plug::the_same_function_plugged_in_gives_the_same_bits,
        plug::a_plug_that_gives_up_leaves_it_to_the_engine,
        plug::a_plug_is_asked_for_new_tokens_alone,
        plug::a_replay_reads_what_was_generated,
        same_bits::cached_and_uncached_give_the_same_logits,
        same_bits::an_answer_does_not_depend_on_its_company,
        sampling::weights_equal_a_plain_implementation,
        sampling::penalties_and_cuts_are_those_of_transformers,
        sampling::openai_penalties_count_the_answer_alone,
        sampling::top_p_at_its_edges,
        sampling::draws_follow_the_probabilities,
        sampling::a_draw_depends_on_seed_and_position_alone,
        sampling::log_probabilities_are_those_of_the_model,
        sampling::impossible_parameters_are_refused,
        text::characters_are_never_cut,
        text::stop_strings_never_show,
        text::markers_that_people_type_are_text,
        text::markers_in_tools_are_text,
        text::what_begins_every_document_begins_every_prompt,
        text::a_base_model_continues_plain_text,
        text::many_answers_are_the_ones_of_each_alone,
        text::an_empty_text_begins_a_document,
        vocabularies::vocabularies_of_gguf_files_give_the_publishers_ids,
        vocabularies::a_long_text_is_not_cut_after_a_blank_line,
        vocabularies::qwen2_by_its_ranks_gives_the_publishers_ids,
    ]);
}
