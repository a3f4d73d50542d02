//! Integration checks of `api`.

mod embeddings;
mod openai;
mod server;

fn main() {
    check::main(check::suite![
        embeddings::texts_become_vectors_of_length_1,
        embeddings::many_texts_are_several_requests_in_order,
        embeddings::vectors_out_of_order_or_in_base64_are_put_right,
        embeddings::a_server_that_lies_is_found_out,
        embeddings::a_busy_server_is_asked_again,
        embeddings::a_refusal_says_why_and_is_not_repeated,
        embeddings::no_server_and_no_address_are_told_apart,
        openai::reads_what_clients_send,
        openai::ignores_unknown_fields,
        openai::names_the_field_of_a_wrong_type,
        openai::tells_an_object_from_anything_else,
        openai::writes_what_it_reads,
    ]);
}
