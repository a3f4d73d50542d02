//! What of a recipe stays the same however a run goes on, as its checkpoints keep it.
//!
//! Nothing guards a run's `recipe.toml`, and a checkpoint may be put among those of another run. So each says what it was made by,
//! but for what may change: how many steps there are, whether blocks are computed twice, and where the text stands, of which
//! there is a checksum.

use super::Recipe;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What may change, as sections and keys.
const MAY_CHANGE: [(&str, &str); 3] = [("train", "steps"), ("train", "checkpoint_blocks"), ("data", "path")];

/// A resolved recipe without what may change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept(Value);

impl Kept {
    /// Of a resolved recipe.
    pub fn of(recipe: &Recipe) -> Kept {
        let mut kept = as_json(recipe);
        for (section, key) in MAY_CHANGE {
            if let Some(section) = kept[section].as_object_mut() {
                section.remove(key);
            }
        }
        Kept(kept)
    }

    /// The recipe it was taken of, with what may change from `now`; keys that were not known then have their defaults. `None` if
    /// what was said then means nothing today.
    pub fn with(&self, now: &Recipe) -> Option<Recipe> {
        let (mut whole, now) = (self.0.clone(), as_json(now));
        for (section, key) in MAY_CHANGE {
            if let Some(value) = now[section].get(key) {
                whole.get_mut(section)?.as_object_mut()?.insert(key.into(), value.clone());
            }
        }
        serde_json::from_value(whole).ok()
    }

    /// Key of the first difference to a resolved recipe, if there is one, with both values.
    pub fn first_difference(&self, now: &Recipe) -> Option<(String, String, String)> {
        self.with(now)?.first_difference(now)
    }
}

fn as_json(recipe: &Recipe) -> Value {
    serde_json::to_value(recipe).expect("a recipe is plain data")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(settings: &[&str]) -> Recipe {
        let toml =
            "name = 'x'\nmodel = { n_layers = 1, n_heads = 2, d_model = 8, max_seq_len = 16 }\ntrain = { steps = 5 }";
        let settings: Vec<String> = settings.iter().map(|setting| setting.to_string()).collect();
        Recipe::parse("x.toml", toml, &[&["optim.decay_steps=5".to_string()], &settings[..]].concat()).unwrap()
    }

    #[test]
    fn everything_counts_but_what_may_change() {
        let kept = Kept::of(&recipe(&["data.path=a.txt"]));
        let kept: Kept = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
        let cases = [
            ("train.steps=9", None),
            ("train.checkpoint_blocks=true", None),
            ("data.path=b.txt", None),
            ("data.path=", None),
            ("train.seed=1338", Some("train.seed")),
            ("optim.lr_max=2e-3", Some("optim.lr_max")),
            ("model.d_model=16", Some("model.d_model")),
            ("name=y", Some("name")),
        ];
        for (setting, key) in cases {
            let found = kept.first_difference(&recipe(&[setting])).map(|(key, ..)| key);
            assert_eq!(found.as_deref(), key, "{setting}");
        }
        // A key that came later has its default.
        let mut old = kept.clone();
        old.0["train"].as_object_mut().unwrap().remove("accumulate");
        assert_eq!(old.first_difference(&recipe(&[])), None);
        assert!(old.first_difference(&recipe(&["train.accumulate=2"])).is_some());
    }
}
