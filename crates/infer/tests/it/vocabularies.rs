//! Tokenizers of others: every id, against what their own encoders gave.
//!
//! `llamacpp-vocab` holds texts with the ids that the publishers' tokenizers give. Long texts are compared by
//! `bench/models/token_ids.py`.

use base64::prelude::{BASE64_STANDARD, Engine};
use check::{Outcome, Stop};
use formats::gguf::vocabulary;
use models::capabilities::TOKENIZERS;
use std::collections::HashMap;
use std::io::Read;
use text::encoder::TextEncoder;
use text::tokenizer::{Special, Tokenizer};

/// Tokenizers of which there is no GGUF file, but the publisher's list of entries by rank.
const BY_RANKS: [&str; 2] = ["qwen2", "deepseek-r1-qwen"];

/// How a text becomes ids.
enum Encoder {
    Writer(Box<Tokenizer>),
    /// Adds a token before and one after.
    Reader(Box<TextEncoder>),
}

impl Encoder {
    fn of_gguf(name: &str) -> Result<Encoder, Stop> {
        let file = formats::Checkpoint::open(&check::data(&format!("llamacpp-vocab/ggml-vocab-{name}.gguf"))?)?;
        let json = vocabulary::tokenizer_json(file.gguf().ok_or("no metadata")?)?;
        Ok(match name {
            "bert-bge" => Encoder::Reader(Box::new(TextEncoder::new(&json, 1 << 20, 30_522)?)),
            _ => Encoder::Writer(Box::new(Tokenizer::from_json(json)?)),
        })
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, Stop> {
        Ok(match self {
            Encoder::Writer(tokenizer) => tokenizer.encode(text, Special::Text)?,
            Encoder::Reader(encoder) => {
                let ids = encoder.encode(text)?;
                ids[1..ids.len() - 1].to_vec()
            }
        })
    }
}

/// The texts of a vocabulary and their ids.
fn cases(name: &str) -> Result<Vec<(String, Vec<u32>)>, Stop> {
    let file = |end: &str| -> Result<String, Stop> {
        Ok(std::fs::read_to_string(check::data(&format!("llamacpp-vocab/ggml-vocab-{name}.gguf.{end}"))?)?)
    };
    let (texts, ids) = (file("inp")?, file("out")?);
    let texts = texts.split("\n__ggml_vocab_test__\n").map(str::to_string);
    let ids = ids.lines().map(|line| line.split_whitespace().filter_map(|id| id.parse().ok()).collect());
    Ok(texts.zip(ids).collect())
}

fn same_ids(name: &str, encoder: &Encoder) -> Outcome {
    let cases = cases(name)?;
    check::equal(cases.len(), 46, "texts")?;
    for (text, ids) in cases {
        check::equal(encoder.encode(&text)?, ids, &format!("{name}: {text:?}"))?;
        if let Encoder::Writer(tokenizer) = encoder {
            let bytes: Vec<u8> = tokenizer
                .encode(&text, Special::Text)?
                .iter()
                .flat_map(|&id| tokenizer.bytes_of(id).unwrap_or(b"?").to_vec())
                .collect();
            let back = String::from_utf8(bytes)?;
            let back =
                if ["llama-spm", "phi-3"].contains(&name) { back.strip_prefix(' ').unwrap_or(&back) } else { &back };
            check::equal(back, &text, &format!("{name}, back to text"))?;
        }
    }
    Ok(())
}

pub fn vocabularies_of_gguf_files_give_the_publishers_ids() -> Outcome {
    for name in TOKENIZERS.into_iter().filter(|name| !BY_RANKS.contains(name)) {
        same_ids(name, &Encoder::of_gguf(name)?)?;
    }
    Ok(())
}

/// Of two line breaks before a word GPT-2 makes two entries, at the end of a text one: a long text must not be cut between.
pub fn a_long_text_is_not_cut_after_a_blank_line() -> Outcome {
    let encoder = Encoder::of_gguf("gpt-2")?;
    check::equal(encoder.encode("from x.\n\n")?.len(), 4, "one line")?;
    check::equal(encoder.encode(&"from x.\n\n".repeat(20_000))?.len(), 5 * 20_000 - 1, "many lines")
}

/// The entries of `qwen.tiktoken` by rank, as a GGUF file would hold them under the name `qwen2`.
fn qwen2() -> Result<Tokenizer, Stop> {
    let mut text = String::new();
    let file = std::fs::File::open(check::data("qwen-tiktoken/qwen.tiktoken.gz")?)?;
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    let mut ranks: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut entries = Vec::new();
    for line in text.lines() {
        let (entry, rank) = line.split_once(' ').ok_or("a line without a rank")?;
        let (entry, rank): (Vec<u8>, usize) = (BASE64_STANDARD.decode(entry)?, rank.parse()?);
        check::equal(rank, entries.len(), "ranks in order")?;
        ranks.insert(entry.clone(), rank);
        entries.push(entry);
    }
    let stand_in = byte_characters();
    let name = |bytes: &[u8]| bytes.iter().map(|&byte| stand_in[usize::from(byte)]).collect::<String>();
    let mut merges = Vec::new();
    for (rank, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.len() > 1) {
        let [left, right] = parts(entry, rank, &ranks).ok_or("an entry that is not made of two")?;
        merges.push(format!("{} {}", name(left), name(right)));
    }
    let tokens: Vec<String> = entries.iter().map(|entry| name(entry)).collect();
    let path = std::env::temp_dir().join(format!("sanjie-qwen2-{}.gguf", std::process::id()));
    std::fs::write(&path, gguf(&tokens, &merges))?;
    let json = vocabulary::tokenizer_json(formats::Checkpoint::open(&path)?.gguf().ok_or("no metadata")?)?;
    std::fs::remove_file(path)?;
    Ok(Tokenizer::from_json(json)?)
}

/// A file of a vocabulary alone.
fn gguf(tokens: &[String], merges: &[String]) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let string = |key: &str, value: &str| [text(key), 8_u32.to_le_bytes().to_vec(), text(value)].concat();
    let list = |key: &str, values: &[String]| {
        let head = [9_u32.to_le_bytes(), 8_u32.to_le_bytes()].concat();
        let texts: Vec<u8> = values.iter().flat_map(|value| text(value)).collect();
        [text(key), head, (values.len() as u64).to_le_bytes().to_vec(), texts].concat()
    };
    let head = [&b"GGUF"[..], &3_u32.to_le_bytes(), &0_u64.to_le_bytes(), &5_u64.to_le_bytes()].concat();
    [
        head,
        string("general.architecture", "qwen2"),
        string("tokenizer.ggml.model", "gpt2"),
        string("tokenizer.ggml.pre", "qwen2"),
        list("tokenizer.ggml.tokens", tokens),
        list("tokenizer.ggml.merges", merges),
    ]
    .concat()
}

