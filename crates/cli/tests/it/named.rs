//! Runs by their names: found from any folder, and gone on with by the recipe they were begun with.

use crate::{after, sanjie, scratch, succeed, training};
use check::{Outcome, Stop, equal, that};
use std::path::Path;
use std::process::{Command, Output};

pub fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Fails unless the command ends with 1 and says all of `expected`.
fn refused(command: &mut Command, expected: &[&str]) -> Outcome {
    let output = command.output()?;
    let words = told(&output);
    equal(output.status.code(), Some(1), &format!("exit code of {command:?}: {words}"))?;
    for expected in expected {
        that(words.contains(expected), || format!("{command:?}: no word of {expected:?} in: {words}"))?;
    }
    Ok(())
}

pub fn a_run_is_found_by_its_name() -> Outcome {
    let folder = scratch("named")?;
    // The data folder is the scratch folder.
    succeed(training(&folder, "runs/tiny-17", 20).output()?)?;
    let elsewhere = folder.join("elsewhere");
    std::fs::create_dir(&elsewhere)?;
    std::fs::copy(folder.join("text.txt"), elsewhere.join("text.txt"))?;
    let commands: [&[&str]; 6] = [
        &["generate", "tiny-17", "--prompt", "3", "--max-tokens", "2"],
        &["generate", "tiny-17/checkpoints/step-000020", "--prompt", "3", "--max-tokens", "2"],
        &["chat", "tiny-17"],
        &["eval", "tiny-17", "--suite", "perplexity", "--data", "text.txt"],
        &["inspect", "tiny-17", "--json"],
        &["estimate", "tiny-17", "--json"],
    ];
    for command in commands {
        let output = run(&folder, &elsewhere, command).stdin(std::process::Stdio::null()).output()?;
        succeed(output).map_err(|stop| Stop::Failed(format!("{command:?}: {stop:?}")))?;
    }
    let runs = folder.join("runs").display().to_string();
    for command in ["generate", "chat", "serve", "inspect"] {
        let prompt: &[&str] = if command == "generate" { &["--prompt", "3"] } else { &[] };
        let line = [&[command, "tiny-71"], prompt].concat();
        refused(&mut run(&folder, &elsewhere, &line), &["tiny-71", &runs, "`tiny-17`"])?;
    }
    refused(&mut run(&folder, &elsewhere, &["verify", "tiny-17", "tiny-71"]), &[&runs, "`tiny-17`"])?;
    refused(&mut run(&folder, &elsewhere, &["eval", "tiny-71", "--suite", "stories"]), &[&runs, "`tiny-17`"])?;
    // A path is where it says, and nowhere else.
    refused(&mut run(&folder, &elsewhere, &["chat", "./tiny-17"]), &["./tiny-17 does not exist"])?;
    refused(&mut run(&elsewhere, &elsewhere, &["chat", "tiny"]), &["elsewhere/runs", "sanjie train stories"])?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// `sanjie` with the data folder `home`, called in `here`.
fn run(home: &Path, here: &Path, arguments: &[&str]) -> Command {
    let mut command = sanjie(home);
    command.current_dir(here).args(arguments);
    command
}

pub fn a_run_goes_on_by_the_recipe_it_was_begun_with() -> Outcome {
    let folder = scratch("own")?;
    succeed(training(&folder, "my run", 20).output()?)?;
    let resume = |more: &[&str]| {
        let mut command = sanjie(&folder);
        command.args(["train", "shakespeare-tiny", "--out", "my run", "--resume"]).args(more);
        command
    };
    let words = told(&succeed(resume(&[]).output()?)?);
    that(words.contains("all steps of this run (20) are done"), || words.clone())?;
    let words = told(&succeed(resume(&["--set", "train.steps=25"]).output()?)?);
    that(words.contains("going on after step 20"), || words.clone())?;
    // What was said at the beginning may be said again; anything else is a change.
    succeed(resume(&["--set", "train.batch_size=4", "--data", "text.txt"]).output()?)?;
    refused(&mut resume(&["--set", "train.batch_size=8"]), &["`train.batch_size` = 4, now it is 8"])?;
    refused(&mut resume(&["--set", "train.steps=24"]), &["25 steps"])?;
    let mut other = sanjie(&folder);
    other.args(["train", "shakespeare-baby", "--out", "my run", "--resume"]);
    let words = told(&other.output()?);
    let line = words.split("sanjie train ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let mut pasted = Command::new("sh");
    let line = format!("{} train {line}", env!("CARGO_BIN_EXE_sanjie"));
    pasted.current_dir(&folder).env("SANJIE_HOME", &folder).args(["-c", &line]);
    succeed(pasted.output()?).map_err(|stop| Stop::Failed(format!("{line}: {stop:?}, from {words}")))?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn nothing_to_go_on_from_is_said() -> Outcome {
    let folder = scratch("nothing")?;
    succeed(training(&folder, "poems-1", 4).output()?)?;
    for (out, meant) in [("poem-1", "--out poems-1"), ("runs/poems-2", ""), ("prose", "")] {
        let words = told(&succeed(training(&folder, out, 2).arg("--resume").output()?)?);
        that(words.contains("beginning at step 0") && words.contains(out), || words.clone())?;
        equal(words.contains("if you meant"), !meant.is_empty(), &format!("another run beside {out}: {words}"))?;
        that(words.contains(meant), || words.clone())?;
    }
    let words = told(&succeed(training(&folder, "poems-1", 4).arg("--resume").output()?)?);
    that(!words.contains("beginning"), || words.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Stopped while it reads its text or trains its tokenizer, a run ends there, and one that nobody gave a folder leaves none.
pub fn a_run_that_never_began_leaves_nothing() -> Outcome {
    let folder = scratch("early")?;
    for (tokenizer, stage) in [("byte", "stories"), ("bpe", "training the tokenizer")] {
        let mut command = sanjie(&folder);
        command.args(["train", "stories", "--set", "data.n_documents=3000", "--set", "tokenizer.vocab_size=8192"]);
        command.args(["--set", &format!("tokenizer.kind={tokenizer}")]);
        let mut child = command.stderr(std::process::Stdio::piped()).spawn()?;
        let mut words = std::io::BufReader::new(child.stderr.take().ok_or("a pipe")?);
        let mut line = String::new();
        while !line.contains(stage) {
            that(std::io::BufRead::read_line(&mut words, &mut line)? > 0, || format!("no stage {stage}: {line}"))?;
        }
        Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
        equal(child.wait()?.code(), Some(130), "exit code")?;
        std::io::Read::read_to_string(&mut words, &mut line)?;
        that(line.contains("stopped before the first step"), || line.clone())?;
        that(!line.contains("setting up the model"), || format!("it went on: {line}"))?;
        equal(std::fs::read_dir(folder.join("runs"))?.count(), 0, "runs")?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Stopped while it prepares to go on, a run stays where it was.
pub fn a_run_that_is_stopped_before_it_goes_on_stays() -> Outcome {
    let folder = scratch("stays")?;
    let small =
        ["data.n_documents=3000", "tokenizer.kind=byte", "model.d_model=16", "model.n_layers=1", "train.batch_size=1"];
    let train = |steps: usize, more: &[&str]| {
        let mut command = sanjie(&folder);
        command.args(["train", "stories", "--out", "run", "--set", &format!("train.steps={steps}")]).args(more);
        command.args(small.iter().flat_map(|setting| ["--set", setting]));
        command.args(["--set", "validation.max_documents=1", "--set", "samples.max_tokens=1"]);
        command
    };
    succeed(train(1, &[]).output()?)?;
    let mut child = train(2, &["--resume"]).stderr(std::process::Stdio::piped()).spawn()?;
    let mut words = std::io::BufReader::new(child.stderr.take().ok_or("a pipe")?);
    let mut line = String::new();
    while !line.contains("stories") {
        that(std::io::BufRead::read_line(&mut words, &mut line)? > 0, || format!("no stage: {line}"))?;
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    equal(child.wait()?.code(), Some(130), "exit code")?;
    std::io::Read::read_to_string(&mut words, &mut line)?;
    that(line.contains("stays at its last checkpoint"), || line.clone())?;
    equal(folder.join("run/checkpoints/step-000001").is_dir(), true, "its checkpoint")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// What was started to outlive its terminal does.
pub fn a_run_under_nohup_goes_on() -> Outcome {
    let folder = scratch("nohup")?;
    let mut command = after(&folder, "trap '' HUP", &training(&folder, "run", 400));
    let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn()?;
    let first = folder.join("run/checkpoints/step-000020");
    while !first.exists() && child.try_wait()?.is_none() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Command::new("kill").args(["-HUP", &child.id().to_string()]).status()?;
    equal(child.wait()?.code(), Some(0), "exit code")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A second Ctrl-C waits for nothing, and says that nothing was saved.
pub fn a_second_interrupt_ends_a_run_without_saving() -> Outcome {
    let folder = scratch("twice")?;
    let mut command = training(&folder, "run", 4);
    // One step takes longer than a person needs to press a key twice.
    command.args(["--set", "train.batch_size=256", "--set", "train.accumulate=1000", "--set", "model.d_model=128"]);
    let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn()?;
    let mut words = std::io::BufReader::new(child.stderr.take().ok_or("a pipe")?);
    let mut line = String::new();
    for expected in ["run folder", "saving, then stopping"] {
        while !line.contains(expected) {
            that(std::io::BufRead::read_line(&mut words, &mut line)? > 0, || format!("no {expected}: {line}"))?;
        }
        Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    }
    std::io::Read::read_to_string(&mut words, &mut line)?;
    equal(child.wait()?.code(), Some(1), "exit code")?;
    that(line.contains("is not saved") && line.contains("--resume"), || line.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn what_is_wrong_is_said_before_the_text_is_read() -> Outcome {
    let folder = scratch("first")?;
    succeed(training(&folder, "run", 4).output()?)?;
    let lock = std::fs::File::options().write(true).open(folder.join("run/run.lock"))?;
    lock.lock()?;
    let mut no_data = sanjie(&folder);
    no_data.env_remove("SANJIE_DATA").args(["train", "shakespeare-tiny"]);
    let mut no_data_estimate = sanjie(&folder);
    no_data_estimate.env_remove("SANJIE_DATA").args(["estimate", "shakespeare-tiny"]);
    let mut absurd = sanjie(&folder);
    absurd.args(["estimate", "stories", "--set", "model.max_seq_len=16777216"]);
    let mut resumed = training(&folder, "run", 8);
    resumed.arg("--resume");
    let mut changed = training(&folder, "run", 8);
    changed.args(["--resume", "--set", "train.seed=3"]);
    let fetch = "sanjie data get tinyshakespeare";
    for (mut command, expected) in [
        (resumed, "another process is training in run"),
        (changed, "`train.seed`"),
        (training(&folder, "run", 4), "exists already"),
        (no_data, fetch),
        (no_data_estimate, fetch),
        (absurd, "GB, and this machine has"),
    ] {
        refused(&mut command, &[expected])?;
        let words = told(&command.output()?);
        that(!words.contains("reading the text"), || words.clone())?;
    }
    let left = std::fs::read_dir(folder.join("runs")).map_or(0, Iterator::count);
    equal(left, 0, "run folders that a refused run left behind")?;
    Ok(std::fs::remove_dir_all(folder)?)
}
