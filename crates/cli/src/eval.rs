//! `sanjie eval`: measures a model by a suite, one line of numbers for each metric.

use crate::working::Working;
use crate::{Failure, Outcome, complain, failure, model, print_line, say};
use eval::stories::Told;
use eval::stories::Training;
use eval::{Line, perplexity, stories};
use infer::TextModel;
use messages::Lang;
use std::path::{Path, PathBuf};
use sys::atomic_file::FileError;
use train::Recipe;
use train::recipe::Source;

/// What `sanjie eval` takes.
#[derive(clap::Args)]
pub struct Arguments {
    dir: PathBuf,
    #[arg(long, value_name = "NAME")]
    suite: Suite,
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    window: Option<usize>,
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Suite {
    Stories,
    Perplexity,
}

/// Runs it.
pub fn run(lang: Lang, arguments: Arguments) -> Result<Outcome, Failure> {
    // A number that an option did not change would be taken for one that it did.
    let ignored = match arguments.suite {
        Suite::Stories => [("--data", arguments.data.is_some()), ("--window", arguments.window.is_some())],
        Suite::Perplexity => [("--cases", arguments.cases.is_some()), ("", false)],
    };
    if let Some(&(option, _)) = ignored.iter().find(|(_, is_given)| *is_given) {
        complain(lang, &messages::text(lang, "cli.eval_other_suite", &[("option", option)]));
        return Ok(Outcome::Usage);
    }
    if let Some(folder) =
        arguments.cases.as_deref().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty())
    {
        // Minutes later all that was measured would be lost.
        std::fs::metadata(folder).map_err(|error| failure(FileError::reading(folder, &error)))?;
    }
    let mut cases = vec![];
    let lines = match arguments.suite {
        Suite::Stories => {
            let model = model::open(lang, &arguments.dir)?;
            let (lines, told) = tell_stories(lang, &model, &arguments)?;
            cases = told;
            lines
        }
        Suite::Perplexity => {
            let Some(data) = &arguments.data else {
                complain(lang, &messages::text(lang, "cli.eval_no_data", &[]));
                return Ok(Outcome::Usage);
            };
            // Perplexity is that of the file as it stands, marks and line ends included.
            let text = train::data::read_utf8(data).map_err(failure)?;
            let model = model::open(lang, &arguments.dir)?;
            let mut working = begin(lang, "cli.eval_reading", &arguments);
            let measured = perplexity::measure(&model, &text, arguments.window, |done, total| working.set(done, total));
            measured.map_err(failure)?
        }
    };
    for line in lines {
        if arguments.json {
            print_line(&serde_json::to_string(&line).expect("numbers are JSON"));
        } else {
            print_line(&words(&line));
        }
    }
    if let Some(path) = &arguments.cases {
        let line = |case| serde_json::to_string(case).expect("text is JSON") + "\n";
        let text: String = cases.iter().map(line).collect();
        sys::atomic_file::write(path, text.as_bytes()).map_err(failure)?;
    }
    Ok(Outcome::Done)
}

fn tell_stories(lang: Lang, model: &TextModel, arguments: &Arguments) -> Result<(Vec<Line>, Vec<Told>), Failure> {
    // Before the minutes that the rest takes.
    stories::check(model, stories::SAMPLES).map_err(failure)?;
    let recipe = recipe_of(lang, &model::located(&arguments.dir)?)?;
    let mut working = begin(lang, "cli.eval_learnt", arguments);
    let training = Training::new(train::data::stories_documents(&recipe, |done, total| working.set(done, total)));
    drop(working);
    let mut working = begin(lang, "cli.eval_telling", arguments);
    let total = 4 * stories::SAMPLES;
    let measured = stories::measure(model, &training, stories::SAMPLES, |done| working.set(done, total));
    drop(working);
    let (lines, cases) = measured.map_err(failure)?;
    let n_unasked = cases.iter().filter(|case| !case.fits).count();
    if n_unasked > 0 {
        let [n, total] = [n_unasked, cases.len()].map(|n| n.to_string());
        let fields = [("n", n.as_str()), ("total", &total), ("context", &model.model.max_seq_len().to_string())];
        say(messages::text(lang, "cli.eval_unasked", &fields));
    }
    Ok((lines, cases))
}

/// What is being done, on standard error.
fn begin(lang: Lang, key: &str, arguments: &Arguments) -> Working {
    Working::begin(lang, messages::text(lang, key, &[]), !arguments.json)
}

/// The recipe that the model was trained by, if it learnt stories; else the built-in one.
fn recipe_of(lang: Lang, dir: &Path) -> Result<Recipe, Failure> {
    // A checkpoint stands two folders below its run; its weights may be named, too.
    let dir = if dir.is_file() { dir.parent().unwrap_or(dir) } else { dir };
    let recipes = [dir.join("recipe.toml"), dir.join("../../recipe.toml")];
    let Some(path) = recipes.iter().find(|path| path.is_file()) else {
        return builtin(lang, "cli.eval_no_recipe", &[("path", dir.display().to_string())]);
    };
    let recipe = Recipe::load(&path.to_string_lossy(), &[]).map_err(failure)?;
    if recipe.data.source == Source::Stories {
        return Ok(recipe);
    }
    let learnt = recipe.data.path.or(recipe.data.dataset).unwrap_or_default();
    builtin(lang, "cli.eval_other_text", &[("path", dir.display().to_string()), ("learnt", learnt)])
}

/// The built-in recipe, and why it is that one.
fn builtin(lang: Lang, why: &str, fields: &[(&str, String)]) -> Result<Recipe, Failure> {
    say(crate::train::text(lang, why, fields));
    Recipe::load("stories", &[]).map_err(failure)
}

/// `stories  consistent  zh  0.912  (0.884 to 0.934, n = 500)`
fn words(line: &Line) -> String {
    let Line { suite, metric, lang, n, value, ci95: [low, high] } = line;
    let lang = lang.unwrap_or("");
    format!("{suite}  {metric:14}  {lang:2}  {value:.4}  ({low:.4} to {high:.4}, n = {n})")
}
