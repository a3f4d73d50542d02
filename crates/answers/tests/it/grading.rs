//! Verdicts: repeatable from their seed, with the smallest case, and a trap only where the numbers show it.

use crate::{causal_attention, changed, check_with, scratch, source, tools};
use check::{Outcome, equal, fail, skip, that};
use course::lab::{Code, Lab};
use course::run::{Fault, Rust};
use course::{Curriculum, Grader, StepReport};
use std::path::Path;
use sys::Coded;

pub fn a_seed_gives_the_same_verdict_again() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    let wrong = changed(&lab, "math.sqrt(", "abs(")?;
    let verdict = |seed| -> Result<serde_json::Value, check::Stop> {
        let mut verdict = serde_json::to_value(&check_with(&lab, &tools, &wrong, None, seed)?.pop().unwrap().verdict)?;
        verdict["ms"] = 0.into();
        Ok(verdict)
    };
    let first = verdict(7)?;
    equal(verdict(7)?, first.clone(), "the verdict of the same seed")?;
    that(verdict(8)?["checks"] != first["checks"], || "another seed gives the same numbers".into())?;
    let keys: Vec<&str> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["lab", "step", "attempt", "passed", "seed", "checks", "trap", "hint_tier", "sandbox", "ms"];
    equal(keys, expected.to_vec(), "keys of a verdict")?;
    let keys: Vec<&str> = first["checks"][0].as_object().unwrap().keys().map(String::as_str).collect();
    equal(keys, vec!["name", "passed", "expected", "found", "index"], "keys of a check")
}

pub fn the_smallest_failing_case_is_shown() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    let wrong =
        source("import numpy as np\ndef softmax(scores):\n    return np.full_like(scores, 0.25)\n", Code::Python);
    let report = check_with(&lab, &tools, &wrong, None, 3)?.pop().unwrap();
    that(!report.verdict.passed && report.fault.is_none(), || format!("{report:?}"))?;
    let case = report.case.unwrap();
    let size: usize = case.inputs.iter().map(|(_, value)| value.len()).sum();
    that((1..=4).contains(&size), || format!("a case of {size} numbers"))?;
    let failed = report.verdict.checks.iter().find(|check| !check.passed).unwrap();
    equal(failed.found.clone(), serde_json::json!(0.25), "what was found at the index")?;
    equal(failed.index.clone(), case.index, "index")
}

/// What is raised where there is nothing to compute is told by the check that asks for it, and hides no wrong number.
pub fn an_exception_over_nothing_hides_no_number() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    for (axis, expected, has_fault) in [(1, "no-columns", true), (0, "values", false)] {
        let text = format!(
            "import numpy as np\ndef softmax(s):\n    e = np.exp(s - s.max(axis={axis}, keepdims=True))\n    return e / e.sum(axis={axis}, keepdims=True)\n"
        );
        let report = check_with(&lab, &tools, &source(&text, Code::Python), None, 3)?.pop().unwrap();
        let failed = report.verdict.checks.iter().find(|check| !check.passed).map(|check| check.name.as_str());
        equal((failed, report.fault.is_some()), (Some(expected), has_fault), &text)?;
        that(report.says.is_some() && report.case.is_some(), || format!("{report:?}"))?;
    }
    Ok(())
}

pub fn a_step_alone() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    let reports = check_with(&lab, &tools, &source(&lab.python.solution, Code::Python), Some("attend"), 1)?;
    equal(reports.len(), 1, "verdicts")?;
    that(reports[0].verdict.passed && reports[0].verdict.step == "attend", || format!("{:?}", reports[0].verdict))
}

