//! The course: curriculum, labs and their grading, quizzes, the learner's log.
//!
//! Knows no engine: reference answers come in as functions, learners' code runs only as child processes. Content is
//! data (`curriculum/`), embedded in the binary; see `curriculum/README.md` for its format.

mod array;
mod cases;
pub mod curriculum;
pub mod desk;
pub mod events;
pub mod evidence;
mod expression;
mod grade;
pub mod lab;
pub mod mastery;
pub mod mutate;
pub mod progress;
pub mod quiz;
mod random;
pub mod review;
pub mod run;
pub mod session;
pub mod skeleton;
pub mod sound;
mod verdict;
mod words;

pub use array::{Array, Value, Values};
pub use curriculum::Curriculum;
pub use expression::Expression;
pub use grade::{Answer, Answers, Grader, Loaded, Standing, Tools};
pub use verdict::{CheckResult, FailingCase, StepReport, Verdict};
pub use words::Words;
