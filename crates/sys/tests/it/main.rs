//! Integration checks of `sys`.

mod confine;

fn main() {
    check::main(check::suite![
        confine::the_sandbox_needs_no_program_to_be_found,
        confine::a_child_starts_no_processes,
        confine::a_child_signals_nobody_but_itself,
        confine::a_child_leaves_its_parent_alone,
        confine::a_child_cannot_undo_its_cell,
        confine::a_child_has_no_terminal,
        confine::a_compiler_writes_to_one_folder_and_starts_processes,
        confine::memory_that_no_limit_counts_is_refused,
        confine::memory_is_bounded,
        confine::files_are_read_only_and_hidden,
        confine::temporary_files_have_a_folder_of_their_own,
        confine::a_child_runs_or_waits_for_a_processor,
        confine::killing_ends_an_endless_child,
    ]);
}
