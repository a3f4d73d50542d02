//! The readers of published checkpoints, against the peers' own writers and against damaged files.

use check::Outcome;
use formats::gguf::{self, Value};
use formats::{Checkpoint, Dtype};
use std::path::PathBuf;
use sys::Coded;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("goldens/published").join(name)
}

pub fn a_gguf_file_of_the_gguf_package_is_read() -> Outcome {
    let checkpoint = Checkpoint::open(golden("every_type.gguf"))?;
    let names: Vec<&str> = checkpoint.arrays().iter().map(|array| array.dtype.name()).collect();
    let called: Vec<&str> = checkpoint.arrays().iter().map(|array| array.name.as_str()).collect();
    check::equal(&called, &names, "each array is called after its type")?;
    check::equal(names.len(), 15, "the types")?;
    let q4_k = checkpoint.get("Q4_K").ok_or("Q4_K is missing")?;
    check::equal(q4_k.shape.clone(), vec![2, 256], "slowest dimension first")?;
    check::equal(checkpoint.bytes(q4_k).as_ref().len(), 288, "bytes of two blocks")?;
    let metadata = checkpoint.gguf().ok_or("no metadata")?;
    for (key, value) in [
        ("general.name", Value::Text("Every type".into())),
        ("llama.context_length", Value::Unsigned(64)),
        ("test.bool", Value::Bool(true)),
        ("test.int8", Value::Signed(-7)),
        ("test.uint16", Value::Unsigned(65535)),
        ("test.int64", Value::Signed(-(1 << 40))),
        ("test.float64", Value::Float(0.1)),
        ("tokenizer.ggml.scores", Value::List([0.0, -1.5, 2.5, 0.0, 0.0].map(Value::Float).to_vec())),
    ] {
        check::equal(metadata.get(key), Some(&value), key)?;
    }
    let tokens = metadata["tokenizer.ggml.tokens"].as_list().ok_or("no tokens")?;
    check::equal(tokens[2].as_str(), Some("三"), "a token")
}

pub fn shards_are_read_as_one() -> Outcome {
    let checkpoint = Checkpoint::open(golden("sharded"))?;
    let mut facts: Vec<_> = checkpoint.arrays().iter().map(|a| (a.name.as_str(), a.dtype, a.shape.clone())).collect();
    facts.sort();
    let expected = vec![
        ("lm_head.weight", Dtype::BF16, vec![5, 4]),
        ("model.embed_tokens.weight", Dtype::F32, vec![5, 4]),
        ("model.norm.weight", Dtype::F16, vec![4]),
        ("model.steps", Dtype::I64, vec![3]),
    ];
    check::equal(facts, expected, "the arrays")?;
    let steps = checkpoint.get("model.steps").ok_or("no steps")?;
    let bytes = checkpoint.bytes(steps);
    let steps: Vec<i64> = bytes.as_ref().as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect();
    check::equal(steps, vec![0, 1, 2], "their bytes")
}

pub fn an_index_cannot_lead_astray() -> Outcome {
    let folder = crate::folder("index")?;
    let open = |index: &str| {
        std::fs::write(folder.join("model.safetensors.index.json"), index)?;
        Ok::<_, std::io::Error>(Checkpoint::open(&folder).err().map(|error| error.code()))
    };
    for shard in ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
        std::fs::copy(golden("sharded").join(shard), folder.join(shard))?;
    }
    check::equal(open("{")?, Some("checkpoint.json"), "no JSON")?;
    check::equal(open("{}")?, Some("checkpoint.index"), "no map")?;
    for file in ["../a.safetensors", "/etc/passwd", "", "a\\\\b", ".."] {
        let index = format!("{{\"weight_map\": {{\"w\": \"{file}\"}}}}");
        check::equal(open(&index)?, Some("checkpoint.index"), file)?;
    }
    check::equal(open(r#"{"weight_map": {"w": "no.safetensors"}}"#)?, Some("file.missing"), "a missing shard")?;
    let absent = r#"{"weight_map": {"w": "model-00001-of-00002.safetensors"}}"#;
    check::equal(open(absent)?, Some("checkpoint.absent"), "an absent array")?;
    let elsewhere = r#"{"weight_map": {"model.norm.weight": "model-00002-of-00002.safetensors",
        "model.embed_tokens.weight": "model-00001-of-00002.safetensors"}}"#;
    check::equal(open(elsewhere)?, Some("checkpoint.absent"), "an array of another file")?;
    std::fs::remove_file(folder.join("model.safetensors.index.json"))?;
    let code = Checkpoint::open(&folder).err().map(|error| error.code());
    check::equal(code, Some("checkpoint.no_weights"), "no index")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn a_truncated_gguf_file_is_refused() -> Outcome {
    let bytes = std::fs::read(golden("every_type.gguf"))?;
    // The writer fills the last array up to the alignment; what it fills with is no part of any array.
    let end = gguf::parse(&bytes, "whole")?.arrays.iter().map(|array| array.range.end).max().unwrap_or(0);
    for len in 0..end {
        match gguf::parse(&bytes[..len], "cut") {
            Err(error) => {
                let codes = ["gguf.not_gguf", "gguf.truncated", "gguf.damaged"];
                check::that(codes.contains(&error.code()), || format!("{len} bytes: {error}"))?;
            }
            Ok(_) => return check::fail(format!("{len} of {} bytes were accepted", bytes.len())),
        }
    }
    Ok(())
}

