//! `--dump FILE`: the failing case as JSON, and beside it a script that replays it under a debugger.

use course::lab::Code;
use course::run::Source;
use course::{FailingCase, StepReport, Value, Values};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;
use sys::atomic_file::{self, FileError};

/// Writes `path` and, beside it, `path` with `.replay.py` or `.replay.rs` after it.
pub fn write(path: &Path, source: &Source, report: &StepReport, case: &FailingCase) -> Result<(), FileError> {
    let inputs: serde_json::Map<_, _> = case
        .inputs
        .iter()
        .map(|(name, value)| (name.clone(), serde_json::to_value(value).unwrap_or_default()))
        .collect();
    let dump = json!({
        "lab": report.verdict.lab,
        "step": report.verdict.step,
        "seed": report.verdict.seed,
        "entry": case.entry,
        "inputs": inputs,
        "varied": case.varied,
        "expected": case.expected,
        "found": case.found,
        "index": case.index,
    });
    atomic_file::write(path, format!("{dump:#}\n").as_bytes())?;
    let file = source.folder.as_ref().map_or_else(|| source.name.clone().into(), |folder| folder.join(&source.name));
    let script = match source.code {
        Code::Python => python(&file, case),
        Code::Rust => rust(&file, case),
    };
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".replay.{}", source.code.extension()));
    atomic_file::write(Path::new(&beside), script.as_bytes())
}

/// `python3 FILE.replay.py` stops in the debugger at the learner's function.
fn python(file: &Path, case: &FailingCase) -> String {
    let mut out = String::from("import pdb\nimport runpy\n\nimport numpy as np\n\n");
    let _ = writeln!(out, "lab = runpy.run_path({:?})", file.display().to_string());
    for (name, value) in &case.inputs {
        let _ = writeln!(out, "{name} = {}", python_value(value));
    }
    if let Some(expected) = &case.expected {
        let _ = writeln!(out, "print('expected:', {}, sep='\\n')", python_value(&Value::Array(expected.clone())));
    }
    let names: Vec<&str> = case.inputs.iter().map(|(name, _)| name.as_str()).collect();
    let _ = writeln!(out, "# `s` steps into the next line, `p NAME` prints, `c` goes on.");
    let _ = writeln!(out, "found = pdb.runcall(lab[{:?}], {})", case.entry, names.join(", "));
    out + "print('found:', found, sep='\\n')\n"
}

fn python_value(value: &Value) -> String {
    let Value::Array(array) = value else { return value.int().to_string() };
    let (dtype, numbers) = match &array.values {
        Values::F32(values) => ("float32", values.iter().map(f32::to_string).collect::<Vec<_>>().join(", ")),
        Values::I32(values) => ("int32", values.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")),
    };
    let numbers = numbers.replace("NaN", "np.nan").replace("inf", "np.inf");
    format!("np.array([{numbers}], np.{dtype}).reshape({:?})", array.shape)
}

/// `rustc -g FILE.replay.rs`, then a debugger on the program.
fn rust(file: &Path, case: &FailingCase) -> String {
    let mut out = String::from(
        "// rustc -g THIS_FILE -o replay && rust-gdb ./replay\n\
         mod lab {\n    #[derive(Clone, Debug, PartialEq)]\n    pub struct Array<T> {\n        pub shape: Vec<usize>,\n        \
         pub values: Vec<T>,\n    }\n    impl<T> Array<T> {\n        \
         pub fn new(shape: Vec<usize>, values: Vec<T>) -> Self {\n            Array { shape, values }\n        }\n    }\n}\n",
    );
    let _ =
        writeln!(out, "#[allow(dead_code)]\n#[path = {:?}]\nmod learner;\n\nfn main() {{", file.display().to_string());
    for (name, value) in &case.inputs {
        let _ = writeln!(out, "    let {name} = {};", rust_value(value));
    }
    if let Some(expected) = &case.expected {
        let _ = writeln!(out, "    println!(\"expected: {{:?}}\", {});", rust_value(&Value::Array(expected.clone())));
    }
    let arguments = case.inputs.iter().map(|(name, value)| match value {
        Value::Int(_) => name.clone(),
        Value::Array(_) => format!("&{name}"),
    });
    let _ = writeln!(out, "    let found = learner::{}({});", case.entry, arguments.collect::<Vec<_>>().join(", "));
    out + "    println!(\"found: {found:?}\");\n}\n"
}

fn rust_value(value: &Value) -> String {
    let Value::Array(array) = value else { return format!("{}usize", value.int()) };
    let (kind, numbers) = match &array.values {
        Values::F32(values) => ("f32", values.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(", ")),
        Values::I32(values) => ("i32", values.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")),
    };
    let numbers =
        numbers.replace("NaN", "f32::NAN").replace("-inf", "f32::NEG_INFINITY").replace("inf", "f32::INFINITY");
    format!("lab::Array::<{kind}>::new(vec!{:?}, vec![{numbers}])", array.shape)
}
