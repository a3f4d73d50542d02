//! A run is a recipe: a small TOML file, readable as a sentence, that says everything the run depends on.
//!
//! Reading one is three steps: *parse* ([`Recipe::parse`]: TOML, then `--set` overrides, then every key held
//! against the keys that exist), *validate* (ranges and combinations), *build* (by the parts that use a section).
//! The resolved recipe is written into the run folder and is enough to repeat the run.
//!
//! Which keys exist, and of which type, is read off one exemplar ([`exemplar`]) that names every field of every
//! section, so the compiler keeps the list complete.

mod kept;
mod keys;
mod presets;
mod sections;

pub use kept::Kept;
pub use presets::{Preset, presets};
pub use sections::{
    CheckpointSection, DataSection, Dtype, Layout, ModelSection, OptimKind, OptimSection, SamplesSection, Schedule,
    Source, TokenizerKind, TokenizerSection, TrainSection, ValidationSection,
};

use models::gpt::Positions;
use serde::{Deserialize, Serialize};
use std::path::Path;

sys::coded_error! {
    /// What can be wrong with a recipe.
    pub enum RecipeError {
        /// Neither a built-in recipe nor a file.
        Unknown { name: String, nearest: String, known: String } = "recipe.unknown",
        /// Not TOML.
        Syntax { file: String, line: usize, column: usize, cause: String } = "recipe.syntax",
        /// Not UTF-8; bytes count from 1.
        NotUtf8 { file: String, byte: usize } = "recipe.not_utf8",
        /// A key in a recipe file that no section has.
        UnknownKey { file: String, key: String, nearest: String } = "recipe.unknown_key",
        /// A key after `--set` that no section has.
        UnknownSetKey { key: String, nearest: String } = "recipe.unknown_set_key",
        /// An argument of `--set` that is not `key=value`.
        BadSet { argument: String } = "recipe.bad_set",
        /// A key without which there is no run.
        MissingKey { file: String, key: String } = "recipe.missing_key",
        /// A name that cannot be that of a folder.
        Name { found: String } = "recipe.name",
        /// Something else than a whole number.
        NotInteger { key: String, found: String } = "recipe.not_integer",
        /// Something else than a number.
        NotNumber { key: String, found: String } = "recipe.not_number",
        /// Something else than a text.
        NotString { key: String, found: String } = "recipe.not_string",
        /// Something else than true or false.
        NotBoolean { key: String, found: String } = "recipe.not_boolean",
        /// Something else than a list of texts.
        NotStrings { key: String, found: String } = "recipe.not_strings",
        /// A value in the place of a section.
        NotSection { key: String, found: String } = "recipe.not_section",
        /// A value outside its list.
        Choice { key: String, expected: String, found: String } = "recipe.choice",
        /// A number below its minimum.
        TooSmall { key: String, expected: String, found: String } = "recipe.too_small",
        /// A number above its maximum.
        TooLarge { key: String, expected: String, found: String } = "recipe.too_large",
        /// Attention heads that do not divide the width.
        Heads { d_model: usize, n_heads: usize } = "model.heads",
        /// Rotary positions turn pairs of features, and heads have an odd number of them.
        OddHeads { d_head: usize } = "model.odd_heads",
        /// A source other than stories needs a `data.path` or a `data.dataset`.
        NoData { recipe: String } = "recipe.no_data",
    }
}

/// Longest name of a recipe: with the time behind it, it is still the name of a folder on any file system.
const NAME_BYTES_MAX: usize = 200;

/// Characters of a parser's words that are shown: it may repeat what it read.
const CAUSE_MAX: usize = 200;

/// Everything a training run depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Short name; run folders are named after it, so it is no path and not hidden.
    pub name: String,
    /// Where text comes from.
    #[serde(default)]
    pub data: DataSection,
    /// How text becomes tokens.
    #[serde(default)]
    pub tokenizer: TokenizerSection,
    /// The model's sizes.
    pub model: ModelSection,
    /// How long, how much at once.
    pub train: TrainSection,
    /// The optimiser and its schedule.
    #[serde(default)]
    pub optim: OptimSection,
    /// When to measure on held-out text.
    #[serde(default)]
    pub validation: ValidationSection,
    /// What to write as it learns.
    #[serde(default)]
    pub samples: SamplesSection,
    /// When to save.
    #[serde(default)]
    pub checkpoint: CheckpointSection,
}

