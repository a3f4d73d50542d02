//! The recipe that a command names.

use crate::{Failure, failure, model};
use std::path::Path;
use train::{Recipe, run_folder};

/// What of a recipe the command line says.
pub struct Wanted<'a> {
    /// A built-in recipe, a file, or a run, whose recipe is meant.
    pub name: &'a str,
    /// `key=value`.
    pub set: &'a [String],
    /// The text to read.
    pub data: Option<&'a Path>,
    /// The run that is gone on with.
    pub resumed: Option<&'a Path>,
}

/// Loads it. A run may be named as it is where models are named.
pub fn load(wanted: &Wanted) -> Result<Recipe, Failure> {
    let Wanted { name, set, data, resumed } = *wanted;
    let named = model::run_named(Path::new(name)).filter(|run| run.join("recipe.toml").is_file());
    let is_known = Path::new(name).exists() || train::recipe::presets().iter().any(|preset| preset.name == name);
    let name = match named {
        Some(run) if !is_known => run.display().to_string(),
        _ => name.to_string(),
    };
    let loaded = match resumed {
        Some(run) => run_folder::recipe_to_go_on(run, &name, set),
        None => Recipe::load(&name, set),
    };
    let mut recipe = loaded.map_err(failure)?;
    if let Some(path) = data {
        recipe.read_data_from(path);
    }
    Ok(recipe)
}
