//! Reading the curriculum: the built-in one, mistakes in it, a folder over it.

use crate::{content, scratch};
use check::{Outcome, Stop, equal, fail, that};
use course::Curriculum;
use course::lab::Lab;
use course::progress::{TopicState, path};
use std::fs;
use std::path::{Path, PathBuf};
use sys::Coded;

pub fn the_built_in_one_loads() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let lab = curriculum.lab("causal-attention")?;
    let steps: Vec<&str> = lab.sheet.steps.iter().take(5).map(|step| step.entry.as_str()).collect();
    equal(steps, vec!["softmax", "attend", "attend_causal", "multi_head", "causal_attention"], "steps")?;
    equal(curriculum.lab("casual-attention").unwrap_err().fields()[1].1.as_str(), "causal-attention", "nearest lab")
}

/// A lab goes by its name, and by that of a topic that has no other.
pub fn a_lab_by_its_topic() -> Outcome {
    let mut curriculum = Curriculum::load(None)?;
    for (name, expected) in [
        ("matmul", Ok("matmul")),
        ("matmul-on-a-cpu", Ok("matmul")),
        ("chunking", Ok("chunking")),
        ("matmul-on-a-gpu", Err("matmul-on-a-cpu")),
        ("matmult", Err("matmul")),
        ("knitting", Err("")),
    ] {
        let found = curriculum.lab(name).map(|lab| lab.id.clone());
        let found = found.map_err(|error| error.fields()[1].1.clone());
        equal(found, expected.map(String::from).map_err(String::from), name)?;
    }
    let content = curriculum.topics.iter_mut().find_map(|topic| topic.content.as_mut()).ok_or("nothing is built")?;
    let second = Lab { id: "a-second-one".into(), ..content.labs[0].clone() };
    content.labs.push(second);
    that(curriculum.lab("self-attention").is_err(), || "one of two labs was taken".into())
}

pub fn the_whole_path_is_there() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let path = path(&curriculum, &[], "zh");
    let stages: Vec<&str> = path.stages.iter().map(|stage| stage.title.as_str()).collect();
    equal(stages, vec!["原理", "接入", "场景"], "stages")?;
    let topics: Vec<_> = path.stages.iter().flat_map(|stage| &stage.topics).collect();
    equal(topics.len(), 88, "topics and projects")?;
    let hours: f64 = topics.iter().map(|topic| topic.hours).sum();
    that(hours <= 350.0, || format!("the path has {hours} hours"))?;
    let built: Vec<&str> =
        topics.iter().filter(|topic| topic.state != TopicState::Planned).map(|topic| topic.id.as_str()).collect();
    equal(
        built,
        vec!["self-attention", "matmul-on-a-cpu", "reading-a-checkpoint", "inverted-index-and-bm25", "chunking"],
        "built topics",
    )?;
    let json = serde_json::to_value(&path)?;
    equal(json["stages"][0]["topics"][0]["hours"].to_string(), "2".to_string(), "hours in JSON")?;
    equal(json["stages"][0]["topics"][1]["state"].as_str(), Some("planned"), "state in JSON")
}

/// One change of one file, and what is said of it.
struct Mistake {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    code: &'static str,
    says: &'static str,
}

const LAB: &str = "self-attention/labs/causal-attention/lab.toml";