/// The two entries that `entry` was made of: all merges of lower rank done.
fn parts<'a>(entry: &'a [u8], rank: usize, ranks: &HashMap<Vec<u8>, usize>) -> Option<[&'a [u8]; 2]> {
    let mut parts: Vec<&[u8]> = entry.chunks(1).collect();
    while parts.len() > 2 {
        let joined = |i: usize, parts: &[&[u8]]| [parts[i], parts[i + 1]].concat();
        let ranked = (0..parts.len() - 1).filter_map(|i| Some((*ranks.get(&joined(i, &parts))?, i)));
        let (_, at) = ranked.filter(|(found, _)| *found < rank).min()?;
        let start: usize = parts[..at].iter().map(|part| part.len()).sum();
        let len = parts[at].len() + parts[at + 1].len();
        parts.splice(at..at + 2, [&entry[start..start + len]]);
    }
    <[&[u8]; 2]>::try_from(parts).ok()
}

/// GPT-2's printable character for each byte: itself where it prints, else one from U+0100 upwards.
fn byte_characters() -> Vec<char> {
    let mut next = 0x100;
    let prints = |byte: &u32| matches!(byte, 0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut character = |byte: u32| {
        let code = if prints(&byte) { byte } else { next };
        next += u32::from(!prints(&byte));
        char::from_u32(code).unwrap_or_default()
    };
    (0..256).map(&mut character).collect()
}

pub fn qwen2_by_its_ranks_gives_the_publishers_ids() -> Outcome {
    let encoder = Encoder::Writer(Box::new(qwen2()?));
    let known = BY_RANKS.iter().all(|name| TOKENIZERS.contains(name));
    check::that(known, || "a tokenizer that is proved and not named".into())?;
    BY_RANKS.into_iter().try_for_each(|name| same_ids(name, &encoder))
}
