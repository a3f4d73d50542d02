//! Recipes as files: what is written out is what was read.

use check::Outcome;
use train::Recipe;
use train::recipe::presets;

pub fn the_resolved_recipe_is_the_recipe() -> Outcome {
    for preset in presets() {
        let recipe = Recipe::load(preset.name, &[])?;
        check::equal(recipe.name.as_str(), preset.name, "name")?;
        let resolved = recipe.resolved(None);
        check::equal(resolved.optim.decay_steps, Some(resolved.train.steps), "the descent")?;
        let again = Recipe::parse("recipe.toml", &resolved.to_toml(), &[])?;
        check::equal(&again, &resolved, preset.name)?;
        check::equal(again.first_difference(&resolved), None, "difference")?;
    }
    Ok(())
}

pub fn a_file_wins_over_nothing_and_a_setting_over_a_file() -> Outcome {
    let toml = "name = 'x'\nmodel = { n_layers = 1, n_heads = 2, d_model = 8, max_seq_len = 16 }\n\
                train = { steps = 5 }\n[samples]\nprompts = ['a']";
    let settings = ["train.steps=7", "samples.prompts=[\"b\", \"c\"]", "tokenizer.kind=byte", "model.bias=true"];
    let recipe = Recipe::parse("x.toml", toml, &settings.map(String::from))?;
    check::equal((recipe.train.steps, recipe.train.batch_size, recipe.model.bias), (7, 12, true), "values")?;
    check::equal(recipe.samples.prompts.join(","), "b,c".to_string(), "prompts")?;
    let begun = Recipe::parse("x.toml", toml, &[])?.resolved(None);
    // A run that goes on keeps the descent it was begun with, unless the recipe says otherwise.
    check::equal(recipe.clone().resolved(Some(&begun)).optim.decay_steps, Some(5), "kept")?;
    let named = Recipe::parse("x.toml", toml, &["optim.decay_steps=9".into()])?;
    check::equal(named.resolved(Some(&begun)).optim.decay_steps, Some(9), "named")
}

pub fn rotary_positions_need_pairs_of_features() -> Outcome {
    let toml = "name = 'x'\nmodel = { n_layers = 1, n_heads = 2, d_model = 6, max_seq_len = 16, positions = 'rotary' }\n\
                train = { steps = 5 }";
    let error = Recipe::parse("x.toml", toml, &[]).err().map(|error| error.to_string());
    check::equal(error.as_deref(), Some("model.odd_heads (d_head: 3)"), "refusal")
}

pub fn a_name_is_that_of_a_folder() -> Outcome {
    let rest = "\nmodel = { n_layers = 1, n_heads = 2, d_model = 8, max_seq_len = 16 }\ntrain = { steps = 5 }";
    for (name, is_one) in [
        ("tiny", true),
        ("小 故事", true),
        ("v1.5..2", true),
        ("", false),
        ("  ", false),
        (".", false),
        ("..", false),
        (".hidden", false),
        ("../../esc", false),
        ("a/b", false),
        ("a\\b", false),
        ("a\0b", false),
        ("a\nb", false),
    ] {
        let toml = format!("name = {}{rest}", toml::Value::String(name.into()));
        let refused = Recipe::parse("x.toml", &toml, &[]).err().map(|error| error.to_string()).unwrap_or_default();
        check::equal(refused.starts_with("recipe.name"), !is_one, &format!("{name:?}: {refused}"))?;
    }
    Ok(())
}

pub fn the_resolved_recipe_finds_its_text_from_anywhere() -> Outcome {
    let toml = "name = 'x'\nmodel = { n_layers = 1, n_heads = 2, d_model = 8, max_seq_len = 16 }\ntrain = { steps = 5 }\n\
                [data]\nsource = 'text'\npath = 'texts/a.txt'";
    let recipe = Recipe::parse("x.toml", toml, &[])?;
    let whole = std::env::current_dir()?.join("texts/a.txt").display().to_string();
    check::equal(recipe.resolved(None).data.path, Some(whole), "path")?;
    // An empty one is none, whoever looks.
    let none = Recipe::parse("x.toml", toml, &["data.path=".into()])?;
    check::equal(none.data.path.clone(), None, "an empty path")?;
    check::equal(none.resolved(None).data.path, None, "an empty path, resolved")
}