pub fn rust_is_graded_like_python() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    if tools.rust.is_err() {
        return skip("rustc");
    }
    let solution = &lab.rust.as_ref().unwrap().solution;
    let reports = check_with(&lab, &tools, &source(solution, Code::Rust), None, 1)?;
    that(reports.len() == 5 && reports.iter().all(|report| report.verdict.passed), || format!("{reports:?}"))?;
    // Only what is written so far is compiled, and a wrong step is named by the Python mutant's numbers.
    let wrong = solution.replace(".sqrt()", "");
    let report = check_with(&lab, &tools, &source(&wrong, Code::Rust), None, 1)?.pop().unwrap();
    equal(report.verdict.step.as_str(), "attend", "failing step")?;
    equal(report.verdict.trap.as_deref(), Some("scale-by-width"), "trap")?;
    for (body, trap) in [
        // The row's maximum, the column's sum; and the whole table's maximum.
        (
            "let top = |i: usize, _: &[f32]| row(scores, i).iter().copied().fold(f32::NEG_INFINITY, f32::max); let sum = |_: usize, j: usize, e: &[f32]| (0..n).map(|i| e[i * m + j]).sum::<f32>();",
            "softmax-axis",
        ),
        (
            "let top = |_: usize, all: &[f32]| all.iter().copied().fold(f32::NEG_INFINITY, f32::max); let sum = |i: usize, _: usize, e: &[f32]| e[i * m..][..m].iter().sum::<f32>();",
            "one-maximum",
        ),
    ] {
        let text = format!(
            "{}\npub fn softmax(scores: &Array<f32>) -> Array<f32> {{\n    let [n, m] = scores.shape[..] else {{ panic!() }};\n    {body}\n    let e: Vec<f32> = (0..n * m).map(|at| (scores.values[at] - top(at / m, &scores.values)).exp()).collect();\n    let values = (0..n * m).map(|at| e[at] / sum(at / m, at % m, &e)).collect();\n    Array {{ shape: vec![n, m], values }}\n}}\n",
            solution.replace("pub fn softmax(", "pub fn right_softmax(")
        );
        let report = check_with(&lab, &tools, &source(&text, Code::Rust), None, 1)?.pop().unwrap();
        equal((report.verdict.step.as_str(), report.verdict.trap.as_deref()), ("softmax", Some(trap)), body)?;
    }
    Ok(())
}

pub fn a_bridge_without_its_package_is_named() -> Outcome {
    let (mut lab, tools) = (causal_attention()?, tools()?);
    let bridge = lab.sheet.steps.iter_mut().find(|step| step.bridge.is_some()).ok_or("no bridge")?;
    bridge.bridge = Some("a_package_of_no_such_name".into());
    let (id, solution) = (bridge.id.clone(), source(&lab.python.solution, Code::Python));
    let reports = check_with(&lab, &tools, &solution, None, 1)?;
    that(reports.len() == 5 && reports.iter().all(|report| report.verdict.passed), || format!("{reports:?}"))?;
    let grader = Grader::new(&lab, answers::find, &tools);
    let codes: Vec<&str> = grader.ungraded(&solution).iter().map(|error| error.code()).collect();
    equal(codes, vec!["lab.no_package"], "what is not graded")?;
    equal(grader.ungraded(&source("x = 1", Code::Python)).len(), 0, "without the bridge's function")?;
    that(check_with(&lab, &tools, &solution, Some(&id), 1).is_err(), || "the bridge alone was graded".into())
}

/// PyTorch's own function gives the engine's numbers with the mask that the solution builds, and others with `is_causal`.
pub fn the_bridge_to_pytorch_is_graded() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    let solution = &lab.python.solution;
    if !Grader::new(&lab, answers::find, &tools).ungraded(&source(solution, Code::Python)).is_empty() {
        return skip("torch");
    }
    let wrong = solution.replace("attn_mask=visible", "is_causal=True");
    for seed in 0..4 {
        for (text, expected) in [(solution, None), (&wrong, Some("values"))] {
            let report = check_with(&lab, &tools, &source(text, Code::Python), Some("torch"), seed)?.pop().unwrap();
            let failed = report.verdict.checks.iter().find(|check| !check.passed).map(|check| check.name.as_str());
            equal(failed, expected, &format!("the failed check, seed {seed}"))?;
        }
    }
    Ok(())
}

