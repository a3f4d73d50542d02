//! Integration checks of `studio`.

mod api_types;
mod guard;
mod knowledge;
mod learning;
mod library;
mod plug;
mod runs;
mod tail;
mod talk;
mod today;

fn main() {
    check::main(check::suite![
        api_types::typescript_is_current,
        guard::foreign_pages_start_nothing,
        guard::the_token_leaves_the_address,
        guard::errors_come_in_the_asked_language,
        guard::trainings_have_a_limit,
        knowledge::a_knowledge_base_lives_over_http,
        knowledge::names_that_lead_elsewhere_are_refused,
        knowledge::nobody_sees_over_http_what_is_not_theirs,
        knowledge::a_search_says_what_it_went_by,
        knowledge::foreign_pages_reach_no_knowledge_base,
        learning::a_topic_shows_its_lesson_and_keeps_answers,
        learning::two_studios_share_one_log,
        learning::a_lab_is_begun_saved_and_judged,
        learning::a_second_stub_puts_no_work_aside,
        learning::a_previewed_folder_is_hidden_from_learners_code,
        learning::a_page_that_leaves_ends_its_check,
        learning::a_log_travels,
        library::models_are_listed_and_described,
        library::a_text_is_cut_by_the_tokenizer_of_any_model,
        library::a_model_tells_what_it_expects_and_where_it_looks,
        library::what_cannot_be_looked_into_is_said,
        plug::a_learners_attention_answers,
        plug::a_learners_product_trains,
        runs::a_profile_and_its_trace_are_handed_out,
        runs::a_recipe_without_its_text_starts_nothing,
        runs::a_bug_of_the_trainer_is_called_one,
        runs::a_preparation_is_told_while_it_lasts,
        runs::a_model_says_what_it_can_read,
        tail::lines_come_whole_and_once,
        talk::tokens_come_with_their_alternatives,
        talk::a_long_conversation_loses_its_oldest_turns,
        talk::a_long_text_loses_its_beginning,
        talk::a_page_that_closes_stops_the_model,
        talk::a_look_shows_the_weights_of_every_head,
        today::what_is_due_is_asked_and_kept,
        today::the_figure_has_a_model_before_the_learner_has,
    ]);
}
