//! Keys and values of a recipe held against what exists, so that a slip of the pen is named with its nearest key.

use super::RecipeError;
use sys::likeness;
use toml::{Table, Value};

/// Keys whose values come from a list.
const CHOICES: &[(&str, &[&str])] = &[
    ("data.source", &["stories", "text", "jsonl"]),
    ("data.layout", &["stream", "documents"]),
    ("tokenizer.kind", &["byte", "char", "bpe"]),
    ("train.dtype", &["f32", "bf16"]),
    ("model.positions", &["learned", "rotary"]),
    ("optim.kind", &["adamw", "muon"]),
    ("optim.schedule", &["cosine", "linear", "wsd"]),
];

/// Keys without a default.
const REQUIRED: &[&str] =
    &["name", "model.n_layers", "model.n_heads", "model.d_model", "model.max_seq_len", "train.steps"];

/// Upper limit of sizes: far beyond what a CPU trains, small enough that products of two fit in 64 bits.
const SIZE_MAX: f64 = (1u64 << 24) as f64;
/// Upper limits of steps and of batches in one: keys of dropout masks keep 40 bits for the number of a batch.
const STEPS_MAX: f64 = 1e9;
const ACCUMULATE_MAX: f64 = 1000.0;

/// What a likeness of the last parts counts where the sections have nothing in common.
const WRONG_SECTION: f64 = 0.97;

/// What others call a key, as a whole or in its last part, and no likeness of letters would find.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("learning_rate", "optim.lr_max"),
    ("lr", "optim.lr_max"),
    ("min_lr", "optim.lr_min"),
    ("tokenizer.type", "tokenizer.kind"),
    ("optim.type", "optim.kind"),
    ("data.type", "data.source"),
    ("file", "data.path"),
    ("block_size", "model.max_seq_len"),
    ("context", "model.max_seq_len"),
    ("context_length", "model.max_seq_len"),
    ("seq_len", "model.max_seq_len"),
    ("n_layer", "model.n_layers"),
    ("n_head", "model.n_heads"),
    ("n_embd", "model.d_model"),
    ("hidden_size", "model.d_model"),
    ("embedding_dim", "model.d_model"),
    ("width", "model.d_model"),
    ("depth", "model.n_layers"),
    ("max_iters", "train.steps"),
    ("max_steps", "train.steps"),
    ("gradient_accumulation_steps", "train.accumulate"),
    ("lr_scheduler", "optim.schedule"),
    ("lr_scheduler_type", "optim.schedule"),
];

/// Inclusive ranges of numbers.
const RANGES: &[(&str, f64, f64)] = &[
    ("data.n_documents", 1.0, 1_000_000.0),
    ("data.held_out", 0.001, 0.9),
    ("tokenizer.vocab_size", 1.0, SIZE_MAX),
    ("model.n_layers", 1.0, 1000.0),
    ("model.n_heads", 1.0, SIZE_MAX),
    ("model.d_model", 1.0, SIZE_MAX),
    ("model.max_seq_len", 2.0, SIZE_MAX),
    ("model.dropout", 0.0, 0.99),
    ("train.steps", 1.0, STEPS_MAX),
    ("train.batch_size", 1.0, SIZE_MAX),
    ("train.accumulate", 1.0, ACCUMULATE_MAX),
    ("train.seed", 0.0, f64::INFINITY),
    ("optim.lr_max", 1e-12, 1e6),
    ("optim.lr_min", 0.0, 1e6),
    ("optim.warmup_steps", 0.0, STEPS_MAX),
    ("optim.decay_steps", 1.0, STEPS_MAX),
    ("optim.cooldown_steps", 1.0, STEPS_MAX),
    ("optim.beta1", 0.0, 0.999_999),
    ("optim.beta2", 0.0, 0.999_999),
    ("optim.eps", 0.0, 1.0),
    ("optim.weight_decay", 0.0, 1e6),
    ("optim.clip_norm", 1e-9, 1e9),
    ("optim.ema_decay", 0.0, 0.999_999),
    ("validation.every", 1.0, STEPS_MAX),
    ("validation.max_documents", 1.0, SIZE_MAX),
    ("samples.every", 1.0, STEPS_MAX),
    ("samples.max_tokens", 1.0, SIZE_MAX),
    ("samples.temperature", 0.0, 100.0),
    ("checkpoint.every", 1.0, STEPS_MAX),
    ("checkpoint.keep", 2.0, 1e6),
];

