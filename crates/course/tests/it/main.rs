//! Integration checks of `course`. Those that grade stand in the crate `answers`, which has the right answers.

mod curriculum;
mod log;
mod quiz;

use std::path::PathBuf;

fn main() {
    check::main(check::suite![
        curriculum::the_built_in_one_loads,
        curriculum::the_whole_path_is_there,
        curriculum::mistakes_are_named,
        curriculum::a_folder_lies_over_the_built_in_one,
        log::events_are_only_added,
        log::merging_is_a_union,
        log::damaged_and_newer_logs,
        log::two_writers,
        log::hints_open_by_changed_attempts,
        log::states_and_traps_follow_from_events,
        quiz::quizzes_are_fair,
        quiz::shown_positions_are_uniform,
        quiz::no_two_options_say_the_same,
        quiz::a_quiz_variant_can_be_judged_later,
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
