//! Whatever a learner's file does ends in a verdict that says what, within the limits.

use crate::{causal_attention, check_with, scratch, source, tools};
use check::{Outcome, Stop, equal, fail, skip, that};
use course::lab::{Code, Dim, Lab, Limits, Ordered};
use course::run::{Fault, RunError, Rust};
use course::{Grader, StepReport, Tools};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use sys::Coded;

/// The lab with tight limits, so that the checks are quick.
fn hurried() -> Result<Lab, Stop> {
    let mut lab = causal_attention()?;
    lab.sheet.limits = Limits { seconds: 3, memory_mb: 256, output_kb: 64 };
    Ok(lab)
}

fn report(lab: &Lab, text: &str) -> Result<StepReport, Stop> {
    let from = Instant::now();
    let report = check_with(lab, &tools()?, &source(text, Code::Python), None, 1)?.pop();
    let took = from.elapsed();
    that(took < Duration::from_secs(60), || format!("{text:?} took {took:?}"))?;
    report.map_or_else(|| fail("no verdict"), Ok)
}

pub fn every_misbehaviour_is_a_verdict() -> Outcome {
    let lab = hurried()?;
    let softmax = |body: &str| format!("import numpy as np\n\ndef softmax(scores):\n    {body}\n");
    type Expected = fn(&Fault) -> bool;
    let cases: Vec<(String, &str, Expected)> = vec![
        (softmax("while True: pass"), "runs", |f| matches!(f, Fault::Time { seconds: 3 })),
        ("while True: pass".into(), "runs", |f| matches!(f, Fault::Time { .. })),
        (softmax("x = []\n    while True: x.append('x' * 1000000)"), "runs", |f| {
            matches!(f, Fault::Memory { mb: 256 })
        }),
        (softmax("return np.zeros((1 << 40,), np.float32)"), "runs", |f| matches!(f, Fault::Memory { .. })),
        // Shared pages, which no resource limit counts.
        (
            softmax(
                "import mmap\n    kept = []\n    while True: kept.append(mmap.mmap(-1, 1 << 25)); kept[-1].write(b'x' * (1 << 25))",
            ),
            "runs",
            |f| matches!(f, Fault::Memory { mb: 256 }),
        ),
        (softmax("while True: print('x' * 1000)"), "runs", |f| matches!(f, Fault::Output { kb: 64 })),
        (softmax("import sys\n    while True: sys.stderr.write('x' * 1000)"), "runs", |f| {
            matches!(f, Fault::Output { .. })
        }),
        (softmax("import os\n    while True: os.fork()"), "runs", |f| matches!(f, Fault::Processes { line: Some(5) })),
        (softmax("import subprocess\n    subprocess.run(['ls'])"), "runs", |f| {
            matches!(f, Fault::Processes { line: Some(5) })
        }),
        (softmax("import os\n    os._exit(0)"), "runs", |f| matches!(f, Fault::Exit { status: 0 })),
        (softmax("import os\n    os.abort()"), "runs", |f| matches!(f, Fault::Exit { status: -6 })),
        (softmax("raise SystemExit"), "runs", |f| {
            matches!(f, Fault::Raised { kind, .. } if kind == "SystemExit") && !f.to_string().contains(':')
        }),
        (softmax("return 1 / 0"), "runs", |f| matches!(f, Fault::Raised { kind, .. } if kind == "ZeroDivisionError")),
        // A line that stands a thousand times in a traceback is shown once.
        (softmax("return softmax(scores)"), "runs", |f| {
            matches!(f, Fault::Raised { kind, trace, .. } if kind == "RecursionError"
                && trace.len() == 1 && trace[0].function.starts_with("softmax × "))
        }),
        (softmax("raise NotImplementedError"), "runs", |f| matches!(f, Fault::NotWritten { line: Some(4) })),
        ("def softmax(scores:\n".into(), "runs", |f| matches!(f, Fault::Raised { kind, .. } if kind == "SyntaxError")),
        (
            "import nothing_of_this_name".into(),
            "runs",
            |f| matches!(f, Fault::Raised { kind, .. } if kind == "ModuleNotFoundError"),
        ),
        // Exceptions and answers whose classes do as they like.
        (
            softmax("raise SyntaxError"),
            "runs",
            |f| matches!(f, Fault::Raised { kind, trace, .. } if kind == "SyntaxError" && trace.len() == 1),
        ),
        (
            format!("class Odd(Exception):\n    def __str__(self): raise self\n\n{}", softmax("raise Odd")),
            "runs",
            |f| matches!(f, Fault::Raised { kind, trace, .. } if kind == "Odd" && trace.len() == 1),
        ),
        (
            format!("class Odd(Exception):\n    __class__ = SyntaxError\n\n{}", softmax("raise Odd('so')")),
            "runs",
            |f| matches!(f, Fault::Raised { kind, message, .. } if kind == "Odd" && message == "so"),
        ),
        (
            format!("import numpy\n\nclass Odd:\n    __class__ = numpy.ndarray\n\n{}", softmax("return Odd()")),
            "dtype",
            |f| matches!(f, Fault::Returned { found } if found == "Odd"),
        ),
        // The parser's own limit is none of memory.
        (
            format!("x = {}1\n", "-".repeat(100_000)),
            "runs",
            |f| matches!(f, Fault::Raised { kind, message, .. } if kind == "SyntaxError" && message.contains("nested")),
        ),
        // One that waits is told how long it was waited for.
        (softmax("import time\n    time.sleep(99)"), "runs", |f| matches!(f, Fault::Time { seconds: 6 })),
        ("x = 1".into(), "runs", |f| matches!(f, Fault::Missing { entry } if entry == "softmax")),
        (String::new(), "runs", |f| matches!(f, Fault::Missing { .. })),
        (softmax("pass"), "dtype", |f| f.code() == "lab.fault.returned_nothing"),
        (softmax("return scores.tolist()"), "dtype", |f| matches!(f, Fault::Returned { found } if found == "list")),
        (
            softmax("return scores.astype(np.float64)"),
            "dtype",
            |f| matches!(f, Fault::Dtype { found } if found == "float64"),
        ),
        (softmax("return scores.astype('>f8')"), "dtype", |f| f.code() == "lab.fault.dtype_wide"),
        (
            softmax("return scores.astype(object)"),
            "dtype",
            |f| matches!(f, Fault::Dtype { found } if found == "object"),
        ),
        // The right answer, in the place of the question or beside it.
        (
            format!(
                "{}\n\nright = softmax\n\ndef softmax(scores):\n    scores[:] = right(scores)\n    return scores\n",
                lab.python.solution
            ),
            "arguments",
            |f| matches!(f, Fault::Overwritten { argument } if argument == "scores"),
        ),
        (
            format!(
                "{}\n\nright = softmax\n\ndef softmax(scores):\n    found = right(scores)\n    scores -= 1\n    return found\n",
                lab.python.solution
            ),
            "arguments",
            |f| matches!(f, Fault::Overwritten { argument } if argument == "scores"),
        ),
        (softmax("return scores[None]"), "shape", |f| matches!(f, Fault::Shape { .. })),
        (softmax("return np.float32(1)"), "shape", |f| matches!(f, Fault::Shape { found, .. } if found.is_empty())),
        (softmax("return np.zeros((1 << 20,), np.float32)"), "shape", |f| matches!(f, Fault::Shape { .. })),
    ];
    for (text, check, expected) in cases {
        let report = report(&lab, &text)?;
        let failed = report.verdict.checks.iter().find(|check| !check.passed);
        equal(failed.map(|check| check.name.as_str()), Some(check), &format!("{text:?}: {:?}", report.verdict.checks))?;
        let fault = report.fault.as_ref();
        that(fault.is_some_and(expected), || format!("{text:?}: {fault:?}"))?;
    }
    // After one call without memory there is no other.
    let told = report(&lab, &softmax("import time\n    print('called')\n    time.sleep(0.2)\n    raise MemoryError"))?;
    let n_calls = told.printed.lines().count();
    that((1..10).contains(&n_calls), || format!("called {n_calls} times: {told:?}"))?;
    // Python's complaint about a coroutine that nobody awaits would show a line of the harness.
    let told = report(&lab, "async def softmax(scores):\n    return scores\n")?;
    that(matches!(&told.fault, Some(Fault::Returned { found }) if found == "coroutine"), || format!("{told:?}"))?;
    equal(told.printed.as_str(), "", "what is printed beside a coroutine")?;
    let report = report(&lab, &softmax("return np.full_like(scores, np.nan)"))?;
    let failed = report.verdict.checks.iter().find(|check| !check.passed).unwrap();
    equal(failed.found.clone(), serde_json::json!("NaN"), "NaN as a value")
}

