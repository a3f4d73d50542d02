//! Integration checks of `answers`: its numbers, the labs graded by them, and the lessons that show them.

mod bad_code;
mod checkpoint;
mod chunking;
mod grading;
mod lessons;
mod plug;
mod product;
mod ranking;
mod review;
mod soundness;
mod values;

use check::{Stop, skip};
use course::lab::{Code, Lab};
use course::run::{Python, Rust, Source};
use course::{Curriculum, Grader, Standing, StepReport, Tools};
use std::path::PathBuf;

fn main() {
    check::main(check::suite![
        values::softmax,
        values::attention_without_and_with_a_mask,
        values::heads,
        values::packed,
        values::a_score_by_hand,
        values::postings_and_the_best,
        values::texts_that_come_and_go,
        values::texts_and_their_lists_score_alike,
        values::chunks_by_hand,
        values::a_product_by_hand,
        values::panels_and_a_tile_at_the_edge,
        checkpoint::bytes_by_hand,
        checkpoint::a_norm_and_a_turn_by_hand,
        checkpoint::the_logits_are_the_engines,
        grading::a_seed_gives_the_same_verdict_again,
        grading::the_smallest_failing_case_is_shown,
        grading::an_exception_over_nothing_hides_no_number,
        grading::a_step_alone,
        grading::rust_is_graded_like_python,
        grading::a_bridge_without_its_package_is_named,
        grading::the_bridge_to_pytorch_is_graded,
        grading::one_rust_file_is_compiled_by_several_at_once,
        grading::a_damaged_cache_is_made_anew,
        grading::right_in_other_ways_passes,
        grading::as_wide_as_in_a_model,
        grading::a_trap_is_named_only_for_its_numbers,
        grading::forbidden_names_are_refused,
        grading::odd_messages_and_a_broken_numpy_are_told,
        grading::a_forbidden_operator_is_refused,
        grading::a_bridge_may_call_what_is_forbidden,
        bad_code::every_misbehaviour_is_a_verdict,
        bad_code::rust_that_misbehaves,
        bad_code::a_child_that_takes_no_requests_is_ended_too,
        bad_code::a_compiler_without_a_linker_is_nobodys_fault,
        bad_code::the_grader_outlives_a_file_that_means_it_harm,
        bad_code::a_compiler_is_confined_too,
        bad_code::the_learner_sees_their_own_lines_alone,
        bad_code::neighbours_shadow_nothing,
        bad_code::nothing_stays_written_and_no_network_is_there,
        lessons::code_prints_what_the_lesson_shows,
        lessons::the_numpy_twin_of_attention_is_the_engines,
        lessons::the_python_twin_of_bm25_is_the_engines,
        lessons::the_numpy_twin_of_chunking_is_the_engines,
        lessons::the_numpy_twin_of_the_product_is_the_engines,
        lessons::the_numpy_twin_of_a_llama_is_the_engines,
        plug::a_solution_says_what_the_engine_says,
        plug::a_window_is_kept,
        plug::an_answer_can_be_stopped,
        plug::without_a_mask_the_logits_are_others,
        plug::whatever_goes_wrong_is_named,
        plug::prints_are_handed_over_and_counted_anew,
        plug::a_lab_without_attention_plugs_into_nothing,
        product::a_solution_trains_as_the_engine_does,
        product::a_large_product_is_asked_for_in_pieces,
        product::a_wrong_product_shows_in_the_loss,
        product::whatever_a_product_does_wrong_is_named,
        product::a_lab_without_a_product_trains_nothing,
        ranking::a_solution_ranks_as_the_index_does,
        ranking::what_must_not_be_found_is_not,
        ranking::a_wrong_ranking_is_told_from_the_index,
        ranking::whatever_a_ranking_does_wrong_is_named,
        ranking::a_lab_without_a_ranking_plugs_into_no_search,
        chunking::a_solution_cuts_as_the_engine_does,
        chunking::whatever_a_way_of_cutting_does_wrong_is_named,
        chunking::a_limit_on_the_depth_is_noticed,
        chunking::a_lab_without_a_way_of_cutting_plugs_into_no_comparison,
        review::a_wrong_solution_fails_the_right_option,
        review::the_two_forms_take_turns,
        soundness::the_labs_are_sound,
        soundness::unsound_labs_are_found,
    ]);
}

/// A folder of its own for a check.
fn scratch(name: &str) -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("sanjie-course-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// A Python with numpy (`SANJIE_TEST_PYTHON`, which `cargo xtask test` sets, else `python3`), and the Rust compiler.
fn tools() -> Result<Tools, Stop> {
    let python = match std::env::var_os("SANJIE_TEST_PYTHON") {
        Some(program) => Python::at(program.into()),
        None => Python::find(),
    };
    if python.is_err() {
        return skip("a Python with numpy");
    }
    let rust = Rust::find(std::env::temp_dir().join("sanjie-course-rust"));
    Ok(Tools { python, rust })
}

fn source(text: &str, code: Code) -> Source {
    Source { name: format!("mine.{}", code.extension()), text: text.into(), folder: None, code }
}

/// All reports on `source`.
fn check_with(
    lab: &Lab,
    tools: &Tools,
    source: &Source,
    only: Option<&str>,
    seed: u64,
) -> Result<Vec<StepReport>, Stop> {
    let grader = Grader::new(lab, answers::find, tools);
    let mut reports = Vec::new();
    let standing = |_: &_, _: &[_]| Standing { attempt: 1, hint_tier: 0 };
    grader.check(source, only, seed, &standing, &mut |report| reports.push(report))?;
    Ok(reports)
}

fn causal_attention() -> Result<Lab, Stop> {
    Ok(Curriculum::load(None)?.lab("causal-attention")?.clone())
}

/// The solution with `from` replaced by `to`, which must occur.
fn changed(lab: &Lab, from: &str, to: &str) -> Result<Source, Stop> {
    check::that(lab.python.solution.contains(from), || format!("the solution has no {from:?}"))?;
    Ok(source(&lab.python.solution.replacen(from, to, 1), Code::Python))
}
