//! Integration checks of `studio`.

mod api_types;
mod guard;
mod tail;

fn main() {
    check::main(check::suite![
        api_types::typescript_is_current,
        guard::foreign_pages_start_nothing,
        guard::the_token_leaves_the_address,
        guard::errors_come_in_the_asked_language,
        tail::lines_come_whole_and_once,
    ]);
}
