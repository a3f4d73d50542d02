//! `sanjie path`, `next`, `lab` and `me` from the outside.

use crate::{after, sanjie, scratch, succeed};
use check::{Outcome, Stop, equal, skip, that};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn the_path_as_json_and_what_is_next() -> Outcome {
    let folder = scratch("path")?;
    let output = succeed(sanjie(&folder).args(["path", "--json", "--lang", "zh"]).output()?)?;
    let path: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    equal(path["stages"].as_array().map(Vec::len), Some(3), "stages")?;
    let topic = &path["stages"][0]["topics"][0];
    let keys: Vec<&str> = topic.as_object().into_iter().flat_map(|topic| topic.keys()).map(String::as_str).collect();
    equal(keys, vec!["id", "kind", "title", "state", "after", "hours"], "keys of a topic")?;
    equal(topic["state"].as_str(), Some("open"), "state of the first topic")?;
    let output = succeed(sanjie(&folder).args(["next"]).output()?)?;
    let words = String::from_utf8(output.stdout)?;
    that(words.contains("sanjie lab start causal-attention"), || words.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A lesson on the terminal: what it cannot show is named with the way to it; what is not there is said.
pub fn a_topics_lesson_on_the_terminal() -> Outcome {
    let folder = scratch("lesson")?;
    let run = |arguments: &[&str]| -> Result<(Option<i32>, String, String), Stop> {
        let output = sanjie(&folder).args(["path"]).args(arguments).output()?;
        let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        Ok((output.status.code(), said, told))
    };
    let (code, marks, _) = run(&["--lang", "en"])?;
    equal(code, Some(0), "exit code of the path")?;
    that(marks.contains("· planned") && marks.contains("★ mastered"), || marks.clone())?;
    for (topic, lang, expected) in [
        (
            "self-attention",
            "en",
            &[
                "\n## Where is the kite?\n",
                "> Answer before you read on: ",
                "> Live figure: ",
                "Path, “Self-attention, a first meeting”",
                "sanjie lab check causal-attention --step attend-causal",
                "```rust\n",
                "crates/kernels/src/attention",
                "```text\n[0.693 1.386 0.   ]\n```",
                "questions belong to this lesson",
            ][..],
        ),
        (
            "self-attention",
            "zh",
            &["\n## 风筝在哪儿？\n", "> 先回答，再往下读：", "点“路径”", "sanjie lab start causal-attention"],
        ),
        ("matmul-on-a-cpu", "en", &["sanjie lab start matmul", "--plug matmul=matmul.py"]),
    ] {
        let (code, page, told) = run(&[topic, "--lang", lang])?;
        equal((code, told.as_str()), (Some(0), ""), topic)?;
        that(!page.contains("{#") && !page.contains("```predict"), || format!("a directive is left in {topic}"))?;
        for words in expected {
            that(page.contains(words), || format!("{topic}, {lang}, without {words:?}"))?;
        }
    }
    for (arguments, code, expected) in [
        (&["self-atention"][..], 1, "did you mean `self-attention`"),
        (&["gpt"], 1, "planned and not built yet"),
        (&["self-attention", "--json"], 2, "--json"),
    ] {
        let (found, page, told) = run(&[arguments, &["--lang", "en"]].concat())?;
        equal((found, page.as_str()), (Some(code), ""), &format!("{arguments:?}: {told}"))?;
        that(told.contains(expected), || format!("{arguments:?}: {told}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn a_lab_from_its_start_to_the_log() -> Outcome {
    let folder = scratch("lab")?;
    let python = python(&folder)?;
    let run = |arguments: &[&str]| -> Result<Output, Stop> {
        let mut command = sanjie(&folder);
        Ok(command.env("PATH", &python).args(arguments).output()?)
    };
    let output = succeed(run(&["lab", "start", "self-attention", "--dir", "work"])?)?;
    let words = String::from_utf8(output.stderr)?;
    that(words.contains("sanjie lab check causal-attention") && words.contains("AGENTS.md"), || words.clone())?;
    let file = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    let stub = std::fs::read_to_string(&file)?;
    that(stub.contains("# ") && !stub.contains("# zh:") && !stub.contains("# en:"), || stub.clone())?;
    that(folder.join("work/AGENTS.md").is_file(), || "no AGENTS.md".into())?;
    let verdicts = |output: &Output| -> Result<Vec<serde_json::Value>, Stop> {
        let lines = String::from_utf8(output.stdout.clone())?;
        Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    };
    let output = run(&["lab", "check", "causal-attention", "--json"])?;
    equal(output.status.code(), Some(1), "exit code for the stub")?;
    equal(verdicts(&output)?[0]["attempt"].as_u64(), Some(1), "attempt")?;

    // A wrong scale: the second step fails, and the terminal shows the case beside the trap.
    let solution = content("solution.py")?;
    std::fs::write(&file, solution.replace("math.sqrt(", "float("))?;
    let output = run(&["lab", "check", "causal-attention", "--seed", "7", "--dump", "case.json"])?;
    equal(output.status.code(), Some(1), "exit code for a wrong file")?;
    let words = String::from_utf8(output.stdout)?;
    that(words.contains("attend(") && words.contains("expected") && words.contains("yours"), || words.clone())?;
    that(words.contains("trap"), || words.clone())?;
    let dump: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("case.json"))?)?;
    equal(dump["entry"].as_str(), Some("attend"), "the dumped call")?;
    let mut replay = Command::new("python3");
    replay.env("PATH", &python).arg("case.json.replay.py").current_dir(&folder).stdin(std::process::Stdio::null());
    let replayed = String::from_utf8(replay.output()?.stdout)?;
    that(replayed.contains("expected:") && replayed.contains("(Pdb)"), || replayed.clone())?;
    let hint = succeed(run(&["lab", "hint", "causal-attention"])?)?;
    that(hint.stdout.len() > 200, || "no hint".into())?;
    let closed = run(&["lab", "solution", "causal-attention"])?;
    equal((closed.status.code(), closed.stdout.len()), (Some(1), 0), "the solution before passing")?;
    let opened = succeed(run(&["lab", "solution", "causal-attention", "--give-up"])?)?;
    equal(String::from_utf8(opened.stdout)?.trim_end(), solution.trim_end(), "the solution after giving up")?;

    std::fs::write(&file, &solution)?;
    let output = succeed(run(&["lab", "check", "causal-attention", "--json"])?)?;
    equal(verdicts(&output)?.len(), 5, "verdicts")?;
    succeed(run(&["lab", "check", "causal-attention", "--file", &file.display().to_string(), "--step", "attend"])?)?;
    // softmax once without and once with a function, attend once wrong and once right, three more steps.
    let words = String::from_utf8(succeed(run(&["me"])?)?.stdout)?;
    that(words.starts_with("5 steps of labs passed, 7 attempts up to then; 1 hint read"), || words.clone())?;
    that(words.contains("left"), || words.clone())?;
    succeed(run(&["me", "export", "log.jsonl"])?)?;
    let words = String::from_utf8(succeed(run(&["me", "import", "log.jsonl"])?)?.stderr)?;
    that(words.starts_with("0 events added"), || words.clone())?;
    let path = succeed(run(&["path", "--json"])?)?;
    let path: serde_json::Value = serde_json::from_slice(&path.stdout)?;
    equal(path["stages"][0]["topics"][0]["state"].as_str(), Some("passed"), "state")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A curriculum's folder holds the solutions: neither command lets learners' code look into it.
pub fn a_curriculums_folder_is_hidden_from_learners_code() -> Outcome {
    if sys::confine::sandbox() == sys::confine::Sandbox::None {
        return skip("this system permits no namespaces");
    }
    let folder = scratch("hidden")?;
    let path = python(&folder)?;
    let extra = folder.join("extra");
    std::fs::create_dir_all(&extra)?;
    std::fs::write(extra.join("graph.toml"), "topics = []\n")?;
    std::fs::write(folder.join("look.py"), format!("import os\nraise ValueError('seen', os.listdir({extra:?}))\n"))?;
    for command in ["check", "watch"] {
        let mut command = sanjie(&folder)
            .env("PATH", &path)
            .args(["lab", command, "causal-attention", "--file", "look.py", "--curriculum"])
            .arg(&extra)
            .stdout(std::process::Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(command.stdout.take().ok_or("no output")?).lines();
        let seen = lines.map_while(Result::ok).find(|line| line.starts_with("ValueError"));
        command.kill()?;
        command.wait()?;
        that(seen.as_ref().is_some_and(|line| line.contains("('seen', [])")), || format!("{seen:?}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A mark before the text is none of the text; what is no plain file is not waited for.
pub fn a_learners_file_as_editors_and_systems_have_it() -> Outcome {
    let folder = scratch("files")?;
    let path = python(&folder)?;
    let check = |file: &str| -> Result<Output, Stop> {
        let mut command = sanjie(&folder);
        Ok(command.env("PATH", &path).args(["lab", "check", "causal-attention", "--file", file]).output()?)
    };
    std::fs::write(folder.join("marked.py"), format!("\u{FEFF}{}", content("solution.py")?))?;
    succeed(check("marked.py")?)?;
    std::fs::create_dir(folder.join("folder.py"))?;
    that(Command::new("mkfifo").arg(folder.join("pipe.py")).status()?.success(), || "no pipe".into())?;
    for file in ["pipe.py", "folder.py"] {
        let output = check(file)?;
        let words = String::from_utf8(output.stderr)?;
        that(output.status.code() == Some(1) && words.contains("plain file"), || format!("{file}: {words}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn what_learners_code_prints_has_no_power_over_the_terminal() -> Outcome {
    let folder = scratch("escapes")?;
    let path = python(&folder)?;
    let print = r"print('\x1b[2J\rprinted\x9b2J')";
    let raise = format!(r"raise ValueError('\x1b]0;said\x07')  # {}", '\u{1b}');
    let text = format!("def softmax(scores):\n    {print}\n    {raise}\n");
    std::fs::write(folder.join("loud.py"), text)?;
    for arguments in [&["--json"][..], &[]] {
        let mut command = sanjie(&folder);
        command.env("PATH", &path).args(["lab", "check", "causal-attention", "--file", "loud.py"]).args(arguments);
        let output = command.output()?;
        let words = [output.stdout, output.stderr].concat();
        let words = String::from_utf8(words)?;
        that(words.contains(r"\x1b[2J\x0dprinted\x9b2J"), || words.clone())?;
        that(!words.contains(|c: char| c.is_control() && c != '\n'), || format!("{words:?}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A disk without room costs the entry in the log, which is said, and neither the verdict nor what the log held.
pub fn a_verdict_is_given_though_the_log_is_full() -> Outcome {
    let folder = scratch("log-full")?;
    let path = python(&folder)?;
    std::fs::write(folder.join("x.py"), content("solution.py")?)?;
    let arguments = ["lab", "check", "causal-attention", "--file", "x.py", "--step", "softmax"];
    let attempts = || -> Result<String, Stop> {
        let _ = std::fs::remove_file(folder.join("log.jsonl"));
        succeed(sanjie(&folder).args(["me", "export", "log.jsonl"]).output()?)?;
        Ok(std::fs::read_to_string(folder.join("log.jsonl"))?)
    };
    succeed(sanjie(&folder).env("PATH", &path).args(arguments).output()?)?;
    let before = attempts()?;
    // No file may grow beyond its first block.
    let output = after(&folder, "ulimit -f 1", &sanjie(&folder)).args(arguments).env("PATH", &path).output()?;
    let (words, said) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    that(output.status.code() == Some(0) && words.contains("softmax"), || format!("{words}\n{said}"))?;
    that(said.contains("error") && said.contains("learner.sqlite"), || said.clone())?;
    equal(attempts()?, before, "what the log holds")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Where somebody stands is shown as far as that goes without the log, and why no further; what the log decides is not.
pub fn the_path_is_shown_though_the_log_is_damaged() -> Outcome {
    for (what, damage) in [("damaged", b"no database, but as long as one would be. ".repeat(30)), ("none", vec![])] {
        let folder = scratch(&format!("log-{what}"))?;
        if !damage.is_empty() {
            std::fs::create_dir_all(folder.join("home"))?;
            std::fs::write(folder.join("home/learner.sqlite"), &damage)?;
        }
        for (arguments, shown) in [
            (&["path"][..], "self-attention"),
            (&["path", "--json"], "self-attention"),
            (&["path", "self-attention"], "softmax"),
            (&["lab", "list"], "0/5"),
        ] {
            let output = sanjie(&folder).env("SANJIE_HOME", folder.join("home")).args(arguments).output()?;
            let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
            equal(output.status.code(), Some(0), &format!("{arguments:?}: {told}"))?;
            that(said.contains(shown), || format!("{arguments:?}: {said}"))?;
            let reads_log = arguments != ["path", "self-attention"];
            equal(told.contains("learner.sqlite"), reads_log && what == "damaged", &format!("{arguments:?}: {told}"))?;
        }
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

pub fn what_a_lab_cannot_work_with_is_named() -> Outcome {
    let folder = scratch("lab-errors")?;
    std::fs::write(folder.join("file"), "")?;
    let wrong: [(&[&str], &str); 7] = [
        (&["lab", "check", "causal"], "causal-attention"),
        (&["lab", "check", "causal-attention"], "lab start"),
        (&["lab", "check", "causal-attention", "--file", "text.txt"], ".py or .rs"),
        (&["lab", "check", "causal-attention", "--step", "x", "--file", "x.py"], "softmax"),
        (&["lab", "hint", "causal-attention"], "lab check"),
        (&["lab", "solution", "causal-attention", "--give-up"], "lab check"),
        (&["lab", "start", "causal-attention", "--dir", "file"], "a file"),
    ];
    for (arguments, expected) in wrong {
        let output = sanjie(&folder).args(arguments).output()?;
        let words = String::from_utf8(output.stderr)?;
        equal(output.status.code(), Some(1), &format!("exit code of {arguments:?}: {words}"))?;
        that(words.contains(expected), || format!("{arguments:?}: {words}"))?;
    }
    std::fs::write(folder.join("x.py"), "x = 1\n")?;
    std::fs::write(folder.join("x.rs"), "")?;
    for (file, tool) in [("x.py", "python3"), ("x.rs", "rustc")] {
        let mut command = sanjie(&folder);
        let output =
            command.env("PATH", &folder).args(["lab", "check", "causal-attention", "--file", file]).output()?;
        let words = String::from_utf8(output.stderr)?;
        that(output.status.code() == Some(1) && words.contains(tool), || format!("without {tool}: {words}"))?;
    }
    // A Python that says of itself that it has no numpy.
    std::fs::write(folder.join("python3"), "#!/bin/sh\necho /x/python3\necho False\n")?;
    std::fs::set_permissions(folder.join("python3"), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let mut command = sanjie(&folder);
    let output = command.env("PATH", &folder).args(["lab", "check", "causal-attention", "--file", "x.py"]).output()?;
    let words = String::from_utf8(output.stderr)?;
    that(output.status.code() == Some(1) && words.contains("numpy") && words.contains("Rust"), || words.clone())?;
    that(words.contains("/x/python3 -m pip install numpy"), || words.clone())?;
    // One whose packages are the system's alone.
    std::fs::write(folder.join("python3"), "#!/bin/sh\necho /x/python3\necho False\necho True\n")?;
    let mut command = sanjie(&folder);
    let output = command.env("PATH", &folder).args(["lab", "check", "causal-attention", "--file", "x.py"]).output()?;
    let words = String::from_utf8(output.stderr)?;
    that(words.contains("apt install python3-numpy") && words.contains("-m venv"), || words.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Started in Rust and then in Python: each command takes the file that was begun or changed last, and says so.
pub fn the_file_that_was_worked_on_last_is_checked() -> Outcome {
    let folder = scratch("codes")?;
    let python = python(&folder)?;
    if Command::new("rustc").arg("--version").output().is_err() {
        return skip("a Rust compiler");
    }
    let run = |arguments: &[&str]| -> Result<(Option<i32>, String, String), Stop> {
        let mut command = sanjie(&folder);
        let output = command.env("PATH", &python).args(["lab"]).args(arguments).output()?;
        let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        Ok((output.status.code(), said, told))
    };
    let lab = "causal-attention";
    run(&["start", lab, "--code", "rust", "--dir", "work"])?;
    let (code, said, told) = run(&["check", lab])?;
    equal(code, Some(1), "exit code for the stub")?;
    that(said.contains("not written yet") && !told.contains("more than one"), || format!("{said}{told}"))?;
    let (code, said, _) = run(&["hint", lab])?;
    that(code == Some(0) && said.contains("`softmax`") && said.contains("Begin with"), || said.clone())?;

    // Passes in Rust alone, so the verdict tells which file was checked.
    std::fs::write(folder.join("work/causal_attention.rs"), content("solution.rs")?)?;
    let (code, said, _) = run(&["check", lab])?;
    equal(code, Some(0), &format!("exit code for Rust's solution: {said}"))?;
    std::thread::sleep(std::time::Duration::from_millis(20));
    run(&["start", lab, "--dir", "work"])?;
    let (code, _, told) = run(&["check", lab])?;
    that(code == Some(1) && told.contains("causal_attention.py"), || told.clone())?;
    std::thread::sleep(std::time::Duration::from_millis(20));
    // Wrong, and saved last.
    let wrong = content("solution.rs")?.replace("(*score - largest).exp()", "score.exp()");
    std::fs::write(folder.join("work/causal_attention.rs"), wrong)?;
    let (code, _, told) = run(&["check", lab])?;
    that(code == Some(1) && told.contains("causal_attention.rs"), || told.clone())?;
    let (_, said, _) = run(&["hint", lab])?;
    that(said.contains("`i * m`") && !said.contains("np."), || said.clone())?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn a_learners_attention_answers_in_chat() -> Outcome {
    let folder = scratch("plug")?;
    let python = python(&folder)?;
    succeed(crate::training(&folder, "run", 20).output()?)?;
    let chat = |plug: &str, lang: &str| -> Result<(Option<i32>, String, String), Stop> {
        let mut command = sanjie(&folder);
        command.env("PATH", &python).args(["chat", "run", "--lang", lang, "--plug", plug]);
        command.stdin(std::fs::File::open(folder.join("question.txt"))?);
        let output = command.output()?;
        let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        Ok((output.status.code(), said, told))
    };
    std::fs::write(folder.join("question.txt"), "3 times\n")?;
    let solution = content("solution.py")?;
    let files = [
        ("right.py", solution.clone()),
        ("broken.py", format!("{solution}\n\n{}", content("mutants/packed-no-mask.py")?)),
        ("crash.py", solution.replace("    out = np.zeros_like(q)\n", "    import os; os._exit(3)\n")),
        ("syntax.py", "def causal_attention(:\n".into()),
    ];
    for (file, text) in &files {
        std::fs::write(folder.join(file), text)?;
    }
    for (file, lang, expected) in [
        ("right.py", "en", vec!["runs on your attention", "tokens/s", "the same in all"]),
        ("right.py", "zh", vec!["用你写的注意力", "词元/秒", "全都相同"]),
        ("broken.py", "en", vec!["has not passed", "tokens/s", "logits differ by at most"]),
        ("broken.py", "zh", vec!["没有通过", "词元/秒"]),
        ("crash.py", "en", vec!["has not passed", "status 3", "engine's own attention answers"]),
        ("syntax.py", "en", vec!["SyntaxError", "engine's own attention answers"]),
        ("syntax.py", "zh", vec!["SyntaxError", "换回引擎自己的注意力"]),
    ] {
        let (code, said, told) = chat(&format!("causal-attention={file}"), lang)?;
        equal(code, Some(0), &format!("exit code with {file}: {told}"))?;
        that(said.len() > 2, || format!("nothing was said with {file}: {told}"))?;
        for words in expected {
            that(told.contains(words), || format!("{file} in {lang}, without {words:?}: {told}"))?;
        }
    }
    for (plug, expected, code) in [
        ("causal-attention", "LAB=FILE", 2),
        ("matmull=right.py", "did you mean `causal-attention`", 1),
        ("causal=right.py", "causal-attention", 1),
        ("causal-attention=none.py", "none.py", 1),
        ("causal-attention=text.txt", ".py or .rs", 1),
    ] {
        let (found, _, told) = chat(plug, "en")?;
        equal(found, Some(code), &format!("exit code of --plug {plug}: {told}"))?;
        that(told.contains(expected), || format!("--plug {plug}: {told}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn a_learners_product_trains() -> Outcome {
    let folder = scratch("train-plug")?;
    let python = python(&folder)?;
    let train = |plug: &str, more: &[&str]| -> Result<(Option<i32>, String, String), Stop> {
        let mut command = sanjie(&folder);
        command.env("PATH", &python).args(["train", "shakespeare-tiny", "--data", "text.txt", "--plug", plug]);
        command.args(["--set", "train.steps=3", "--set", "model.max_seq_len=12"]).args(more);
        let output = command.output()?;
        let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        Ok((output.status.code(), said, told))
    };
    let content = |file: &str| -> Result<String, Stop> {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../curriculum/matmul-on-a-cpu/labs/matmul");
        Ok(std::fs::read_to_string(lab.join(file))?)
    };
    let solution = content("solution.py")?;
    let inside = "    a = a.T if a_turned else a\n";
    for (file, text) in [
        ("right.py", solution.clone()),
        ("broken.py", format!("{solution}\n\n{}", content("mutants/last-block-alone.py")?)),
        ("nan.py", solution.replace("return c\n", "return c * np.float32('nan')\n")),
        ("shape.py", solution.replace(inside, "    return a\n")),
        ("crash.py", solution.replace(inside, "    import os; os._exit(3)\n")),
        ("syntax.py", "def blocked(:\n".into()),
    ] {
        std::fs::write(folder.join(file), text)?;
    }
    for (plug, more, expected) in [
        (
            "matmul-on-a-cpu=right.py",
            vec![],
            vec!["with your product", "step 3/3", "tokens/s", "losses differ by at most"],
        ),
        ("matmul=right.py", vec!["--lang", "zh"], vec!["用你写的乘法", "第 3/3 步", "词元/秒", "损失最多相差"]),
        ("matmul=broken.py", vec![], vec!["has not passed", "step 3/3", "losses differ by at most"]),
        ("matmul=nan.py", vec![], vec!["has not passed", "NaN", "engine's own product multiplies", "step 3/3"]),
        (
            "matmul=shape.py",
            vec![],
            vec!["expected", "engine's own product multiplies", "step 3/3 · without your product"],
        ),
        ("matmul=crash.py", vec!["--lang", "zh"], vec!["没有通过", "换回引擎自己的乘法", "第 3/3 步"]),
    ] {
        let (code, said, told) = train(plug, &more)?;
        equal((code, said.as_str()), (Some(0), ""), &format!("exit code and output with {plug}: {told}"))?;
        for words in expected {
            that(told.contains(words), || format!("{plug} {more:?}, without {words:?}: {told}"))?;
        }
    }
    let (code, said, told) = train("matmul=right.py", &["--json"])?;
    equal(code, Some(0), &told)?;
    let steps: Vec<serde_json::Value> = said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    equal(steps.len(), 3, "lines of JSON")?;
    for step in &steps {
        let apart = step["loss"].as_f64().zip(step["engine_loss"].as_f64()).map(|(one, other)| (one - other).abs());
        that(apart.is_some_and(|apart| apart < 1e-3) && step["plugged"] == true, || step.to_string())?;
        that(step["tokens_per_s"].as_f64() > Some(0.0) && step["engine_tokens_per_s"].as_f64() > Some(0.0), || {
            step.to_string()
        })?;
    }
    that(!folder.join("runs").exists(), || "a run folder of what is not kept".into())?;
    for (plug, more, expected, code) in [
        ("matmul", vec![], "LAB=FILE", 2),
        ("matmul=right.py", vec!["--out", "kept"], "--out", 2),
        ("matmul=right.py", vec!["--set", "model.n_heads=3"], "32", 1),
        ("causal-attention=right.py", vec![], "expected `matmul`", 1),
        ("matmull=right.py", vec![], "matmul", 1),
        ("matmul=none.py", vec![], "none.py", 1),
        ("matmul=syntax.py", vec![], "SyntaxError", 1),
    ] {
        let (found, _, told) = train(plug, &more)?;
        equal(found, Some(code), &format!("exit code of --plug {plug} {more:?}: {told}"))?;
        that(told.contains(expected), || format!("--plug {plug} {more:?}: {told}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A `PATH` on which `python3` has numpy.
pub fn python(folder: &Path) -> Result<std::ffi::OsString, Stop> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Some(program) = std::env::var_os("SANJIE_TEST_PYTHON") {
        folders.insert(0, PathBuf::from(program).parent().unwrap_or(folder).to_path_buf());
    }
    let path = std::env::join_paths(folders)?;
    let has_numpy = Command::new("python3").env("PATH", &path).args(["-c", "import numpy"]).output();
    match has_numpy {
        Ok(output) if output.status.success() => Ok(path),
        _ => skip("a Python with numpy"),
    }
}

fn content(file: &str) -> Result<String, Stop> {
    let lab = "../../curriculum/self-attention/labs/causal-attention";
    Ok(std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(lab).join(file))?)
}
