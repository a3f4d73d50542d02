//! Test support: tables of checks that may report themselves as skipped, goldens, data sets.
//!
//! The built-in harness cannot skip a test at run time; `libtest-mimic` can. A check is a named
//! function that returns an [`Outcome`]; [`skip`] names what is missing, and the suite prints it.
//! A development dependency only; holds no assertion about any particular crate.
//!
//! ```no_run
//! fn adds() -> check::Outcome {
//!     check::equal(1 + 1, 2, "the sum")
//! }
//! check::main(check::suite![adds]);
//! ```

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::fmt::Debug;
use std::path::PathBuf;

/// What a check says: passed, or why it did not.
pub type Outcome = Result<(), Stop>;

/// Why a check ended without passing.
#[derive(Debug)]
pub enum Stop {
    /// The behaviour is wrong.
    Failed(String),
    /// A peer or a data set is absent; the text names it.
    Skipped(String),
}

impl<E: std::fmt::Display> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Failed(error.to_string())
    }
}

/// A named check.
pub struct Check {
    /// `module::function`, as printed.
    pub name: &'static str,
    /// The check itself; a panic is a failure.
    pub run: fn() -> Outcome,
}

/// Builds the table of checks from paths of functions.
#[macro_export]
macro_rules! suite {
    ($($path:path),* $(,)?) => { vec![$($crate::Check { name: stringify!($path), run: $path }),*] };
}

/// Runs the checks as a test binary does (filters, `--list`, exit code).
pub fn main(checks: Vec<Check>) {
    let trials = checks
        .into_iter()
        .map(|Check { name, run }| {
            Trial::ignorable_test(name.replace(' ', ""), move || match run() {
                Ok(()) => Ok(Completion::Completed),
                Err(Stop::Failed(why)) => Err(Failed::from(why)),
                Err(Stop::Skipped(why)) => Ok(Completion::ignored_with(why)),
            })
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Ends a check as skipped; `what` names the missing peer or data set.
pub fn skip<T>(what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Skipped(what.into()))
}

/// Ends a check as failed.
pub fn fail<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed(why.into()))
}

/// Fails unless both are equal; the message names `what`.
pub fn equal<T: PartialEq + Debug>(found: T, expected: T, what: &str) -> Outcome {
    if found == expected { Ok(()) } else { fail(format!("{what}: expected {expected:?}, found {found:?}")) }
}

/// Fails unless `condition` holds.
pub fn that(condition: bool, what: impl FnOnce() -> String) -> Outcome {
    if condition { Ok(()) } else { fail(what()) }
}

/// Fails unless |found - expected| <= tolerance * (1 + |expected|) everywhere; names the worst index.
pub fn close(found: &[f32], expected: &[f32], tolerance: f64, what: &str) -> Outcome {
    if found.len() != expected.len() {
        return fail(format!("{what}: expected {} values, found {}", expected.len(), found.len()));
    }
    let mut worst = (0.0, 0);
    for (i, (&f, &e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(f) - f64::from(e)).abs() / (1.0 + f64::from(e).abs());
        if error.is_nan() || error > worst.0 {
            worst = (if error.is_nan() { f64::INFINITY } else { error }, i);
        }
    }
    that(worst.0 <= tolerance, || {
        let i = worst.1;
        format!("{what}: at {i} expected {}, found {} (error {:.3e} > {tolerance:.1e})", expected[i], found[i], worst.0)
    })
}

/// Fails unless both hold the same bits; names the first index that differs.
pub fn same_bits(found: &[f32], expected: &[f32], what: &str) -> Outcome {
    equal(found.len(), expected.len(), what)?;
    match found.iter().zip(expected).position(|(f, e)| f.to_bits() != e.to_bits()) {
        None => Ok(()),
        Some(i) => fail(format!("{what}: bits differ at {i}: expected {:e}, found {:e}", expected[i], found[i])),
    }
}

/// Path of a public data set file, looked up in `$SANJIE_DATA`, then beside the project; skipped when absent.
pub fn data(name: &str) -> Result<PathBuf, Stop> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let places = std::env::var_os("SANJIE_DATA").map(PathBuf::from).into_iter().chain([beside]);
    for place in places {
        let path = place.join(name);
        if path.exists() {
            return Ok(path);
        }
    }
    skip(format!("data set file {name} is neither in $SANJIE_DATA nor in ../shared/data"))
}

/// One array of a golden file.
pub struct Array {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its values; integers are converted.
    pub values: Vec<f32>,
}

/// The arrays of a golden file (safetensors, f32 or i64/i32) written by the script beside it.
pub struct Golden(std::collections::HashMap<String, Array>);

impl Golden {
    /// Reads `path`; a golden is committed, so a missing one is a failure.
    pub fn read(path: impl AsRef<std::path::Path>) -> Result<Golden, Stop> {
        let bytes = std::fs::read(path)?;
        let file = safetensors::SafeTensors::deserialize(&bytes)?;
        let mut arrays = std::collections::HashMap::new();
        for (name, view) in file.tensors() {
            let data = view.data();
            let values = match view.dtype() {
                safetensors::Dtype::F32 => data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
                safetensors::Dtype::I64 => {
                    data.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b) as f32).collect()
                }
                safetensors::Dtype::I32 => {
                    data.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b) as f32).collect()
                }
                other => return fail(format!("golden array {name} has dtype {other:?}")),
            };
            arrays.insert(name, Array { shape: view.shape().to_vec(), values });
        }
        Ok(Golden(arrays))
    }

    /// The array called `name`.
    pub fn get(&self, name: &str) -> Result<&Array, Stop> {
        self.0.get(name).map_or_else(|| fail(format!("the golden file has no array {name}")), Ok)
    }

    /// Names of all arrays, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}
