//! The built-in recipes: the files of `recipes/`, embedded.

/// A built-in recipe.
pub struct Preset {
    /// What `sanjie train` calls it.
    pub name: &'static str,
    /// Its file.
    pub toml: &'static str,
}

/// All built-in recipes, the one for newcomers first.
pub fn presets() -> &'static [Preset] {
    &[
        Preset { name: "stories", toml: include_str!("../../../../recipes/stories.toml") },
        Preset { name: "shakespeare-tiny", toml: include_str!("../../../../recipes/shakespeare-tiny.toml") },
        Preset { name: "shakespeare-baby", toml: include_str!("../../../../recipes/shakespeare-baby.toml") },
    ]
}