/// Fails on a key of `table` that `exemplar` lacks.
pub(super) fn check(file: &str, table: &Table, exemplar: &Table) -> Result<(), RecipeError> {
    let known: Vec<String> = flatten(exemplar).into_iter().map(|(key, _)| key).collect();
    for (key, _) in flatten(table) {
        if !known.contains(&key) && !is_section(&key, exemplar) {
            let nearest = meant_key(&key, &known);
            return Err(RecipeError::UnknownKey { file: file.into(), key, nearest });
        }
    }
    Ok(())
}

/// Writes each `key=value` into `table`; a value that is no TOML is taken as a string.
pub(super) fn apply_overrides(table: &mut Table, overrides: &[String], exemplar: &Table) -> Result<(), RecipeError> {
    let known: Vec<String> = flatten(exemplar).into_iter().map(|(key, _)| key).collect();
    for argument in overrides {
        let (key, value) =
            argument.split_once('=').ok_or_else(|| RecipeError::BadSet { argument: argument.clone() })?;
        let key = key.trim();
        if !known.iter().any(|known| known == key) {
            let nearest = meant_key(key, &known);
            return Err(RecipeError::UnknownSetKey { key: key.into(), nearest });
        }
        insert(table, key, parse_value(value.trim()))?;
    }
    Ok(())
}

/// Fails on a value of the wrong type, outside its list, or negative where only counts make sense.
pub(super) fn check_values(table: &Table, exemplar: &Table) -> Result<(), RecipeError> {
    for (key, value) in flatten(table) {
        let Some(expected) = get(exemplar, &key) else { continue };
        let fits = match (expected, &value) {
            (Value::Float(_), Value::Integer(_)) => true,
            (Value::Array(_), Value::Array(items)) => items.iter().all(Value::is_str),
            (expected, found) => expected.same_type(found),
        };
        if !fits && expected.is_integer() && is_beyond_64_bits(&value) {
            let max = RANGES.iter().find(|(ranged, ..)| *ranged == key).map_or(f64::INFINITY, |&(_, _, max)| max);
            let expected = if max.is_finite() { max.to_string() } else { i64::MAX.to_string() };
            return Err(RecipeError::TooLarge { key, expected, found: value.to_string().trim_matches('"').into() });
        }
        if !fits {
            return Err(wrong_type(key, expected, value.to_string()));
        }
        if let Some((_, choices)) = CHOICES.iter().find(|(choice, _)| *choice == key)
            && !choices.iter().any(|choice| Some(*choice) == value.as_str())
        {
            return Err(RecipeError::Choice { key, expected: choices.join(", "), found: value.to_string() });
        }
    }
    check_ranges(table)
}

/// That `key` holds `found` in the place of something of the type of `expected`; how TOML writes a value tells its type.
fn wrong_type(key: String, expected: &Value, found: String) -> RecipeError {
    match expected {
        Value::Integer(_) => RecipeError::NotInteger { key, found },
        Value::Float(_) => RecipeError::NotNumber { key, found },
        Value::Boolean(_) => RecipeError::NotBoolean { key, found },
        Value::Array(_) => RecipeError::NotStrings { key, found },
        Value::Table(_) => RecipeError::NotSection { key, found },
        Value::String(_) | Value::Datetime(_) => RecipeError::NotString { key, found },
    }
}

