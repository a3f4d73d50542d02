//! Integration checks of `serve`: a tiny random model behind a real loopback socket.

mod embeddings;
mod errors;
mod handle;
mod openai_client;
mod tiny;
mod wire;

fn main() {
    check::main(check::suite![
        embeddings::texts_and_tokens_become_the_vectors_of_the_golden,
        embeddings::base64_holds_the_same_numbers,
        embeddings::many_requests_at_once_get_their_own_vectors,
        embeddings::each_bad_request_says_what_is_wrong,
        embeddings::a_model_of_the_other_kind_says_so,
        embeddings::our_own_client_reads_what_our_own_server_writes,
        errors::each_bad_request_has_its_status_field_and_code,
        errors::the_way_out_is_told,
        errors::pages_of_strangers_are_kept_out,
        errors::own_pages_read_the_answer,
        errors::prompts_over_the_context_say_so,
        errors::a_huge_body_is_refused,
        errors::a_full_queue_is_refused,
        errors::a_panicking_step_fails_its_requests_alone,
        errors::sentences_come_in_the_chosen_language,
        handle::opens_a_checkpoint_and_refuses_a_damaged_one,
        handle::a_dropped_receiver_cancels,
        handle::clients_that_vanish_cancel_their_work,
        handle::stops_when_told_to,
        openai_client::makes_its_ordinary_calls,
        openai_client::asks_for_vectors,
        openai_client::passes_tools_on,
        wire::lists_its_model_and_its_health,
        wire::completes_texts_and_tokens,
        wire::shows_prompts_as_transformers_renders_them,
        wire::answers_chats_with_and_without_a_template,
        wire::streams_what_it_would_have_sent_whole,
        wire::reports_log_probabilities,
        wire::scores_an_echoed_prompt,
        wire::an_echo_is_what_was_sent,
        wire::no_tokens_are_an_empty_answer,
        wire::usage_is_null_until_the_last_piece,
        wire::stops_before_a_stop_string,
        wire::the_same_seed_gives_the_same_answer,
    ]);
}
