//! Tokenizers against Hugging Face's `tokenizers` for Python: the same file, the same ids, offsets and text.
//!
//! The files were trained here (`UPDATE_GOLDENS=1` writes them again); `goldens/make_tokenizers.py` encoded with them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use check::{Outcome, Stop};
use serde_json::{Value, json};
use std::path::PathBuf;
use sys::Coded;
use text::encoder::TextEncoder;
use text::tokenizer::{Special, Tokenizer, TokenizerError, kind_name};

/// What the tokenizers were trained on.
const TRAINING: [&str; 6] = [
    "the cat sat on the mat.\nthe cats' mats, the cat's hat.\n\nThe end, and no line ever ends; it learns words and rests.",
    "三阶是一个程序。一二三四五，一个词又一个词，程序学会一个词。",
    "三阶 learns 1234567890 words\n<|user|>三阶是什么<|end|>\n",
    "<| >|end user endoftext",
    "the weather is good, the weather was better, the weather will be the best; go there, then rest there",
    "今天天气很好，明天天气更好，后天天气最好。我们去公园，他们也去公园。",
];
const MARKERS: [&str; 3] = ["<|endoftext|>", "<|user|>", "<|end|>"];
const KINDS: [&str; 3] = ["bytes", "characters", "bpe"];

fn train(kind: &str) -> Result<Tokenizer, Stop> {
    Ok(match kind {
        "bytes" => Tokenizer::train_bytes(&MARKERS),
        "characters" => Tokenizer::train_characters(TRAINING, &MARKERS)?,
        _ => Tokenizer::train_bpe(TRAINING, 400, &MARKERS)?,
    })
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("goldens").join(name)
}

fn golden() -> Result<Value, Stop> {
    let golden: Value = serde_json::from_slice(&std::fs::read(file("tokenizers.json"))?)?;
    for (kind, n) in KINDS.iter().zip([29, 11, 29]) {
        let counts = ["cases", "long", "broken"].map(|key| list(&golden[kind], key).count());
        check::equal(counts, [n, if n > 11 { 4 } else { 1 }, 7], kind)?;
    }
    Ok(golden)
}

fn numbers(value: &Value) -> Vec<u32> {
    value.as_array().into_iter().flatten().filter_map(|id| Some(id.as_u64()? as u32)).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn text_of<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_default()
}

pub fn training_writes_the_same_files() -> Outcome {
    for kind in KINDS {
        let (path, trained) = (file(&format!("tokenizer_{kind}.json")), train(kind)?);
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&path, trained.to_json())?;
        }
        let same = std::fs::read_to_string(&path)? == trained.to_json();
        check::that(same, || format!("{kind}: training gives another file; UPDATE_GOLDENS=1 writes it again"))?;
        check::equal(Tokenizer::from_json(trained.to_json())?.to_json(), trained.to_json(), "read and written")?;
    }
    Ok(())
}

pub fn ids_and_offsets_are_those_of_python() -> Outcome {
    let golden = golden()?;
    for kind in KINDS {
        let tokenizer = train(kind)?;
        for case in list(&golden[kind], "cases") {
            let text = text_of(case, "text");
            let what = format!("{kind}: {text:?}");
            let ids = tokenizer.encode(text, Special::Parse)?;
            check::equal(&ids, &numbers(&case["ids"]), &what)?;
            let plain = tokenizer.encode(text, Special::Text)?;
            check::equal(&plain, &numbers(&case["plain"]), &format!("{what} with markers as text"))?;
            let expected: Vec<Vec<u32>> = list(case, "offsets").map(numbers).collect();
            check::equal(offsets(&tokenizer, text, &ids), expected, &format!("offsets of {what}"))?;
        }
    }
    Ok(())
}