/// Every byte of the header in turn set to several values: an error, or arrays that lie within the file.
pub fn a_damaged_gguf_file_never_panics() -> Outcome {
    let bytes = std::fs::read(golden("every_type.gguf"))?;
    let start = gguf::parse(&bytes, "whole")?.arrays.iter().map(|array| array.range.start).min().unwrap_or(0);
    let mut damaged = bytes.clone();
    for at in 0..start {
        for value in [0, 1, 0x7F, 0x80, 0xFF, bytes[at] ^ 1, bytes[at] ^ 0x10, bytes[at].wrapping_add(1)] {
            damaged[at] = value;
            if let Ok(header) = gguf::parse(&damaged, "damaged") {
                for array in header.arrays {
                    let size = array.dtype.bytes_of(&array.shape);
                    check::equal(size, Some(array.range.len()), "bytes of the shape")?;
                    check::that(array.range.end <= bytes.len(), || format!("byte {at}: {array:?}"))?;
                }
            }
        }
        damaged[at] = bytes[at];
    }
    Ok(())
}

/// Counts that promise more than the file holds are refused before anything is allocated.
pub fn promises_of_a_gguf_file_are_checked() -> Outcome {
    let file = |parts: &[&[u8]]| [&b"GGUF"[..], &3u32.to_le_bytes(), &parts.concat()].concat();
    let code = |bytes: Vec<u8>| gguf::parse(&bytes, "hostile").err().map(|error| error.code());
    let (huge, one, none) = (u64::MAX.to_le_bytes(), 1u64.to_le_bytes(), 0u64.to_le_bytes());
    check::equal(code(file(&[&huge, &none])), Some("gguf.damaged"), "arrays without end")?;
    check::equal(code(file(&[&none, &huge])), Some("gguf.damaged"), "metadata without end")?;
    check::equal(code(file(&[&none, &one, &huge, &[0; 16]])), Some("gguf.damaged"), "a key without end")?;
    let list = |n: u64| file(&[&none, &one, &one, b"k", &9u32.to_le_bytes(), &0u32.to_le_bytes(), &n.to_le_bytes()]);
    check::equal(code(list(1 << 40)), Some("gguf.damaged"), "a list without end")?;
    check::equal(code(list(0)), None, "an empty list")?;
    // Lists in lists, each of one list: the depth is bounded, not the stack.
    let nested: Vec<u8> = (0..10_000).flat_map(|_| [&9u32.to_le_bytes()[..], &one].concat()).collect();
    let deep = file(&[&none, &one, &one, b"k", &9u32.to_le_bytes(), &nested]);
    check::equal(code(deep), Some("gguf.damaged"), "lists in lists")?;
    let array = |dims: &[u64], kind: u32, offset: u64| {
        let dims: Vec<u8> = dims.iter().flat_map(|dim| dim.to_le_bytes()).collect();
        let n_dims = (dims.len() as u32 / 8).to_le_bytes();
        file(&[&one, &none, &one, b"w", &n_dims, &dims, &kind.to_le_bytes(), &offset.to_le_bytes(), &[0; 64]])
    };
    for (what, bytes, expected) in [
        ("a product beyond 64 bits", array(&[1 << 40, 1 << 40], 0, 0), "gguf.damaged"),
        ("five dimensions", array(&[1; 5], 0, 0), "gguf.damaged"),
        ("half a block", array(&[16], 2, 0), "gguf.damaged"),
        ("an unknown type", array(&[1], 99, 0), "gguf.type"),
        ("an array beyond the end", array(&[1 << 30], 0, 0), "gguf.truncated"),
        ("an offset beyond the end", array(&[1], 0, u64::MAX - 31), "gguf.truncated"),
        ("an offset between alignments", array(&[1], 0, 4), "gguf.damaged"),
    ] {
        check::equal(code(bytes), Some(expected), what)?;
    }
    check::equal(code(array(&[1], 0, 0)), None, "an honest array")
}
