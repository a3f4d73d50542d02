//! The tokenizer inside a GGUF file, as the `tokenizer.json` that says the same.
//!
//! Three kinds by `tokenizer.ggml.model`:
//! - `gpt2`, byte-level BPE: the file keeps entries and merges, but of how a text is cut into words only a name
//!   (`tokenizer.ggml.pre`). The table here says what each name means, after the regular expressions of the published files; a
//!   name that is not in it is refused, since wrong cuts give wrong ids without any error.
//! - `llama`, SentencePiece's BPE (Kudo and Richardson, 2018): no merges, but a score for each entry. Joining two entries is
//!   allowed where the result is an entry, the best score first; so each way to split an entry is a merge, in the order of scores.
//!   Bytes that no entry covers have entries of their own.
//! - `bert`, WordPiece: beginnings of words are marked with `▁` where BERT's own file marks continuations with `##`.

use super::{Metadata, Value};
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;

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

/// Words by case, digits one by one, marks with slashes after them: Mistral's Tekken.
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The same with contractions and up to three digits: GPT-4o.
const GPT_4O: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// DeepSeek's first cuts, one after the other.
const DEEPSEEK_CODER: [&str; 5] =
    [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[\u{4e00}-\u{9fa5}\u{800}-\u{4e00}\u{ac00}-\u{d7ff}]+", r"\p{N}"];
/// DeepSeek's later ones.
const DEEPSEEK_3: [&str; 3] = [
    r"\p{N}{1,3}",
    "[\u{4e00}-\u{9fa5}\u{3040}-\u{309f}\u{30a0}-\u{30ff}]+",
    r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
];

/// Ways of cutting words.
#[derive(Clone, Copy)]
enum Cut {
    Gpt2,
    /// As GPT-2, digits one by one.
    Digits,
    /// Regular expressions, one after the other.
    Splits(&'static [&'static str]),
    Qwen2,
}

/// What each name means. The ids under `gpt-2`, `deepseek-coder`, `qwen2` and `deepseek-r1-qwen` are compared with those of the
/// publishers in tests of the crate `infer`; of all other names only the expressions are the published ones, since no vocabulary
/// is at hand.
const CUTS: [(&str, Cut); 24] = [
    ("gpt-2", Cut::Gpt2),
    ("phi-2", Cut::Gpt2),
    ("mpt", Cut::Gpt2),
    ("olmo", Cut::Gpt2),
    ("roberta-bpe", Cut::Gpt2),
    ("smollm", Cut::Digits),
    ("starcoder", Cut::Digits),
    ("refact", Cut::Digits),
    ("command-r", Cut::Digits),
    ("codeshell", Cut::Digits),
    ("exaone", Cut::Digits),
    ("llama-bpe", Cut::Splits(&[LLAMA_3])),
    ("llama3", Cut::Splits(&[LLAMA_3])),
    ("llama-v3", Cut::Splits(&[LLAMA_3])),
    ("falcon3", Cut::Splits(&[LLAMA_3])),
    ("dbrx", Cut::Splits(&[LLAMA_3])),
    ("smaug-bpe", Cut::Splits(&[LLAMA_3])),
    ("qwen2", Cut::Qwen2),
    ("deepseek-r1-qwen", Cut::Qwen2),
    ("deepseek-coder", Cut::Splits(&DEEPSEEK_CODER)),
    ("deepseek-v3", Cut::Splits(&DEEPSEEK_3)),
    ("tekken", Cut::Splits(&[TEKKEN])),
    ("gpt-4o", Cut::Splits(&[GPT_4O])),
    ("llama4", Cut::Splits(&[GPT_4O])),
];

/// Names under which whole words that are entries are not put together from parts, and texts begin with a marker.
const LLAMA_3_NAMES: [&str; 4] = ["llama-bpe", "llama3", "llama-v3", "falcon3"];

/// Kinds of entries, as llama.cpp numbers them; one that is not said is normal.
const NORMAL: usize = 1;
const CONTROL: usize = 3;
const USER_DEFINED: usize = 4;
const UNUSED: usize = 5;

