//! Bad input through the binary: each has its exit code and a sentence that names it, and nothing is left behind or lost.

use crate::{after, lines, same_run, sanjie, scratch, succeed, training, training_on};
use check::{Outcome, Stop};
use messages::Lang;
use models::weights::WeightsError;
use std::path::Path;
use std::process::Output;
use sys::{Coded, SystemError};
use train::checkpoint::Misfit;
use train::data::DataError;
use train::plugged::Broken;
use train::run_folder::RunError;

/// What a checkpoint consists of.
const FILES: [&str; 5] = ["model.safetensors", "optimizer.safetensors", "tokenizer.json", "state.json", "SHA256SUMS"];

pub fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Fails unless `output` has exit code `code` and says `expected`.
pub fn refused(output: &Output, code: i32, expected: &str, what: &str) -> Outcome {
    let found = words(output);
    check::equal(output.status.code(), Some(code), &format!("exit of {what}: {found}"))?;
    check::that(found.contains(expected), || format!("{what}: no word of {expected:?} in: {found}"))?;
    check::that(!found.contains("panicked"), || format!("{what} panicked: {found}"))
}

pub fn text_that_cannot_be_used() -> Outcome {
    let folder = scratch("bad-text")?;
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes);
    write("empty.txt", b"")?;
    write("blank.txt", b" \n\n")?;
    write("latin.txt", b"caf\xe9")?;
    write("cut.txt", "好".repeat(50).as_bytes().split_last().map_or(&[][..], |(_, bytes)| bytes))?;
    write("short.txt", b"too short")?;
    write("zeros.txt", &[b"ab".as_slice(), &[0; 5000]].concat())?;
    write("alike.txt", &[b'a'; 5000])?;
    write("null.jsonl", b"{\"text\": null}\n")?;
    write("sheet.json", b"[{\"text\": \"one\"}]")?;
    write("number.JSONL", b"{\"text\": 1}\n")?;
    write("line.jsonl", b"{\"text\": \"one\"}\n\n{\"text\": \"two\"\n")?;
    write("field.jsonl", b"{\"text\": \"one\"}\n{\"content\": \"two\"}\n")?;
    std::fs::create_dir_all(folder.join("texts/下"))?;
    write("texts/photo.png", b"\x89PNG")?;
    std::fs::create_dir_all(folder.join("mixed"))?;
    write("mixed/good.txt", b"good")?;
    write("mixed/坏.txt", b"\xc4\xe3\xba\xc3")?;
    let cases = [
        ("nowhere.txt", "nowhere.txt does not exist\nhint: --data names a text file"),
        ("zeros.txt", "byte number 3 is zero\nhint: name a text file"),
        ("alike.txt", "one single character, `a`"),
        ("empty.txt", "empty.txt holds no text\nhint: name a file with text in it"),
        ("blank.txt", "blank.txt holds no text"),
        ("latin.txt", "byte number 4 begins"),
        ("cut.txt", "byte number 148 begins"),
        ("short.txt", "at least 33"),
        ("sheet.json", "is one JSON document"),
        ("line.jsonl", "line.jsonl, line 3 is not JSON: EOF while parsing an object at column 14"),
        ("number.JSONL", "line 1: expected a text in the field `text`, found `1`"),
        ("field.jsonl", "line 2: expected a text in the field `text`, found `content`"),
        ("texts", "texts\nhint: give the files with text one of these endings"),
        ("null.jsonl", "found `null`\nhint: each line must be an object whose field `text` is a text"),
        ("mixed", "坏.txt is not UTF-8: byte number 1 begins"),
        ("line.jsonl/below", "line.jsonl/below"),
    ];
    for (data, expected) in cases {
        let output = training_on(&folder, data, "run", 3).output()?;
        refused(&output, 1, expected, data)?;
        check::that(!folder.join("run").exists(), || format!("{data} left a run behind"))?;
    }
    // Documents may be short, but together they must fill a context.
    let documents = ["--set", "data.layout=documents"];
    let output = training_on(&folder, "short.txt", "run", 3).args(documents).output()?;
    refused(&output, 1, "at least 32", "a short document")?;
    let output = sanjie(&folder).args(["train", "stories", "--data", "short.txt"]).output()?;
    refused(&output, 1, "expected at least 320", "a short text with the recipe of stories")?;
    let left = std::fs::read_dir(folder.join("runs"))?.count();
    check::equal(left, 0, "folders below runs")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn recipes_that_cannot_be_run() -> Outcome {
    let folder = scratch("bad-recipe")?;
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text);
    write("key.toml", "name = 'x'\n[model]\nn_layer = 2\n")?;
    write("section.toml", "name = 'x'\n[modell]\nn_layers = 2\n")?;
    write("syntax.toml", "name = 'x'\n[model\n")?;
    write("lacks.toml", "name = 'x'\n[train]\nsteps = 2\n")?;
    write("deep.toml", "name = 'x'\n[model.n_layers]\nx = 1\n")?;
    write("long.toml", &format!("name = 'x'\nmodel = {}", "x".repeat(300_000)))?;
    std::fs::write(folder.join("latin.toml"), b"name = 'caf\xe9'")?;
    for (recipe, code, expected) in [
        ("key.toml", 1, "did you mean `model.n_layers`"),
        ("section.toml", 1, "`modell.n_layers`"),
        ("syntax.toml", 1, "line 2"),
        ("deep.toml", 1, "did you mean `model.n_layers`"),
        ("long.toml", 1, "line 2, column 9"),
        ("latin.toml", 1, "latin.toml is not UTF-8: byte number 12"),
        ("lacks.toml", 1, "model.n_layers"),
        ("nowhere.toml", 1, "nowhere.toml does not exist"),
        ("shakespear-tiny", 1, "did you mean `shakespeare-tiny`"),
    ] {
        let output = sanjie(&folder).args(["train", recipe, "--out", "run"]).output()?;
        refused(&output, code, expected, recipe)?;
        check::that(output.stderr.len() < 1000, || format!("{recipe}: {} bytes are said", output.stderr.len()))?;
    }
    for (setting, code, expected) in [
        ("train.stps=3", 2, "did you mean `train.steps`"),
        ("model.vocab_size=3", 2, "did you mean `tokenizer.vocab_size`"),
        ("model.n_layers.x=3", 2, "did you mean `model.n_layers`"),
        ("checkpoint.xyz=3", 2, "did you mean `checkpoint.every`, `checkpoint.keep`"),
        ("train=3", 2, "`train`"),
        ("train.steps", 2, "key=value"),
        ("train.steps=0", 1, "at least 1"),
        ("train.steps=many", 1, "train.steps"),
        ("train.batch_size=0", 1, "at least 1"),
        ("train.batch_size=-3", 1, "at least 1"),
        ("train.batch_size=16777216", 1, "GB"),
        ("optim.lr_max=nan", 1, "found nan"),
        ("optim.lr_max=inf", 1, "found inf"),
        ("optim.lr_max=-1e-3", 1, "optim.lr_max"),
        ("optim.lr_min=1", 1, "optim.lr_min"),
        ("model.n_layers=1000000000000", 1, "at most 1000"),
        ("model.n_layers=99999999999999999999", 1, "model.n_layers"),
        ("model.d_model=16777216", 1, "GB"),
        ("model.max_seq_len=16777216", 1, "GB"),
        ("model.n_heads=3", 1, "model.n_heads"),
        ("model.dropout=1", 1, "at most 0.99"),
        ("tokenizer.kind=words", 1, "byte, char, bpe"),
        ("train.dtype=f16", 1, "f32, bf16"),
    ] {
        let output = training(&folder, "run", 3).args(["--set", setting]).output()?;
        refused(&output, code, expected, setting)?;
        check::that(!folder.join("run").exists(), || format!("{setting} left a run behind"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn folders_that_cannot_be_written() -> Outcome {
    let folder = scratch("bad-out")?;
    std::fs::create_dir(folder.join("mine"))?;
    std::fs::write(folder.join("mine/note.txt"), "mine")?;
    let mut cases = vec![
        ("mine", false, "exists already and holds something else than a run\nhint: choose another --out"),
        ("mine", true, "is no run"),
        ("text.txt", false, "text.txt is a file"),
        ("text.txt", true, "text.txt is a file"),
        ("text.txt/run", false, "cannot write"),
        ("text.txt/run", true, "cannot write"),
    ];
    if cfg!(target_os = "linux") {
        // Nobody may make a folder there, not even the superuser, whom permissions do not stop.
        cases.push(("/proc/run", false, "cannot write /proc/run"));
        let output = sanjie(&folder).env("SANJIE_HOME", "/proc/home").args(["train", "stories"]).output()?;
        refused(
            &output,
            1,
            "/proc/home/runs: there is no such file or folder\nhint: name a place with --out",
            "a home",
        )?;
        refused(&output, 1, "SANJIE_HOME", "a home")?;
    }
    let long = "x".repeat(300);
    cases.push((&long, false, "no file can have this name"));
    for (out, resume, expected) in cases {
        let mut command = training(&folder, out, 3);
        if resume {
            command.arg("--resume");
        }
        refused(&command.output()?, 1, expected, &format!("--out {out}, resume: {resume}"))?;
    }
    check::equal(std::fs::read_to_string(folder.join("mine/note.txt"))?, "mine".to_string(), "what stood there")?;
    check::equal(std::fs::read_dir(folder.join("mine"))?.count(), 1, "files there")?;
    refused(&sanjie(&folder).args(["train", "stories", "--resume"]).output()?, 2, "--out", "--resume without --out")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn words_in_the_language_asked_for() -> Outcome {
    let folder = scratch("bad-words")?;
    let cases: [(&[&str], i32, &[&str]); 5] = [
        (&["train", "shakespeare-tiny"], 1, &["error", "tinyshakespeare", "--data"]),
        (&["train", "stories", "--set", "data.source=text"], 1, &["error", "--data"]),
        (&["--lang", "zh", "train", "stories", "--set", "train.stps=1"], 2, &["错误：", "train.steps", "提示："]),
        (&["--lang", "zh", "train", "stories", "--set", "train.steps=0"], 1, &["错误：", "至少应为 1"]),
        (&["--lang", "zh", "generate", "nowhere", "--prompt", "3"], 1, &["错误：", "`nowhere` 不存在"]),
    ];
    for (arguments, code, expected) in cases {
        let output = sanjie(&folder).env_remove("SANJIE_DATA").args(arguments).output()?;
        for words in expected {
            refused(&output, code, words, &format!("{arguments:?}"))?;
        }
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Fails if the sentence holds English. What stands between backticks is typed or shown as it is; a word of letters with a dot, a
/// slash, a hyphen or an underscore in it is the name of a file, a key or a standard.
fn is_chinese(sentence: &str) -> Outcome {
    let outside: String = sentence.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    let words = outside.split(|c| !is_of_a_name(c)).filter(|word| word.contains(|c: char| c.is_ascii_alphabetic()));
    let english: Vec<&str> = words.filter(|word| !word.contains(['.', '_', '/', '-']) && *word != "JSON").collect();
    check::that(english.is_empty(), || format!("{english:?} in: {sentence}"))
}

pub fn chinese_is_told_in_chinese() -> Outcome {
    let weight = || "h.0.attn.c_attn.weight".to_string();
    let (value, line, path) = (f32::NAN, 3, || "run/a.jsonl".to_string());
    let field = || "text".to_string();
    let shape = WeightsError::Shape { name: weight(), expected: "[58, 16]".into(), found: "[58, 32]".into() };
    let other_recipe = Misfit::Recipe { key: "train.seed".into(), before: "1".into(), now: "2".into() };
    let errors: Vec<Box<dyn Coded>> = vec![
        Box::new(Broken::LossByWeight { value, weight: weight() }),
        Box::new(Broken::LossByOperation { value, operation: "Linear", weight: weight() }),
        Box::new(Broken::Loss { value }),
        Box::new(Broken::Gradient { value: f64::INFINITY, weight: weight() }),
        Box::new(Broken::GradientNorm { value: f64::INFINITY }),
        Box::new(Broken::HeldOutLoss { value: f64::NAN }),
        Box::new(RunError::NonFinite { step: 3, cause: Box::new(Broken::Loss { value }) }),
        Box::new(RunError::NonFiniteAfter { step: 3, last: 2, cause: Box::new(Broken::Loss { value }) }),
        Box::new(RunError::Append { path: path(), cause: Box::new(SystemError::NoSpace {}) }),
        Box::new(DataError::NotText { path: path(), line, field: field(), found: "null".into() }),
        Box::new(DataError::NoField { path: path(), line, field: field(), found: "`txt`".into() }),
        Box::new(DataError::TooShort { found: 1, expected: 2 }),
        Box::new(DataError::HeldOutTooShort { found: 1, expected: 2 }),
        Box::new(SystemError::Denied {}),
        Box::new(SystemError::ReadOnly {}),
        Box::new(SystemError::Missing {}),
        Box::new(SystemError::NotAFolder {}),
        Box::new(SystemError::IsAFolder {}),
        Box::new(SystemError::TooLarge {}),
        Box::new(SystemError::Exists {}),
        Box::new(SystemError::BadName {}),
        Box::new(SystemError::AddressInUse {}),
        Box::new(SystemError::NoSuchAddress {}),
        Box::new(RunError::BadCheckpoint { path: path(), cause: Box::new(shape) }),
        Box::new(RunError::BadCheckpoint { path: path(), cause: Box::new(other_recipe) }),
        Box::new(RunError::BadCheckpoint { path: path(), cause: Box::new(Misfit::Version { found: 2, expected: 1 }) }),
        Box::new(DataError::OneCharacter { path: path(), found: "a".into() }),
        Box::new(DataError::Unreadable { path: path(), cause: Box::new(SystemError::Denied {}) }),
        Box::new(hub::Other::Size { bytes: 1 }),
        Box::new(hub::Other::Content { bytes: 1, sha256: "00ff".into() }),
        Box::new(hub::Other::Part {}),
        Box::new(hub::Other::Shorter {}),
        Box::new(hub::Other::Longer {}),
    ];
    for error in errors {
        is_chinese(messages::render(Lang::Zh, error.as_ref()).lines().next().unwrap_or_default())?;
    }
    let folder = scratch("bad-chinese")?;
    let settings: [(&[&str], &str); 8] = [
        (&["train.steps=many"], "`train.steps`：应为整数，实际是 `\"many\"`"),
        (&["train.steps=1.5"], "应为整数，实际是 `1.5`"),
        (&["optim.lr_max=true"], "应为数，实际是 `true`"),
        (&["tokenizer.kind=3"], "应为文字，实际是 `3`"),
        (&["model.bias=1"], "应为 `true` 或 `false`，实际是 `1`"),
        (&["samples.prompts=[1]"], "应为一组文字，实际是 `[1]`"),
        (&["train.steps=0"], "至少应为 1"),
        // Each step multiplies the matrices by about 10^12.
        (&["optim.lr_max=1e6", "optim.weight_decay=1e6"], "步的"),
    ];
    for (settings, expected) in settings {
        let mut command = training(&folder, "run", 30);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let output = command.args(["--lang", "zh"]).output()?;
        refused(&output, 1, expected, &settings.concat())?;
        let told = words(&output);
        let sentence = told.lines().find(|line| line.starts_with("错误")).unwrap_or_default();
        is_chinese(sentence)?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_run_that_is_not_the_same() -> Outcome {
    let folder = scratch("bad-resume")?;
    succeed(training(&folder, "run", 30).output()?)?;
    std::fs::write(folder.join("other.txt"), std::fs::read_to_string(folder.join("text.txt"))?.replace("times", "by"))?;
    let before = std::fs::read(folder.join("run/metrics.jsonl"))?;
    for (setting, expected) in [
        ("optim.lr_max=5e-3", "`optim.lr_max` = 0.001"),
        ("train.steps=20", "30 steps"),
        ("model.d_model=64", "`model.d_model`"),
        ("optim.decay_steps=40", "`optim.decay_steps` = 30"),
    ] {
        let output = training(&folder, "run", 30).args(["--resume", "--set", setting]).output()?;
        refused(&output, 1, expected, setting)?;
        refused(&output, 1, "\nhint: ", setting)?;
    }
    let output = training_on(&folder, "other.txt", "run", 30).arg("--resume").output()?;
    refused(&output, 1, "`data.path`", "another path")?;
    // The same path with another text.
    std::fs::rename(folder.join("other.txt"), folder.join("text.txt"))?;
    let output = training(&folder, "run", 40).arg("--resume").output()?;
    refused(&output, 1, "not the one the run was begun with\nhint: put the earlier text back in ", "another text")?;
    refused(&output, 1, "text.txt, or begin", "another text")?;
    check::equal(std::fs::read(folder.join("run/metrics.jsonl"))?, before, "the metrics")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Nothing guards `recipe.toml`, but checkpoints know what they were made by.
pub fn a_recipe_that_was_changed_or_lost() -> Outcome {
    let folder = scratch("bad-own-recipe")?;
    succeed(training(&folder, "run", 30).output()?)?;
    let resume = |setting: &str| training(&folder, "run", 40).args(["--resume", "--set", setting]).output();
    let path = folder.join("run/recipe.toml");
    let recipe = std::fs::read_to_string(&path)?;
    std::fs::write(&path, recipe.replace("seed = 1337", "seed = 1339"))?;
    let output = resume("train.seed=1339")?;
    refused(
        &output,
        1,
        "made with `train.seed` = 1337, and recipe.toml says 1339\nhint: put the recipe.toml",
        "a seed",
    )?;
    std::fs::remove_file(&path)?;
    refused(&training(&folder, "run", 40).output()?, 1, "go on in it with --resume", "without --resume")?;
    refused(
        &resume("train.seed=1")?,
        1,
        "lost its recipe.toml, and its checkpoint was made with `train.seed` = 1337, not 1",
        "",
    )?;
    let told = words(&succeed(resume("train.seed=1337")?)?);
    check::that(told.contains("going on after step 30"), || told.clone())?;
    // A checkpoint of another shape, and one of the same shape with another seed.
    for (other, expected) in [("model.d_model=64", "`model.d_model` = 64"), ("train.seed=7", "`train.seed` = 7")] {
        succeed(training(&folder, "other", 50).args(["--set", other]).output()?)?;
        copy_tree(&folder.join("run"), &folder.join("mixed"))?;
        let place = "checkpoints/step-000050";
        copy_tree(&folder.join("other").join(place), &folder.join("mixed").join(place))?;
        let output = training(&folder, "mixed", 60).arg("--resume").output()?;
        refused(&output, 1, expected, other)?;
        refused(&output, 1, "move this checkpoint elsewhere", other)?;
        std::fs::remove_dir_all(folder.join("mixed").join(place))?;
        succeed(training(&folder, "mixed", 60).arg("--resume").output()?)?;
        std::fs::remove_dir_all(folder.join("other"))?;
        std::fs::remove_dir_all(folder.join("mixed"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// What metrics have lost is told, what they still hold stays, and the file as it was is kept.
pub fn a_history_with_gaps() -> Outcome {
    let folder = scratch("bad-history")?;
    succeed(training(&folder, "run", 30).output()?)?;
    let whole = std::fs::read_to_string(folder.join("run/metrics.jsonl"))?;
    let of_lines = |kept: &dyn Fn(usize) -> bool| -> String {
        whole.split_inclusive('\n').enumerate().filter(|(i, _)| kept(*i)).map(|(_, line)| line).collect()
    };
    let noise = format!("{}\u{0}\u{fffd}noise\n{}", of_lines(&|i| i < 9), of_lines(&|i| i > 11));
    let cases = [
        ("gone", None, "steps: 1-30;", 10),
        ("noise", Some(noise.as_str()), "steps: 10-12;", 37),
        ("cut", Some(&whole[..whole.len() - 9]), "steps: 30;", 39),
    ];
    for (what, text, expected, n_lines) in cases {
        copy_tree(&folder.join("run"), &folder.join(what))?;
        let path = folder.join(what).join("metrics.jsonl");
        match text {
            Some(text) => std::fs::write(&path, text)?,
            None => std::fs::remove_file(&path)?,
        }
        let told = words(&succeed(training(&folder, what, 40).arg("--resume").output()?)?);
        check::that(told.contains(expected), || format!("{what}: no word of {expected:?} in: {told}"))?;
        check::equal(lines(path.clone())?.len(), n_lines, &format!("lines of {what}"))?;
        let aside = std::fs::read_to_string(folder.join(what).join("damaged-metrics.jsonl")).ok();
        check::equal(aside.as_deref(), text, &format!("what is kept of {what}"))?;
    }
    let told = words(&succeed(training(&folder, "run", 40).arg("--resume").output()?)?);
    check::that(!told.contains("metrics.jsonl"), || told.clone())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_folder_tells_what_was_read() -> Outcome {
    let folder = scratch("bad-folder")?;
    std::fs::create_dir_all(folder.join("d/below"))?;
    std::fs::copy(folder.join("text.txt"), folder.join("d/below/a.TXT"))?;
    std::fs::write(folder.join("d/b.md"), "some words")?;
    let train = || training_on(&folder, "d", "run", 2).arg("--resume").output();
    let told = words(&succeed(train()?)?);
    check::that(told.contains("/d\ntraining the tokenizer"), || told.clone())?;
    std::fs::remove_dir_all(folder.join("run"))?;
    std::fs::write(folder.join("d/below/p.png"), b"\x89PNG")?;
    let told = words(&succeed(train()?)?);
    check::that(told.contains("/d; left out 1 that is not .txt, .md or .jsonl: below/p.png"), || told.clone())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// A file that may not grow any further is an error like a full disk, and no signal that ends the process.
pub fn a_limit_on_files_is_told() -> Outcome {
    let folder = scratch("bad-limit")?;
    let mut limited = after(&folder, "ulimit -f 40", &training(&folder, "run", 30));
    refused(&limited.output()?, 1, "the file is too large", "a limit on files")?;
    let status: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("run/status.json"))?)?;
    check::equal(status["state"].as_str(), Some("failed"), "state")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Each file of the newest checkpoint cut short, one bit flipped, and gone.
pub fn every_damage_of_a_checkpoint_is_found() -> Outcome {
    let folder = scratch("damage")?;
    succeed(training(&folder, "whole", 60).output()?)?;
    for file in FILES {
        for damage in ["cut", "flipped", "gone", "empty"] {
            let what = format!("{file} {damage}");
            copy_tree(&folder.join("whole"), &folder.join("resumed"))?;
            let path = folder.join("resumed/checkpoints/step-000060").join(file);
            let mut bytes = std::fs::read(&path)?;
            let middle = bytes.len() / 2;
            match damage {
                "cut" => bytes.truncate(middle),
                "flipped" => bytes[middle] ^= 4,
                "empty" => bytes.clear(),
                _ => {}
            }
            if damage == "gone" {
                std::fs::remove_file(&path)?
            } else {
                std::fs::write(&path, &bytes)?
            }
            // The model opens at the one before and says so; the optimiser's state is no part of it.
            let arguments = ["generate", "resumed", "--prompt", "3 ", "--max-tokens", "2"];
            let output = succeed(sanjie(&folder).args(arguments).output()?)?;
            let is_told = words(&output).contains("step-000060 is damaged");
            check::that(is_told, || format!("{what}: generate said nothing: {}", words(&output)))?;
            let output = succeed(training(&folder, "resumed", 60).arg("--resume").output()?)?;
            let is_told = words(&output).contains("step-000060 is damaged; using the one before");
            check::that(is_told, || format!("{what}: {}", words(&output)))?;
            check::that(words(&output).contains("after step 40"), || format!("{what}: {}", words(&output)))?;
            same_run(&folder, 60)?;
            let aside = folder.join("resumed/checkpoints/damaged-step-000060");
            check::that(aside.is_dir(), || format!("{what}: the damaged one is not set aside"))?;
            std::fs::remove_dir_all(folder.join("resumed"))?;
        }
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_run_without_a_whole_checkpoint_begins_anew() -> Outcome {
    let folder = scratch("damaged-all")?;
    succeed(training(&folder, "whole", 40).output()?)?;
    for (lang, expected) in [
        ("en", "every checkpoint in resumed/checkpoints is damaged (2: step-000040, step-000020); beginning anew"),
        ("zh", "resumed/checkpoints 里的 2 个检查点全部损坏（step-000040, step-000020），从头开始"),
    ] {
        copy_tree(&folder.join("whole"), &folder.join("resumed"))?;
        for step in ["step-000020", "step-000040"] {
            std::fs::write(folder.join("resumed/checkpoints").join(step).join("state.json"), "{}")?;
        }
        let output = succeed(training(&folder, "resumed", 40).args(["--resume", "--lang", lang]).output()?)?;
        let told = words(&output);
        check::equal(told.matches(expected).count(), 1, &format!("said once: {told}"))?;
        check::that(told.contains("damaged-step-000040, damaged-step-000020"), || told.clone())?;
        for aside in ["damaged-step-000020", "damaged-step-000040"] {
            check::that(folder.join("resumed/checkpoints").join(aside).is_dir(), || format!("no {aside}: {told}"))?;
        }
        same_run(&folder, 40)?;
        std::fs::remove_dir_all(folder.join("resumed"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Stop> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &to)?
        } else {
            std::fs::copy(entry.path(), to).map(drop)?
        }
    }
    Ok(())
}

/// A disk that is full when a checkpoint is to be written: a limit on the size of files stands for it, since a write
/// then fails as it does on a full disk.
pub fn a_full_disk_costs_the_steps_since_the_last_checkpoint() -> Outcome {
    if !cfg!(unix) {
        return check::skip("a limit on the size of files, which is how a full disk is played on Unix");
    }
    let folder = scratch("full")?;
    succeed(training(&folder, "whole", 120).output()?)?;
    succeed(training(&folder, "resumed", 100).args(["--set", "optim.decay_steps=120"]).output()?)?;
    let checkpoints = || -> Result<Vec<String>, Stop> {
        let entries = std::fs::read_dir(folder.join("resumed/checkpoints"))?;
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
        let mut names = names.collect::<Result<Vec<_>, _>>()?;
        names.sort();
        Ok(names)
    };
    let before = checkpoints()?;
    // 100 blocks of 512 or 1024 bytes: metrics fit, weights do not.
    let output = after(&folder, "ulimit -f 100", &training(&folder, "resumed", 120)).arg("--resume").output()?;
    refused(&output, 1, "cannot write", "a full disk")?;
    let way = "the last whole checkpoint is of step 100\nhint: check the free space";
    refused(&output, 1, way, "what is left")?;
    refused(&output, 1, "sanjie train resumed/recipe.toml --out resumed --resume", "how to go on")?;
    let status: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("resumed/status.json"))?)?;
    check::equal(status["state"].as_str(), Some("failed"), "state")?;
    check::equal(status["error"]["code"].as_str(), Some("run.broken_off"), "error")?;
    check::equal(checkpoints()?, before, "checkpoints")?;
    succeed(training(&folder, "resumed", 120).arg("--resume").output()?)?;
    same_run(&folder, 120)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Marks at the beginning, ends of lines as on Windows, Chinese names, folders in folders: one text as another.
pub fn texts_as_people_have_them() -> Outcome {
    let folder = scratch("people")?;
    let text = std::fs::read_to_string(folder.join("text.txt"))?;
    std::fs::write(folder.join("windows.txt"), format!("\u{FEFF}{}", text.replace('\n', "\r\n")))?;
    std::fs::create_dir_all(folder.join("语料/第一 卷"))?;
    std::fs::write(folder.join("语料/第一 卷/正文.txt"), &text)?;
    std::fs::write(folder.join("语料/.缓存.txt"), b"\xff")?;
    std::fs::write(folder.join("语料/封面.jpg"), b"\xff\xd8")?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.join("语料"), folder.join("语料/圈"))?;
    let line = serde_json::json!({ "正文": text }).to_string();
    std::fs::write(folder.join("一行.jsonl"), format!("\n{line}\r\n\n"))?;
    let losses = |out: &str| -> Result<Vec<serde_json::Value>, Stop> {
        let lines = lines(folder.join(out).join("metrics.jsonl"))?;
        Ok(lines.into_iter().map(|line| line["loss"].clone()).collect())
    };
    succeed(training(&folder, "plain", 5).output()?)?;
    for (out, data) in [("windows", "windows.txt"), ("语料训练", "语料"), ("行", "一行.jsonl")] {
        let output = training_on(&folder, data, out, 5).args(["--set", "data.field=正文"]).output()?;
        succeed(output)?;
        check::equal(losses(out)?, losses("plain")?, data)?;
    }
    // A second text: a marker stands between the two, and the vocabulary grows by it.
    std::fs::write(folder.join("语料/第二.txt"), &text)?;
    let output = succeed(training_on(&folder, "语料", "two", 5).output()?)?;
    let told = words(&output);
    check::that(told.contains("vocabulary 19"), || format!("18 characters and a marker: {told}"))?;
    // One text where documents are expected, and documents where one text is.
    for (out, data) in [("single", "text.txt"), ("lines", "一行.jsonl"), ("folder", "语料")] {
        let settings = ["--set", "data.layout=documents", "--set", "data.field=正文"];
        succeed(training_on(&folder, data, out, 5).args(settings).output()?)?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// More steps on the descent that was laid out at the beginning are the same steps.
pub fn a_run_goes_on_beyond_its_last_step() -> Outcome {
    let folder = scratch("extended")?;
    succeed(training(&folder, "whole", 100).output()?)?;
    succeed(training(&folder, "resumed", 50).args(["--set", "optim.decay_steps=100"]).output()?)?;
    let output = succeed(training(&folder, "resumed", 100).arg("--resume").output()?)?;
    check::that(!words(&output).contains("descent"), || words(&output))?;
    same_run(&folder, 100)?;
    // Beyond its end the learning rate stays, and the person is told.
    let output = succeed(training(&folder, "resumed", 110).arg("--resume").output()?)?;
    check::that(words(&output).contains("descent at step 100"), || words(&output))?;
    let metrics = lines(folder.join("resumed/metrics.jsonl"))?;
    check::equal(metrics.len(), 110, "lines")?;
    check::equal(metrics[109]["lr"].as_f64(), Some(1e-4), "learning rate")?;
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("resumed/report.json"))?)?;
    check::equal(report["steps"].as_u64(), Some(110), "steps of the report")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
