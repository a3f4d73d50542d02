//! Integration checks of `eval`.

mod by_hand;
mod compare;
mod perplexity;
mod stories;

fn main() {
    check::main(check::suite![
        by_hand::names_the_fault,
        compare::nothing_compared_is_no_difference_of_zero,
        perplexity::equals_pytorch,
        perplexity::what_scores_nothing_is_refused,
        stories::accepts_every_story,
        stories::rejects_planted_errors,
        stories::answers_stand_in_the_facts,
        stories::answers_are_those_of_the_event_asked_about,
        stories::five_grams_are_inconsistent,
        stories::copies_are_found,
        stories::what_does_not_fit_counts_as_wrong,
        stories::shares_have_intervals_and_answers_forgive_spelling,
    ]);
}
