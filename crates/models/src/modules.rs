//! How the hidden states of a text become its vector, as `sentence-transformers` writes it beside the weights.
//!
//! `modules.json` lists what comes after one another: the encoder, a way of pooling, and perhaps a step that brings the vector
//! to length 1. Each has a folder of its own (`path`), where the pooling says its way: older versions by a key for each way, of
//! which one is true, version 6 by `pooling_mode`. Without `modules.json` the mean is taken and left as it is.
//!
//! Any other module or way is refused by its name: a vector computed without it would be another one, and nobody would notice.

use crate::bert_folder::BertFolder;
use crate::family::FamilyError;
use crate::loading::LoadingError;
use serde_json::Value;
use std::path::{Component, Path};

/// The list of modules.
const MODULES: &str = "modules.json";

/// How the hidden states of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// The first one, of the token that begins every text.
    Cls,
    /// The largest of each feature.
    Max,
}

/// The names of a way: of today, and of the key that older files set for it.
const WAYS: [(&str, &str, Pooling); 3] = [
    ("mean", "pooling_mode_mean_tokens", Pooling::Mean),
    ("cls", "pooling_mode_cls_token", Pooling::Cls),
    ("max", "pooling_mode_max_tokens", Pooling::Max),
];

/// What is made of hidden states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// How they become one vector.
    pub(crate) pooling: Pooling,
    /// Whether that vector is brought to length 1.
    pub(crate) normalised: bool,
}

/// What the files of a folder ask for.
///
/// # Errors
/// [`LoadingError`], of which [`FamilyError::Unsupported`] names what is not built.
pub(crate) fn ending(folder: &BertFolder) -> Result<Ending, LoadingError> {
    let path = folder.published.path.display().to_string();
    if let Some(said) = folder.beside("config_sentence_transformers.json")?
        && let Some(name) = said["default_prompt_name"].as_str()
    {
        let (key, found) = ("default_prompt_name".into(), name.into());
        return Err(FamilyError::Unsupported { path, key, found, expected: "null".into() }.into());
    }
    let (place, normalised) = match folder.beside(MODULES)? {
        Some(modules) => steps(&modules, &path)?,
        None => return Ok(Ending { pooling: Pooling::Mean, normalised: false }),
    };
    let file = Path::new(&place).join("config.json").display().to_string();
    let said = folder.beside(&file)?.ok_or_else(|| FamilyError::Key { path: path.clone(), key: file.clone() })?;
    Ok(Ending { pooling: pooling(&said, &path, &file)?, normalised })
}

/// The pooling's folder, and whether a vector of length 1 follows.
fn steps(modules: &Value, path: &str) -> Result<(String, bool), FamilyError> {
    let unsupported = |found: String, expected: &str| FamilyError::Unsupported {
        path: path.into(),
        key: MODULES.into(),
        found,
        expected: expected.into(),
    };
    let lacks = || FamilyError::Key { path: path.into(), key: MODULES.into() };
    let modules = modules.as_array().ok_or_else(lacks)?;
    let mut kinds = Vec::new();
    let mut places = Vec::new();
    for module in modules {
        // The class's name, wherever a version of the package keeps it.
        let kind = module["type"].as_str().and_then(|kind| kind.rsplit('.').next()).ok_or_else(lacks)?;
        if !["Transformer", "Pooling", "Normalize"].contains(&kind) {
            return Err(unsupported(kind.into(), "Transformer, Pooling, Normalize"));
        }
        kinds.push(kind);
        places.push(module["path"].as_str().unwrap_or_default());
    }
    let normalised = match kinds.as_slice() {
        ["Transformer", "Pooling"] => false,
        ["Transformer", "Pooling", "Normalize"] => true,
        _ => return Err(unsupported(kinds.join(", "), "Transformer, Pooling, Normalize")),
    };
    if !places[0].is_empty() {
        return Err(unsupported(format!("Transformer: {}", places[0]), "\"path\": \"\""));
    }
    // A plain name in the folder itself; anything else could lead out of it.
    let mut parts = Path::new(places[1]).components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
        return Err(unsupported(format!("Pooling: {}", places[1]), "\"path\": \"1_Pooling\""));
    }
    Ok((places[1].to_string(), normalised))
}

