//! Integration checks of `kernels`.

mod attention;
mod bf16;
mod fuzz;
mod gemm;
mod goldens;
mod gradients;
mod levels;
mod muon;
mod pool;
mod quantised;
mod rows;
mod scan;
mod small;
mod utf8;

fn main() {
    check::main(check::suite![
        quantised::every_type_has_the_bits_of_the_gguf_package,
        quantised::half_precision_is_exact_everywhere,
        quantised::a_product_is_that_of_the_values,
        levels::avx2_is_covered,
        levels::avx512_is_covered,
        levels::products_of_pairs_are_covered,
        levels::products_of_tiles_are_covered,
        bf16::rounding_equals_the_reference,
        bf16::rounding_equals_pytorch,
        bf16::two_stand_in_each_place,
        bf16::products_equal_the_reference_at_every_level,
        bf16::products_equal_pytorch,
        bf16::rows_do_not_depend_on_other_rows,
        bf16::threads_do_not_change_bits,
        bf16::what_is_no_number_spreads,
        attention::equals_the_reference,
        attention::queries_do_not_depend_on_other_queries,
        attention::both_ways_each_query_sees_what_the_last_one_sees,
        attention::threads_and_neighbours_do_not_change_bits,
        attention::columns_of_one_matrix_have_the_bits_of_three,
        attention::huge_scores_give_no_nan,
        gemm::equals_the_reference_at_every_level,
        gemm::packed_once_gives_the_same_bits,
        gemm::addends_have_the_bits_of_later_sums,
        gemm::rows_do_not_depend_on_other_rows,
        gemm::threads_do_not_change_bits,
        muon::equals_pytorch,
        muon::zero_gradients_only_decay,
        muon::threads_do_not_change_bits,
        rows::gelu_equals_the_reference,
        rows::gelu_by_the_error_function_equals_the_reference,
        rows::swiglu_equals_the_reference,
        rows::rms_norm_equals_the_reference,
        rows::rope_equals_the_reference,
        rows::softmax_equals_the_reference,
        rows::columns_are_taken_and_given_back,
        rows::cross_entropy_equals_the_reference,
        rows::layer_norm_equals_the_reference,
        rows::adamw_equals_the_reference,
        rows::threads_do_not_change_bits,
        goldens::gemm_and_its_gradients_in_all_layouts,
        goldens::layer_norm_and_its_gradients,
        goldens::gelu_and_its_gradient,
        goldens::gelu_by_the_error_function_and_its_gradient,
        goldens::tanh_and_its_gradient,
        goldens::swiglu_and_its_gradients,
        goldens::rms_norm_and_its_gradients,
        goldens::rope_and_its_gradient,
        goldens::softmax_of_rows,
        goldens::embedding_and_its_gradient,
        goldens::cross_entropy_and_its_gradient,
        goldens::adamw_for_six_steps,
        goldens::attention_with_grouped_heads,
        goldens::attention_with_a_window,
        goldens::attention_with_odd_heads,
        goldens::attention_both_ways,
        gradients::of_the_matrix_product,
        gradients::of_layer_norm,
        gradients::of_gelu,
        gradients::of_gelu_by_the_error_function,
        gradients::of_tanh,
        gradients::of_swiglu,
        gradients::of_rms_norm,
        gradients::of_rope,
        gradients::of_cross_entropy,
        gradients::of_embedding,
        gradients::of_dropout,
        gradients::of_attention,
        scan::f32_rows_equal_the_reference,
        scan::integers_and_bits_are_exact,
        small::embedding_picks_rows_and_adds_gradients_back,
        small::embedding_refuses_an_id_outside_the_table,
        small::slices_equal_plain_loops,
        small::sum_of_squares_goes_beyond_one_batch_of_chunks,
        small::dropout_equals_the_reference,
        small::dropout_keeps_its_share_and_the_mean,
        small::dropped_infinities_are_zero,
        pool::each_task_runs_once,
        pool::a_panic_reaches_the_caller_and_the_pool_lives_on,
        pool::loops_may_nest,
        pool::callers_on_many_threads_do_not_meet,
        pool::a_limit_holds_in_its_scope_alone,
        utf8::every_level_equals_the_reference,
        fuzz::matrix_products,
        fuzz::matrix_products_of_bf16,
        fuzz::attention_of_packed_documents,
    ]);
}