/// Bytes of a SentencePiece entry at most. Every way to split an entry in two is looked up among all entries, which is work by
/// the square of its length, and a hostile file could ask for days of it. The trainer makes none of more than 16 characters
/// unless it is told to.
const ENTRY_BYTES_MAX: usize = 1024;

/// Bytes of all merges of a SentencePiece vocabulary at most: several times what the largest published ones take. Entries that
/// are each other's parts give all their parts, the square of their number.
const MERGES_BYTES_MAX: usize = 1 << 28;

/// What a merge takes beside its text.
const MERGE_BYTES: usize = 64;

/// How words are marked in SentencePiece's entries.
const SPACE: char = '\u{2581}';

/// The `tokenizer.json` of a file's metadata.
///
/// # Errors
/// [`VocabularyError`].
pub fn tokenizer_json(metadata: &Metadata) -> Result<Vec<u8>, VocabularyError> {
    let entries = Entries::of(metadata)?;
    let file = match text(metadata, "tokenizer.ggml.model")? {
        "gpt2" => byte_level(metadata, &entries)?,
        "llama" => sentence_piece(metadata, &entries)?,
        "bert" => word_piece(metadata, &entries)?,
        other => {
            let (key, found) = ("tokenizer.ggml.model".into(), other.into());
            return Err(VocabularyError::Unsupported { key, found, expected: "gpt2, llama, bert".into() });
        }
    };
    Ok(file.to_string().into_bytes())
}

/// The entries with their kinds.
struct Entries<'a> {
    texts: Vec<&'a str>,
    kinds: Vec<usize>,
}

impl<'a> Entries<'a> {
    fn of(metadata: &'a Metadata) -> Result<Entries<'a>, VocabularyError> {
        let texts = texts(metadata, "tokenizer.ggml.tokens")?;
        let said = list(metadata, "tokenizer.ggml.token_type").unwrap_or(&[]);
        let kinds = (0..texts.len()).map(|id| said.get(id).and_then(Value::as_usize).unwrap_or(NORMAL)).collect();
        Ok(Entries { texts, kinds })
    }

    /// Ids by text; `name` says what an entry is called.
    fn vocab(&self, name: impl Fn(usize) -> String) -> Result<Map<String, Json>, VocabularyError> {
        let mut vocab = Map::new();
        for id in 0..self.texts.len() {
            if vocab.insert(name(id), id.into()).is_some() {
                return Err(damaged("tokenizer.ggml.tokens"));
            }
        }
        Ok(vocab)
    }

    fn by_text(&self) -> Result<Map<String, Json>, VocabularyError> {
        self.vocab(|id| self.texts[id].to_string())
    }

    /// Entries that are found before a text is cut.
    fn added(&self) -> Vec<Json> {
        let added = |(id, kind): (usize, &usize)| {
            (*kind == CONTROL || *kind == USER_DEFINED).then(|| {
                json!({
                    "id": id, "content": self.texts[id], "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": *kind == CONTROL,
                })
            })
        };
        self.kinds.iter().enumerate().filter_map(added).collect()
    }

    /// The id under `key` with its text.
    fn named(&self, metadata: &Metadata, key: &str) -> Result<Option<(usize, &'a str)>, VocabularyError> {
        let Some(id) = metadata.get(key).and_then(Value::as_usize) else { return Ok(None) };
        Ok(Some((id, self.texts.get(id).ok_or_else(|| damaged(key))?)))
    }
}

fn byte_level(metadata: &Metadata, entries: &Entries) -> Result<Json, VocabularyError> {
    let merges = texts(metadata, "tokenizer.ggml.merges")?;
    let cut = metadata.get("tokenizer.ggml.pre").and_then(Value::as_str).unwrap_or("gpt-2");
    let (normalizer, pre_tokenizer) = cutting(cut)?;
    // Llama 3's files do not say so, and mean it.
    let is_llama_3 = LLAMA_3_NAMES.contains(&cut);
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": entries.added(),
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": begin(metadata, entries, is_llama_3)?,
        "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": false,
            "byte_fallback": false,
            "ignore_merges": is_llama_3,
            "vocab": entries.by_text()?,
            "merges": merges,
        },
    }))
}