/// Where each token lies in `text`, in characters; a token of a part of a character has the whole.
fn offsets(tokenizer: &Tokenizer, text: &str, ids: &[u32]) -> Vec<Vec<u32>> {
    let characters_before = |byte: usize| text[..byte].chars().count() as u32;
    let mut end = 0;
    let span = |id: &u32| {
        let start = end;
        end += tokenizer.bytes_of(*id).map_or(0, <[u8]>::len);
        vec![characters_before(text.floor_char_boundary(start)), characters_before(text.ceil_char_boundary(end))]
    };
    ids.iter().map(span).collect()
}

pub fn decoding_is_that_of_python_whole_and_streamed() -> Outcome {
    let golden = golden()?;
    for kind in KINDS {
        let tokenizer = train(kind)?;
        for case in list(&golden[kind], "cases").chain(list(&golden[kind], "broken")) {
            let (ids, expected) = (numbers(&case["ids"]), text_of(case, "decoded"));
            check::equal(tokenizer.decode(&ids)?.as_str(), expected, &format!("{kind}: {ids:?}"))?;
            let mut decoder = tokenizer.decoder();
            let mut streamed = String::new();
            for &id in &ids {
                let piece = decoder.push(id)?;
                // Every character of a whole text comes out whole.
                let whole = case["text"].is_null() || !piece.contains(char::REPLACEMENT_CHARACTER);
                check::that(whole, || format!("{kind}: a character of {expected:?} was split"))?;
                streamed.push_str(&piece);
            }
            streamed.push_str(&decoder.finish());
            check::equal(streamed.as_str(), expected, &format!("{kind}, streamed: {ids:?}"))?;
        }
    }
    Ok(())
}

pub fn long_texts_are_encoded_as_in_one_piece() -> Outcome {
    let golden = golden()?;
    for kind in KINDS {
        let tokenizer = train(kind)?;
        for case in list(&golden[kind], "long") {
            let times = case["times"].as_u64().unwrap_or_default() as usize;
            let ids = tokenizer.encode(&text_of(case, "text").repeat(times), Special::Parse)?;
            let what = format!("{kind}: {:?} {times} times", text_of(case, "text"));
            check::equal(ids.len() as u64, case["n"].as_u64().unwrap_or_default(), &what)?;
            let fnv = ids
                .iter()
                .fold(0xCBF2_9CE4_8422_2325_u64, |value, &id| (value ^ u64::from(id)).wrapping_mul(0x0100_0000_01B3));
            check::equal(format!("{fnv:016x}").as_str(), text_of(case, "fnv"), &what)?;
        }
    }
    Ok(())
}

/// Tables that are not what they say: refused when the file is loaded, or when a text is encoded.
pub fn broken_tables_cost_their_file_alone() -> Outcome {
    let whole: Value = serde_json::from_str(Tokenizer::train_bytes(&[]).to_json())?;
    // Four gigabytes promised, with and without padding; a byte less than promised; no table at all; a table whose only entry leads out
    // of it.
    for (charsmap, said) in [
        ("/////w==", Some("tokenizer.table_size")),
        ("/////w", Some("tokenizer.table_size")),
        ("BAAAAAAEAA==", Some("tokenizer.table_size")),
        ("AAAAAA==", None),
        ("BAAAAAAEAAA=", None),
    ] {
        let mut file = whole.clone();
        file["normalizer"] = serde_json::json!({ "type": "Precompiled", "precompiled_charsmap": charsmap });
        let json = file.to_string();
        let reader = || TextEncoder::new(json.as_bytes(), 512, usize::MAX);
        // What loads fails when it reads a text.
        let said = said.unwrap_or("tokenizer.invalid");
        for (who, told) in [
            (
                "the writer",
                Tokenizer::from_json(&json).and_then(|writer| writer.encode("tea", Special::Text).map(drop)),
            ),
            ("the reader", reader().and_then(|reader| reader.encode("tea").map(drop))),
            ("its pieces", reader().and_then(|reader| reader.pieces("tea").map(drop))),
            ("its pairs", reader().and_then(|reader| reader.encode_passage("tea", Some("tea")).map(drop))),
        ] {
            let error = told.err().map(|error| error.to_string());
            let is_right = error.as_deref().is_some_and(|error| error.starts_with(said));
            check::that(is_right, || format!("{charsmap}, {who}: {error:?}, not {said}"))?;
        }
    }
    Ok(())
}