pub fn mistakes_are_named() -> Outcome {
    let mistake = |file, from, to, code, says| Mistake { file, from, to, code, says };
    let mistakes = [
        mistake("graph.toml", "after = []", "after = [\"gpt\"]", "curriculum.cycle", "self-attention"),
        mistake(
            "graph.toml",
            "after = [\"matrices\"]",
            "after = [\"matrixes\"]",
            "curriculum.unknown_name",
            "matrices",
        ),
        mistake(
            "graph.toml",
            "stage = \"principles\"",
            "stage = \"principals\"",
            "curriculum.unknown_name",
            "principles",
        ),
        mistake("graph.toml", "hours = 2.5", "hours = -1", "curriculum.bad_value", "-1"),
        mistake("graph.toml", "kind = \"topic\"", "kint = \"topic\"", "curriculum.unknown_key", "kind"),
        mistake("graph.toml", "title = { zh = \"原理\"", "title = { zh = \"\"", "curriculum.empty_words", "zh"),
        mistake(
            "graph.toml",
            "title = { zh = \"原理\", ",
            "title = { ",
            "curriculum.missing_key",
            "principles, key: zh",
        ),
        mistake("graph.toml", "id = \"matrices\"", "id = \"self-attention\"", "curriculum.duplicate", "self-attention"),
        mistake("graph.toml", "id = \"matrices\"", "id = \"Matrices\"", "curriculum.bad_id", "Matrices"),
        mistake(
            "self-attention/topic.toml",
            "causal-attention",
            "causal",
            "curriculum.missing",
            "labs/causal/lab.toml",
        ),
        mistake(LAB, "breaks = [\"cached\"]", "breaks = [\"cache-hit\"]", "curriculum.unknown_name", "nearest: cache"),
        mistake("self-attention/lesson.zh.md", "\n## ", "\n### a {#a}\n\n## ", "curriculum.lessons_differ", "#a"),
        mistake(
            "self-attention/traps.toml",
            "answer = \"softmax\"",
            "answer = \"softmex\"",
            "curriculum.unknown_name",
            "softmax",
        ),
        mistake("self-attention/quiz.toml", ", right = true", "", "curriculum.bad_value", "right"),
        mistake(
            "self-attention/quiz.toml",
            "kind = \"choice\"",
            "kind = \"choice\"\nanswer = \"1\"",
            "curriculum.surplus_key",
            "item: average, key: answer",
        ),
        mistake(
            "self-attention/quiz.toml",
            "kind = \"choice\"",
            "kind = \"choice\"\ndraw = { n = [1] }",
            "curriculum.surplus_key",
            "item: average, key: draw",
        ),
        mistake(
            "self-attention/quiz.toml",
            "answer = \"sqrt(d)\"",
            "answer = \"sqrt(d, 2)\"",
            "curriculum.malformed",
            "sqrt",
        ),
        mistake(
            "self-attention/quiz.toml",
            "en = \"Every number of queries and keys is random and independent, with mean 0 and standard deviation 1. At width {d}",
            "en = \"Every number of queries and keys is random and independent, with mean 0 and standard deviation 1. At width d",
            "curriculum.placeholders_differ",
            "item: spread, key: question, name: d, language: en",
        ),
        mistake(
            "self-attention/quiz.toml",
            "why = { zh = \"独立的项，方差相加，一共是 {d}",
            "why = { zh = \"独立的项，方差相加，一共是 d",
            "curriculum.placeholders_differ",
            "item: spread, key: why, name: d, language: zh",
        ),
        mistake(
            "self-attention/quiz.toml",
            "draw = { d = [16, 64, 256] }",
            "draw = { d = [16, 64, 256], e = [1] }",
            "curriculum.not_asked",
            "item: spread, name: e",
        ),
        mistake(
            "self-attention/quiz.toml",
            "zh = \"独立的项，方差相加",
            "zh = \"{n} 个独立的项，方差相加",
            "curriculum.not_drawn",
            "item: spread, key: why, name: n",
        ),
        mistake(
            "self-attention/quiz.toml",
            "draw = { d = [16, 64, 256] }",
            "draw = { d = [16, 64, -1] }",
            "curriculum.no_answer",
            "item: spread, drawn: d = -1",
        ),
        mistake("self-attention/quiz.toml", "tolerance = 0.1", "tolerance = -0.1", "curriculum.bad_value", "-0.1"),
        mistake(
            "self-attention/quiz.toml",
            ", en = \"Both numbers stay the same\"",
            "",
            "curriculum.missing_key",
            "average, key: en",
        ),
        mistake(
            "self-attention/quiz.toml",
            "use = \"predict\"",
            "use = \"quiz\"",
            "curriculum.unknown_name",
            "average",
        ),
        mistake(
            "self-attention/topic.toml",
            "note = { zh = \"",
            "note = { zh = \"\", en = \"\" } # ",
            "curriculum.empty_words",
            "note",
        ),
        mistake(
            LAB,
            "kind = \"shift\"\ndims = { n = [2, 4], m = [2, 5] }\ninput = \"scores\"",
            "kind = \"shift\"",
            "curriculum.needs_key",
            "softmax.checks.shift, key: input",
        ),
        mistake(
            LAB,
            "kind = \"shift\"",
            "kind = \"values\"",
            "curriculum.surplus_key",
            "softmax.checks.shift, key: input",
        ),
        mistake(
            LAB,
            "id = \"softmax\"",
            "id = \"softmax\"\nbridge = \"torch\"",
            "curriculum.bridge_first",
            "step: attend",
        ),
        mistake(
            LAB,
            "[[mutants]]\nfile = \"no-exp.py\"\nstep = \"softmax\"\ntrap = \"no-exp\"\n",
            "",
            "curriculum.unlisted_mutant",
            "causal-attention, mutant: no-exp.py",
        ),
        mistake(
            LAB,
            "file = \"no-exp.py\"\nstep = \"softmax\"\n",
            "file = \"no-exp.py\"\n",
            "curriculum.missing_key",
            "no-exp.py, key: step",
        ),
        mistake(LAB, "trap = \"no-exp\"", "trap = \"no-expo\"", "curriculum.unknown_name", "mutants.no-exp.py.trap"),
        mistake(
            LAB,
            "step = \"softmax\"\ntrap = \"no-exp\"",
            "step = \"\"\ntrap = \"no-exp\"",
            "curriculum.unknown_name",
            "mutants.no-exp.py.step",
        ),
        mistake(
            "self-attention/labs/causal-attention/mutants/no-exp.py",
            "def softmax",
            "import scipy\n\n\ndef softmax",
            "curriculum.mutant_imports",
            "mutant: no-exp.py, found: import scipy",
        ),
        mistake(LAB, "name = \"shift\"", "name = \"shape\"", "curriculum.taken_name", "step: softmax, name: shape"),
        mistake(
            LAB,
            "forbid = [\"scaled_dot_product_attention\", \"MultiheadAttention\", \"multi_head_attention_forward\", \"scipy\", \"torch\", \"transformers\", \"jax\", \"tensorflow\", \"keras\", \"mlx\"]",
            "forbid = []",
            "curriculum.bad_value",
            "key: forbid, expected: ≥ 1, found: 0",
        ),
        mistake(LAB, "output = \"f32[n,m]\"", "output = \"int\"", "curriculum.bad_value", "found: int"),
        mistake(LAB, ", offsets = \"n\"", "", "curriculum.needs_key", "key: offsets"),
        mistake(
            "self-attention/quiz.toml",
            "answer = \"sqrt(d)\"",
            "",
            "curriculum.needs_key",
            "item: spread, key: answer",
        ),
        mistake(LAB, "skills = [\"softmax\"]", "skills = [\"softmac\"]", "curriculum.unknown_name", "softmax"),
        mistake(
            LAB,
            "values = { scores = \"huge\" }",
            "values = { scores = \"falling\" }",
            "curriculum.bad_value",
            "values.scores, expected: not `falling`, found: falling",
        ),
        mistake(
            LAB,
            "{ name = \"scores\", type = \"f32[n,m]\" }",
            "{ name = \"scores\", type = \"f32[n,m]\", values = \"falling\" }",
            "curriculum.bad_value",
            "scores.values, expected: not `falling`, found: falling",
        ),
        mistake(
            "chunking/labs/chunking/lab.toml",
            "values = { levels = \"falling\" }",
            "values = { levels = \"small\" }",
            "curriculum.bad_value",
            "values.levels, expected: `falling`, found: small",
        ),
        mistake(LAB, "length = \"m\"", "length = \"mm\"", "curriculum.unknown_name", "mm"),
        mistake(LAB, "type = \"f32[n,m]\"", "type = \"f64[n,m]\"", "curriculum.malformed", "f64[n,m]"),
        mistake(LAB, "step = \"softmax\"", "step = \"softmux\"", "curriculum.unknown_name", "softmax"),
    ];
    for Mistake { file, from, to, code, says } in mistakes {
        let folder = copy("mistakes")?;
        let path = folder.join(file);
        let text = fs::read_to_string(&path)?;
        that(text.contains(from), || format!("{file} has no {from:?}"))?;
        fs::write(&path, text.replacen(from, to, 1))?;
        let error = error_of(&folder, &format!("{file}: {from:?} to {to:?}"))?;
        equal(error.0.as_str(), code, &format!("{file}: {from:?} to {to:?}: {}", error.1))?;
        that(error.1.contains(says), || format!("{}: expected {says:?} in it", error.1))?;
    }
    // In both lessons alike, so that they do not differ.
    for (from, to, says) in [
        ("# ", "", "# …"),
        ("## ", "## No id\n\n## ", "#id"),
        ("## ", "# No id\n\n## ", "#id"),
        ("```figure attention", "```figure atention", "attention"),
        ("caption", "kaption", "caption"),
        ("```predict average", "```predict averages", "average"),
        ("```predict average\n", "```predict average\nwords\n", "predict average"),
        ("```lab causal-attention softmax", "```lab causal-attention softmux", "softmax"),
        (
            "```predict average\n```",
            "```predict average\n```\n\n```predict average\n```",
            "predict average, expected: 1, found: 2",
        ),
        ("```output", "Words between.\n\n```output", "curriculum.stray_output"),
        ("```output", "```sh run\n```\n\n```output", "sh run"),
    ] {
        let folder = copy("mistakes")?;
        for language in ["zh", "en"] {
            let path = folder.join(format!("self-attention/lesson.{language}.md"));
            let text = fs::read_to_string(&path)?;
            that(text.contains(from), || format!("the lesson has no {from:?}"))?;
            fs::write(&path, text.replacen(from, to, 1))?;
        }
        let (_, words) = error_of(&folder, &format!("{from:?} to {to:?}"))?;
        that(words.contains(says), || format!("{from:?} to {to:?}: {words}: expected {says:?} in it"))?;
    }
    let folder = copy("mistakes")?;
    fs::remove_file(folder.join("self-attention/lesson.en.md"))?;
    equal(error_of(&folder, "a missing translation")?.0.as_str(), "curriculum.missing", "a missing translation")?;
    let folder = copy("mistakes")?;
    let lab = fs::read_to_string(folder.join(LAB))?;
    let without = lab.split("[[mutants]]").next().unwrap_or_default();
    fs::write(folder.join(LAB), without)?;
    let (code, fields) = error_of(&folder, "a lab without mutants")?;
    equal(code.as_str(), "curriculum.few_mutants", "a lab without mutants")?;
    that(fields.contains("lab: causal-attention, expected: 6, found: 0"), || fields)
}