/// Two studios, or a studio and a terminal, may grade one file at the same moment.
pub fn one_rust_file_is_compiled_by_several_at_once() -> Outcome {
    let (lab, mut tools) = (causal_attention()?, tools()?);
    if tools.rust.is_err() {
        return skip("rustc");
    }
    let cache = scratch("compile")?;
    tools.rust = Rust::find(cache.clone());
    let solution = source(&lab.rust.as_ref().unwrap().solution, Code::Rust);
    let broken =
        source("use crate::lab::Array;\npub fn softmax(scores: &Array<f32>) -> Array<f32> { scores }\n", Code::Rust);
    let (solution, broken) = (&solution, &broken);
    let check = &|source: &course::run::Source| check_with(&lab, &tools, source, Some("softmax"), 1);
    std::thread::scope(|scope| -> Outcome {
        let graders: Vec<_> =
            (0..3).map(|at| scope.spawn(move || check(if at % 2 == 0 { solution } else { broken }))).collect();
        for (at, grader) in graders.into_iter().enumerate() {
            let report = grader.join().map_err(|_| "a grader panicked")??.pop().ok_or("no verdict")?;
            match (at % 2, &report.fault) {
                (0, None) => that(report.verdict.passed, || format!("{report:?}"))?,
                (1, Some(Fault::Compile { text })) => that(text.contains("mine.rs:2"), || text.clone())?,
                _ => return fail(format!("grader {at}: {report:?}")),
            }
        }
        Ok(())
    })?;
    equal(std::fs::read_dir(&cache)?.count(), 1, "folders in the cache")?;
    Ok(std::fs::remove_dir_all(cache)?)
}

/// A compiled program that is not what was compiled is compiled anew, and the learner hears nothing of it.
pub fn a_damaged_cache_is_made_anew() -> Outcome {
    let (lab, mut tools) = (causal_attention()?, tools()?);
    if tools.rust.is_err() {
        return skip("rustc");
    }
    let cache = scratch("cache")?;
    tools.rust = Rust::find(cache.clone());
    let solution = source(&lab.rust.as_ref().unwrap().solution, Code::Rust);
    type Damage = fn(&Path) -> std::io::Result<()>;
    let rows: [(&str, Damage); 5] = [
        ("nothing", |_| Ok(())),
        ("a program cut short", |folder| std::fs::File::options().write(true).open(folder.join("lab"))?.set_len(1000)),
        ("another program", |folder| std::fs::copy("/bin/true", folder.join("lab")).map(drop)),
        ("no program", |folder| std::fs::remove_file(folder.join("lab"))),
        ("no checksum", |folder| std::fs::remove_file(folder.join("SHA256SUMS"))),
    ];
    for (what, damage) in rows {
        let report = check_with(&lab, &tools, &solution, Some("softmax"), 1)?.pop().ok_or("no verdict")?;
        that(report.verdict.passed, || format!("before {what}: {report:?}"))?;
        let folders: Vec<_> = std::fs::read_dir(&cache)?.collect::<Result<_, _>>()?;
        equal(folders.len(), 1, &format!("folders before {what}"))?;
        damage(&folders[0].path())?;
        let report = check_with(&lab, &tools, &solution, Some("softmax"), 1)?.pop().ok_or("no verdict")?;
        that(report.verdict.passed, || format!("after {what}: {report:?}"))?;
    }
    Ok(std::fs::remove_dir_all(cache)?)
}

pub fn right_in_other_ways_passes() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    let softmax = "    weights = np.exp(scores - largest)\n    return weights / weights.sum(axis=1, keepdims=True)\n";
    for other in [
        // By the logarithm of the sum, which f32 holds to a sixteenth where scores are as large as they get.
        "    sums = np.exp(scores - largest).sum(axis=1, keepdims=True)\n    return np.exp(scores - (largest + np.log(sums)))\n",
        "    return np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))\n",
        // The bytes of each number the other way round.
        "    weights = np.exp(scores - largest)\n    return (weights / weights.sum(axis=1, keepdims=True)).astype('>f4')\n",
    ] {
        let right = changed(&lab, softmax, other)?;
        for seed in 0..6 {
            let reports = check_with(&lab, &tools, &right, None, seed)?;
            let passes = reports.iter().all(|report| report.verdict.passed);
            that(passes, || format!("{other}, seed {seed}: {:?}", reports.last()))?;
        }
    }
    Ok(())
}

