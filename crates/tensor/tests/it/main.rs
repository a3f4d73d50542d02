//! Integration checks of `tensor`.

mod bf16;
mod head_loss;
mod misuse;
mod packed;
mod slopes;
mod tape;

fn main() {
    check::main(check::suite![
        bf16::a_layer_multiplies_rounded_numbers,
        bf16::a_network_at_once_is_near_its_layers,
        bf16::a_head_multiplies_rounded_numbers,
        bf16::activations_take_half_the_room,
        bf16::weights_count_by_half_in_bytes_that_move,
        bf16::a_copy_in_use_is_not_written,
        head_loss::equals_the_plain_formulas,
        head_loss::rows_without_weight_do_not_count,
        misuse::each_misuse_panics_and_says_why,
        misuse::weights_may_be_written_once_the_step_is_over,
        packed::packed_weights_give_the_same_bits,
        slopes::every_operation_has_a_row,
        slopes::each_gradient_is_the_slope,
        tape::gradients_add_up_over_uses_and_calls,
        tape::a_gradient_from_outside_is_taken,
        tape::inference_and_constants_record_nothing,
        tape::dropout_is_a_function_of_its_key,
        tape::a_profile_names_every_operation,
        tape::a_computation_may_be_cut_in_two,
        tape::somebody_elses_products_take_the_engines_place,
        tape::a_plan_counts_and_computes_nothing,
    ]);
}
