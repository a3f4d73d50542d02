//! Integration checks of `api`.

mod openai;

fn main() {
    check::main(check::suite![
        openai::reads_what_clients_send,
        openai::ignores_unknown_fields,
        openai::names_the_field_of_a_wrong_type,
        openai::tells_an_object_from_anything_else,
        openai::writes_what_it_reads,
    ]);
}