/// What is plugged into a model meets more heads, wider ones and more texts than small cases have.
pub fn as_wide_as_in_a_model() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    for narrow in ["q.shape[2] > 8", "q.shape[1] > 4", "len(q_offsets) > 4"] {
        let at = "    out = np.zeros_like(q)\n    for s";
        let wrong = changed(&lab, at, &format!("    if {narrow}:\n        return q\n{at}"))?;
        let report = check_with(&lab, &tools, &wrong, None, 1)?.pop().ok_or("no verdict")?;
        let failed: Vec<_> =
            report.verdict.checks.iter().filter(|check| !check.passed).map(|check| &check.name).collect();
        equal((report.verdict.step.as_str(), failed), ("causal-attention", vec![&"wide".to_string()]), narrow)?;
    }
    Ok(())
}

pub fn a_trap_is_named_only_for_its_numbers() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    let trap = |from, to| -> Result<(String, Option<String>), check::Stop> {
        let verdict = check_with(&lab, &tools, &changed(&lab, from, to)?, None, 5)?.pop().unwrap().verdict;
        Ok((verdict.step, verdict.trap))
    };
    equal(trap("math.sqrt(", "float(")?, ("attend".into(), Some("scale-by-width".into())), "scale by the width")?;
    equal(trap("math.sqrt(", "3 * math.sqrt(")?, ("attend".into(), None), "a scale of nobody's")?;
    // As people write it who have not thought of empty tables, and as those do who have.
    let (rows, all) = ("scores.max(axis=1, keepdims=True, initial=-np.inf)", "scores.max(initial=-np.inf)");
    let (bare_rows, bare_all) = ("scores.max(axis=1, keepdims=True)", "scores.max()");
    for (largest, sum, expected) in [
        (rows, "sum(0)", "softmax-axis"),
        (bare_rows, "sum(0)", "softmax-axis"),
        (all, "sum(0)", "softmax-axis"),
        ("scores.max(axis=0, keepdims=True)", "sum(axis=0, keepdims=True)", "softmax-axis"),
        (all, "sum(axis=1, keepdims=True)", "one-maximum"),
        (bare_all, "sum(axis=1, keepdims=True)", "one-maximum"),
    ] {
        let text = format!(
            "import numpy as np\ndef softmax(x):\n    e = np.exp(x - {})\n    return e / e.{sum}\n",
            largest.replace("scores", "x")
        );
        let verdict = check_with(&lab, &tools, &source(&text, Code::Python), None, 5)?.pop().unwrap().verdict;
        equal((verdict.step.as_str(), verdict.trap.as_deref()), ("softmax", Some(expected)), &text)?;
    }
    Ok(())
}

