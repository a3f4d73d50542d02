//! The encoder as an embedder.

use api::Embedder;
use check::{Golden, Outcome, Stop, close, equal, that};
use infer::Encoder;
use models::encoder::{Products, open_for};
use std::fs;
use std::path::{Path, PathBuf};
use sys::Coded;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/goldens/families").join(name)
}

fn open(path: &Path) -> Result<Encoder, Stop> {
    Ok(Encoder::new(models::encoder::open(path)?)?)
}

pub fn an_encoder_is_an_embedder() -> Outcome {
    let expected = Golden::read(golden("bert/expected.safetensors"))?;
    let encoder = open(&golden("bert"))?;
    let words: Vec<String> = expected.get("ids/1")?.values.iter().map(|id| format!("w{id}")).collect();
    let vectors = encoder.embed(&[&words.join(" "), ""])?;
    let mut mean = expected.get("mean/1")?.values.clone();
    equal(encoder.width(), mean.len(), "the width")?;
    api::normalise(&mut mean);
    close(&vectors[0], &mean, 1e-5, "the text's vector, of length 1")?;
    equal(vectors.len(), 2, "vectors")
}

/// Close to those of f32, and not the same; the name tells them apart.
pub fn vectors_of_bf16_products_are_close() -> Outcome {
    let exact = open(&golden("bert"))?;
    let rounded = Encoder::new(open_for(&golden("bert"), Products::Bf16)?)?;
    let texts = ["w5 w6 w7 w8 w9", "w60", "w20 w21 w22 w20 w21 w22 w20 w21 w22 w20 w21 w22"];
    for (a, b) in exact.vectors(&texts)?.iter().zip(rounded.vectors(&texts)?) {
        let cosine: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
        that(cosine > 0.999, || format!("a cosine of {cosine}"))?;
        that(a != &b, || "nothing was rounded".into())?;
    }
    that(exact.id() != rounded.id(), || "one name for both".into())
}

pub fn its_name_changes_with_what_decides_its_vectors() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-encoder-{}", std::process::id()));
    let copy = |name: &str| -> Result<PathBuf, Stop> {
        let to = folder.join(name);
        fs::create_dir_all(to.join("1_Pooling"))?;
        for file in ["config.json", "model.safetensors", "tokenizer.json", "modules.json", "1_Pooling/config.json"] {
            fs::copy(golden("bert").join(file), to.join(file))?;
        }
        Ok(to)
    };
    let id = |path: &Path| Ok::<_, Stop>(open(path)?.id().to_string());
    let original = id(&golden("bert"))?;
    that(original.starts_with("bert@"), || original.clone())?;
    equal(id(&copy("a/bert")?)?, original.clone(), "the same files elsewhere")?;

    let path = copy("weights/bert")?;
    let mut bytes = fs::read(path.join("model.safetensors"))?;
    *bytes.last_mut().ok_or("an empty file")? ^= 1;
    fs::write(path.join("model.safetensors"), bytes)?;
    that(id(&path)? != original, || "another weight, and the same name".into())?;

    let path = copy("pooling/bert")?;
    fs::write(path.join("1_Pooling/config.json"), r#"{"pooling_mode_cls_token": true}"#)?;
    that(id(&path)? != original, || "another pooling, and the same name".into())?;
    Ok(fs::remove_dir_all(folder)?)
}

/// `sentence-transformers` makes texts lower case first where a file beside the weights says so.
pub fn texts_are_lower_case_where_the_files_say_so() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-lower-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(golden("bert").join(file), folder.join(file))?;
    }
    for (said, is_lower) in
        [("{}", false), (r#"{"do_lower_case": false}"#, false), (r#"{"do_lower_case": true}"#, true)]
    {
        fs::write(folder.join("sentence_bert_config.json"), said)?;
        // With a normalizer of its own, too, which then comes second.
        for normalizer in [None, Some(serde_json::json!({ "type": "NFC" }))] {
            if let Some(normalizer) = normalizer {
                let mut file: serde_json::Value =
                    serde_json::from_slice(&fs::read(golden("bert").join("tokenizer.json"))?)?;
                file["normalizer"] = normalizer;
                fs::write(folder.join("tokenizer.json"), file.to_string())?;
            }
            let vectors = open(&folder)?.vectors(&["W5 W6", "w5 w6"])?;
            equal(vectors[0] == vectors[1], is_lower, said)?;
        }
    }
    Ok(fs::remove_dir_all(folder)?)
}

/// What `sentence-transformers` 6 saves: each way of pooling gives its vectors or is refused.
pub fn pooling_is_that_of_sentence_transformers() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-pooling-{}", std::process::id()));
    let texts = [7, 70].map(|n| (0..n).map(|i| format!("w{}", 20 + i % 40)).collect::<Vec<_>>().join(" "));
    for (way, is_built) in [
        ("mean", true),
        ("cls", true),
        ("max", true),
        ("cls-normalised", true),
        ("lasttoken", false),
        ("cls-and-max", false),
        ("dense", false),
    ] {
        let path = folder.join(way);
        fs::create_dir_all(path.join("1_Pooling"))?;
        for file in ["config.json", "model.safetensors", "tokenizer.json"] {
            fs::copy(golden("bert").join(file), path.join(file))?;
        }
        for file in ["modules.json", "1_Pooling/config.json", "config_sentence_transformers.json"] {
            fs::copy(golden("pooling").join(way).join(file), path.join(file))?;
        }
        match models::encoder::open(&path) {
            Ok(folder) if is_built => {
                let vectors = Encoder::new(folder)?.vectors(&[&texts[0], &texts[1]])?.concat();
                let expected = Golden::read(golden("pooling").join(way).join("expected.safetensors"))?;
                close(&vectors, &expected.get("vectors")?.values, 1e-5, way)?;
            }
            Err(error) if !is_built => equal(error.code(), "family.unsupported", way)?,
            Ok(_) => return check::fail(format!("{way} was opened")),
            Err(error) => return check::fail(format!("{way}: {error}")),
        }
    }

    let path = folder.join("mean");
    let said = r#"{"prompts": {"query": "query: "}, "default_prompt_name": "query"}"#;
    fs::write(path.join("config_sentence_transformers.json"), said)?;
    let refused = models::encoder::open(&path).err().map(|error| error.code());
    equal(refused, Some("family.unsupported"), "a text that would go before every text")?;
    Ok(fs::remove_dir_all(folder)?)
}
