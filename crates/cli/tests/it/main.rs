//! The real binary, from the outside: a run, its end by force, its continuation, its words.

mod author;
mod bad_input;
mod course;
mod data;
mod inspect;
mod kb;
mod kb_embedder;
mod kb_matrix;
mod language;
mod named;
mod owed;
mod published;
mod pull;
mod start;
mod studio;
mod studio_bad_input;
mod studio_runs;

use check::{Outcome, Stop};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn main() {
    check::main(check::suite![
        trains_and_generates,
        a_killed_run_resumes_to_the_same_bytes,
        an_interrupted_run_saves_and_says_how_to_go_on,
        a_trained_model_chats_and_serves,
        a_model_is_measured,
        bad_input::text_that_cannot_be_used,
        bad_input::recipes_that_cannot_be_run,
        bad_input::folders_that_cannot_be_written,
        bad_input::words_in_the_language_asked_for,
        bad_input::chinese_is_told_in_chinese,
        bad_input::a_run_that_is_not_the_same,
        bad_input::a_recipe_that_was_changed_or_lost,
        bad_input::a_history_with_gaps,
        bad_input::a_folder_tells_what_was_read,
        bad_input::a_limit_on_files_is_told,
        bad_input::every_damage_of_a_checkpoint_is_found,
        bad_input::a_run_without_a_whole_checkpoint_begins_anew,
        bad_input::a_full_disk_costs_the_steps_since_the_last_checkpoint,
        bad_input::texts_as_people_have_them,
        bad_input::a_run_goes_on_beyond_its_last_step,
        owed::lost_output_is_a_failure,
        owed::runs_that_begin_together_get_folders_of_their_own,
        owed::a_run_without_a_whole_checkpoint_is_named,
        owed::options_that_cannot_be_meant,
        owed::a_conversation_outlives_what_cannot_be_read,
        start::the_studio_opens_for_its_person_alone,
        start::the_studio_says_why_it_cannot_start,
        published::a_gguf_file_generates_chats_and_is_measured,
        published::a_published_gpt2_is_used_like_any_model,
        published::an_encoder_embeds_lines,
        published::a_classifier_labels_lines,
        published::two_models_are_compared,
        inspect::files_of_others_are_described,
        inspect::what_cannot_be_read_is_named,
        data::sets_are_listed_in_both_languages,
        data::a_given_file_makes_a_recipe_work,
        data::a_shared_folder_is_looked_into,
        data::the_proxy_is_used_and_a_failure_names_the_address,
        data::bad_names_and_files_are_refused,
        studio_runs::a_run_is_watched_from_its_first_step_to_its_deletion,
        studio_runs::a_run_survives_its_studio,
        studio_runs::a_run_is_stopped_before_it_begins,
        studio_runs::a_run_saves_whoever_asks_it_to_stop_again,
        studio_runs::a_killed_run_shows_as_such_and_goes_on,
        studio_bad_input::absurd_requests_are_refused_with_a_sentence,
        studio_bad_input::damaged_folders_hide_nothing,
        studio_bad_input::why_a_run_did_not_begin_is_told_in_both_languages,
        pull::a_model_of_a_hub_is_pulled_and_writes_by_its_name,
        pull::a_folder_of_ones_own_is_pulled_and_embeds_by_its_name,
        pull::capabilities_are_told_in_words_and_as_json,
        named::a_run_is_found_by_its_name,
        named::a_run_goes_on_by_the_recipe_it_was_begun_with,
        named::nothing_to_go_on_from_is_said,
        named::what_is_wrong_is_said_before_the_text_is_read,
        named::a_run_that_never_began_leaves_nothing,
        named::a_second_interrupt_ends_a_run_without_saving,
        named::a_run_that_is_stopped_before_it_goes_on_stays,
        named::a_run_under_nohup_goes_on,
        course::the_path_as_json_and_what_is_next,
        course::a_topics_lesson_on_the_terminal,
        course::a_lab_from_its_start_to_the_log,
        course::a_curriculums_folder_is_hidden_from_learners_code,
        course::a_learners_file_as_editors_and_systems_have_it,
        course::what_learners_code_prints_has_no_power_over_the_terminal,
        course::a_verdict_is_given_though_the_log_is_full,
        course::the_path_is_shown_though_the_log_is_damaged,
        course::what_a_lab_cannot_work_with_is_named,
        course::the_file_that_was_worked_on_last_is_checked,
        course::a_learners_attention_answers_in_chat,
        course::a_learners_product_trains,
        kb_matrix::everybody_sees_what_is_theirs_by_every_way,
        author::a_new_topic_lacks_exactly_what_is_unwritten,
        author::a_preview_follows_the_files,
        author::a_folder_that_does_not_load_is_named,
        kb_embedder::an_encoder_gives_vectors_until_it_is_gone,
        kb_embedder::an_encoder_is_chosen_in_the_studio,
        kb_embedder::what_is_not_done_is_said,
        kb::a_knowledge_base_is_made_searched_and_measured,
        kb::a_learners_ranking_searches,
        kb::a_learners_way_of_cutting_is_compared,
        kb::damaged_files_are_treated_alike,
        kb::a_threshold_is_learned_from_the_command_line,
        kb::documents_do_not_command_the_terminal,
        kb::a_kill_loses_nothing_that_was_committed,
        language::help_is_in_the_language_asked_for,
        language::the_saved_choice_stands_between_the_option_and_the_environment,
        language::a_wrong_command_line_exits_with_2_and_a_suggestion,
        language::a_closed_pipe_is_no_failure,
        language::what_is_said_may_be_lost,
    ]);
}