impl Recipe {
    /// Loads a built-in recipe by name, a recipe file by path, or that of a run by its folder, with overrides `key=value`.
    ///
    /// # Errors
    /// Any [`RecipeError`]; a name that ends in `.toml` is always that of a file.
    pub fn load(name_or_path: &str, overrides: &[String]) -> Result<Recipe, crate::TrainError> {
        if let Some(preset) = presets().iter().find(|preset| preset.name == name_or_path) {
            return Ok(Recipe::parse(&format!("{name_or_path}.toml"), preset.toml, overrides)?);
        }
        let path = Path::new(name_or_path);
        let of_run = path.join("recipe.toml");
        if !name_or_path.is_empty() && of_run.is_file() {
            return Recipe::load(&of_run.display().to_string(), overrides);
        }
        if path.is_file() || path.extension().is_some_and(|extension| extension == "toml") {
            let bytes = sys::atomic_file::read(path)?;
            let toml = String::from_utf8(bytes).map_err(|error| {
                let byte = error.utf8_error().valid_up_to() + 1;
                RecipeError::NotUtf8 { file: name_or_path.into(), byte }
            })?;
            return Ok(Recipe::parse(name_or_path, &toml, overrides)?);
        }
        let names: Vec<&str> = presets().iter().map(|preset| preset.name).collect();
        let nearest = sys::nearest(name_or_path, names.iter().copied()).unwrap_or_default().to_string();
        Err(RecipeError::Unknown { name: name_or_path.into(), nearest, known: names.join(", ") }.into())
    }

    /// Parses the text of a recipe, applies overrides `key=value`, and validates the result.
    ///
    /// ```
    /// let toml = "name = 'x'\nmodel = { n_layers = 1, n_heads = 2, d_model = 8, max_seq_len = 16 }\ntrain = { steps = 5 }";
    /// let recipe = train::Recipe::parse("x.toml", toml, &["optim.lr_max=3e-4".into()])?;
    /// assert_eq!((recipe.train.steps, recipe.optim.lr_max), (5, 3e-4));
    /// let error = train::Recipe::parse("x.toml", toml, &["optim.lr_mx=3e-4".into()]).unwrap_err();
    /// assert_eq!(error.to_string(), "recipe.unknown_set_key (key: optim.lr_mx, nearest: optim.lr_max)");
    /// # Ok::<(), train::RecipeError>(())
    /// ```
    ///
    /// # Errors
    /// Any [`RecipeError`].
    pub fn parse(file: &str, toml: &str, overrides: &[String]) -> Result<Recipe, RecipeError> {
        let mut table: toml::Table = toml::from_str(toml).map_err(|error| not_toml(file, toml, &error))?;
        let exemplar = exemplar();
        keys::check(file, &table, &exemplar)?;
        keys::apply_overrides(&mut table, overrides, &exemplar)?;
        keys::check_values(&table, &exemplar)?;
        keys::check_required(file, &table)?;
        let mut recipe: Recipe = toml::Value::Table(table).try_into().map_err(|error| not_toml(file, toml, &error))?;
        // An empty path is none: so a recipe's own can be taken away with `--set data.path=`.
        recipe.data.path = recipe.data.path.filter(|path| !path.is_empty());
        recipe.validate()?;
        Ok(recipe)
    }

