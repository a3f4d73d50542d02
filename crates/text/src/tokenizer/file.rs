//! The `tokenizer.json` of the tokenizers trained here, and recognising them when they come back.
//!
//! All three kinds are a BPE model in the file: bytes and characters are one without merges.

use super::bpe::{BYTE_TO_CHAR, PATTERN};
use super::{Engine, Kind};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

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

/// The special token that the file's post-processor puts before a single text.
pub(super) fn begin(file: &Value) -> Option<&str> {
    let post_processor = &file["post_processor"];
    let first = &post_processor["single"][0]["SpecialToken"]["id"];
    first.as_str().filter(|_| post_processor["type"] == "TemplateProcessing")
}

fn added_token(marker: &str, id: &Value) -> Value {
    json!({
        "id": id, "content": marker, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true,
    })
}

/// Whether a table of SentencePiece says that it is larger than its bytes: the engine would take it at its word and allocate gigabytes.
pub(super) fn promises_too_much(file: &Value) -> bool {
    match file {
        Value::Object(fields) => fields.iter().any(|(key, value)| match value {
            Value::String(text) if key == "precompiled_charsmap" => first_number(text) > text.len() as u64,
            value => promises_too_much(value),
        }),
        Value::Array(items) => items.iter().any(promises_too_much),
        _ => false,
    }
}

/// The number in the first four bytes of a base64 text, the lowest first; 0 if it is none.
fn first_number(text: &str) -> u64 {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.chars().take(6).map(|c| DIGITS.find(c).map(|digit| digit as u64));
    let Some(bits) = digits.collect::<Option<Vec<u64>>>().filter(|digits| digits.len() == 6) else { return 0 };
    let bits = bits.into_iter().fold(0, |bits, digit| bits << 6 | digit) >> 4;
    u64::from((bits as u32).swap_bytes())
}

/// Recognises the two kinds that need no engine to encode.
pub(super) fn kind(file: &Value, engine: &Engine) -> Kind {
    let merges = file["model"]["merges"].as_array();
    let merge_free = file["model"]["type"] == "BPE" && merges.is_some_and(Vec::is_empty);
    if !merge_free || !file["normalizer"].is_null() {
        return Kind::Other;
    }
    let vocab = engine.get_vocab(false);
    let pre_tokenizer = &file["pre_tokenizer"];
    if pre_tokenizer["type"] == "ByteLevel" && pre_tokenizer["add_prefix_space"] == false {
        let mut ids = Box::new([0; 256]);
        for (byte, c) in BYTE_TO_CHAR.iter().enumerate() {
            let Some(&id) = vocab.get(&c.to_string()) else { return Kind::Other };
            ids[byte] = id;
        }
        return Kind::Bytes(ids);
    }
    if pre_tokenizer.is_null() && file["decoder"]["type"] == "Fuse" {
        let added = engine.get_added_tokens_decoder();
        let characters = vocab.into_iter().filter(|(_, id)| !added.contains_key(id));
        let single: Option<HashMap<char, u32>> = characters
            .map(|(piece, id)| {
                let mut chars = piece.chars();
                chars.next().filter(|_| chars.next().is_none()).map(|c| (c, id))
            })
            .collect();
        return single.map_or(Kind::Other, Kind::Characters);
    }
    Kind::Other
}
