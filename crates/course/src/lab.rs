//! What a function lab is: `lab.toml` as types.
//!
//! The format stands in `curriculum/README.md`. Types here hold only what was checked (see `curriculum`): dims that
//! evaluate, checks that name inputs, mutants with their step and trap.

use crate::{Expression, Words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A lab with its files.
#[derive(Clone, Debug)]
pub struct Lab {
    /// Its folder's name.
    pub id: String,
    /// The topic it belongs to.
    pub topic: String,
    /// `lab.toml`.
    pub sheet: LabSheet,
    /// Stub and solution per programming language.
    pub python: CodeFiles,
    /// The same in Rust, where it is offered.
    pub rust: Option<CodeFiles>,
    /// Sources of the mutants, in the order of `sheet.mutants`.
    pub mutants: Vec<String>,
}

/// What a learner starts from and what passes.
#[derive(Clone, Debug)]
pub struct CodeFiles {
    /// With lines marked for one language (`# zh: `, `# en: `).
    pub stub: String,
    /// Passes every check.
    pub solution: String,
}

/// The programming language of a learner's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Python with numpy.
    Python,
    /// Rust, without dependencies.
    Rust,
}

/// `lab.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabSheet {
    /// The kind of lab.
    pub kind: LabKind,
    /// Its name.
    pub title: Words,
    /// What one step's run may use.
    #[serde(default = "Limits::standard")]
    pub limits: Limits,
    /// Names that the learner's file may not use, bridge steps apart; absent where it may use any.
    pub forbid: Option<Vec<String>>,
    /// In order.
    pub steps: Vec<Step>,
    /// Wrong solutions.
    #[serde(default)]
    pub mutants: Vec<Mutant>,
}

/// The kinds of labs; so far one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabKind {
    /// Implement functions in steps.
    Function,
}

/// What a step's run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Wall clock of one step with all its cases, the start of the interpreter included.
    #[serde(default = "Limits::seconds")]
    pub seconds: u64,
    /// Private memory.
    #[serde(default = "Limits::memory_mb")]
    pub memory_mb: u64,
    /// What it may print.
    #[serde(default = "Limits::output_kb")]
    pub output_kb: u64,
}

impl Limits {
    /// 10 s, 1 GiB, 256 KiB: a hundred times what a right answer needs, and still soon over.
    pub fn standard() -> Limits {
        Limits { seconds: Self::seconds(), memory_mb: Self::memory_mb(), output_kb: Self::output_kb() }
    }
    fn seconds() -> u64 {
        10
    }
    fn memory_mb() -> u64 {
        1024
    }
    fn output_kb() -> u64 {
        256
    }
}

/// One function to write.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable name.
    pub id: String,
    /// What it is called.
    pub title: Words,
    /// What to write, in Markdown.
    pub task: Words,
    /// Planned minutes.
    pub minutes: f64,
    /// Skills that passing shows.
    #[serde(default)]
    pub skills: Vec<String>,
    /// The function's name in the learner's file.
    pub entry: String,
    /// The reference function's name in the crate `answers`.
    pub answer: String,
    /// A package this step needs; then it is graded only where that is there.
    pub bridge: Option<String>,
    /// Arguments, in order.
    pub inputs: Vec<Input>,
    /// What it returns.
    pub output: Type,
    /// Sizes, in order of evaluation.
    #[serde(default)]
    pub dims: Ordered<Dim>,
    /// Terms summed for one output number; the largest dimension when absent.
    pub length: Option<Expression>,
    /// In the order in which they are judged.
    pub checks: Vec<Check>,
    /// Tiers 1 to 4.
    #[serde(default)]
    pub hints: Vec<Hint>,
}

/// A hint in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// Chinese (simplified).
    pub zh: String,
    /// English.
    pub en: String,
    /// What is said to whoever writes Rust, where the rest speaks of Python.
    pub rust: Option<Words>,
}

impl Hint {
    /// What is said to whoever writes in `code`.
    pub fn words(&self, code: Code) -> Words {
        match (&self.rust, code) {
            (Some(words), Code::Rust) => words.clone(),
            _ => Words { zh: self.zh.clone(), en: self.en.clone() },
        }
    }
}