    /// The recipe as TOML, every value written out.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a recipe holds only what TOML can")
    }

    /// Reads text from `path` instead of the recipe's own source: JSON lines when it ends in `.jsonl`, in whatever case,
    /// else text.
    pub fn read_data_from(&mut self, path: &Path) {
        let is_jsonl = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"));
        self.data.source = if is_jsonl { Source::Jsonl } else { Source::Text };
        self.data.path = Some(path.display().to_string());
        self.data.dataset = None;
    }

    /// This recipe with what it leaves open filled in: the learning rate descends over all steps, or, when a run goes on,
    /// over as many as it was begun with; and the text is found from any folder.
    pub fn resolved(mut self, begun: Option<&Recipe>) -> Recipe {
        if let Some(path) = &mut self.data.path {
            let whole = std::path::absolute(&*path).map(|whole| whole.display().to_string());
            *path = whole.unwrap_or_else(|_| std::mem::take(path));
        }
        let steps = begun.map_or(self.train.steps, |begun| begun.optim.descent(begun.train.steps));
        self.optim.decay_steps.get_or_insert(steps);
        self
    }

    /// Key of the first difference to `other`, if there is one, with both values.
    pub fn first_difference(&self, other: &Recipe) -> Option<(String, String, String)> {
        keys::first_difference(&self.to_table(), &other.to_table())
    }

    fn to_table(&self) -> toml::Table {
        toml::Table::try_from(self).expect("a recipe holds only what TOML can")
    }

    /// Ranges and combinations; types and names were checked while parsing.
    fn validate(&self) -> Result<(), RecipeError> {
        let is_folder_name = !self.name.trim().is_empty()
            && self.name.len() <= NAME_BYTES_MAX
            && !self.name.starts_with('.')
            && !self.name.contains(|c: char| matches!(c, '/' | '\\') || c.is_control());
        if !is_folder_name {
            return Err(RecipeError::Name { found: format!("{:?}", self.name) });
        }
        keys::check_ranges(&self.to_table())?;
        let ModelSection { n_heads, d_model, .. } = self.model;
        if !d_model.is_multiple_of(n_heads) {
            return Err(RecipeError::Heads { d_model, n_heads });
        }
        let d_head = d_model / n_heads;
        if self.model.positions == Positions::Rotary && !d_head.is_multiple_of(2) {
            return Err(RecipeError::OddHeads { d_head });
        }
        if self.optim.lr_min > self.optim.lr_max {
            return Err(RecipeError::TooLarge {
                key: "optim.lr_min".into(),
                expected: format!("{} (optim.lr_max)", self.optim.lr_max),
                found: self.optim.lr_min.to_string(),
            });
        }
        Ok(())
    }
}

/// Where a recipe is no TOML, and why, without the line itself, which may be of any length.
fn not_toml(file: &str, toml: &str, error: &toml::de::Error) -> RecipeError {
    let before = toml.get(..error.span().map_or(0, |span| span.start)).unwrap_or(toml);
    let (line, column) = (before.split('\n').count(), before.chars().rev().take_while(|c| *c != '\n').count() + 1);
    let cause = error.message().lines().collect::<Vec<_>>().join(", ").chars().take(CAUSE_MAX).collect();
    RecipeError::Syntax { file: file.into(), line, column, cause }
}

/// A recipe with every key present; its values stand for their types.
fn exemplar() -> toml::Table {
    let recipe = Recipe {
        name: String::new(),
        data: DataSection {
            dataset: Some(String::new()),
            path: Some(String::new()),
            field: Some(String::new()),
            n_documents: Some(1),
            ..DataSection::default()
        },
        tokenizer: TokenizerSection { vocab_size: Some(1), ..TokenizerSection::default() },
        model: ModelSection {
            n_layers: 1,
            n_heads: 1,
            d_model: 1,
            max_seq_len: 1,
            dropout: 0.0,
            bias: false,
            positions: Positions::Learned,
        },
        train: TrainSection {
            steps: 1,
            batch_size: 1,
            accumulate: 1,
            checkpoint_blocks: false,
            seed: 1,
            dtype: Dtype::F32,
        },
        optim: OptimSection { decay_steps: Some(1), cooldown_steps: Some(1), ..OptimSection::default() },
        validation: ValidationSection::default(),
        samples: SamplesSection { prompts: vec![String::new()], ..SamplesSection::default() },
        checkpoint: CheckpointSection::default(),
    };
    recipe.to_table()
}