/// A folder of its own for a check, with a text of some 6,000 characters.
fn scratch(name: &str) -> Result<PathBuf, Stop> {
    let path = std::env::temp_dir().join(format!("sanjie-cli-{}-{name}", std::process::id()));
    // Two tests of one name would take each other's files away.
    std::fs::create_dir(&path)?;
    let line = |i: usize| format!("{} times {} is {}.\n", i % 13, i % 7, (i % 13) * (i % 7));
    std::fs::write(path.join("text.txt"), (0..400).map(line).collect::<String>())?;
    Ok(path)
}

fn sanjie(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sanjie"));
    command.current_dir(folder).env("SANJIE_HOME", folder).env("LC_ALL", "C").env("SANJIE_THREADS", "2");
    command
}

/// `sanjie train` of a tiny model for `steps` steps into `out`.
fn training(folder: &Path, out: &str, steps: usize) -> Command {
    training_on(folder, "text.txt", out, steps)
}

/// The command below a shell that did `before`.
fn after(folder: &Path, before: &str, wanted: &Command) -> Command {
    let mut command = Command::new("sh");
    command.current_dir(folder).envs(wanted.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.arg("-c").arg(format!("{before}; exec \"$0\" \"$@\"")).arg(wanted.get_program()).args(wanted.get_args());
    command
}

/// [`training`] on another text.
fn training_on(folder: &Path, data: &str, out: &str, steps: usize) -> Command {
    let mut command = sanjie(folder);
    command.args(["train", "shakespeare-tiny", "--data", data, "--out", out]);
    let sizes =
        ["model.n_layers=2", "model.n_heads=2", "model.d_model=32", "model.max_seq_len=32", "train.batch_size=4"];
    let pace = ["checkpoint.every=20", "validation.every=50", "samples.every=50", "samples.max_tokens=8"];
    let steps = format!("train.steps={steps}");
    for setting in sizes.iter().chain(&pace).copied().chain([steps.as_str()]) {
        command.args(["--set", setting]);
    }
    command
}

fn succeed(output: Output) -> Result<Output, Stop> {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    check::that(output.status.success(), || format!("exit {:?}: {words}", output.status.code()))?;
    Ok(output)
}

fn lines(path: PathBuf) -> Result<Vec<serde_json::Value>, Stop> {
    Ok(std::fs::read_to_string(path)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Fails unless both runs hold the same last checkpoint, byte for byte, and metrics equal but for times.
fn same_run(folder: &Path, steps: usize) -> Outcome {
    for file in ["model.safetensors", "optimizer.safetensors", "tokenizer.json", "state.json", "SHA256SUMS"] {
        let place = format!("checkpoints/step-{steps:06}/{file}");
        let [whole, resumed] = ["whole", "resumed"].map(|run| std::fs::read(folder.join(run).join(&place)));
        check::that(whole? == resumed?, || format!("{place} differs"))?;
    }
    let metrics = |run: &str| -> Result<Vec<serde_json::Value>, Stop> {
        let mut lines = lines(folder.join(run).join("metrics.jsonl"))?;
        for line in &mut lines {
            (line["tokens_per_s"], line["elapsed_s"]) = (0.into(), 0.into());
        }
        Ok(lines)
    };
    let (whole, resumed) = (metrics("whole")?, metrics("resumed")?);
    check::equal(whole.len(), steps, "lines of metrics")?;
    check::that(whole == resumed, || "metrics differ".into())
}

fn trains_and_generates() -> Outcome {
    let folder = scratch("whole")?;
    succeed(training(&folder, "run", 200).output()?)?;
    let metrics = lines(folder.join("run/metrics.jsonl"))?;
    let loss = |line: &serde_json::Value| line["loss"].as_f64().unwrap_or(f64::NAN);
    let (first, last) = (loss(&metrics[0]), loss(&metrics[199]));
    check::that(last < first - 1.0, || format!("the loss went from {first} to {last}"))?;
    check::that(metrics[199]["val_loss"].is_f64(), || "the last step is not validated".into())?;
    let generate = |seed: &str| -> Result<serde_json::Value, Stop> {
        let arguments =
            ["generate", "run", "--prompt", "3 times", "--max-tokens", "12", "--json", "--temperature", "1"];
        let output = succeed(sanjie(&folder).args(arguments).args(["--seed", seed]).output()?)?;
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    let answer = generate("1")?;
    check::equal(answer["usage"]["completion_tokens"].as_u64(), Some(12), "tokens")?;
    check::equal(answer["tokens"].as_array().map(Vec::len), answer["logprobs"].as_array().map(Vec::len), "logprobs")?;
    check::equal(answer["finish_reason"].as_str(), Some("length"), "finish_reason")?;
    check::equal(generate("1")?, answer.clone(), "the same seed")?;
    check::that(generate("2")? != answer, || "another seed gave the same text".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn a_killed_run_resumes_to_the_same_bytes() -> Outcome {
    let folder = scratch("killed")?;
    succeed(training(&folder, "whole", 300).output()?)?;
    // Other moments every time; what they find can be found again by the seed.
    let asked = std::env::var("SANJIE_KILLS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = asked.unwrap_or_else(sys::unix_seconds);
    eprintln!("killed at the moments of SANJIE_KILLS_SEED={seed}");
    for kill in 0..5 {
        let pause = 20 + u64::from(kernels::rng::bits([seed, 0], kill) % 400);
        let mut child =
            training(&folder, "resumed", 300).arg("--resume").stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(Duration::from_millis(pause));
        child.kill()?;
        child.wait()?;
    }
    succeed(training(&folder, "resumed", 300).arg("--resume").output()?)?;
    same_run(&folder, 300).map_err(|stop| Stop::Failed(format!("SANJIE_KILLS_SEED={seed}: {stop:?}")))?;
    succeed(training(&folder, "resumed", 300).arg("--resume").output()?)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn an_interrupted_run_saves_and_says_how_to_go_on() -> Outcome {
    let folder = scratch("interrupted")?;
    succeed(training(&folder, "whole", 400).output()?)?;
    let child = training(&folder, "resumed", 400).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    // The first checkpoint proves that the handler is in place.
    let first = folder.join("resumed/checkpoints/step-000020");
    for _ in 0..500 {
        if first.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    let output = child.wait_with_output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    check::equal(output.status.code(), Some(130), "exit code")?;
    check::that(words.contains("--resume"), || format!("no word of how to go on: {words}"))?;
    // Word for word what it said, typed in the same folder.
    let command = words.split("go on with: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let mut typed = Command::new("sh");
    typed.current_dir(&folder).env("SANJIE_HOME", &folder).env("SANJIE_THREADS", "2").args(["-c", command]);
    succeed(typed.output()?)?;
    same_run(&folder, 400)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn a_trained_model_chats_and_serves() -> Outcome {
    let folder = scratch("talks")?;
    succeed(training(&folder, "run", 20).output()?)?;
    let mut chat = sanjie(&folder).args(["chat", "run"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut input) = chat.stdin.take() {
        input.write_all(b"3 times\n")?;
    }
    let output = succeed(chat.wait_with_output()?)?;
    check::that(output.stdout.len() > 2, || "the model said nothing".into())?;

    let arguments = ["serve", "run", "--port", "0"];
    let mut server = sanjie(&folder).args(arguments).stderr(Stdio::piped()).spawn()?;
    let mut words = String::new();
    if let Some(stderr) = server.stderr.take() {
        BufReader::new(stderr).read_line(&mut words)?;
    }
    let address = words.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let answered = ask_for_health(address);
    Command::new("kill").args(["-TERM", &server.id().to_string()]).status()?;
    let ended = server.wait()?;
    check::that(answered?.starts_with("HTTP/1.1 200"), || format!("no health at {words}"))?;
    check::that(ended.success(), || format!("the server ended with {ended}"))?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn ask_for_health(address: &str) -> Result<String, Stop> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn a_model_is_measured() -> Outcome {
    let folder = scratch("measured")?;
    succeed(training(&folder, "run", 60).output()?)?;
    let measured =
        sanjie(&folder).args(["eval", "run", "--suite", "perplexity", "--data", "text.txt", "--json"]).output()?;
    let text = String::from_utf8(succeed(measured)?.stdout)?;
    let lines: Vec<serde_json::Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let value = |metric: &str| {
        let line = lines.iter().find(|line| line["metric"] == metric).unwrap_or(&serde_json::Value::Null);
        line["value"].as_f64().unwrap_or(f64::NAN)
    };
    // A model of 19 characters that has learnt something.
    check::that(value("ppl") > 1.0 && value("ppl") < 19.0, || text.clone())?;
    // Every character of the text is a byte, so both count the same.
    check::that((value("ppl").log2() - value("bits_per_byte")).abs() < 1e-9, || text.clone())?;
    check::that(value("top1") > 0.1 && value("top1") <= 1.0, || text.clone())?;
    let usage = sanjie(&folder).args(["eval", "run", "--suite", "perplexity"]).output()?;
    check::equal(usage.status.code(), Some(2), "without a text")?;
    let wide = ["eval", "run", "--suite", "perplexity", "--data", "text.txt", "--window", "33"];
    let wide = sanjie(&folder).args(wide).output()?;
    check::equal(wide.status.code(), Some(1), "a window beyond the context")?;
    check::that(String::from_utf8_lossy(&wide.stderr).contains("33"), || "the window is not named".into())?;
    let nowhere = ["eval", "run", "--suite", "stories", "--cases", "nowhere/cases.jsonl"];
    let nowhere = sanjie(&folder).args(nowhere).output()?;
    check::equal(nowhere.status.code(), Some(1), "a place for the cases that is not there")?;
    check::that(String::from_utf8_lossy(&nowhere.stderr).starts_with("error: nowhere"), || named::told(&nowhere))?;
    // A tokenizer of digits and Latin letters cannot write the stories, and says so at once.
    let unfit = sanjie(&folder).args(["eval", "run", "--suite", "stories"]).output()?;
    check::equal(unfit.status.code(), Some(1), "a suite that does not fit")?;
    let told = named::told(&unfit);
    check::that(told.contains("`stories` does not fit") && !told.contains("column"), || told.clone())?;
    let verified = sanjie(&folder).args(["verify", "run", "run"]).output()?;
    check::equal(verified.status.code(), Some(1), "a model that writes none of the prompts")?;
    let told = named::told(&verified);
    check::that(told.contains("none of the 6 prompts") && !told.contains("column"), || told.clone())?;
    std::fs::write(folder.join("fox.txt"), "The quick brown fox jumps over the lazy dog.\n".repeat(100))?;
    succeed(training_on(&folder, "fox.txt", "fox", 2).output()?)?;
    let verified = succeed(sanjie(&folder).args(["verify", "fox", "fox"]).output()?)?;
    check::that(named::told(&verified).contains("compared on 1 of 6"), || named::told(&verified))?;
    let inspected = succeed(sanjie(&folder).args(["inspect", "run", "--json"]).output()?)?;
    let facts: serde_json::Value = serde_json::from_slice(&inspected.stdout)?;
    check::equal(facts["tokenizer"].as_str(), Some("characters"), "the tokenizer")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
