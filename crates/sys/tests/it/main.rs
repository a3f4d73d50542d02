//! Integration checks of `sys`.

mod confine;

fn main() {
    check::main(check::suite![
        confine::a_child_starts_no_processes,
        confine::a_child_signals_nobody_but_itself,
        confine::memory_is_bounded,
        confine::files_are_read_only_and_hidden,
        confine::temporary_files_have_a_folder_of_their_own,
        confine::killing_ends_an_endless_child,
    ]);
}
