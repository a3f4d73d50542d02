//! Integration checks of `course`. Those that grade stand in the crate `answers`, which has the right answers.

mod curriculum;
mod log;
mod mastery;
mod quiz;
mod review;
mod traps;

use std::path::PathBuf;

fn main() {
    check::main(check::suite![
        curriculum::the_built_in_one_loads,
        curriculum::a_lab_by_its_topic,
        curriculum::the_whole_path_is_there,
        curriculum::mistakes_are_named,
        curriculum::a_folder_lies_over_the_built_in_one,
        log::events_are_only_added,
        log::merging_is_a_union,
        log::damaged_and_newer_logs,
        log::two_writers,
        log::hints_open_by_changed_attempts,
        log::the_first_hint_waits_for_a_value,
        log::hints_speak_of_the_learners_language,
        log::states_and_traps_follow_from_events,
        log::a_file_in_one_language_passes_nothing_in_another,
        log::totals_count_a_step_until_it_passes,
        log::a_damaged_clock_breaks_nothing,
        mastery::probabilities_are_those_of_another_implementation,
        mastery::what_says_nothing_moves_nothing,
        mastery::a_success_is_credited_to_prerequisites,
        mastery::mastered_takes_another_day_without_help,
        mastery::only_the_union_counts,
        mastery::credit_is_checked,
        review::a_skill_is_due_by_the_calendar,
        review::giving_up_brings_the_skills_back,
        review::a_question_stays_until_it_is_answered,
        review::an_answer_moves_the_date,
        review::a_clock_that_ran_ahead_hides_nothing,
        review::a_session_lasts_as_long_as_it_says,
        quiz::quizzes_are_fair,
        quiz::shown_positions_are_uniform,
        quiz::no_two_options_say_the_same,
        quiz::a_quiz_variant_can_be_judged_later,
        traps::a_mutant_under_another_trap_is_noticed,
    ]);
}

/// The repository's curriculum.
fn content() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../curriculum")
}

/// A folder of its own for a check.
fn scratch(name: &str) -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("sanjie-course-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path)?;
    Ok(path)
}