/// A text that a short file makes gigabytes of is never made; what published files do to texts is.
pub fn steps_that_grow_a_text_without_bound_are_refused() -> Outcome {
    let whole: Value = serde_json::from_str(Tokenizer::train_bytes(&[]).to_json())?;
    let replace = |from: Value, to: &str| json!({ "type": "Replace", "pattern": from, "content": to });
    let sequence = |step: &Value, n: usize| json!({ "type": "Sequence", "normalizers": vec![step; n] });
    let tenfold = replace(json!({ "String": "e" }), "eeeeeeeeee");
    let bytes = json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false });
    let sign = json!({ "type": "Prepend", "prepend": "\u{2581}" });
    let spaces = replace(json!({ "String": " " }), "\u{2581}");
    // A table without an index, of one entry.
    let table = |n: usize| json!({ "type": "Precompiled", "precompiled_charsmap": STANDARD.encode([&[0; 4][..], &vec![b'e'; n]].concat()) });
    for (part, step, is_refused) in [
        ("normalizer", sequence(&tenfold, 12), true),
        ("normalizer", sequence(&tenfold, 2), false),
        ("normalizer", json!({ "type": "Prepend", "prepend": "e".repeat(50_000) }), true),
        ("normalizer", json!({ "type": "Sequence", "normalizers": [sign, spaces] }), false),
        ("normalizer", replace(json!({ "Regex": "" }), &"e".repeat(1000)), true),
        ("normalizer", replace(json!({ "Regex": " {2,}" }), "\u{2581}"), false),
        ("normalizer", table(1000), true),
        ("normalizer", table(33), false),
        ("normalizer", sequence(&json!({ "type": "ByteLevel" }), 40), true),
        ("pre_tokenizer", json!({ "type": "Sequence", "pretokenizers": vec![&bytes; 40] }), true),
        ("pre_tokenizer", json!({ "type": "Sequence", "pretokenizers": [bytes] }), false),
    ] {
        let mut file = whole.clone();
        file[part] = step;
        let json = file.to_string();
        let code = |refused: Option<TokenizerError>| refused.map(|error| error.code());
        let expected = is_refused.then_some("tokenizer.growth");
        let what = format!("{part}: {:.200}", file[part].to_string());
        check::equal(code(Tokenizer::from_json(&json).err()), expected, &what)?;
        check::equal(code(TextEncoder::new(json.as_bytes(), 512, usize::MAX).err()), expected, &what)?;
    }
    Ok(())
}

pub fn kinds_are_told_as_they_encode() -> Outcome {
    let trained = |kind: &str| -> Result<Value, Stop> { Ok(serde_json::from_str(train(kind)?.to_json())?) };
    let changed = |kind: &str, key: &str, value: Value| -> Result<Value, Stop> {
        let mut file = trained(kind)?;
        file[key] = value;
        Ok(file)
    };
    let mut syllables = trained("characters")?;
    let n = syllables["model"]["vocab"].as_object().map(serde_json::Map::len);
    syllables["model"]["vocab"]["ba"] = n.into();
    let lower = serde_json::json!({ "type": "Lowercase" });
    for (what, file, expected) in [
        ("bytes", trained("bytes")?, "bytes"),
        ("characters", trained("characters")?, "characters"),
        ("merges", trained("bpe")?, "BPE"),
        ("a normalizer", changed("bytes", "normalizer", lower.clone())?, "BPE"),
        ("characters in lower case", changed("characters", "normalizer", lower)?, "BPE"),
        ("entries of two characters", syllables, "BPE"),
    ] {
        check::equal(kind_name(&file), Some(expected), what)?;
        let alphabet = Tokenizer::from_json(file.to_string())?.alphabet();
        check::equal(alphabet.is_some(), expected == "characters", what)?;
    }
    Ok(())
}