pub fn rust_that_misbehaves() -> Outcome {
    let (lab, tools) = (hurried()?, tools()?);
    if tools.rust.is_err() {
        return skip("rustc");
    }
    let softmax = |body: &str| {
        format!("use crate::lab::Array;\n\npub fn softmax(scores: &Array<f32>) -> Array<f32> {{\n    {body}\n}}\n")
    };
    type Expected = fn(&Fault) -> bool;
    let cases: [(String, Expected); 10] = [
        (softmax("loop {}"), |f| matches!(f, Fault::Time { .. })),
        (softmax("todo!()"), |f| matches!(f, Fault::NotWritten { line: Some(4) })),
        (softmax("panic!(\"no \\\"way\\\"\")"), |f| {
            matches!(f, Fault::Raised { message, trace, .. } if message == "no \"way\""
                && trace[0].line == 4 && trace[0].text == "panic!(\"no \\\"way\\\"\")")
        }),
        (
            softmax("Array::new(vec![scores.shape[0] - 99], vec![])"),
            |f| matches!(f, Fault::Raised { message, trace, .. } if message.contains("overflow") && trace[0].line == 4),
        ),
        // Standard input holds nothing; requests come elsewhere.
        (
            softmax("let read = std::io::stdin().read_line(&mut String::new()); panic!(\"{}\", read.unwrap())"),
            |f| matches!(f, Fault::Raised { message, .. } if message == "0"),
        ),
        (softmax("scores"), |f| matches!(f, Fault::Compile { text } if text.contains("mine.rs:4"))),
        (
            softmax(
                "let mut v = vec![]; loop { v.push(vec![1u8; 1 << 20]); if v.len() == 0 { return scores.clone() } }",
            ),
            |f| matches!(f, Fault::Memory { .. } | Fault::Exit { .. }),
        ),
        (softmax("Array::new(vec![2, 2], vec![1.0])"), |f| matches!(f, Fault::Ragged { found: 1, .. })),
        (softmax("std::process::Command::new(\"ls\").spawn().unwrap(); scores.clone()"), |f| {
            matches!(f, Fault::Processes { line: Some(4) })
        }),
        ("use crate::lab::Array;".into(), |f| matches!(f, Fault::Missing { .. })),
    ];
    for (text, expected) in cases {
        let report = check_with(&lab, &tools, &source(&text, Code::Rust), None, 1)?.pop().unwrap();
        let fault = report.fault.as_ref();
        that(fault.is_some_and(expected), || format!("{text:?}: {fault:?}"))?;
        let failed = report.verdict.checks.iter().find(|check| !check.passed).map(|check| check.name.as_str());
        let check = if matches!(fault, Some(Fault::Ragged { .. })) { "shape" } else { "runs" };
        equal(failed, Some(check), &format!("{text:?}"))?;
    }
    Ok(())
}