/// An argument.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// For `i32`: offsets from 0 to this many.
    pub offsets: Option<Expression>,
    /// An input with offsets whose parts are at most as long.
    pub at_least: Option<String>,
    /// Offsets whose parts are at most this long.
    pub at_most: Option<Expression>,
    /// For `i32`: numbers from 0 up to, but not including, this one.
    pub below: Option<Expression>,
    /// An input with offsets: such numbers ascend within each of its parts, and each stands there once.
    pub within: Option<String>,
    /// For `i32`: what its numbers are the bytes of.
    pub holds: Option<Holds>,
    /// For `f32`: how it is drawn where a check says nothing else.
    #[serde(default = "Draw::usual")]
    pub values: Draw,
}

/// `f32[n,3*d]`, `i32[s+1]`, `f32[*,2]` or `int`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Type {
    /// A plain integer: the dim of the input's name.
    Int,
    /// An array.
    Array {
        /// Its elements.
        element: Element,
        /// Its dimensions; none (`*`) for as many as the answer has.
        shape: Vec<Option<Expression>>,
    },
}

/// Element types of arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 32-bit floating point.
    F32,
    /// 32-bit integer.
    I32,
}

impl fmt::Display for Element {
    /// `f32`, `i32`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Element::F32 => "f32",
            Element::I32 => "i32",
        })
    }
}

impl fmt::Display for Type {
    /// As a lab's sheet writes it: `int`, `f32[n, d]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Int => f.write_str("int"),
            Type::Array { element, shape } => {
                let dims: Vec<String> =
                    shape.iter().map(|dim| dim.as_ref().map_or("*".into(), ToString::to_string)).collect();
                write!(f, "{element}[{}]", dims.join(", "))
            }
        }
    }
}

impl TryFrom<String> for Type {
    type Error = String;
    fn try_from(text: String) -> Result<Type, String> {
        if text == "int" {
            return Ok(Type::Int);
        }
        let wrong = || format!("`{text}` is no type: expected int, f32[...] or i32[...]");
        let (element, dims) = text.strip_suffix(']').and_then(|t| t.split_once('[')).ok_or_else(wrong)?;
        let element = match element {
            "f32" => Element::F32,
            "i32" => Element::I32,
            _ => return Err(wrong()),
        };
        let dim = |text: &str| if text.trim() == "*" { Ok(None) } else { Expression::parse(text).map(Some) };
        let shape = dims.split(',').map(dim).collect::<Result<_, _>>()?;
        Ok(Type::Array { element, shape })
    }
}

/// A table whose order means something.
#[derive(Clone, Debug)]
pub struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Ordered(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for InOrder<T> {
            type Value = Ordered<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(InOrder(std::marker::PhantomData))
    }
}

/// How a size is chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Dim {
    /// Always this.
    Fixed(usize),
    /// Computed from earlier ones.
    Computed(Expression),
    /// Drawn between two ends, both included.
    Range([End; 2]),
}

/// One end of a range.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum End {
    /// A number.
    Number(usize),
    /// Computed from earlier dims.
    Computed(Expression),
}

/// One thing a step's function is held to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name in the verdict.
    pub name: String,
    /// The property, one sentence.
    pub says: Words,
    /// What is compared.
    pub kind: CheckKind,
    /// How many cases are drawn.
    #[serde(default = "Check::cases")]
    pub cases: usize,
    /// Sizes that replace the step's.
    #[serde(default)]
    pub dims: Ordered<Dim>,
    /// How inputs are drawn; as the step says for those not named.
    #[serde(default)]
    pub values: BTreeMap<String, Draw>,
    /// The input that `shift` and `cached` change.
    pub input: Option<String>,
    /// The inputs that `causality` and `permute` change.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// For `packed`: each array and its offsets; the output's rows are those of the first.
    #[serde(default)]
    pub rows: Ordered<String>,
    /// Numbers below this count as it does in the tolerance; less than 1 where the answer's small numbers are exact, more where large
    /// ones on the way to it leave their rounding.
    #[serde(default = "Check::least")]
    pub least: f64,
}

