//! The `tokenizer.json` of the tokenizers trained here, and recognising them when they come back.
//!
//! All three kinds are a BPE model in the file: bytes and characters are one without merges.

use super::bpe::{BYTE_TO_CHAR, PATTERN};
use super::{Engine, Kind, TokenizerError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// What is written around the vocabulary.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Bytes,
    Characters,
    Bpe,
}

/// Writes the file: `vocab[i]` has id `i`, `special` are names in it.
pub(super) fn write(vocab: &[String], merges: &[(String, String)], shape: Shape, special: &[&str]) -> String {
    let byte_level =
        json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false });
    let (pre_tokenizer, decoder) = match shape {
        Shape::Bytes => (byte_level.clone(), byte_level),
        Shape::Characters => (Value::Null, json!({ "type": "Fuse" })),
        Shape::Bpe => {
            let split =
                json!({ "type": "Split", "pattern": { "Regex": PATTERN }, "behavior": "Isolated", "invert": false });
            (json!({ "type": "Sequence", "pretokenizers": [split, byte_level.clone()] }), byte_level)
        }
    };
    let ids: Map<String, Value> = vocab.iter().zip(0u32..).map(|(piece, id)| (piece.clone(), id.into())).collect();
    let added: Vec<Value> = special.iter().map(|&marker| added_token(marker, &ids[marker])).collect();
    let file = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": null,
        "decoder": decoder,
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": false,
            "byte_fallback": false,
            "ignore_merges": false,
            "vocab": ids,
            "merges": merges,
        },
    });
    format!("{file:#}\n")
}

/// The file with a post-processor that puts `marker` before every text.
pub(super) fn with_begin(json: &str, marker: &str, id: u32) -> String {
    let mut file: Value = serde_json::from_str(json).expect("a tokenizer's file is JSON");
    let before = json!({ "SpecialToken": { "id": marker, "type_id": 0 } });
    let text = |name: &str, type_id: u32| json!({ "Sequence": { "id": name, "type_id": type_id } });
    file["post_processor"] = json!({
        "type": "TemplateProcessing",
        "single": [before.clone(), text("A", 0)],
        "pair": [before, text("A", 0), text("B", 1)],
        "special_tokens": { marker: { "id": marker, "ids": [id], "tokens": [marker] } },
    });
    format!("{file:#}\n")
}

/// The special token that the file's post-processor puts before a single text, by itself or as one of several steps.
pub(super) fn begin(file: &Value) -> Option<&str> {
    begin_of(&file["post_processor"])
}

fn begin_of(post_processor: &Value) -> Option<&str> {
    match post_processor["type"].as_str()? {
        "TemplateProcessing" => post_processor["single"][0]["SpecialToken"]["id"].as_str(),
        // The last one that puts a token before a text stands before what those before it put there.
        "Sequence" => post_processor["processors"].as_array()?.iter().rev().find_map(begin_of),
        _ => None,
    }
}

fn added_token(marker: &str, id: &Value) -> Value {
    json!({
        "id": id, "content": marker, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true,
    })
}

/// Fails if a table of SentencePiece says that it is larger than it is: the engine would take it at its word and allocate gigabytes.
pub(super) fn check_tables(file: &Value) -> Result<(), TokenizerError> {
    match file {
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| match value {
            Value::String(table) if key == "precompiled_charsmap" => check_table(table),
            value => check_tables(value),
        }),
        Value::Array(items) => items.iter().try_for_each(check_tables),
        _ => Ok(()),
    }
}

/// The first four bytes of a table say how many follow at least. The engine does without padding, and refuses what is no base64.
fn check_table(table: &str) -> Result<(), TokenizerError> {
    let bytes = STANDARD_NO_PAD.decode(table.trim_end_matches('=')).unwrap_or_default();
    match bytes.split_first_chunk() {
        Some((size, rest)) if u32::from_le_bytes(*size) as usize > rest.len() => {
            Err(TokenizerError::TableSize { said: u32::from_le_bytes(*size), found: rest.len() })
        }
        _ => Ok(()),
    }
}

