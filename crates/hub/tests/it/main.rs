//! Fetching from a server on this machine that behaves as badly as the network can; the recorded sets themselves.

mod fetching;
mod offered;
mod recorded;
mod server;

fn main() {
    check::main(check::suite![
        fetching::a_file_arrives_once_and_whole,
        fetching::a_missing_file_is_fetched_from_the_mirror,
        fetching::a_broken_connection_goes_on_where_it_stopped,
        fetching::a_part_of_last_time_is_gone_on_with,
        fetching::what_arrived_before_the_network_failed_is_kept,
        fetching::a_server_that_ignores_ranges_starts_over,
        fetching::a_bad_part_is_thrown_away_and_the_whole_fetched,
        fetching::wrong_bytes_are_refused_and_not_kept,
        fetching::a_page_in_place_of_the_file_is_refused,
        fetching::wrong_bytes_give_way_to_the_mirror,
        fetching::redirects_are_followed,
        fetching::a_silent_server_gives_way_to_the_mirror,
        fetching::a_server_that_falls_silent_gives_way_to_the_mirror,
        fetching::no_network_names_the_address,
        fetching::a_damaged_file_is_fetched_again_and_the_others_stay,
        fetching::a_folder_that_cannot_be_written_is_named,
        fetching::two_processes_do_not_fetch_the_same,
        offered::a_right_file_is_taken_whatever_its_name,
        offered::a_wrong_file_is_refused,
        offered::several_files_may_come_one_by_one_or_in_a_folder,
        recorded::the_list_is_sound,
        recorded::sizes_and_checksums_are_those_of_the_bytes_at_hand,
        recorded::an_unknown_name_gets_the_nearest,
    ]);
}