impl Check {
    fn cases() -> usize {
        8
    }
    fn least() -> f64 {
        1.0
    }
}

/// The kinds of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// Equal to the answer.
    Values,
    /// Adding one number to a whole row of the input changes nothing.
    Shift,
    /// Changing rows from some position on leaves earlier output alone.
    Causality,
    /// Reordering rows changes nothing.
    Permute,
    /// The last rows alone give the last rows of the whole.
    Cached,
    /// Each packed sequence alone gives its part.
    Packed,
}

/// How the numbers of an input are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Draw {
    /// Standard normal.
    Normal,
    /// Multiples of 0.5 from -2 to 2.
    Small,
    /// Multiples of 50,000, each once and none 0: products of two reach beyond -1e9, which many take for minus infinity, and where
    /// two of them were equal, f32 could not hold the logarithm of their sum apart from them.
    Huge,
    /// One number everywhere.
    Equal,
    /// Ones on the diagonal.
    Eye,
    /// Whole numbers from 0 to 4.
    Counts,
    /// Whole numbers from 1 to 9.
    Positive,
    /// Those of `small` times 1e-3.
    Tiny,
    /// Whole numbers from 1 to 500.
    Large,
    /// Down to a drawn place in steps of 0.5, and up again.
    Valley,
    /// Of an `i32` input with `below`, and of no other: from the largest number evenly down to 0.
    Falling,
}

impl Draw {
    fn usual() -> Draw {
        Draw::Normal
    }
}

/// What the numbers of an `i32` input stand for, where not every number would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Holds {
    /// The 16 bits of a bf16.
    #[serde(rename = "bf16")]
    Bf16,
    /// The 18 bytes of a block, in each row.
    Q4_0,
    /// The bytes of a file, as many as it has.
    #[serde(rename = "safetensors")]
    Safetensors,
}

/// A wrong solution.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// Its file under `mutants/`.
    pub file: String,
    /// The first step it fails.
    pub step: String,
    /// The trap it shows.
    pub trap: String,
    /// Checks of that step which it fails whatever the seed.
    #[serde(default)]
    pub breaks: Vec<String>,
}

impl Lab {
    /// The step called `id`.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.sheet.steps.iter().find(|step| step.id == id)
    }

    /// Files in `code`, where the lab offers it.
    pub fn files(&self, code: Code) -> Option<&CodeFiles> {
        match code {
            Code::Python => Some(&self.python),
            Code::Rust => self.rust.as_ref(),
        }
    }
}

impl Code {
    /// `py`, `rs`.
    pub fn extension(self) -> &'static str {
        match self {
            Code::Python => "py",
            Code::Rust => "rs",
        }
    }

    /// By the ending of a file's name.
    pub fn of(path: &std::path::Path) -> Option<Code> {
        match path.extension()?.to_str()? {
            "py" => Some(Code::Python),
            "rs" => Some(Code::Rust),
            _ => None,
        }
    }
}

impl CodeFiles {
    /// The stub as a learner gets it: lines of the other language left out, the marks taken off.
    ///
    /// ```
    /// let files = course::lab::CodeFiles { stub: "# zh: 权重\n# en: weights\nx = 1\n".into(), solution: String::new() };
    /// assert_eq!(files.stub_in("en"), "# weights\nx = 1\n");
    /// ```
    pub fn stub_in(&self, language: &str) -> String {
        let mut out = String::with_capacity(self.stub.len());
        for line in self.stub.split_inclusive('\n') {
            let text = line.trim_start();
            let marked = ["# ", "// "].iter().find_map(|comment| {
                let rest = text.strip_prefix(comment)?;
                let (tag, said) = rest.split_once(": ").or_else(|| rest.split_once(":"))?;
                ["zh", "en"].contains(&tag).then_some((*comment, tag, said))
            });
            match marked {
                None => out.push_str(line),
                Some((comment, tag, said)) if tag == language => {
                    out.extend([&line[..line.len() - text.len()], comment, said]);
                }
                Some(_) => {}
            }
        }
        out
    }
}