fn sentence_piece(metadata: &Metadata, entries: &Entries) -> Result<Json, VocabularyError> {
    if entries.texts.iter().any(|text| text.len() > ENTRY_BYTES_MAX) {
        return Err(damaged("tokenizer.ggml.tokens"));
    }
    let scores = list(metadata, "tokenizer.ggml.scores").filter(|scores| scores.len() == entries.texts.len());
    let scores: Option<Vec<f64>> = scores.and_then(|scores| scores.iter().map(Value::as_f64).collect());
    let scores = scores.filter(|scores| scores.iter().all(|score| score.is_finite()));
    let merges = merges_by_score(entries, &scores.ok_or_else(|| damaged("tokenizer.ggml.scores"))?)?;
    let replaced =
        |from: String, to: String| json!({ "type": "Replace", "pattern": { "String": from }, "content": to });
    let mut normalizers = vec![replaced(" ".into(), SPACE.into())];
    let prefixed = metadata.get("tokenizer.ggml.add_space_prefix").and_then(Value::as_bool).unwrap_or(true);
    if prefixed {
        normalizers.insert(0, json!({ "type": "Prepend", "prepend": SPACE }));
    }
    let mut decoders =
        vec![replaced(SPACE.into(), " ".into()), json!({ "type": "ByteFallback" }), json!({ "type": "Fuse" })];
    if prefixed {
        decoders.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    let unknown = entries.named(metadata, "tokenizer.ggml.unknown_token_id")?.map(|(_, text)| text);
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": entries.added(),
        "normalizer": { "type": "Sequence", "normalizers": normalizers },
        "pre_tokenizer": null,
        "post_processor": begin(metadata, entries, true)?,
        "decoder": { "type": "Sequence", "decoders": decoders },
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": unknown,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": true,
            "byte_fallback": true,
            "ignore_merges": false,
            "vocab": entries.by_text()?,
            "merges": merges,
        },
    }))
}

/// Every way to put an entry together from two others, the best score first. Of entries of one score (runs of spaces) the one
/// with the longer left part comes first, so that a run grows from the left, as it does where the leftmost place wins.
fn merges_by_score(entries: &Entries, scores: &[f64]) -> Result<Vec<[String; 2]>, VocabularyError> {
    let is_part = |id: usize| [NORMAL, USER_DEFINED, UNUSED].contains(&entries.kinds[id]);
    let known: HashSet<&str> = (0..scores.len()).filter(|&id| is_part(id)).map(|id| entries.texts[id]).collect();
    let mut merges: Vec<(f64, &str, &str)> = Vec::new();
    let mut n_bytes = 0;
    for id in (0..scores.len()).filter(|&id| is_part(id)) {
        let text = entries.texts[id];
        let splits = text.char_indices().skip(1).map(|(at, _)| text.split_at(at));
        let n_before = merges.len();
        merges.extend(splits.filter(|(l, r)| known.contains(l) && known.contains(r)).map(|(l, r)| (scores[id], l, r)));
        n_bytes += (merges.len() - n_before) * (text.len() + MERGE_BYTES);
        if n_bytes > MERGES_BYTES_MAX {
            return Err(damaged("tokenizer.ggml.tokens"));
        }
    }
    merges.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| b.1.len().cmp(&a.1.len())));
    Ok(merges.into_iter().map(|(_, left, right)| [left.to_string(), right.to_string()]).collect())
}

