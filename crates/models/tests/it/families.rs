//! Tiny random checkpoints of each family as `transformers` saves them, against what it computes with them.

use check::{Golden, Outcome, Stop};
use models::Model;
use models::capabilities::{Kind, PROOFS, Proof, Task, families};
use models::loading::{LoadingError, UnfitError, mapped, model};
use models::published::Published;
use nn::Batch;
use std::path::PathBuf;
use sys::Coded;
use tensor::{Cx, Grads, Params};

/// Every checkpoint that is said to prove a decoder, with what `transformers` computed.
fn decoders() -> Result<Vec<(&'static Proof, Golden)>, Stop> {
    let proofs = PROOFS.iter().filter(|proof| proof.task == Task::Text);
    proofs.map(|proof| Ok((proof, Golden::read(golden(proof.expected))?))).collect()
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("goldens/families").join(name)
}

fn open(name: &str) -> Result<(Model, Params), Stop> {
    Ok(model(&Published::open(golden(name))?)?)
}

fn ids(expected: &Golden, name: &str) -> Result<Vec<u32>, Stop> {
    Ok(expected.get(name)?.values.iter().map(|&id| id as u32).collect())
}

/// Both texts at once, which must not see each other.
fn logits(model: &Model, params: &Params, expected: &Golden) -> Result<Vec<f32>, Stop> {
    let texts = [ids(expected, "ids/0")?, ids(expected, "ids/1")?];
    let cx = Cx::inference(params);
    let batch = Batch::packed(texts.concat(), vec![0, texts[0].len(), texts[0].len() + texts[1].len()]);
    Ok(model.head(&cx, &model.forward(&cx, &batch, None)).values().to_vec())
}

fn same_logits(name: &str, model: &Model, params: &Params, expected: &Golden) -> Outcome {
    let both = [&expected.get("logits/0")?.values[..], &expected.get("logits/1")?.values].concat();
    check::close(&logits(model, params, expected)?, &both, 1e-4, name)
}

fn same_greedy(name: &str, model: &Model, params: &Params, expected: &Golden) -> Outcome {
    let mut tokens = ids(expected, "ids/0")?;
    let n_before = tokens.len();
    for _ in 0..64 {
        let cx = Cx::inference(params);
        let hidden = model.forward(&cx, &Batch::single(tokens.clone()), None);
        let last = nn::select_rows(&cx, &hidden, &[tokens.len() as u32 - 1]);
        let logits = model.head(&cx, &last);
        let best = logits.values().iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(id, _)| id as u32);
        tokens.extend(best);
    }
    check::equal(&tokens[n_before..], &ids(expected, "greedy")?[..], name)
}

pub fn every_family_has_a_proof_of_its_own() -> Outcome {
    for family in families() {
        check::that(!family.formats.is_empty(), || format!("{}: nothing proves it", family.name))?;
        let tasks = match family.kind {
            Kind::Decoder => vec![Task::Text],
            Kind::Encoder => vec![Task::Vectors, Task::Labels, Task::Relevance],
        };
        check::equal(family.tasks, tasks, family.name)?;
    }
    for proof in &PROOFS {
        let published = Published::open(golden(proof.checkpoint))?;
        check::equal(published.architecture(), Some(proof.family), proof.checkpoint)?;
        let is_gguf = published.metadata().is_some();
        check::equal(proof.format.name(), if is_gguf { "gguf" } else { "safetensors" }, proof.checkpoint)?;
        check::that(families().iter().any(|it| it.name == proof.family), || format!("{} is not read", proof.family))?;
    }
    Ok(())
}

pub fn logits_are_those_of_transformers() -> Outcome {
    for (proof, expected) in decoders()? {
        let (model, params) = open(proof.checkpoint)?;
        same_logits(proof.checkpoint, &model, &params, &expected)?;
        let published = Published::open(golden(proof.checkpoint))?;
        check::equal(published.n_params(), model.n_params(), "the files' weights are counted")?;
        let n_weights: usize = params.entries().iter().map(|entry| entry.shape.iter().product::<usize>()).sum();
        check::equal(model.n_params(), n_weights, "the model counts its weights")?;
    }
    Ok(())
}