/// What normalisers and pre-tokenizers make of a text may have this many times its bytes. Published ones stay below: a table of
/// compatible characters makes 33 bytes of one sign, and spaces become signs of three bytes.
const GROWTH_MAX: f64 = 512.0;

/// Fails if the steps of an engine could make of a short text more than there is memory for.
pub(super) fn check_growth(engine: &Engine) -> Result<(), TokenizerError> {
    let steps = json!([engine.get_normalizer(), engine.get_pre_tokenizer()]);
    let found = steps.as_array().into_iter().flatten().map(growth).product::<f64>();
    if found <= GROWTH_MAX { Ok(()) } else { Err(TokenizerError::Growth { found, expected: GROWTH_MAX }) }
}

/// How many bytes a step makes of one, at most.
fn growth(step: &Value) -> f64 {
    let length = |value: &Value| value.as_str().map_or(0, str::len) as f64;
    match step["type"].as_str() {
        Some("Sequence") => {
            let steps = step["normalizers"].as_array().or(step["pretokenizers"].as_array());
            steps.into_iter().flatten().map(growth).product()
        }
        // An empty pattern, or one that matches nothing, stands between all bytes.
        Some("Replace") => match length(&step["pattern"]["String"]) {
            0.0 => 1.0 + length(&step["content"]),
            replaced => (length(&step["content"]) / replaced).max(1.0),
        },
        Some("Prepend") => 1.0 + length(&step["prepend"]),
        Some("Precompiled") => step["precompiled_charsmap"].as_str().map_or(1.0, longest_entry),
        // Bytes above 127 become signs of two.
        Some("ByteLevel") => 2.0,
        _ => 1.0,
    }
}

/// Behind its index a table has what characters become, each ended by a zero.
fn longest_entry(table: &str) -> f64 {
    let bytes = STANDARD_NO_PAD.decode(table.trim_end_matches('=')).unwrap_or_default();
    let Some((size, rest)) = bytes.split_first_chunk() else { return 1.0 };
    let entries = rest.get(u32::from_le_bytes(*size) as usize..).unwrap_or_default();
    entries.split(|byte| *byte == 0).map(<[u8]>::len).max().unwrap_or_default().max(1) as f64
}

/// Recognises the two kinds that need no engine to encode, in a file that the engine reads.
pub(super) fn kind(file: &Value) -> Kind {
    let model = &file["model"];
    let merges_nothing = model["type"] == "BPE" && model["merges"].as_array().is_some_and(Vec::is_empty);
    let Some(vocab) = model["vocab"].as_object().filter(|_| merges_nothing && file["normalizer"].is_null()) else {
        return Kind::Other;
    };
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let pre_tokenizer = &file["pre_tokenizer"];
    if pre_tokenizer["type"] == "ByteLevel" && pre_tokenizer["add_prefix_space"] == false {
        let mut ids = Box::new([0; 256]);
        for (byte, c) in BYTE_TO_CHAR.iter().enumerate() {
            let Some(found) = vocab.get(&c.to_string()).and_then(id) else { return Kind::Other };
            ids[byte] = found;
        }
        return Kind::Bytes(ids);
    }
    if pre_tokenizer.is_null() && file["decoder"]["type"] == "Fuse" {
        let added = file["added_tokens"].as_array().map_or(&[][..], Vec::as_slice);
        let added: HashSet<&str> = added.iter().filter_map(|token| token["content"].as_str()).collect();
        let characters = vocab.iter().filter(|(piece, _)| !added.contains(piece.as_str()));
        let single: Option<HashMap<char, u32>> = characters
            .map(|(piece, value)| {
                let mut chars = piece.chars();
                chars.next().filter(|_| chars.next().is_none()).zip(id(value))
            })
            .collect();
        return single.map_or(Kind::Other, Kind::Characters);
    }
    Kind::Other
}
