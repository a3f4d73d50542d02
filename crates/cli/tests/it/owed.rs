//! What a person is owed whatever happens: lost output, damaged models and options without effect are named, two runs do
//! not get into each other's way, and a conversation survives a line that cannot be read.

use crate::bad_input::{refused, words};
use crate::{lines, sanjie, scratch, succeed, training};
use check::{Outcome, Stop};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The system's device that is always full stands for a full disk behind `>`.
pub fn lost_output_is_a_failure() -> Outcome {
    if !Path::new("/dev/full").exists() {
        return check::skip("/dev/full, which Linux has");
    }
    let folder = scratch("lost")?;
    succeed(training(&folder, "run", 5).output()?)?;
    let cases: [&[&str]; 6] = [
        &["data", "list"],
        &["--help"],
        &["generate", "run", "--prompt", "3", "--max-tokens", "3"],
        &["generate", "run", "--prompt", "3", "--max-tokens", "3", "--json"],
        &["eval", "run", "--suite", "perplexity", "--data", "text.txt", "--json"],
        &["inspect", "run"],
    ];
    for arguments in cases {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full")?;
        let output = sanjie(&folder).args(arguments).stdout(full).output()?;
        refused(&output, 1, "could not be written", &format!("{arguments:?}"))?;
    }
    // A run is not ended by it.
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full")?;
    let output = training(&folder, "told", 5).arg("--json").stdout(full).output()?;
    refused(&output, 1, "could not be written", "train --json")?;
    check::equal(lines(folder.join("told/metrics.jsonl"))?.len(), 5, "steps")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn runs_that_begin_together_get_folders_of_their_own() -> Outcome {
    let folder = scratch("together")?;
    let mut commands: Vec<Command> = (0..4).map(|_| training(&folder, "unused", 3)).collect();
    let mut children = Vec::new();
    for command in &mut commands {
        // The same line without `--out unused`.
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_os_string()).collect();
        let at = arguments.iter().position(|argument| argument == "--out").unwrap_or_default();
        let rest = [&arguments[..at], &arguments[at + 2..]].concat();
        children.push(sanjie(&folder).args(rest).stderr(Stdio::piped()).spawn()?);
    }
    for child in children {
        succeed(child.wait_with_output()?)?;
    }
    let finished = std::fs::read_dir(folder.join("runs"))?.flatten();
    let n_finished = finished.filter(|entry| entry.path().join("report.json").is_file()).count();
    check::equal(n_finished, 4, "finished runs")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_run_without_a_whole_checkpoint_is_named() -> Outcome {
    let folder = scratch("all-damaged")?;
    succeed(training(&folder, "run", 20).output()?)?;
    let weights = "run/checkpoints/step-000020/model.safetensors";
    // The weights of a checkpoint stand for it.
    let by_file = succeed(sanjie(&folder).args(["generate", weights, "--prompt", "3", "--json"]).output()?)?;
    let by_run = succeed(sanjie(&folder).args(["generate", "run", "--prompt", "3", "--json"]).output()?)?;
    check::equal(by_file.stdout, by_run.stdout, "what the file and the run say")?;
    let mut bytes = std::fs::read(folder.join(weights))?;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(folder.join(weights), bytes)?;
    let data = ["--suite", "perplexity", "--data", "text.txt"];
    let evaluated = [&["eval", "run"], &data[..]].concat();
    let (all, one) = (["every checkpoint of run is damaged", "run 的检查点全部损坏"], ["is damaged", "已损坏"]);
    let cases: [(&[&str], [&str; 2]); 6] = [
        (&["generate", "run", "--prompt", "3"], all),
        (&evaluated, all),
        (&["inspect", "run"], all),
        (&["inspect", "run/checkpoints/step-000020"], one),
        (&["inspect", weights], one),
        (&["generate", weights, "--prompt", "3"], one),
    ];
    for (arguments, expected) in cases {
        for (lang, expected) in ["en", "zh"].into_iter().zip(expected) {
            let output = sanjie(&folder).args(["--lang", lang]).args(arguments).output()?;
            refused(&output, 1, expected, &format!("{arguments:?} in {lang}"))?;
            let found = words(&output);
            check::that(!found.contains("checksum.") && !found.contains("model.damaged"), || found.clone())?;
            check::that(found.contains("model.safetensors"), || format!("the file is not named: {found}"))?;
            check::that(output.stdout.is_empty(), || format!("{arguments:?} described it all the same"))?;
        }
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn options_that_cannot_be_meant() -> Outcome {
    let folder = scratch("ignored")?;
    succeed(training(&folder, "run", 5).output()?)?;
    let perplexity = ["eval", "run", "--suite", "perplexity", "--data", "text.txt"];
    let with_cases = [&perplexity[..], &["--cases", "cases.jsonl"]].concat();
    let cases: [(&[&str], i32, &str); 11] = [
        (&["eval", "run"], 2, "--suite <stories|perplexity>"),
        (&with_cases, 2, "--cases changes nothing"),
        (&["eval", "run", "--suite", "stories", "--data", "text.txt"], 2, "--data changes nothing"),
        (&["eval", "run", "--suite", "stories", "--window", "8"], 2, "--window changes nothing"),
        (&["generate", "run", "--prompt", "3", "--top-p", "0.9"], 0, "likeliest token"),
        (&["generate", "run", "--prompt", "3", "--seed", "5"], 0, "likeliest token"),
        // A number below zero is a value like any other, and its refusal says what is possible.
        (&["generate", "run", "--prompt", "3", "--temperature", "-1"], 1, "temperature -1: expected 0 to"),
        (&["generate", "run"], 2, "something is missing: --prompt <TEXT>"),
        (&["generate", "run", "--prompt", ""], 1, "the prompt is empty"),
        (&["generate", "run", "--max-tokens", "-1"], 2, "not below zero"),
        (&["generate", "run", "--seed", "-1"], 2, "not below zero"),
    ];
    for (arguments, code, expected) in cases {
        refused(&sanjie(&folder).args(arguments).output()?, code, expected, &format!("{arguments:?}"))?;
    }
    for threads in ["abc", "0", "-1", "1.5"] {
        let output = sanjie(&folder).args(["inspect", "run"]).env("SANJIE_THREADS", threads).output()?;
        refused(&output, 1, &format!("SANJIE_THREADS={threads}"), threads)?;
    }
    succeed(sanjie(&folder).args(["inspect", "run"]).env("SANJIE_THREADS", "").output()?)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// What `sanjie chat run` says to `input`.
fn chat(folder: &Path, input: &str) -> Result<Output, Stop> {
    let mut command = sanjie(folder);
    command.args(["chat", "run", "--temperature", "0", "--max-tokens", "4"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    succeed(child.wait_with_output()?)
}

pub fn a_conversation_outlives_what_cannot_be_read() -> Outcome {
    let folder = scratch("chat")?;
    succeed(training(&folder, "run", 20).output()?)?;
    let plain = chat(&folder, "3 times\n4 times\n")?;
    let broken = chat(&folder, "3 times\n\u{65e5}\n4 times\n")?;
    check::that(words(&broken).contains("goes on without it"), || words(&broken))?;
    // The place is that in the line, whatever was said before.
    check::that(words(&broken).contains("line 1, column 1"), || words(&broken))?;
    let quit = chat(&folder, "3 times\n4 times\n/quit\n5 times\n")?;
    check::that(words(&quit).contains("/quit ends"), || words(&quit))?;
    check::equal(&quit.stdout, &plain.stdout, "what is said until /quit")?;
    // The bad line got no answer; the others are those of a conversation without it.
    let answers = |output: &Output| String::from_utf8_lossy(&output.stdout).replace('\n', "");
    check::equal(answers(&broken), answers(&plain), "the answers")?;
    // Ten turns are longer than the context of 32.
    let long = chat(&folder, &"3 times\n".repeat(10))?;
    check::that(words(&long).contains("the context is full"), || words(&long))?;
    check::that(!words(&long).contains("error"), || words(&long))?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