pub fn forbidden_names_are_refused() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    for call in [
        "import scipy.special",
        "from scipy.special import softmax as s",
        "f = getattr(0, 'scaled_dot_product_attention', 0)",
    ] {
        let cheat = source(&format!("{call}\n{}", lab.python.solution), Code::Python);
        let report = check_with(&lab, &tools, &cheat, None, 1)?.pop().unwrap();
        that(matches!(report.fault, Some(Fault::Forbidden { line: 1, .. })), || format!("{call}: {report:?}"))?;
    }
    // By way of a bridge's function, and of a file beside.
    let bridged = source("def softmax(s):\n    return causal_attention_torch(s)\n", Code::Python);
    let report = check_with(&lab, &tools, &bridged, None, 1)?.pop().unwrap();
    that(matches!(report.fault, Some(Fault::Forbidden { line: 2, .. })), || format!("{report:?}"))?;
    let folder = std::env::temp_dir().join(format!("sanjie-neighbour-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("helper.py"), "import torch\nsoftmax = torch.softmax\n")?;
    std::fs::write(folder.join("torch.py"), "def softmax(s):\n    return s\n")?;
    let mut beside = source("from helper import softmax\n", Code::Python);
    beside.folder = Some(folder.clone());
    let report = check_with(&lab, &tools, &beside, None, 1)?.pop().unwrap();
    let refused = matches!(&report.fault, Some(Fault::Raised { kind, message, .. }) if kind == "ImportError" && message.contains("torch may not"));
    that(refused, || format!("{report:?}"))?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn odd_messages_and_a_broken_numpy_are_told() -> Outcome {
    let (lab, tools) = (causal_attention()?, tools()?);
    let half = source("def softmax(s):\n    raise ValueError('half \\ud800')\n", Code::Python);
    let report = check_with(&lab, &tools, &half, None, 1)?.pop().unwrap();
    that(matches!(&report.fault, Some(Fault::Raised { kind, .. }) if kind == "ValueError"), || format!("{report:?}"))?;
    let broken =
        source("import numpy as np\nnp.frombuffer = np.ndarray = None\ndef softmax(s):\n    return s\n", Code::Python);
    let report = check_with(&lab, &tools, &broken, None, 1)?.pop().unwrap();
    that(report.fault.is_none() && !report.verdict.passed, || format!("{report:?}"))
}

pub fn a_forbidden_operator_is_refused() -> Outcome {
    let (lab, tools) = (Curriculum::load(None)?.lab("matmul")?.clone(), tools()?);
    let before = format!("{}\n\ndef product(a, b):\n    ", lab.python.solution);
    let graded_in = |lab: &Lab, product: &str| -> Result<StepReport, check::Stop> {
        let cheat = source(&format!("{before}{product}\n"), Code::Python);
        Ok(check_with(lab, &tools, &cheat, Some("product"), 1)?.pop().unwrap())
    };
    let graded = |product: &str| graded_in(&lab, product);
    for product in
        ["return a @ b", "a @= b", "return np.matmul(a, b)", "return a.dot(b)", "return np.einsum('mk,kn', a, b)"]
    {
        let report = graded(product)?;
        that(matches!(report.fault, Some(Fault::Forbidden { .. })), || format!("{product}: {report:?}"))?;
    }
    // Where the text names none, the call is refused, with the line that makes it.
    let line = before.lines().count();
    for product in [
        "return np.asarray(np.matrix(a) * np.matrix(b))",
        "return a.__matmul__(b)",
        "return eval('a @ b')",
        "return eval('np.array(a) @ b')",
        "return getattr(np, 'mat' + 'mul')(a, b)",
        "return getattr(a * 1, 'do' + 't')(b)",
        "return getattr(np, 'lin' + 'alg').multi_dot([a, b])",
    ] {
        let report = graded(product)?;
        let refused = matches!(&report.fault, Some(Fault::Forbidden { line: at, .. }) if *at == line);
        that(refused, || format!("{product}: {report:?}"))?;
    }
    // So it is where it is made while the file loads.
    let report = graded("return a\n\ncalled = getattr(np, 'mat' + 'mul')(np.eye(2), np.eye(2))")?;
    let refused = matches!(&report.fault, Some(Fault::Forbidden { line: at, .. }) if *at == line + 2);
    that(refused, || format!("while it loads: {report:?}"))?;
    // A lab that forbids something else of numpy lets matrices be multiplied.
    let mut sorting = lab.clone();
    sorting.sheet.forbid = Some(vec!["sort".into()]);
    for product in ["return a @ b", "return a.dot(b)"] {
        let report = graded_in(&sorting, product)?;
        that(report.verdict.passed, || format!("{product}, where `sort` is forbidden: {report:?}"))?;
    }
    // What multiplies and adds by itself passes, in whichever words of numpy.
    for product in [
        "return (a[:, :, None] * b).sum(axis=1)",
        "return np.array([[(row * column).sum() for column in b.T] for row in a], np.float32).reshape(len(a), b.shape[1])",
        "return sum((np.multiply.outer(a[:, p], b[p]) for p in range(len(b))), np.zeros((len(a), b.shape[1]), np.float32))",
    ] {
        let report = graded(product)?;
        that(report.verdict.passed, || format!("{product}: {report:?}"))?;
    }
    Ok(())
}

/// A bridge is there to call what the rest of the file may not.
pub fn a_bridge_may_call_what_is_forbidden() -> Outcome {
    let (mut lab, tools) = (Curriculum::load(None)?.lab("matmul")?.clone(), tools()?);
    let mut bridge = lab.sheet.steps[0].clone();
    (bridge.id, bridge.entry, bridge.bridge) = ("bridge".into(), "by_numpy".into(), Some("numpy".into()));
    lab.sheet.steps.push(bridge);
    let text = format!("{}\n\ndef by_numpy(a, b):\n    return np.matmul(a, b)\n", lab.python.solution);
    let report = check_with(&lab, &tools, &source(&text, Code::Python), Some("bridge"), 1)?.pop().unwrap();
    that(report.verdict.passed, || format!("{report:?}"))
}
