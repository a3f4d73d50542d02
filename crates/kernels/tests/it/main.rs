//! Integration checks of `kernels`.

mod attention;
mod gemm;
mod levels;
mod rows;

fn main() {
    check::main(check::suite![
        levels::avx2_is_covered,
        levels::avx512_is_covered,
        attention::equals_the_reference,
        attention::queries_do_not_depend_on_other_queries,
        attention::threads_and_neighbours_do_not_change_bits,
        attention::huge_scores_give_no_nan,
        gemm::equals_the_reference_at_every_level,
        gemm::rows_do_not_depend_on_other_rows,
        gemm::threads_do_not_change_bits,
        rows::gelu_equals_the_reference,
        rows::softmax_equals_the_reference,
        rows::cross_entropy_equals_the_reference,
        rows::layer_norm_equals_the_reference,
        rows::adamw_equals_the_reference,
        rows::threads_do_not_change_bits,
    ]);
}