pub fn greedy_tokens_are_those_of_transformers() -> Outcome {
    for (proof, expected) in decoders()? {
        let (model, params) = mapped(&Published::open(golden(proof.checkpoint))?)?;
        same_greedy(proof.checkpoint, &model, &params, &expected)?;
    }
    Ok(())
}

pub fn gradients_are_those_of_transformers() -> Outcome {
    let (model, params) = open("llama")?;
    let expected = Golden::read(golden("llama/expected.safetensors"))?;
    let tokens = ids(&expected, "ids/0")?;
    let (inputs, targets) = (tokens[..tokens.len() - 1].to_vec(), &tokens[1..]);
    let mut grads = Grads::zeros(&params);
    {
        let cx = Cx::training(&params, [0, 0]);
        let hidden = model.forward(&cx, &Batch::single(inputs), None);
        let loss = model.loss(&cx, &hidden, targets, &vec![1.0; targets.len()]);
        check::close(&[loss.item()], &expected.get("loss")?.values, 1e-5, "the loss")?;
        cx.backward(&loss, &mut grads);
    }
    for entry in params.entries() {
        let expected = &expected.get(&format!("grad/{}", entry.name))?.values;
        check::close(&grads.values()[entry.range.clone()], expected, 1e-4, &entry.name)?;
    }
    Ok(())
}

/// Matrices stay in their file, unless they are of f32 and gradients shall reach them; with the same bits.
pub fn weights_stay_where_they_are() -> Outcome {
    let (_, params) = open("llama.gguf")?;
    check::equal(params.len(), 5 * 32, "only norms of a quantised file are copied")?;
    let published = Published::open(golden("llama"))?;
    let (whole, copied) = model(&published)?;
    let (_, read) = mapped(&published)?;
    check::equal(copied.len(), whole.n_params(), "all weights of f32 in the arena")?;
    check::equal(read.len(), 5 * 32, "only norms of a file in f32 are copied")?;
    let expected = Golden::read(golden("llama/expected.safetensors"))?;
    let [copied, read] = [copied, read].map(|params| logits(&whole, &params, &expected));
    check::equal(read?, copied?, "the same bits")
}