/// Fails on a number outside its range.
pub(super) fn check_ranges(table: &Table) -> Result<(), RecipeError> {
    for &(key, min, max) in RANGES {
        let number = match get(table, key) {
            Some(Value::Integer(i)) => *i as f64,
            Some(Value::Float(f)) => *f,
            _ => continue,
        };
        let found = get(table, key).map(Value::to_string).unwrap_or_default();
        if number.is_nan() || number < min {
            return Err(RecipeError::TooSmall { key: key.into(), expected: min.to_string(), found });
        }
        if number > max {
            return Err(RecipeError::TooLarge { key: key.into(), expected: max.to_string(), found });
        }
    }
    Ok(())
}

/// Fails when a key without a default is absent.
pub(super) fn check_required(file: &str, table: &Table) -> Result<(), RecipeError> {
    match REQUIRED.iter().find(|key| get(table, key).is_none()) {
        Some(key) => Err(RecipeError::MissingKey { file: file.into(), key: key.to_string() }),
        None => Ok(()),
    }
}

/// The first key whose values differ, with both values (`-` where one lacks it).
pub(super) fn first_difference(a: &Table, b: &Table) -> Option<(String, String, String)> {
    let shown = |value: Option<&Value>| value.map_or("-".to_string(), Value::to_string);
    let keys = flatten(a).into_iter().chain(flatten(b)).map(|(key, _)| key);
    let key = keys.into_iter().find(|key| get(a, key) != get(b, key))?;
    Some((key.clone(), shown(get(a, &key)), shown(get(b, &key))))
}

/// The key that was probably meant by one that does not exist; if none is like it, all of its section, as the sentence
/// quotes them.
fn meant_key(written: &str, known: &[String]) -> String {
    let (section, last) = parts(written);
    if let Some((_, key)) = OTHER_NAMES.iter().find(|(name, _)| *name == written || *name == last) {
        return key.to_string();
    }
    // A key in the place of a section.
    if section.contains('.') {
        return meant_key(section, known);
    }
    // A section that both have is no likeness. Of two that are equally like, the first: lr_max rather than lr_min.
    let likeness = |known: &str| {
        let (known_section, known_last) = parts(known);
        let sections = if section == known_section { 1.0 } else { likeness(section, known_section) };
        likeness(last, known_last) * (WRONG_SECTION + (1.0 - WRONG_SECTION) * sections)
    };
    match sys::nearest_by(likeness, known.iter().map(String::as_str)) {
        Some(key) => key.into(),
        // Those of no section have nothing in common.
        None if section.is_empty() => String::new(),
        None => {
            let of_section = known.iter().filter(|key| parts(key).0 == section).map(String::as_str);
            of_section.collect::<Vec<_>>().join("`, `")
        }
    }
}

/// Section and name of a key; a key of no section has an empty one.
fn parts(key: &str) -> (&str, &str) {
    key.rsplit_once('.').unwrap_or(("", key))
}

/// Whether a value is a whole number that TOML cannot hold, and so was taken for a word.
fn is_beyond_64_bits(value: &Value) -> bool {
    let Some(digits) = value.as_str() else { return false };
    digits.parse::<i64>().is_err_and(|error| *error.kind() == std::num::IntErrorKind::PosOverflow)
}

/// A bare word is a string; everything else is TOML.
fn parse_value(text: &str) -> Value {
    match toml::from_str::<Table>(&format!("value = {text}")) {
        Ok(mut table) if table.len() == 1 => table.remove("value").unwrap_or_else(|| Value::String(text.to_string())),
        _ => Value::String(text.to_string()),
    }
}

fn insert(table: &mut Table, key: &str, value: Value) -> Result<(), RecipeError> {
    let Some((section, rest)) = key.split_once('.') else {
        table.insert(key.to_string(), value);
        return Ok(());
    };
    match table.entry(section).or_insert_with(|| Value::Table(Table::new())) {
        Value::Table(inner) => insert(inner, rest, value),
        other => Err(RecipeError::NotSection { key: section.into(), found: other.to_string() }),
    }
}