fn word_piece(metadata: &Metadata, entries: &Entries) -> Result<Json, VocabularyError> {
    let required = |key: &str| entries.named(metadata, key)?.ok_or_else(|| damaged(key));
    let (first, last) = (required("tokenizer.ggml.cls_token_id")?, required("tokenizer.ggml.seperator_token_id")?);
    let (_, unknown) = required("tokenizer.ggml.unknown_token_id")?;
    // Entries without a mark go on with a word, but for those in brackets and those that are added.
    let name = |id: usize| {
        let text = entries.texts[id];
        match text.strip_prefix(SPACE) {
            Some(word) => word.to_string(),
            None if entries.kinds[id] == CONTROL || (text.starts_with('[') && text.ends_with(']')) => text.to_string(),
            None => format!("##{text}"),
        }
    };
    let special =
        |(_, text): (usize, &str), type_id: u32| json!({ "SpecialToken": { "id": text, "type_id": type_id } });
    let part = |name: &str, type_id: u32| json!({ "Sequence": { "id": name, "type_id": type_id } });
    let known = |(id, text): (usize, &str)| json!({ "id": text, "ids": [id], "tokens": [text] });
    let single = [special(first, 0), part("A", 0), special(last, 0)];
    let pair = [&single[..], &[part("B", 1), special(last, 1)]].concat();
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": entries.added(),
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true,
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": pair,
            "special_tokens": { first.1: known(first), last.1: known(last) },
        },
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": {
            "type": "WordPiece",
            "unk_token": unknown,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": entries.vocab(name)?,
        },
    }))
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
    let sequence = |steps: Vec<Json>| json!({ "type": "Sequence", "pretokenizers": steps });
    let Some((_, cut)) = CUTS.iter().find(|(known, _)| *known == name) else {
        let (key, found) = ("tokenizer.ggml.pre".into(), name.into());
        let expected = CUTS.map(|(name, _)| name).join(", ");
        return Err(VocabularyError::Unsupported { key, found, expected });
    };
    Ok(match cut {
        Cut::Gpt2 => (Json::Null, bytes(true)),
        Cut::Digits => {
            (Json::Null, sequence(vec![json!({ "type": "Digits", "individual_digits": true }), bytes(true)]))
        }
        Cut::Splits(splits) => {
            (Json::Null, sequence(splits.iter().map(|regex| split(regex)).chain([bytes(false)]).collect()))
        }
        Cut::Qwen2 => (json!({ "type": "NFC" }), sequence(vec![split(QWEN_2), bytes(false)])),
    })
}

/// A post-processor that puts the file's first token before every text, if the file asks for it, or says nothing and `meant`.
fn begin(metadata: &Metadata, entries: &Entries, meant: bool) -> Result<Json, VocabularyError> {
    let asked = metadata.get("tokenizer.ggml.add_bos_token").and_then(Value::as_bool).unwrap_or(meant);
    let Some((id, marker)) = entries.named(metadata, "tokenizer.ggml.bos_token_id")?.filter(|_| asked) else {
        return Ok(Json::Null);
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    #[test]
    fn entries_that_are_all_parts_of_each_other_are_refused() {
        for (n, is_refused) in [(100, false), (1024, true)] {
            let tokens = ["a", "b"].iter().flat_map(|part| (1..=n).map(|length| part.repeat(length)));
            let tokens: Vec<Value> = tokens.map(|token| text(&token)).collect();
            let scores = (0..tokens.len()).map(|id| Value::Float(-(id as f64))).collect();
            let metadata = Metadata::from([
                ("tokenizer.ggml.model".into(), text("llama")),
                ("tokenizer.ggml.tokens".into(), Value::List(tokens)),
                ("tokenizer.ggml.scores".into(), Value::List(scores)),
            ]);
            let refused = tokenizer_json(&metadata).err();
            let key = refused
                .map(|error| matches!(error, VocabularyError::Damaged { key } if key == "tokenizer.ggml.tokens"));
            assert_eq!(key, is_refused.then_some(true), "{n} entries of each letter");
        }
    }

    #[test]
    fn an_entry_that_would_take_for_ever_is_refused() {
        let read = |n_bytes: usize| {
            let tokens = ["a".to_string(), "a".repeat(n_bytes)];
            let metadata = Metadata::from([
                ("tokenizer.ggml.model".into(), text("llama")),
                ("tokenizer.ggml.tokens".into(), Value::List(tokens.iter().map(|token| text(token)).collect())),
                ("tokenizer.ggml.scores".into(), Value::List(vec![Value::Float(0.0), Value::Float(-1.0)])),
            ]);
            tokenizer_json(&metadata)
        };
        assert!(read(ENTRY_BYTES_MAX).is_ok());
        let refused = read(ENTRY_BYTES_MAX + 1).unwrap_err();
        assert!(matches!(refused, VocabularyError::Damaged { key } if key == "tokenizer.ggml.tokens"));
    }
}