/// Requests larger than what a socket holds, to a child that takes none: whoever writes them waits no longer than others.
pub fn a_child_that_takes_no_requests_is_ended_too() -> Outcome {
    let mut lab = hurried()?;
    let step = &mut lab.sheet.steps[0];
    step.checks.truncate(1);
    step.checks[0].cases = 32;
    step.checks[0].dims = Ordered(vec![("n".into(), Dim::Fixed(4)), ("m".into(), Dim::Fixed(20_000))]);
    type Expected = fn(&Fault) -> bool;
    let cases: [(&str, Expected); 2] = [
        ("import time\n    time.sleep(99)", |f| matches!(f, Fault::Time { seconds: 6 })),
        ("while True: print('x' * 1000)", |f| matches!(f, Fault::Output { kb: 64 })),
    ];
    for (body, expected) in cases {
        let fault = report(&lab, &format!("def softmax(scores):\n    {body}\n"))?.fault;
        that(fault.as_ref().is_some_and(expected), || format!("{body}: {fault:?}"))?;
    }
    Ok(())
}

/// Rust brings no linker. This suite once more, with a `rustc` and nothing else on PATH.
pub fn a_compiler_without_a_linker_is_nobodys_fault() -> Outcome {
    const MARK: &str = "SANJIE_TEST_NO_LINKER";
    let solution = || Ok::<_, Stop>(causal_attention()?.rust.ok_or("the lab has no Rust")?.solution);
    if std::env::var_os(MARK).is_some() {
        let tools = Tools { python: Err(RunError::NoPython {}), rust: Rust::find(scratch("no-linker-cache")?) };
        let graded = check_with(&causal_attention()?, &tools, &source(&solution()?, Code::Rust), None, 1);
        let Err(Stop::Failed(why)) = graded else { return fail(format!("{graded:?}")) };
        return that(why.contains("no_linker") && why.contains("cc"), || why);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let Some(rustc) = std::env::split_paths(&path).map(|folder| folder.join("rustc")).find(|file| file.is_file())
    else {
        return skip("rustc");
    };
    let folder = scratch("no-linker")?;
    std::os::unix::fs::symlink(rustc, folder.join("rustc"))?;
    let mut again = Command::new(std::env::current_exe()?);
    again.args(["--exact", "bad_code::a_compiler_without_a_linker_is_nobodys_fault"]);
    let output = again.env("PATH", &folder).env(MARK, "1").output()?;
    that(output.status.success(), || String::from_utf8_lossy(&output.stdout).into_owned())
}

pub fn the_grader_outlives_a_file_that_means_it_harm() -> Outcome {
    if !cfg!(target_os = "linux") {
        return skip("seccomp is a part of Linux");
    }
    let text = "import os, resource\nresource.prlimit(os.getppid(), resource.RLIMIT_FSIZE, (0, 0))\n";
    let fault = report(&hurried()?, text)?.fault;
    that(matches!(&fault, Some(Fault::Processes { line: Some(2) })), || format!("{fault:?}"))?;
    std::fs::write(scratch("harm")?.join("file"), "can be written still")?;
    // Memory in a file that has no name.
    let text = "import os\nfile = os.memfd_create('x')\nfor _ in range(9): os.write(file, bytes(1 << 26))\n";
    let fault = report(&hurried()?, text)?.fault;
    that(matches!(&fault, Some(Fault::Raised { kind, .. }) if kind == "OSError"), || format!("{fault:?}"))
}

/// The compiler is held as the program is: it opens no hidden folder, grows to a limit, and is not listened to for long.
pub fn a_compiler_is_confined_too() -> Outcome {
    let (lab, tools) = (hurried()?, tools()?);
    if tools.rust.is_err() {
        return skip("rustc");
    }
    let refused = |text: &str, hidden: Vec<PathBuf>| -> Result<Option<Fault>, Stop> {
        let grader = Grader { hidden, ..Grader::new(&lab, answers::find, &tools) };
        Ok(grader.open(&source(text, Code::Rust))?.err())
    };
    if sys::confine::sandbox() == sys::confine::Sandbox::Namespaces {
        let folder = scratch("solutions")?;
        let solution = lab.rust.as_ref().map(|files| files.solution.as_str()).ok_or("the lab has no Rust")?;
        std::fs::write(folder.join("solution.rs"), solution)?;
        let text = format!("#[path = {:?}]\nmod all;\n", folder.join("solution.rs"));
        that(refused(&text, vec![])?.is_none(), || "a neighbour is not found".into())?;
        // As a person names it, from where they are.
        let named = PathBuf::from("../".repeat(20)).join(folder.strip_prefix("/")?);
        let fault = refused(&text, vec![named])?;
        that(matches!(&fault, Some(Fault::Compile { text }) if text.contains("couldn't read")), || {
            format!("{fault:?}")
        })?;
    }
    let fault = refused("pub static X: &[u8] = include_bytes!(\"/dev/zero\");\n", vec![])?;
    that(matches!(&fault, Some(Fault::Compile { text }) if text.contains("out of memory")), || format!("{fault:?}"))?;
    // Four macros in each other complain 10,000 times.
    let mut text = String::from("macro_rules! m0 { () => { compile_error!(\"no\"); } }\n");
    for i in 1..5 {
        let inner = format!("m{}!();", i - 1).repeat(10);
        text += &format!("macro_rules! m{i} {{ () => {{ {inner} }} }}\n");
    }
    let fault = refused(&(text + "m4!();\n"), vec![])?;
    that(matches!(&fault, Some(Fault::Compile { text }) if text.starts_with("error: no")), || format!("{fault:?}"))?;
    // One complaint may be as long as its line.
    let fault = refused(&format!("fn f() {{ {} }}\n", "x + ".repeat(50_000)), vec![])?;
    that(matches!(&fault, Some(Fault::Compile { text }) if text.chars().count() <= 4000), || format!("{fault:?}"))
}

pub fn the_learner_sees_their_own_lines_alone() -> Outcome {
    let text = "import numpy as np\nprint('loading')\n\ndef helper(x):\n    return np.linalg.inv(x)\n\ndef softmax(scores):\n    print('called')\n    return helper(scores)\n";
    let report = report(&hurried()?, text)?;
    let Some(Fault::Raised { trace, .. }) = &report.fault else { return fail(format!("{report:?}")) };
    let lines: Vec<(usize, &str)> = trace.iter().map(|place| (place.line, place.function.as_str())).collect();
    equal(lines, vec![(9, "softmax"), (5, "helper")], "the trace")?;
    equal(trace[1].text.trim(), "return np.linalg.inv(x)", "the line")?;
    that(report.printed.starts_with("loading\ncalled\n"), || format!("printed: {:?}", report.printed))
}

pub fn neighbours_shadow_nothing() -> Outcome {
    let (lab, tools) = (hurried()?, tools()?);
    let folder = scratch("neighbours")?;
    for name in ["numpy.py", "json.py", "random.py"] {
        std::fs::write(folder.join(name), "raise RuntimeError('shadowed')\n")?;
    }
    std::fs::write(folder.join("beside.py"), "factor = 1\n")?;
    let mut mine = source(&format!("import beside\nimport random\n{}", lab.python.solution), Code::Python);
    mine.folder = Some(folder);
    let reports = check_with(&lab, &tools, &mine, Some("softmax"), 1)?;
    that(reports[0].verdict.passed, || format!("{reports:?}"))
}

pub fn nothing_stays_written_and_no_network_is_there() -> Outcome {
    if sys::confine::sandbox() == sys::confine::Sandbox::None {
        return skip("this system permits no namespaces");
    }
    let folder = scratch("sandbox")?;
    let written = folder.join("written");
    let text = format!("open({:?}, 'w').write('x')\n", written.display().to_string());
    let fault = report(&hurried()?, &text)?.fault;
    that(matches!(&fault, Some(Fault::Raised { kind, .. }) if kind == "OSError"), || format!("{fault:?}"))?;
    that(!written.exists(), || "a file was written".into())?;
    // Temporary files have a place: importing PyTorch, for one, writes some.
    let text = "import tempfile\nopen(tempfile.mkdtemp() + '/x', 'w').write('x')\n";
    let fault = report(&hurried()?, text)?.fault;
    that(matches!(&fault, Some(Fault::Missing { .. })), || format!("{fault:?}"))?;
    let text = "import socket\nsocket.create_connection(('127.0.0.1', 1), 1)\n";
    let fault = report(&hurried()?, text)?.fault;
    that(matches!(&fault, Some(Fault::Raised { message, .. }) if message.contains("unreachable")), || {
        format!("{fault:?}")
    })
}