fn get<'t>(table: &'t Table, key: &str) -> Option<&'t Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((section, rest)) => get(table.get(section)?.as_table()?, rest),
    }
}

/// All leaves with their dotted keys, in order.
fn flatten(table: &Table) -> Vec<(String, Value)> {
    let mut leaves = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => {
                leaves.extend(flatten(inner).into_iter().map(|(rest, value)| (format!("{key}.{rest}"), value)));
            }
            value => leaves.push((key.clone(), value.clone())),
        }
    }
    leaves
}

/// A section written as a plain value is reported as a wrong type, not as an unknown key.
fn is_section(key: &str, exemplar: &Table) -> bool {
    exemplar.get(key).is_some_and(Value::is_table)
}

#[cfg(test)]
mod tests {
    use super::super::{Recipe, exemplar};
    use super::*;

    #[test]
    fn a_bare_word_is_a_string_and_the_rest_is_toml() {
        assert_eq!(parse_value("byte"), Value::String("byte".into()));
        assert_eq!(parse_value("3e-4"), Value::Float(3e-4));
        assert_eq!(parse_value("\"3\""), Value::String("3".into()));
        assert_eq!(parse_value("[\"a\"]"), Value::Array(vec![Value::String("a".into())]));
        assert_eq!(parse_value("1\nx = 2"), Value::String("1\nx = 2".into()));
        assert_eq!(parse_value(""), Value::String(String::new()));
    }

    #[test]
    fn the_nearest_key_is_what_was_meant() {
        let known: Vec<String> = flatten(&exemplar()).into_iter().map(|(key, _)| key).collect();
        let cases = [
            ("train.step", "train.steps"),
            ("optim.lr", "optim.lr_max"),
            ("train.lr_max", "optim.lr_max"),
            ("model.vocab_size", "tokenizer.vocab_size"),
            ("steps", "train.steps"),
            ("model.layers", "model.n_layers"),
            ("batch_size", "train.batch_size"),
            ("optim.learning_rate", "optim.lr_max"),
            ("train.lr", "optim.lr_max"),
            ("tokenizer.type", "tokenizer.kind"),
            ("data.file", "data.path"),
            ("model.block_size", "model.max_seq_len"),
            ("n_embd", "model.d_model"),
            ("model.width", "model.d_model"),
            ("sample.every", "samples.every"),
            ("checkpoint.xyz", "checkpoint.every`, `checkpoint.keep"),
            ("no_section.xyz", ""),
            ("zzzzqqqq", ""),
            ("model.n_layers.x", "model.n_layers"),
            ("model.layers.x", "model.n_layers"),
            ("no_section.xyz.zzz", ""),
        ];
        for (written, meant) in cases {
            assert_eq!(meant_key(written, &known), meant, "{written}");
        }
    }

    #[test]
    fn every_listed_key_exists() {
        let exemplar = exemplar();
        let listed = CHOICES.iter().map(|(key, _)| *key).chain(RANGES.iter().map(|(key, ..)| *key));
        let meant = OTHER_NAMES.iter().map(|(_, key)| *key);
        for key in listed.chain(REQUIRED.iter().copied()).chain(meant) {
            assert!(get(&exemplar, key).is_some(), "{key}");
        }
        for (key, value) in flatten(&exemplar) {
            let is_number = value.is_integer() || value.is_float();
            assert!(!is_number || RANGES.iter().any(|(ranged, ..)| *ranged == key), "{key} has no range");
        }
    }

    #[test]
    fn every_choice_is_understood() {
        let base =
            "name = 'x'\nmodel = { n_layers = 1, n_heads = 2, d_model = 8, max_seq_len = 16 }\ntrain = { steps = 5 }";
        for (key, choices) in CHOICES {
            for choice in *choices {
                let parsed = Recipe::parse("x", base, &[format!("{key}={choice}")]);
                assert!(parsed.is_ok(), "{key}={choice}");
            }
        }
    }
}
