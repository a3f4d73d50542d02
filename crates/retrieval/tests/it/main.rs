//! The crate's checks.

mod answers;
mod chunking;
mod embedders;
mod formats;
mod knowledge_base;
mod lexical;
mod meaning;
mod metrics;
mod pdf;

fn main() {
    check::main(check::suite![
        answers::plain_questions_of_a_few_notes_are_answered,
        answers::a_heading_leads_to_what_stands_below_it,
        answers::a_threshold_is_learned_from_questions_and_kept,
        answers::thresholds_follow_how_often_answers_are_right,
        embedders::only_new_texts_are_embedded,
        embedders::words_go_on_without_the_embedder,
        embedders::an_embedder_that_fails_is_asked_again,
        embedders::permissions_hold_for_vectors,
        embedders::semantic_chunks_end_where_the_subject_does,
        chunking::chunks_are_exact_ranges_within_their_budgets,
        chunking::a_text_is_normalised_when_it_must_be,
        chunking::delimiters_are_honoured_exactly,
        chunking::contexts_hold_their_chunks,
        chunking::names_are_read_as_they_are_written,
        chunking::headings_stay_with_what_they_head,
        chunking::sentences_end_where_people_end_them,
        formats::one_content_gives_one_text_in_every_format,
        formats::encodings_are_detected,
        formats::main_text_of_a_page,
        formats::broken_html_is_read,
        formats::tables_as_files,
        formats::books_in_reading_order,
        formats::bad_files_are_refused_by_name,
        formats::what_is_repeated_is_bounded,
        pdf::every_layout_is_read_in_its_order,
        pdf::structure_comes_back,
        pdf::every_chunk_has_its_page_and_box,
        pdf::locked_files_are_named,
        pdf::broken_files_cost_themselves_alone,
        pdf::bombs_are_refused,
        pdf::what_is_shown_again_and_again_ends,
        pdf::a_letterhead_costs_what_it_is,
        lexical::scores_are_the_formula_after_any_changes,
        lexical::a_score_is_the_sum_of_its_parts,
        lexical::plain_loops_over_its_lists_rank_alike,
        lexical::a_removed_text_is_gone_at_once,
        lexical::the_best_few_are_the_first_of_all,
        lexical::filters_come_before_the_places_are_given,
        lexical::owners_are_ranked_by_their_best_texts,
        lexical::phrases_must_stand_there,
        lexical::words_numbers_and_characters_become_terms,
        lexical::an_index_survives_its_file,
        meaning::the_nearest_are_found_in_every_coding,
        meaning::filters_come_before_the_places_are_given,
        meaning::what_is_removed_is_gone_and_unknown_words_are_near_nothing,
        meaning::vectors_know_which_words_stand_together,
        meaning::fused_rankings_follow_their_formulas,
        meaning::vectors_follow_the_collection_and_keep_no_trace,
        metrics::metrics_are_those_of_pytrec_eval,
        metrics::intervals_hold_the_mean_and_repeat,
        knowledge_base::documents_are_found_with_exact_places,
        knowledge_base::sync_touches_what_changed,
        knowledge_base::a_deleted_document_leaves_no_trace,
        knowledge_base::handed_over_files_are_kept_and_forgotten,
        knowledge_base::what_is_removed_stays_away,
        knowledge_base::a_store_of_the_first_version_opens,
        knowledge_base::a_document_that_vanished_meanwhile_is_skipped,
        knowledge_base::nobody_sees_what_is_not_theirs,
        knowledge_base::an_index_is_derived_again_when_it_must_be,
        knowledge_base::what_cannot_be_read_is_named_and_the_rest_is_read,
        knowledge_base::a_second_writer_waits_and_readers_do_not,
        knowledge_base::answers_are_quotations_or_nothing,
        knowledge_base::questions_measure_and_compare,
        knowledge_base::ones_own_way_of_cutting_is_compared,
        knowledge_base::names_and_chunkings,
    ]);
}
