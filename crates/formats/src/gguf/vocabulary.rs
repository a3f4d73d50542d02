//! The tokenizer inside a GGUF file, as the `tokenizer.json` that says the same.
//!
//! GGUF keeps the entries, their kinds and the merges, but of how a text is cut into words only a name (`tokenizer.ggml.pre`).
//! The table here says what each name means; a name that is not in it is refused, since wrong cuts give wrong ids without any
//! error. Byte-level BPE only (`tokenizer.ggml.model` of `gpt2`); SentencePiece vocabularies are refused, too.

use super::{Metadata, Value};
use serde_json::{Map, Value as Json, json};

sys::coded_error! {
    /// Why a file's tokenizer is not read.
    pub enum VocabularyError {
        /// A kind of tokenizer, or a way of cutting words, that is not built.
        Unsupported { key: String, found: String, expected: String } = "gguf.vocabulary_unsupported",
        /// Its tables do not fit each other; `key` is the one that is wrong.
        Damaged { key: String } = "gguf.vocabulary_damaged",
    }
}

/// Cuts of Llama 3: contractions, words with a mark before them, up to three digits, marks, line breaks, spaces.
const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The same with digits one by one: Qwen 2.
const QWEN_2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Ways of cutting words.
#[derive(Clone, Copy)]
enum Cut {
    Gpt2,
    /// As GPT-2, digits one by one.
    Digits,
    Llama3,
    Qwen2,
}

/// What each name means.
const CUTS: [(&str, Cut); 7] = [
    ("gpt-2", Cut::Gpt2),
    ("smollm", Cut::Digits),
    ("starcoder", Cut::Digits),
    ("refact", Cut::Digits),
    ("command-r", Cut::Digits),
    ("llama-bpe", Cut::Llama3),
    ("qwen2", Cut::Qwen2),
];

/// Kinds of entries that llama.cpp numbers 3 and 4.
const CONTROL: usize = 3;
const USER_DEFINED: usize = 4;

/// The `tokenizer.json` of a file's metadata.
///
/// # Errors
/// [`VocabularyError`].
pub fn tokenizer_json(metadata: &Metadata) -> Result<Vec<u8>, VocabularyError> {
    let model = text(metadata, "tokenizer.ggml.model")?;
    if model != "gpt2" {
        let key = "tokenizer.ggml.model".into();
        return Err(VocabularyError::Unsupported { key, found: model.into(), expected: "gpt2".into() });
    }
    let tokens = texts(metadata, "tokenizer.ggml.tokens")?;
    let kinds = list(metadata, "tokenizer.ggml.token_type").unwrap_or(&[]);
    let mut vocab = Map::new();
    let mut added = Vec::new();
    for (id, &token) in tokens.iter().enumerate() {
        if vocab.insert(token.to_string(), id.into()).is_some() {
            return Err(damaged("tokenizer.ggml.tokens"));
        }
        let kind = kinds.get(id).and_then(Value::as_usize);
        if kind == Some(CONTROL) || kind == Some(USER_DEFINED) {
            added.push(json!({
                "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": kind == Some(CONTROL),
            }));
        }
    }
    let merges = texts(metadata, "tokenizer.ggml.merges")?;
    let cut = metadata.get("tokenizer.ggml.pre").and_then(Value::as_str).unwrap_or("gpt-2");
    let (normalizer, pre_tokenizer) = cutting(cut)?;
    let file = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": begin(metadata, &tokens, cut)?,
        "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": false,
            "byte_fallback": false,
            "ignore_merges": cut == "llama-bpe",
            "vocab": vocab,
            "merges": merges,
        },
    });
    Ok(file.to_string().into_bytes())
}

/// The text of the entry that `key` names by its id, such as `tokenizer.ggml.bos_token_id`.
pub fn named_token<'a>(metadata: &'a Metadata, key: &str) -> Option<&'a str> {
    let id = metadata.get(key)?.as_usize()?;
    metadata.get("tokenizer.ggml.tokens")?.as_list()?.get(id)?.as_str()
}

/// Normaliser and pre-tokenizer of a way of cutting words.
fn cutting(name: &str) -> Result<(Json, Json), VocabularyError> {
    let bytes = |use_regex: bool| json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": use_regex });
    let split = |regex: &str| json!({ "type": "Split", "pattern": { "Regex": regex }, "behavior": "Isolated", "invert": false });
    let sequence = |first: Json, then: Json| json!({ "type": "Sequence", "pretokenizers": [first, then] });
    let Some((_, cut)) = CUTS.iter().find(|(known, _)| *known == name) else {
        let (key, found) = ("tokenizer.ggml.pre".into(), name.into());
        let expected = CUTS.map(|(name, _)| name).join(", ");
        return Err(VocabularyError::Unsupported { key, found, expected });
    };
    Ok(match cut {
        Cut::Gpt2 => (Json::Null, bytes(true)),
        Cut::Digits => (Json::Null, sequence(json!({ "type": "Digits", "individual_digits": true }), bytes(true))),
        Cut::Llama3 => (Json::Null, sequence(split(LLAMA_3), bytes(false))),
        Cut::Qwen2 => (json!({ "type": "NFC" }), sequence(split(QWEN_2), bytes(false))),
    })
}

/// A post-processor that puts the file's first token before every text, if the file asks for it.
fn begin(metadata: &Metadata, tokens: &[&str], cut: &str) -> Result<Json, VocabularyError> {
    // Llama 3's files do not say so, and mean it.
    let meant = cut == "llama-bpe";
    let asked = metadata.get("tokenizer.ggml.add_bos_token").and_then(Value::as_bool).unwrap_or(meant);
    let Some(id) = metadata.get("tokenizer.ggml.bos_token_id").and_then(Value::as_usize).filter(|_| asked) else {
        return Ok(Json::Null);
    };
    let marker = *tokens.get(id).ok_or_else(|| damaged("tokenizer.ggml.bos_token_id"))?;
    let before = json!({ "SpecialToken": { "id": marker, "type_id": 0 } });
    let text = |name: &str, type_id: u32| json!({ "Sequence": { "id": name, "type_id": type_id } });
    Ok(json!({
        "type": "TemplateProcessing",
        "single": [before.clone(), text("A", 0)],
        "pair": [before, text("A", 0), text("B", 1)],
        "special_tokens": { marker: { "id": marker, "ids": [id], "tokens": [marker] } },
    }))
}

fn text<'a>(metadata: &'a Metadata, key: &str) -> Result<&'a str, VocabularyError> {
    metadata.get(key).and_then(Value::as_str).ok_or_else(|| damaged(key))
}

fn list<'a>(metadata: &'a Metadata, key: &str) -> Option<&'a [Value]> {
    metadata.get(key)?.as_list()
}

fn texts<'a>(metadata: &'a Metadata, key: &str) -> Result<Vec<&'a str>, VocabularyError> {
    let texts = list(metadata, key).and_then(|list| list.iter().map(Value::as_str).collect());
    texts.ok_or_else(|| damaged(key))
}

fn damaged(key: &str) -> VocabularyError {
    VocabularyError::Damaged { key: key.into() }
}