/// The way that a pooling's `config.json` asks for.
fn pooling(said: &Value, path: &str, file: &str) -> Result<Pooling, FamilyError> {
    let names = match &said["pooling_mode"] {
        Value::Null => older_names(said),
        Value::Array(names) => names.clone(),
        name => vec![name.clone()],
    };
    let found = match names.as_slice() {
        [name] => WAYS.iter().find(|(known, ..)| name == known),
        _ => None,
    };
    found.map(|(_, _, way)| *way).ok_or_else(|| FamilyError::Unsupported {
        path: path.into(),
        key: format!("{file}: pooling_mode"),
        found: Value::Array(names).to_string(),
        expected: WAYS.map(|(name, ..)| name).join(" | "),
    })
}

/// What older files set to true: the ways by their names of today, others by their keys; the mean, where nothing is.
fn older_names(said: &Value) -> Vec<Value> {
    let set = said.as_object().into_iter().flatten().filter(|(_, value)| **value == true).map(|(key, _)| key.as_str());
    let asked: Vec<Value> = set
        .filter(|key| key.starts_with("pooling_mode_"))
        .map(|key| WAYS.iter().find(|(_, older, _)| *older == key).map_or(key, |(name, ..)| name).into())
        .collect();
    if asked.is_empty() { vec!["mean".into()] } else { asked }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sys::Coded;

    #[test]
    fn pooling_is_read_or_refused() {
        for (said, expected) in [
            (json!({ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false }), Some(Pooling::Cls)),
            (json!({ "pooling_mode_max_tokens": true, "include_prompt": true }), Some(Pooling::Max)),
            (json!({ "pooling_mode": "cls", "include_prompt": true }), Some(Pooling::Cls)),
            (json!({ "pooling_mode": ["max"] }), Some(Pooling::Max)),
            (json!({ "pooling_mode": "mean", "pooling_mode_cls_token": true }), Some(Pooling::Mean)),
            (json!({}), Some(Pooling::Mean)),
            (json!({ "pooling_mode_lasttoken": true }), None),
            (json!({ "pooling_mode_cls_token": true, "pooling_mode_max_tokens": true }), None),
            (json!({ "pooling_mode": "lasttoken" }), None),
            (json!({ "pooling_mode": ["cls", "mean"] }), None),
            (json!({ "pooling_mode": [] }), None),
            (json!({ "pooling_mode": 3 }), None),
        ] {
            let found = pooling(&said, "x", "1_Pooling/config.json");
            assert_eq!(found.as_ref().ok().copied(), expected, "{said}");
            assert!(found.err().is_none_or(|error| error.code() == "family.unsupported"), "{said}");
        }
    }

    #[test]
    fn modules_are_known_and_in_order_or_refused() {
        let module =
            |kind: &str, path: &str| json!({ "type": format!("sentence_transformers.models.{kind}"), "path": path });
        let [reader, pooling, normal] = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")]
            .map(|(kind, path)| module(kind, path));
        let [dense, outside] =
            [("Dense", "2_Dense"), ("Pooling", "../elsewhere")].map(|(kind, path)| module(kind, path));
        for (modules, expected) in [
            (json!([reader, pooling]), Ok(("1_Pooling".to_string(), false))),
            (json!([reader, pooling, normal]), Ok(("1_Pooling".to_string(), true))),
            (json!([reader, module("Pooling", "p")]), Ok(("p".to_string(), false))),
            (json!([reader, pooling, dense, normal]), Err("family.unsupported")),
            (json!([reader, normal, pooling]), Err("family.unsupported")),
            (json!([reader, outside]), Err("family.unsupported")),
            (json!([module("Transformer", "0_Transformer"), pooling]), Err("family.unsupported")),
            (json!([reader]), Err("family.unsupported")),
            (json!([{ "path": "" }]), Err("family.key")),
            (json!({}), Err("family.key")),
        ] {
            assert_eq!(steps(&modules, "x").map_err(|error| error.code()), expected, "{modules}");
        }
    }
}
