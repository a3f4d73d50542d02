//! `sanjie eval`: measures a model by a suite, one line of numbers for each metric.

use crate::{Failure, Outcome, complain, failure, model, print_line};
use eval::stories::Told;
use eval::stories::Training;
use eval::{Line, perplexity, stories};
use indicatif::{ProgressBar, ProgressStyle};
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
            let bar = Progress::new(lang, "perplexity");
            perplexity::measure(&model, &text, arguments.window, |done, total| bar.set(done, total)).map_err(failure)?
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
    let training = Training::new(train::data::stories_documents(&recipe_of(lang, &model::located(&arguments.dir)?)?));
    let bar = Progress::new(lang, "stories");
    let total = 4 * stories::SAMPLES;
    let (lines, cases) =
        stories::measure(model, &training, stories::SAMPLES, |done| bar.set(done, total)).map_err(failure)?;
    drop(bar);
    let n_unasked = cases.iter().filter(|case| !case.fits).count();
    if n_unasked > 0 {
        let [n, total] = [n_unasked, cases.len()].map(|n| n.to_string());
        let fields = [("n", n.as_str()), ("total", &total), ("context", &model.model.max_seq_len().to_string())];
        eprintln!("{}", messages::text(lang, "cli.eval_unasked", &fields));
    }
    Ok((lines, cases))
}

/// The recipe that the model was trained by, if it learnt stories; else the built-in one.
fn recipe_of(lang: Lang, dir: &Path) -> Result<Recipe, Failure> {
    // A checkpoint stands two folders below its run; its weights may be named, too.
    let dir = if dir.is_file() { dir.parent().unwrap_or(dir) } else { dir };
    let recipes = [dir.join("recipe.toml"), dir.join("../../recipe.toml")];
    for path in recipes.iter().filter(|path| path.is_file()) {
        match Recipe::load(&path.to_string_lossy(), &[]) {
            Ok(recipe) if recipe.data.source == Source::Stories => return Ok(recipe),
            Ok(_) => {}
            Err(error) => return Err(Box::new(error)),
        }
    }
    eprintln!("{}", messages::text(lang, "cli.eval_no_recipe", &[("path", &dir.display().to_string())]));
    Recipe::load("stories", &[]).map_err(failure)
}

/// `stories  consistent  zh  0.912  (0.884 to 0.934, n = 500)`
fn words(line: &Line) -> String {
    let Line { suite, metric, lang, n, value, ci95: [low, high] } = line;
    let lang = lang.unwrap_or("");
    format!("{suite}  {metric:14}  {lang:2}  {value:.4}  ({low:.4} to {high:.4}, n = {n})")
}

/// A bar on standard error.
struct Progress {
    lang: Lang,
    suite: &'static str,
    bar: ProgressBar,
}

impl Progress {
    fn new(lang: Lang, suite: &'static str) -> Progress {
        let bar = ProgressBar::new(1);
        bar.set_style(ProgressStyle::with_template("{bar:24} {msg} {eta}").expect("a constant template"));
        Progress { lang, suite, bar }
    }

    fn set(&self, done: usize, total: usize) {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        let [done, total] = [done, total].map(|n| n.to_string());
        let fields = [("suite", self.suite), ("done", &done), ("total", &total)];
        self.bar.set_message(messages::text(self.lang, "cli.eval_working", &fields));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