pub fn a_gpt2_of_another_kind_is_refused() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-gpt2-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::copy(golden("gpt2/model.safetensors"), folder.join("model.safetensors"))?;
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(golden("gpt2/config.json"))?)?;
    for (key, value, code) in [
        ("activation_function", serde_json::json!("relu"), "family.unsupported"),
        ("scale_attn_by_inverse_layer_idx", true.into(), "family.unsupported"),
        ("scale_attn_weights", false.into(), "family.unsupported"),
        ("tie_word_embeddings", false.into(), "family.unsupported"),
        ("layer_norm_epsilon", 1e-6.into(), "family.unsupported"),
        ("n_inner", 96.into(), "family.unsupported"),
        ("n_layer", 4_000_000_000_u64.into(), "model.size"),
        ("n_layer", 3.into(), "weights.missing"),
        ("n_head", 5.into(), "model.heads"),
        ("n_positions", 161.into(), "weights.shape"),
        ("n_embd", "32".into(), "family.key"),
    ] {
        let mut config = config.clone();
        config[key] = value;
        std::fs::write(folder.join("config.json"), config.to_string())?;
        match model(&Published::open(&folder)?) {
            Ok(_) => return check::fail(format!("{key}: {} was accepted", config[key])),
            Err(error) => check::equal(error.code(), code, key)?,
        }
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn encoders_are_those_of_transformers() -> Outcome {
    for proof in PROOFS.iter().filter(|proof| proof.task == Task::Vectors) {
        let name = proof.checkpoint;
        let folder = models::encoder::open(&golden(name))?;
        let expected = Golden::read(golden(proof.expected))?;
        let texts = [ids(&expected, "ids/0")?, ids(&expected, "ids/1")?];
        let offsets = vec![0, texts[0].len(), texts[0].len() + texts[1].len()];
        let kinds = vec![0; offsets[2]];
        let cx = Cx::inference(&folder.params);
        let hidden = folder.bert.forward(&cx, &Batch::packed(texts.concat(), offsets), &kinds);
        let both = [&expected.get("hidden/0")?.values[..], &expected.get("hidden/1")?.values].concat();
        check::close(hidden.values(), &both, 1e-4, name)?;
    }
    Ok(())
}

/// Logits of texts and pairs, all at once, and the gradients of every weight from a gradient of the logits.
pub fn classifiers_and_their_gradients_are_those_of_transformers() -> Outcome {
    for proof in PROOFS.iter().filter(|proof| matches!(proof.task, Task::Labels | Task::Relevance)) {
        let name = proof.checkpoint;
        let expected = Golden::read(golden(proof.expected))?;
        let (classifier, params) = models::classifier::model(&golden(name))?;
        let (mut tokens, mut kinds, mut offsets) = (Vec::new(), Vec::new(), vec![0]);
        let (mut logits, mut d_logits) = (Vec::new(), Vec::new());
        for i in 0..4 {
            tokens.extend(ids(&expected, &format!("ids/{i}"))?);
            kinds.extend(ids(&expected, &format!("kinds/{i}"))?);
            offsets.push(tokens.len());
            logits.extend_from_slice(&expected.get(&format!("logits/{i}"))?.values);
            d_logits.extend_from_slice(&expected.get(&format!("d_logits/{i}"))?.values);
        }
        let n_labels = match proof.task {
            Task::Relevance => 1,
            _ => 3,
        };
        check::equal(logits.len(), 4 * n_labels, &format!("{name}: labels"))?;
        let mut grads = Grads::zeros(&params);
        {
            let cx = Cx::training(&params, [0, 0]);
            let found = classifier.forward(&cx, &Batch::packed(tokens, offsets), &kinds);
            check::close(found.values(), &logits, 1e-4, &format!("{name}: logits"))?;
            cx.backward_from(&found, d_logits, &mut grads);
        }
        for entry in params.entries() {
            let expected = &expected.get(&format!("grad/{}", entry.name))?.values;
            let what = format!("{name}: gradient of {}", entry.name);
            check::close(&grads.values()[entry.range.clone()], expected, 1e-4, &what)?;
        }
    }
    Ok(())
}

/// What is wrong with the files at a path, which the error must name.
fn unfit(error: LoadingError, path: &std::path::Path) -> Result<Box<dyn Coded>, Stop> {
    match error {
        LoadingError::Unfit(UnfitError::Unfit { path: named, cause }) => {
            check::equal(named, path.display().to_string(), "the path")?;
            Ok(cause)
        }
        named => Ok(Box::new(named)),
    }
}

/// The first files of BERT name the weights and biases of norms otherwise; all else is the same.
pub fn norms_of_older_files_are_read() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-norms-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for (name, prefix) in [("bert", ""), ("bert", "bert."), ("roberta", "roberta."), ("bert-labels", "")] {
        for file in ["config.json", "tokenizer.json"] {
            std::fs::copy(golden(name).join(file), folder.join(file))?;
        }
        let contents = formats::safetensors::read(golden(name).join("model.safetensors"))?;
        let older = |array: &str| {
            format!("{prefix}{array}")
                .replace("LayerNorm.weight", "LayerNorm.gamma")
                .replace("LayerNorm.bias", "LayerNorm.beta")
        };
        let names: Vec<String> = contents.arrays.iter().map(|array| older(&array.name)).collect();
        check::equal(names.iter().filter(|name| name.ends_with("LayerNorm.gamma")).count(), 5, name)?;
        let arrays: Vec<_> = names
            .iter()
            .zip(&contents.arrays)
            .map(|(name, array)| formats::safetensors::ArrayRef { name, shape: &array.shape, values: &array.values })
            .collect();
        formats::safetensors::write(folder.join("model.safetensors"), &[], &arrays)?;
        let what = format!("{name} with the prefix `{prefix}`");
        if name == "bert-labels" {
            let [older, newer] = [&folder, &golden(name)].map(|path| models::classifier::model(path));
            check::equal(older?.1.weights().to_vec(), newer?.1.weights().to_vec(), &what)?;
        } else {
            let [older, newer] = [&folder, &golden(name)].map(|path| models::encoder::open(path));
            check::equal(older?.params.weights().to_vec(), newer?.params.weights().to_vec(), &what)?;
        }
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// What publishers leave out has the value that `transformers` takes then; windows that no layer looks back are none.
pub fn what_a_description_leaves_out_has_its_default() -> Outcome {
    use serde_json::json;
    let folder = std::env::temp_dir().join(format!("sanjie-defaults-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for (name, changes, code) in [
        ("bert", json!({ "layer_norm_eps": null }), None),
        ("bert", json!({ "layer_norm_eps": "1e-12" }), Some("family.key")),
        ("llama", json!({ "rms_norm_eps": null }), None),
        ("llama", json!({ "rms_norm_eps": "1e-6" }), Some("family.key")),
        ("qwen2", json!({ "use_sliding_window": null, "sliding_window": 24 }), None),
        ("qwen3", json!({ "use_sliding_window": null, "sliding_window": 24 }), None),
        (
            "qwen2",
            json!({ "use_sliding_window": true, "sliding_window": 24, "layer_types": null, "max_window_layers": 2 }),
            None,
        ),
        (
            "qwen2",
            json!({ "use_sliding_window": true, "sliding_window": 24, "layer_types": null, "max_window_layers": null }),
            None,
        ),
        (
            "qwen2",
            json!({ "use_sliding_window": true, "sliding_window": 24, "layer_types": null, "max_window_layers": 1 }),
            Some("family.unsupported"),
        ),
        (
            "qwen2",
            json!({ "use_sliding_window": true, "sliding_window": 24, "layer_types": ["full_attention", "sliding_attention"] }),
            Some("family.unsupported"),
        ),
        ("qwen2", json!({ "use_sliding_window": true, "sliding_window": 24 }), None),
        (
            "qwen2",
            json!({ "use_sliding_window": true, "sliding_window": null, "layer_types": null, "max_window_layers": 0 }),
            None,
        ),
    ] {
        for file in ["model.safetensors", "tokenizer.json"] {
            if golden(name).join(file).is_file() {
                std::fs::copy(golden(name).join(file), folder.join(file))?;
            }
        }
        let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(golden(name).join("config.json"))?)?;
        for (key, value) in changes.as_object().into_iter().flatten() {
            let fields = config.as_object_mut().ok_or_else(|| Stop::Failed("no object".into()))?;
            match value {
                // Absent, but for a window, where null is a value of its own.
                serde_json::Value::Null if key != "sliding_window" => drop(fields.remove(key)),
                value => drop(fields.insert(key.clone(), value.clone())),
            }
        }
        std::fs::write(folder.join("config.json"), config.to_string())?;
        let refused = match name {
            "bert" => models::encoder::open(&folder).err(),
            _ => model(&Published::open(&folder)?).err(),
        };
        check::equal(refused.map(|error| error.code()), code, &format!("{name}: {changes}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Numbers of the mathematics that give none.
pub fn numbers_that_make_no_sense_are_refused() -> Outcome {
    use serde_json::{Value, json};
    let folder = std::env::temp_dir().join(format!("sanjie-numbers-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let yarn = |key: &str, value: Value| {
        let mut rope =
            json!({ "rope_type": "yarn", "rope_theta": 500.0, "factor": 4.0, "original_max_position_embeddings": 32 });
        rope[key] = value;
        rope
    };
    let llama_3 = |key: &str, value: Value| {
        let mut rope = json!({ "rope_type": "llama3", "rope_theta": 500.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32 });
        rope[key] = value;
        rope
    };
    let linear = |factor: f64| json!({ "rope_type": "linear", "rope_theta": 500.0, "factor": factor });
    for (name, key, value, expected) in [
        ("llama", "rms_norm_eps", json!(-1), Some("model.norm_eps")),
        ("llama", "rms_norm_eps", json!(1e300), Some("model.norm_eps")),
        ("llama", "rope_parameters", json!({ "rope_type": "default", "rope_theta": 0 }), Some("model.rope_base")),
        ("llama", "rope_parameters", json!({ "rope_type": "default", "rope_theta": -5 }), Some("model.rope_base")),
        ("llama", "rope_parameters", linear(0.0), Some("model.rope_scaling.factor")),
        ("llama", "rope_parameters", linear(-2.0), Some("model.rope_scaling.factor")),
        ("llama", "rope_parameters", linear(2.0), None),
        ("llama", "rope_parameters", yarn("factor", json!(-3)), Some("model.rope_scaling.factor")),
        (
            "llama",
            "rope_parameters",
            yarn("original_max_position_embeddings", json!(0)),
            Some("model.rope_scaling.context"),
        ),
        ("llama", "rope_parameters", linear(1e-320), Some("model.rope_scaling: frequency")),
        ("llama", "rope_parameters", yarn("beta_slow", json!(-1)), Some("model.rope_scaling.beta_slow")),
        ("llama", "rope_parameters", yarn("beta_slow", json!(0.5)), None),
        ("llama", "rope_parameters", llama_3("low_freq_factor", json!(0)), Some("model.rope_scaling.low_freq_factor")),
        (
            "llama",
            "rope_parameters",
            llama_3("high_freq_factor", json!(1.0)),
            Some("model.rope_scaling.high_freq_factor - low_freq_factor"),
        ),
        ("bert", "layer_norm_eps", json!(-1), Some("model.norm_eps")),
        ("roberta", "layer_norm_eps", json!(0), Some("model.norm_eps")),
    ] {
        for file in ["model.safetensors", "tokenizer.json"] {
            if golden(name).join(file).is_file() {
                std::fs::copy(golden(name).join(file), folder.join(file))?;
            }
        }
        let mut config: Value = serde_json::from_slice(&std::fs::read(golden(name).join("config.json"))?)?;
        config[key] = value.clone();
        std::fs::write(folder.join("config.json"), config.to_string())?;
        let refused = match name {
            "llama" => model(&Published::open(&folder)?).err(),
            _ => models::encoder::open(&folder).err(),
        };
        let refused = refused.map(|error| unfit(error, &folder)).transpose()?;
        let named = refused.map(|error| (error.code(), error.fields().into_iter().next().map(|(_, key)| key)));
        check::equal(
            named,
            expected.map(|key| ("model.number", Some(key.to_string()))),
            &format!("{name}: {key} = {value}"),
        )?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// A file that is larger than any tokenizer is not read into memory.
pub fn a_tokenizer_of_absurd_size_is_refused() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-sparse-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for name in ["llama", "bert"] {
        for file in ["config.json", "model.safetensors"] {
            std::fs::copy(golden(name).join(file), folder.join(file))?;
        }
        std::fs::File::create(folder.join("tokenizer.json"))?.set_len((1 << 28) + 1)?;
        let refused = match name {
            "bert" => models::encoder::open(&folder).err().map(|error| error.to_string()),
            _ => models::folder::open(&folder).err().map(|error| error.to_string()),
        };
        check::that(refused.as_ref().is_some_and(|it| it.contains("expected at most 268435456")), || {
            format!("{name}: {refused:?}")
        })?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn what_is_no_classifier_is_named() -> Outcome {
    let refused = |path: &std::path::Path| match models::classifier::open(path) {
        Ok(_) => check::fail(format!("{} was opened", path.display())),
        Err(error) => Ok(error),
    };
    check::equal(refused(&golden("bert"))?.code(), "family.headless", "a BERT without a head")?;
    check::equal(refused(&golden("llama"))?.code(), "family.unknown", "a decoder")?;
    check::equal(refused(&golden("llama.gguf"))?.code(), "family.unknown", "a GGUF file")?;

    let folder = std::env::temp_dir().join(format!("sanjie-classifier-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for file in ["model.safetensors", "tokenizer.json"] {
        std::fs::copy(golden("bert-labels").join(file), folder.join(file))?;
    }
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(golden("bert-labels/config.json"))?)?;
    let with = |key: &str, value: serde_json::Value| -> Result<Box<dyn Coded>, Stop> {
        let mut config = config.clone();
        config[key] = value;
        std::fs::write(folder.join("config.json"), config.to_string())?;
        unfit(refused(&folder)?, &folder)
    };
    let four = serde_json::json!({ "0": "a", "1": "b", "2": "c", "3": "d" });
    let shape = with("id2label", four)?;
    check::equal(shape.code(), "weights.shape", "one label more")?;
    let fields: Vec<String> = shape.fields().into_iter().map(|(_, value)| value).collect();
    check::equal(fields, ["classifier.weight", "[4, 32]", "[3, 32]"].map(String::from).to_vec(), "tensor and shapes")?;
    for (key, value, code) in [
        ("id2label", serde_json::json!({ "0": "a", "1": "a", "2": "b" }), "family.labels"),
        ("id2label", serde_json::json!({ "0": "a", "2": "b", "3": "c" }), "family.labels"),
        ("id2label", serde_json::json!({}), "model.size"),
        ("num_hidden_layers", 3.into(), "weights.missing"),
        ("num_hidden_layers", 1.into(), "weights.surplus"),
        ("architectures", serde_json::json!(["BertForTokenClassification"]), "family.headless"),
        ("max_position_embeddings", 81.into(), "weights.shape"),
    ] {
        check::equal(with(key, value.clone())?.code(), code, &format!("{key} = {value}"))?;
    }
    // Two labels without names, of which the weights have three.
    let unnamed = with("id2label", serde_json::Value::Null)?;
    check::equal(unnamed.code(), "weights.shape", "no names")?;

    // Without the head's arrays the file cannot be what its description says.
    std::fs::copy(golden("bert/model.safetensors"), folder.join("model.safetensors"))?;
    std::fs::write(folder.join("config.json"), config.to_string())?;
    let missing = unfit(refused(&folder)?, &folder)?;
    let named = missing.fields().into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    check::equal((missing.code(), named), ("weights.missing", vec!["classifier.weight".to_string()]), "no head")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

/// One label: by the sigmoid, unless the files of `sentence-transformers` say otherwise.
pub fn a_cross_encoder_scores_as_its_files_say() -> Outcome {
    use models::classifier::{Activation, open};
    let folder = std::env::temp_dir().join(format!("sanjie-relevance-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for file in ["model.safetensors", "tokenizer.json", "config.json"] {
        std::fs::copy(golden("bert-relevance").join(file), folder.join(file))?;
    }
    check::equal(open(&folder)?.activation, Activation::Sigmoid, "nothing said")?;
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("config.json"))?)?;
    let with = |key: &str, value: serde_json::Value| -> Outcome {
        let mut config = config.clone();
        config[key] = value;
        Ok(std::fs::write(folder.join("config.json"), config.to_string())?)
    };
    with("sbert_ce_default_activation_function", "torch.nn.modules.linear.Identity".into())?;
    check::equal(open(&folder)?.activation, Activation::Identity, "as older files say it")?;
    with("sentence_transformers", serde_json::json!({ "activation_fn": "torch.nn.modules.linear.Identity" }))?;
    check::equal(open(&folder)?.activation, Activation::Identity, "as newer files say it")?;
    with("sentence_transformers", serde_json::json!({ "activation_fn": "torch.nn.modules.activation.Tanh" }))?;
    check::equal(open(&folder).err().map(|error| error.code()), Some("family.unsupported"), "another function")?;
    let said = r#"{"activation_fn": "torch.nn.modules.linear.Identity"}"#;
    std::fs::write(folder.join("config_sentence_transformers.json"), said)?;
    check::equal(open(&folder)?.activation, Activation::Identity, "a file of its own comes first")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn what_does_not_fit_is_named() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-families-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    std::fs::copy(golden("llama/model.safetensors"), folder.join("model.safetensors"))?;
    let config = std::fs::read_to_string(golden("llama/config.json"))?;
    let refused = |from: &str, to: &str| -> Result<LoadingError, Stop> {
        check::that(config.contains(from), || format!("{from} is not in the configuration"))?;
        std::fs::write(folder.join("config.json"), config.replace(from, to))?;
        match model(&Published::open(&folder)?) {
            Ok(_) => check::fail(format!("{to} was accepted")),
            Err(error) => Ok(error),
        }
    };
    let shape = refused("\"intermediate_size\": 64", "\"intermediate_size\": 65")?;
    check::equal(shape.code(), "weights.shape", "another width")?;
    let fields: Vec<String> = shape.fields().into_iter().map(|(_, value)| value).collect();
    check::equal(fields[1..].to_vec(), vec!["[65, 32]".to_string(), "[64, 32]".to_string()], "both shapes")?;
    for (from, to, code) in [
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "weights.surplus"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "weights.missing"),
        ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4000000000", "model.size"),
        ("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "model.kv_heads"),
        ("\"hidden_act\": \"silu\"", "\"hidden_act\": \"relu\"", "family.unsupported"),
        ("\"rope_type\": \"default\"", "\"rope_type\": \"longrope\"", "family.unsupported"),
        ("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\", \"factor\": \"4\"", "family.key"),
        ("\"rope_type\": \"default\"", "\"partial_rotary_factor\": 0.5", "family.unsupported"),
        ("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"", "family.unknown"),
        ("\"hidden_size\": 32", "\"hidden_size\": \"32\"", "family.key"),
        ("\"vocab_size\": 61", "\"vocab_size\": 16777216", "weights.shape"),
    ] {
        check::equal(refused(from, to)?.code(), code, to)?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}

/// Sizes at the end of what a number holds, whose sums and products would pass it.
pub fn sizes_beyond_all_bounds_are_refused() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-sizes-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for (family, sizes, code) in [
        ("gpt2", vec![("n_embd", u64::MAX), ("n_inner", 128)], "family.unsupported"),
        ("gpt2", vec![("n_embd", u64::MAX)], "model.size"),
        (
            "llama",
            vec![("num_attention_heads", 1 << 24), ("head_dim", 1 << 10), ("hidden_size", 1 << 24)],
            "model.size",
        ),
        ("llama", vec![("num_attention_heads", u64::MAX)], "model.size"),
        ("roberta", vec![("pad_token_id", u64::MAX)], "model.size"),
        ("roberta", vec![("pad_token_id", u64::MAX - 9), ("max_position_embeddings", u64::MAX)], "model.size"),
    ] {
        for file in ["model.safetensors", "tokenizer.json"] {
            let from = golden(family).join(file);
            if from.is_file() {
                std::fs::copy(from, folder.join(file))?;
            }
        }
        let mut config: serde_json::Value =
            serde_json::from_slice(&std::fs::read(golden(family).join("config.json"))?)?;
        for (key, size) in &sizes {
            config[*key] = (*size).into();
        }
        std::fs::write(folder.join("config.json"), config.to_string())?;
        let refused = match family {
            "roberta" => models::encoder::open(&folder).err(),
            _ => model(&Published::open(&folder)?).err(),
        };
        let refused = refused.map(|error| unfit(error, &folder)).transpose()?;
        check::equal(refused.map(|error| error.code()), Some(code), &format!("{family}: {sizes:?}"))?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}
