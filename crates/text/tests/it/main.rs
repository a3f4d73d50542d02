//! Integration checks of `text`.

mod stories;

fn main() {
    check::main(check::suite![
        stories::has_enough_plots,
        stories::splits_share_neither_plots_nor_texts,
        stories::is_deterministic,
        stories::asks_every_kind_and_starts_with_the_opening,
        stories::half_of_the_documents_answer,
        stories::stories_are_short_and_words_many,
    ]);
}
