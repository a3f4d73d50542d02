//! The built-in recipes, as the page lists them, and a recipe's settings as dotted keys.
//!
//! The recipes are those of crate `train`; what a key means, and whether a value is
//! possible, is the business of `train`: the studio shows settings and passes changes on as `--set key=value`.

use crate::datasets::DatasetLine;
use messages::Lang;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use train::recipe::{Preset, presets};

/// Dotted key to value (`train.steps` to 3000).
pub type Settings = BTreeMap<String, Value>;

/// A run that can be started by name.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Recipe {
    /// `stories`, as `sanjie train` calls it.
    pub name: String,
    /// Everything the recipe decides.
    #[ts(type = "Record<string, number | string | boolean>")]
    pub settings: Settings,
    /// The data set that it reads, if it is a public one; null for recipes that make their text up.
    pub dataset: Option<DatasetLine>,
}

/// All built-in recipes, sorted by name, with their data as it is in the data folder `home`.
pub(crate) fn built_in(home: &Path, lang: Lang) -> Vec<Recipe> {
    let recipe = |preset: &Preset| {
        let settings = settings(preset.toml);
        let dataset = settings.get("data.dataset").and_then(Value::as_str);
        let dataset = dataset.and_then(|name| DatasetLine::of(name, home, lang));
        Recipe { name: preset.name.to_string(), settings, dataset }
    };
    let mut recipes: Vec<Recipe> = presets().iter().map(recipe).collect();
    recipes.sort_by(|a, b| a.name.cmp(&b.name));
    recipes
}

/// The scalar values of a TOML document by dotted key; none if it does not parse.
///
/// ```
/// let found = studio::settings("seed = 1\n[train]\nsteps = 20\n");
/// assert_eq!(found["train.steps"], 20);
/// ```
pub fn settings(document: &str) -> Settings {
    let mut found = Settings::new();
    if let Ok(table) = document.parse::<toml::Table>() {
        flatten("", table, &mut found);
    }
    found
}

fn flatten(prefix: &str, table: toml::Table, found: &mut Settings) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, found),
            toml::Value::Integer(number) => drop(found.insert(key, number.into())),
            toml::Value::Float(number) => drop(found.insert(key, number.into())),
            toml::Value::Boolean(on) => drop(found.insert(key, on.into())),
            toml::Value::String(text) => drop(found.insert(key, text.into())),
            toml::Value::Array(_) | toml::Value::Datetime(_) => {}
        }
    }
}

/// A value as `--set` wants it: TOML, where a bare word is a string.
pub(crate) fn as_toml(value: &Value) -> String {
    match value {
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        other => other.to_string(),
    }
}
