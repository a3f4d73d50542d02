//! The crate's checks.

mod chunking;
mod formats;

fn main() {
    check::main(check::suite![
        chunking::chunks_are_exact_ranges_within_their_budgets,
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
    ]);
}
