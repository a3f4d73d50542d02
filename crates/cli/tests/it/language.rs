//! The language of help and complaints, and what the program says to a command line that is wrong.

use crate::{sanjie, scratch, succeed, training};
use check::{Outcome, Stop};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

/// Standard output of `sanjie ARGUMENTS` with these variables and no other of the locale.
fn said(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Result<String, Stop> {
    let mut command = sanjie(folder);
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    let output = succeed(command.envs(variables.iter().copied()).args(arguments).output()?)?;
    Ok(String::from_utf8(output.stdout)?)
}

pub fn help_is_in_the_language_asked_for() -> Outcome {
    let folder = scratch("help")?;
    for arguments in
        [&["--help"][..], &["help"], &["train", "--help"], &["help", "data", "get"], &["data", "get", "-h"]]
    {
        let english = said(&folder, &[("LANG", "C.UTF-8")], arguments)?;
        check::that(english.contains("Usage: sanjie") && english.contains("For example:"), || english.clone())?;
        check::that(english.is_ascii(), || format!("not all English: {english}"))?;
        let chinese = said(&folder, &[("LANG", "zh_CN.UTF-8")], arguments)?;
        check::that(chinese.contains("用法：sanjie") && chinese.contains("例如："), || chinese.clone())?;
        for word in ["Usage", "Options", "default", "Print"] {
            check::that(!chinese.contains(word), || format!("{word} in {chinese}"))?;
        }
        let asked: Vec<&str> = ["--lang", "zh"].iter().chain(arguments).copied().collect();
        check::equal(said(&folder, &[("LANG", "C")], &asked)?, chinese, "--lang zh")?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn the_saved_choice_stands_between_the_option_and_the_environment() -> Outcome {
    let folder = scratch("choice")?;
    let tag = |variables: &[(&str, &str)], arguments: &[&str]| -> Result<String, Stop> {
        let arguments: Vec<&str> = arguments.iter().chain(&["lang"]).copied().collect();
        Ok(said(&folder, variables, &arguments)?.trim().to_string())
    };
    let chinese = [("LANG", "zh_CN.UTF-8")];
    check::equal(tag(&chinese, &[])?, "zh".to_string(), "LANG")?;
    check::equal(tag(&[("LANG", "zh_CN"), ("LC_MESSAGES", "en_US")], &[])?, "en".to_string(), "LC_MESSAGES")?;
    check::equal(tag(&[("LC_MESSAGES", "en_US"), ("LC_ALL", "zh_TW")], &[])?, "zh".to_string(), "LC_ALL")?;
    std::fs::write(folder.join("settings.toml"), "other = 1\n")?;
    said(&folder, &chinese, &["lang", "en"])?;
    check::equal(tag(&chinese, &[])?, "en".to_string(), "the saved choice")?;
    check::equal(tag(&chinese, &["--lang=zh"])?, "zh".to_string(), "--lang")?;
    let settings = std::fs::read_to_string(folder.join("settings.toml"))?;
    check::that(settings.contains("other = 1"), || format!("another setting is lost: {settings}"))?;
    said(&folder, &chinese, &["lang", "auto"])?;
    check::equal(tag(&chinese, &[])?, "zh".to_string(), "after auto")?;
    std::fs::write(folder.join("settings.toml"), "lang = ")?;
    check::equal(tag(&chinese, &[])?, "zh".to_string(), "beside a damaged file")?;
    let output = sanjie(&folder).args(["lang", "zh"]).output()?;
    check::equal(output.status.code(), Some(1), "saving into a damaged file")?;
    check::equal(std::fs::read_to_string(folder.join("settings.toml"))?, "lang = ".to_string(), "the damaged file")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_wrong_command_line_exits_with_2_and_a_suggestion() -> Outcome {
    let folder = scratch("usage")?;
    let cases: [(&[&str], &str, &str); 9] = [
        (&["trian"], "did you mean `train`", "是不是 `train`"),
        (&["generate", "run", "--sed", "1"], "did you mean `--seed`", "是不是 `--seed`"),
        (
            &["generate"],
            "missing: --prompt <TEXT>, <DIR>\nUsage: sanjie generate",
            "还缺：--prompt <TEXT>, <DIR>\n用法：sanjie generate",
        ),
        (&["generate", "run", "--seed"], "`--seed <S>` needs a value", "`--seed <S>` 后面缺一个值"),
        (&["generate", "run", "--seed", "x"], "expected a whole number", "应为不小于零的整数"),
        (&["serve", "run", "--port", "70000"], "`sanjie serve --help`", "sanjie serve --help"),
        (&["eval", "run", "--suite", "storis"], "did you mean `stories`", "是不是 `stories`"),
        (&["train", "a", "b"], "`b` does not belong here", "这里用不上 `b`"),
        (&["data", "get", "a", "--json"], "`sanjie data get --help`", "sanjie data get --help"),
    ];
    for (arguments, english, chinese) in cases {
        for (lang, words) in [("en", english), ("zh", chinese)] {
            let output = sanjie(&folder).args(["--lang", lang]).args(arguments).output()?;
            let found = String::from_utf8(output.stderr)?;
            check::equal(output.status.code(), Some(2), &format!("exit of {arguments:?}"))?;
            check::that(found.contains(words), || format!("{arguments:?} in {lang} said: {found}"))?;
            check::that(output.stdout.is_empty(), || format!("{arguments:?} wrote to standard output"))?;
        }
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Nobody reads what is said, or it cannot be written: each command ends as it would have.
pub fn what_is_said_may_be_lost() -> Outcome {
    let folder = scratch("unsaid")?;
    let cases: [(&[&str], i32); 4] =
        [(&["inspect", "nowhere"], 1), (&["data", "list"], 0), (&["trian"], 2), (&["lang"], 0)];
    for (arguments, code) in cases {
        let mut child = sanjie(&folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        drop(child.stderr.take());
        check::equal(child.wait()?.code(), Some(code), &format!("{arguments:?} without a reader"))?;
        if cfg!(target_os = "linux") {
            let full = std::fs::File::options().write(true).open("/dev/full")?;
            let status = sanjie(&folder).args(arguments).stdout(Stdio::null()).stderr(full).status()?;
            check::equal(status.code(), Some(code), &format!("{arguments:?} onto a full disk"))?;
        }
    }
    // Whoever reads goes away in the middle of a run.
    let mut child = training(&folder, "run", 60).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(stderr) = child.stderr.take() {
        BufReader::new(stderr).read_line(&mut line)?;
    }
    check::equal(child.wait()?.code(), Some(0), &format!("a run that was read up to {line:?}"))?;
    check::that(folder.join("run/report.json").is_file(), || "the run did not end".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_closed_pipe_is_no_failure() -> Outcome {
    let folder = scratch("pipe")?;
    for arguments in [&["--help"][..], &["data", "list", "--json"], &["lang"]] {
        let mut child = sanjie(&folder).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        drop(child.stdout.take());
        let output = child.wait_with_output()?;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        check::that(output.status.success() && !words.contains("panicked"), || format!("{arguments:?}: {words}"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
