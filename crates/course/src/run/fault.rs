//! Why a call gave no array of the right type.

use serde::Serialize;

/// What went wrong before values could be compared, or in them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// The function is still the stub's.
    NotWritten {
        /// Where it says so.
        line: Option<usize>,
    },
    /// The file has no function of this name.
    Missing {
        /// The name.
        entry: String,
    },
    /// An exception or a panic, while the file was loaded or in the function.
    Raised {
        /// The exception's type; `panic` in Rust.
        kind: String,
        /// What it says.
        message: String,
        /// The learner's own lines, outermost first.
        trace: Vec<TraceLine>,
    },
    /// The compiler refused the file.
    Compile {
        /// Its first complaint.
        text: String,
    },
    /// A name that this lab asks to be written, not called.
    Forbidden {
        /// The name.
        name: String,
        /// Where it is used.
        line: usize,
    },
    /// Not done in time.
    Time {
        /// The limit.
        seconds: u64,
    },
    /// More memory than allowed.
    Memory {
        /// The limit.
        mb: u64,
    },
    /// More printed than allowed.
    Output {
        /// The limit.
        kb: u64,
    },
    /// It tried to start a process.
    Processes {
        /// Where.
        line: Option<usize>,
    },
    /// It was ended because nobody waits for it any more.
    Cancelled,
    /// The process ended by itself.
    Exit {
        /// The exit status, or the signal as a negative number.
        status: i32,
    },
    /// The answer was no array.
    Returned {
        /// Its type.
        found: String,
    },
    /// An array of another shape.
    Shape {
        /// The right one.
        expected: Vec<usize>,
        /// The learner's.
        found: Vec<usize>,
    },
    /// An array with more or fewer numbers than its shape takes.
    Ragged {
        /// The shape.
        shape: Vec<usize>,
        /// How many numbers there are.
        found: usize,
    },
    /// It wrote into an argument.
    Overwritten {
        /// The argument's name.
        argument: String,
    },
    /// An array of another element type.
    Dtype {
        /// The learner's, in numpy's words.
        found: String,
    },
}

/// A line of the learner's file on the way to an exception.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct TraceLine {
    /// Counted from 1.
    pub line: usize,
    /// The function it stands in, and how often it stood there in a row: `softmax × 996`; empty where the file could not be
    /// read as a program.
    pub function: String,
    /// The line itself.
    pub text: String,
}

/// How a verdict says that a function is still the stub's.
const NOT_WRITTEN: &str = "not written yet";

impl Fault {
    /// Whether `found` of a verdict says that the function is still the stub's.
    pub fn tells_not_written(found: &str) -> bool {
        found.starts_with(NOT_WRITTEN)
    }
}

impl std::fmt::Display for Fault {
    /// In a few words, for `found` of a verdict.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = |line: &Option<usize>| line.map(|line| format!(" (line {line})")).unwrap_or_default();
        match self {
            Fault::NotWritten { line } => write!(f, "{NOT_WRITTEN}{}", at(line)),
            Fault::Missing { entry } => write!(f, "no function `{entry}`"),
            Fault::Raised { kind, message, trace } => {
                let colon = if message.is_empty() { "" } else { ": " };
                write!(f, "{kind}{colon}{message}{}", at(&trace.last().map(|place| place.line)))
            }
            Fault::Compile { text } => write!(f, "{}", text.lines().next().unwrap_or_default()),
            Fault::Forbidden { name, line } => write!(f, "`{name}` is used (line {line})"),
            Fault::Time { seconds } => write!(f, "still running after {seconds} s"),
            Fault::Memory { mb } => write!(f, "more than {mb} MB of memory"),
            Fault::Output { kb } => write!(f, "more than {kb} KiB printed"),
            Fault::Cancelled => f.write_str("ended early"),
            Fault::Processes { line } => write!(f, "a process was started{}", at(line)),
            Fault::Exit { status } if *status < 0 => write!(f, "ended by signal {}", -status),
            Fault::Exit { status } => write!(f, "ended with status {status}"),
            Fault::Returned { found } => write!(f, "{found}"),
            Fault::Shape { found, .. } => write!(f, "shape {found:?}"),
            Fault::Ragged { shape, found } => write!(f, "shape {shape:?} with {found} numbers"),
            Fault::Overwritten { argument } => write!(f, "`{argument}` was changed"),
            Fault::Dtype { found } => write!(f, "{found}"),
        }
    }
}

impl std::error::Error for Fault {}

impl sys::Coded for Fault {
    /// The sentence that tells the learner; the lines of a trace are shown beside it.
    fn code(&self) -> &'static str {
        match self {
            Fault::NotWritten { .. } => "lab.fault.not_written",
            Fault::Missing { .. } => "lab.fault.missing",
            Fault::Raised { message, .. } if message.is_empty() => "lab.fault.raised_bare",
            Fault::Raised { .. } => "lab.fault.raised",
            Fault::Compile { .. } => "lab.fault.compile",
            Fault::Forbidden { .. } => "lab.fault.forbidden",
            Fault::Time { .. } => "lab.fault.time",
            Fault::Memory { .. } => "lab.fault.memory",
            Fault::Output { .. } => "lab.fault.output",
            Fault::Cancelled => "lab.cancelled",
            Fault::Processes { .. } => "lab.fault.processes",
            Fault::Exit { status } if *status < 0 => "lab.fault.signal",
            Fault::Exit { .. } => "lab.fault.exit",
            Fault::Returned { found } if found == "NoneType" => "lab.fault.returned_nothing",
            Fault::Returned { .. } => "lab.fault.returned",
            Fault::Shape { .. } => "lab.fault.shape",
            Fault::Ragged { .. } => "lab.fault.ragged",
            Fault::Overwritten { .. } => "lab.fault.overwritten",
            Fault::Dtype { found } if found == "float64" => "lab.fault.dtype_wide",
            Fault::Dtype { .. } => "lab.fault.dtype",
        }
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let line = |line: &Option<usize>| vec![("line", line.map_or("?".into(), |line| line.to_string()))];
        match self {
            Fault::NotWritten { line: at } | Fault::Processes { line: at } => line(at),
            Fault::Cancelled => vec![],
            Fault::Missing { entry } => vec![("entry", entry.clone())],
            Fault::Raised { kind, message, .. } => vec![("kind", kind.clone()), ("message", message.clone())],
            Fault::Compile { text } => vec![("text", text.clone())],
            Fault::Forbidden { name, line } => vec![("name", name.clone()), ("line", line.to_string())],
            Fault::Time { seconds } => vec![("seconds", seconds.to_string())],
            Fault::Memory { mb } => vec![("mb", mb.to_string())],
            Fault::Output { kb } => vec![("kb", kb.to_string())],
            Fault::Exit { status } => vec![("signal", (-status).to_string()), ("status", status.to_string())],
            Fault::Returned { found } | Fault::Dtype { found } => vec![("found", found.clone())],
            Fault::Shape { expected, found } => {
                vec![("expected", format!("{expected:?}")), ("found", format!("{found:?}"))]
            }
            Fault::Ragged { shape, found } => {
                let expected = shape.iter().fold(1, |product: usize, &dim| product.saturating_mul(dim));
                let [expected, found] = [expected, *found].map(|n| n.to_string());
                vec![("shape", format!("{shape:?}")), ("expected", expected), ("found", found)]
            }
            Fault::Overwritten { argument } => vec![("argument", argument.clone())],
        }
    }
}
