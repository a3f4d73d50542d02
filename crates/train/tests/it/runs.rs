//! Whole runs of a tiny model, through the library.

use check::{Outcome, Stop};
use kernels::pool;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use train::run_folder::{RunFolder, check_resumable};
use train::{Ended, Event, Recipe, RunOptions, Stage, TrainError};

/// A folder of its own for a check, with a text to learn.
pub fn scratch(name: &str) -> Result<PathBuf, Stop> {
    let path = std::env::temp_dir().join(format!("sanjie-train-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path)?;
    let line = |i: usize| format!("{} 加 {} 是 {}。\n", i % 13, i % 7, i % 13 + i % 7);
    std::fs::write(path.join("text.txt"), (0..200).map(line).collect::<String>())?;
    Ok(path)
}

/// A tiny model with dropout, of which each step is about a millisecond.
pub fn recipe(folder: &Path, settings: &[&str]) -> Result<Recipe, Stop> {
    let toml = "name = 'tiny'\nmodel = { n_layers = 2, n_heads = 2, d_model = 16, max_seq_len = 16, dropout = 0.1 }\n\
                train = { steps = 30, batch_size = 3 }\n[data]\nsource = 'text'\nlayout = 'stream'\n\
                [tokenizer]\nkind = 'char'\n[optim]\nwarmup_steps = 5\n[checkpoint]\nevery = 10\n\
                [validation]\nevery = 10\n[samples]\nevery = 10\nmax_tokens = 4";
    let settings: Vec<String> = settings.iter().map(|setting| setting.to_string()).collect();
    let mut recipe = Recipe::parse("tiny.toml", toml, &settings)?;
    if recipe.data.path.is_none() {
        recipe.data.path = Some(folder.join("text.txt").display().to_string());
    }
    Ok(recipe)
}

/// Runs until the end, or until `stop_after` steps of this process.
pub fn run(recipe: &Recipe, out: &Path, stop_after: Option<u64>) -> Result<Ended, TrainError> {
    let options = RunOptions { recipe: recipe.clone(), out: out.into(), resume: true, profile: false };
    let stop = AtomicBool::new(false);
    let mut n_steps = 0;
    train::run(&options, &stop, &mut |event| {
        if let Event::Step(_) = event {
            n_steps += 1;
            stop.store(stop_after == Some(n_steps), Ordering::Relaxed);
        }
    })
}

/// The bytes of the checkpoint of `step`.
pub fn checkpoint(out: &Path, step: u64) -> Result<Vec<Vec<u8>>, Stop> {
    let folder = out.join(format!("checkpoints/step-{step:06}"));
    let files = ["model.safetensors", "optimizer.safetensors", "tokenizer.json", "state.json", "SHA256SUMS"];
    Ok(files.iter().map(|file| std::fs::read(folder.join(file))).collect::<Result<_, _>>()?)
}

pub fn threads_do_not_change_a_run() -> Outcome {
    let folder = scratch("threads")?;
    let recipe = recipe(&folder, &[])?;
    for n_threads in [1, 2, 3] {
        pool::with_threads(n_threads, || run(&recipe, &folder.join(n_threads.to_string()), None))?;
    }
    let one = checkpoint(&folder.join("1"), 30)?;
    check::that(checkpoint(&folder.join("2"), 30)? == one, || "two threads train another model".into())?;
    check::that(checkpoint(&folder.join("3"), 30)? == one, || "three threads train another model".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Block checkpointing trades time for memory and touches no bit, with dropout, on any number of threads.
pub fn checkpointed_blocks_train_the_same_model() -> Outcome {
    let folder = scratch("blockwise")?;
    let settings: [&[&str]; 4] = [
        &[],
        &["train.dtype=bf16"],
        &["model.positions=rotary", "model.bias=true", "train.accumulate=2", "model.n_layers=3"],
        &["data.layout=documents", "model.dropout=0", "optim.kind=muon"],
    ];
    for (index, settings) in settings.into_iter().enumerate() {
        let plain = recipe(&folder, settings)?;
        let blockwise = recipe(&folder, &[settings, &["train.checkpoint_blocks=true"]].concat())?;
        let out = |name: &str| folder.join(format!("{name}-{index}"));
        run(&plain, &out("plain"), None)?;
        let whole = checkpoint(&out("plain"), 30)?;
        for n_threads in [1, 2] {
            let name = out(&format!("blockwise-{n_threads}"));
            pool::with_threads(n_threads, || run(&blockwise, &name, None))?;
            check::that(checkpoint(&name, 30)? == whole, || {
                format!("{settings:?}, {n_threads} threads: another model")
            })?;
        }
        // A run may change its mind on the way.
        run(&plain, &out("mixed"), Some(13))?;
        run(&blockwise, &out("mixed"), None)?;
        check::that(checkpoint(&out("mixed"), 30)? == whole, || format!("{settings:?}: mixed, another model"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_run_can_be_stopped_anywhere_and_goes_on() -> Outcome {
    let folder = scratch("stopped")?;
    std::fs::create_dir(folder.join("more"))?;
    for i in 0..20 {
        let text = format!("{i} 是 {}。", i * i).repeat(1 + i % 5);
        std::fs::write(folder.join(format!("more/{i:02}.txt")), text)?;
    }
    let more = format!("data.path={:?}", folder.join("more").display().to_string());
    let layouts: [&[&str]; 3] =
        [&[], &["data.layout=documents"], &["data.layout=documents", &more, "tokenizer.kind=byte"]];
    for (index, settings) in layouts.into_iter().enumerate() {
        let recipe = recipe(&folder, settings)?;
        let (whole, parts) = (folder.join(format!("whole-{index}")), folder.join(format!("parts-{index}")));
        run(&recipe, &whole, None)?;
        for n_steps in [1, 3, 9, 10] {
            let ended = run(&recipe, &parts, Some(n_steps))?;
            check::that(matches!(ended, Ended::Interrupted { .. }), || format!("{ended:?}"))?;
        }
        let ended = run(&recipe, &parts, None)?;
        check::that(matches!(ended, Ended::Finished(_)), || format!("{ended:?}"))?;
        check::that(checkpoint(&parts, 30)? == checkpoint(&whole, 30)?, || {
            format!("{settings:?}: checkpoints differ")
        })?;
        let samples = |out: &Path| std::fs::read(out.join("samples.jsonl"));
        check::that(samples(&parts)? == samples(&whole)?, || format!("{settings:?}: samples differ"))?;
        let ended = run(&recipe, &parts, None)?;
        check::equal(ended, Ended::AlreadyFinished { steps: 30 }, "once more")?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// A rate so high that the best validation lies before the stop: its number is read back and written again.
pub fn an_overfitting_run_goes_on_to_the_same_bytes() -> Outcome {
    let folder = scratch("overfits")?;
    // What is held out runs backwards: the more a model learns, the worse it guesses there.
    std::fs::write(folder.join("text.txt"), "一二三四".repeat(180) + &"四三二一".repeat(20))?;
    let settings =
        ["train.steps=90", "optim.lr_max=0.05", "validation.every=1", "model.dropout=0", "checkpoint.keep=9"];
    let mut n_before = 0;
    for seed in 1..=6 {
        let seed = format!("train.seed={seed}");
        let recipe = recipe(&folder, &[&settings[..], &[&seed]].concat())?;
        let (whole, parts) = (folder.join(format!("whole-{seed}")), folder.join(format!("parts-{seed}")));
        run(&recipe, &whole, None)?;
        run(&recipe, &parts, Some(60))?;
        run(&recipe, &parts, None)?;
        for step in [70, 80, 90] {
            check::that(checkpoint(&parts, step)? == checkpoint(&whole, step)?, || format!("{seed}, step {step}"))?;
        }
        let state: serde_json::Value =
            serde_json::from_slice(&std::fs::read(whole.join("checkpoints/step-000090/state.json"))?)?;
        n_before += usize::from(state["best"]["step"].as_u64().is_some_and(|step| step < 60));
    }
    check::that(n_before > 0, || "no run had its best before the stop".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn other_text_than_stories_is_measured_whole() -> Outcome {
    let folder = scratch("measured")?;
    let lines: String = (0..600).map(|i| format!("{{\"text\": \"{i} 加一\"}}\n")).collect();
    std::fs::write(folder.join("lines.jsonl"), lines)?;
    let mut recipe = recipe(&folder, &["data.layout=documents", "validation.max_documents=3", "train.steps=1"])?;
    recipe.read_data_from(&folder.join("lines.jsonl"));
    let n_held_out = |recipe: &Recipe| -> Result<usize, Stop> {
        let texts = train::data::Texts::read(recipe, &mut |_, _| ())?;
        let tokenizer = texts.train_tokenizer(recipe)?;
        Ok(train::data::Corpus::new(recipe, texts, tokenizer, &mut |_, _| ())?.held_out.ids.len())
    };
    // Sixty documents: three digits, a space, two characters, and a marker on each side.
    check::equal(n_held_out(&recipe)?, 60 * (3 + 1 + 2 + 2), "tokens measured")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Whoever waits for the first step hears what is being done; a run that goes on trains no tokenizer again.
pub fn the_preparation_is_told_stage_by_stage() -> Outcome {
    let folder = scratch("stages")?;
    let stages = |recipe: &Recipe| -> Result<Vec<Stage>, Stop> {
        let options = RunOptions { recipe: recipe.clone(), out: folder.join("run"), resume: true, profile: false };
        let (mut told, mut parts) = (vec![], (0, 0));
        let mut note = |event| match event {
            Event::Preparing(stage) => told.push(stage),
            Event::Prepares { done, total } => parts = (done, total),
            // Nothing of the preparation is left for later.
            Event::Prepared { .. } => told.push(Stage::Model),
            _ => {}
        };
        train::run(&options, &AtomicBool::new(false), &mut note)?;
        // One part is learnt from, the other is held out.
        check::equal(parts, (2, 2), "texts that became tokens")?;
        Ok(told)
    };
    let last = [Stage::Tokens, Stage::Model, Stage::Model];
    let first = [&[Stage::Text, Stage::Tokenizer][..], &last].concat();
    check::equal(stages(&recipe(&folder, &["train.steps=2"])?)?, first, "a new run")?;
    let again = [&[Stage::Text][..], &last].concat();
    check::equal(stages(&recipe(&folder, &["train.steps=3"])?)?, again, "a run that goes on")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_beginning_that_no_sample_can_have_is_told() -> Outcome {
    let folder = scratch("prompts")?;
    let long = format!("samples.prompts=['{}']", "1 加 2 ".repeat(9));
    for (prompts, cause) in [("samples.prompts=['1 加', '日本']", "日"), (&long, "generate.context_exceeded")] {
        let recipe = recipe(&folder, &[prompts, "train.steps=1"])?;
        let options = RunOptions { recipe, out: folder.join(cause), resume: false, profile: false };
        let mut told = Vec::new();
        train::run(&options, &AtomicBool::new(false), &mut |event| {
            if let Event::UnusablePrompt(error) = event {
                told.push(error.to_string());
            }
        })?;
        let is_one = told.len() == 1 && told[0].starts_with("run.sample_prompt") && told[0].contains(cause);
        check::that(is_one, || format!("{prompts}: {told:?}"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_seed_changes_a_run() -> Outcome {
    let folder = scratch("seeds")?;
    for seed in ["1", "2"] {
        run(&recipe(&folder, &[&format!("train.seed={seed}"), "train.steps=1"])?, &folder.join(seed), None)?;
    }
    let [one, two] = [checkpoint(&folder.join("1"), 1)?, checkpoint(&folder.join("2"), 1)?];
    check::that(one[0] != two[0], || "two seeds gave the same weights".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_half_written_line_is_cut_off() -> Outcome {
    let folder = scratch("lines")?;
    let out = folder.join("run");
    let recipe = recipe(&folder, &[])?;
    run(&recipe, &folder.join("whole"), None)?;
    run(&recipe, &out, Some(15))?;
    // What a crash may leave: lines beyond the checkpoint, and half of one, and half a recipe.
    let half = out.join(".recipe.toml.tmp-123-4");
    std::fs::write(&half, "name = ")?;
    for file in ["metrics.jsonl", "samples.jsonl"] {
        let mut bytes = std::fs::read(out.join(file))?;
        let last = bytes.split(|&byte| byte == b'\n').rev().nth(1).unwrap_or_default().to_vec();
        let later = String::from_utf8_lossy(&last).replacen("\"step\":1", "\"step\":9", 1);
        bytes.extend(format!("{later}\n{{\"step\":17,\"lo").bytes());
        std::fs::write(out.join(file), bytes)?;
    }
    run(&recipe, &out, None)?;
    check::that(!half.exists(), || "half a recipe was left".into())?;
    let steps = |out: &Path, file: &str| -> Result<Vec<u64>, Stop> {
        let text = std::fs::read_to_string(out.join(file))?;
        let lines = text.lines().map(serde_json::from_str::<serde_json::Value>).collect::<Result<Vec<_>, _>>()?;
        Ok(lines.iter().filter_map(|line| line["step"].as_u64()).collect())
    };
    check::equal(steps(&out, "metrics.jsonl")?, (1..=30).collect(), "steps of the metrics")?;
    check::equal(
        steps(&out, "samples.jsonl")?,
        steps(&folder.join("whole"), "samples.jsonl")?,
        "steps of the samples",
    )?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_second_process_is_kept_out() -> Outcome {
    let folder = scratch("busy")?;
    let recipe = recipe(&folder, &[])?.resolved(None);
    let held = RunFolder::create(&folder.join("run"), &recipe)?;
    let error = run(&recipe, &folder.join("run"), None).err().map(|error| error.to_string()).unwrap_or_default();
    check::that(error.starts_with("run.busy"), || error.clone())?;
    drop(held);
    run(&recipe, &folder.join("run"), Some(1))?;
    let longer = Recipe { train: train::recipe::TrainSection { steps: 50, ..recipe.train.clone() }, ..recipe };
    check::equal(check_resumable(&folder.join("run"), &longer)?.optim.decay_steps, Some(30), "the descent it keeps")?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Batches of two, three a step, read the documents that batches of six read, each as long as the context.
pub fn batches_add_up_to_a_larger_one() -> Outcome {
    let folder = scratch("accumulate")?;
    let documents: String = (0..60).map(|i| format!("{{\"text\": \"{:08} to {:03}\"}}\n", i * 7919, i)).collect();
    std::fs::write(folder.join("text.jsonl"), documents)?;
    let path = format!("data.path={}", folder.join("text.jsonl").display());
    let settings = ["data.source=jsonl", "data.layout=documents", "model.dropout=0", "train.steps=8", path.as_str()];
    let with = |more: &[&'static str], out: &str| -> Result<Vec<train::metrics::Metrics>, Stop> {
        let recipe = recipe(&folder, &[&settings[..], more].concat())?;
        run(&recipe, &folder.join(out), None)?;
        let lines = std::fs::read_to_string(folder.join(out).join("metrics.jsonl"))?;
        Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    };
    let whole = with(&["train.batch_size=6"], "whole")?;
    let parts = with(&["train.batch_size=2", "train.accumulate=3"], "parts")?;
    for (whole, part) in whole.iter().zip(&parts) {
        let step = whole.step;
        check::equal(whole.tokens, part.tokens, &format!("tokens of step {step}"))?;
        check::that((whole.loss - part.loss).abs() < 1e-5, || {
            format!("step {step}: {} and {}", whole.loss, part.loss)
        })?;
        let norms = [whole.grad_norm, part.grad_norm];
        check::that((norms[0] / norms[1] - 1.0).abs() < 1e-4, || format!("step {step}: {norms:?}"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn the_average_is_saved_as_the_model_and_goes_on_to_the_bit() -> Outcome {
    let folder = scratch("average")?;
    let settings = ["optim.ema_decay=0.6", "checkpoint.every=1", "checkpoint.keep=40", "train.steps=20"];
    let recipe = recipe(&folder, &settings)?;
    let [whole, parts] = ["whole", "parts"].map(|name| folder.join(name));
    run(&recipe, &whole, None)?;
    run(&recipe, &parts, Some(7))?;
    run(&recipe, &parts, None)?;
    check::equal(checkpoint(&parts, 20)? == checkpoint(&whole, 20)?, true, "the last checkpoints are equal")?;
    let read = |step: u64, file: &str, name: &str| -> Result<Vec<f32>, Stop> {
        let contents = formats::safetensors::read(whole.join(format!("checkpoints/step-{step:06}")).join(file))?;
        Ok(contents.get(name).map(|array| array.values.to_vec()).unwrap_or_default())
    };
    let name = "h.0.attn.c_attn.weight";
    let mut average = read(1, "model.safetensors", name)?;
    for step in 2..=20_u64 {
        let weights = read(step, "optimizer.safetensors", &format!("w.{name}"))?;
        let keep = 0.6_f32.min((1 + step) as f32 / (10 + step) as f32);
        average.iter_mut().zip(&weights).for_each(|(a, w)| *a = keep * *a + (1.0 - keep) * w);
    }
    check::close(&read(20, "model.safetensors", name)?, &average, 1e-6, "average")?;
    check::that(read(20, "optimizer.safetensors", &format!("w.{name}"))? != average, || "no difference".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn a_loss_that_explodes_ends_the_run() -> Outcome {
    let folder = scratch("explodes")?;
    let out = folder.join("run");
    // Each step multiplies the matrices by about 10^12.
    let recipe = recipe(&folder, &["optim.lr_max=1e6", "optim.weight_decay=1e6"])?;
    let error = run(&recipe, &out, None).err().map(|error| error.to_string()).unwrap_or_default();
    check::that(error.starts_with("run.non_finite"), || error.clone())?;
    let status: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("status.json"))?)?;
    check::equal(status["state"].as_str(), Some("failed"), "state")?;
    check::equal(status["error"]["code"].as_str(), Some("run.non_finite"), "code")?;
    check::that(error.contains("weight: h.0.") || error.contains("weight: wte"), || error.clone())?;
    // With a checkpoint behind it the run says of which step.
    let recipe = self::recipe(&folder, &["optim.lr_max=1e6", "optim.weight_decay=1e6", "checkpoint.every=1"])?;
    let error = run(&recipe, &folder.join("later"), None).err().map(|error| error.to_string()).unwrap_or_default();
    check::that(error.starts_with("run.non_finite_after") && error.contains("last: "), || error.clone())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

pub fn stories_say_their_language() -> Outcome {
    let folder = scratch("stories")?;
    let settings = ["data.source=stories", "data.layout=documents", "data.n_documents=20", "tokenizer.kind=byte"];
    let mut recipe = recipe(&folder, &settings)?;
    (recipe.data.path, recipe.model.max_seq_len, recipe.train.steps) = (None, 512, 1);
    recipe.validation.max_documents = 4;
    let out = folder.join("run");
    run(&recipe, &out, None)?;
    let text = std::fs::read_to_string(out.join("samples.jsonl"))?;
    let lines = text.lines().map(serde_json::from_str::<serde_json::Value>).collect::<Result<Vec<_>, _>>()?;
    let langs: Vec<_> = lines.iter().map(|line| line["lang"].as_str().unwrap_or("none").to_string()).collect();
    check::equal(langs.join(","), "zh,en".to_string(), "languages")?;
    let state: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("checkpoints/step-000001/state.json"))?)?;
    check::that(state["chat_template"].is_string(), || "no chat template".into())?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