pub fn a_folder_lies_over_the_built_in_one() -> Outcome {
    let folder = scratch("overlay")?;
    let graph = "[[stages]]\nid = \"extra\"\ntitle = { zh = \"附加\", en = \"Extra\" }\n\n[[topics]]\nid = \"mine\"\nkind = \"topic\"\n\
                 stage = \"extra\"\ntitle = { zh = \"我的\", en = \"Mine\" }\nafter = [\"gpt\"]\nhours = 1\n";
    fs::write(folder.join("graph.toml"), graph)?;
    let curriculum = Curriculum::load(Some(&folder))?;
    equal(curriculum.stages.len(), 4, "stages")?;
    equal(curriculum.topics.len(), 89, "topics")?;
    that(curriculum.lab("causal-attention").is_ok(), || "the built-in lab is gone".into())?;
    for (name, expected) in [("none", "curriculum.missing"), ("graph.toml", "curriculum.not_folder")] {
        let error = Curriculum::load(Some(&folder.join(name))).map(|_| ()).unwrap_err();
        equal(error.code(), expected, name)?;
    }
    Ok(())
}

fn error_of(folder: &Path, what: &str) -> Result<(String, String), Stop> {
    match Curriculum::load(Some(folder)) {
        Ok(_) => fail(format!("{what} was accepted")),
        Err(error) => Ok((error.code().into(), error.to_string())),
    }
}

fn copy(name: &str) -> Result<PathBuf, Stop> {
    let to = scratch(name)?;
    copy_folder(&content(), &to)?;
    Ok(to)
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => fs::copy(entry.path(), target).map(|_| ())?,
        }
    }
    Ok(())
}
