//! Integration checks of `train`.

mod bf16;
mod checkpoints;
mod profiles;
mod recipes;
mod runs;
mod schedules;

fn main() {
    check::main(check::suite![
        bf16::a_run_has_the_same_bytes_for_any_threads_and_stops,
        bf16::weights_stay_f32_and_losses_near_those_of_f32,
        bf16::an_estimate_counts_the_copy_and_what_is_kept_in_half_the_room,
        checkpoints::weights_and_moments_come_back_bit_for_bit,
        checkpoints::equal_runs_write_equal_bytes,
        checkpoints::every_loss_comes_back_bit_for_bit,
        checkpoints::what_does_not_fit_is_refused,
        checkpoints::the_last_ones_and_the_best_stay,
        recipes::the_resolved_recipe_is_the_recipe,
        recipes::a_file_wins_over_nothing_and_a_setting_over_a_file,
        recipes::a_name_is_that_of_a_folder,
        recipes::the_resolved_recipe_finds_its_text_from_anywhere,
        recipes::rotary_positions_need_pairs_of_features,
        runs::threads_do_not_change_a_run,
        runs::checkpointed_blocks_train_the_same_model,
        profiles::a_step_holds_what_its_plan_says,
        runs::a_run_can_be_stopped_anywhere_and_goes_on,
        runs::an_overfitting_run_goes_on_to_the_same_bytes,
        runs::other_text_than_stories_is_measured_whole,
        runs::the_preparation_is_told_stage_by_stage,
        profiles::a_profile_stays_in_the_run_folder,
        profiles::a_trace_nests_and_adds_up,
        runs::a_beginning_that_no_sample_can_have_is_told,
        runs::a_seed_changes_a_run,
        runs::a_half_written_line_is_cut_off,
        runs::a_second_process_is_kept_out,
        runs::a_loss_that_explodes_ends_the_run,
        runs::batches_add_up_to_a_larger_one,
        runs::the_average_is_saved_as_the_model_and_goes_on_to_the_bit,
        runs::stories_say_their_language,
        schedules::the_learning_rate_is_nano_gpts,
        schedules::straight_lines_are_those_of_transformers,
        schedules::the_norm_is_clipped_as_pytorch_does_it,
    ]);
}
