//! Integration checks of `eval`.

mod stories;

fn main() {
    check::main(check::suite![
        stories::accepts_every_story,
        stories::rejects_planted_errors,
        stories::names_the_fault,
        stories::answers_stand_in_the_facts,
        stories::answers_are_those_of_the_event_asked_about,
        stories::five_grams_are_inconsistent,
        stories::copies_are_found,
        stories::shares_have_intervals_and_answers_forgive_spelling,
    ]);
}
