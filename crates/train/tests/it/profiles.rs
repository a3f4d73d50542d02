//! What a run that is asked to measure itself leaves: the profile, the trace, the memory of a step.

use crate::runs::{recipe, run, scratch};
use check::{Outcome, Stop};
use std::sync::atomic::AtomicBool;
use train::profile::Written;
use train::{Phase, RunOptions};

pub fn a_profile_stays_in_the_run_folder() -> Outcome {
    let folder = scratch("profile")?;
    let out = folder.join("run");
    let recipe = recipe(&folder, &["train.steps=4"])?;
    let options = RunOptions { recipe: recipe.clone(), out: out.clone(), resume: false, profile: true };
    train::run(&options, &AtomicBool::new(false), &mut |_| ())?;
    let written: Written = serde_json::from_slice(&std::fs::read(out.join("profile.json"))?)?;
    check::equal((written.steps, written.phases.len()), (4, Phase::ALL.len()), "steps and phases")?;
    let total: f64 = written.phases.iter().map(|phase| phase.seconds).sum();
    let in_ops: f64 = written.ops.iter().map(|op| op.forward_s + op.backward_s).sum();
    check::that(in_ops > 0.0 && in_ops < total, || format!("{in_ops} s in operations of {total} s"))?;
    let linear = written.ops.iter().find(|op| op.name.contains("Linear"));
    check::that(linear.is_some_and(|op| op.flops > 0 && op.calls.is_multiple_of(4)), || format!("{linear:?}"))?;
    let names: Vec<&str> = written.layers.iter().map(|layer| layer.name.as_str()).collect();
    check::equal(names, vec!["embedding", "block 0", "block 1", "head"], "layers")?;
    let in_layers: f64 = written.layers.iter().map(|layer| layer.forward_s + layer.backward_s).sum();
    check::that((in_layers - in_ops).abs() < 1e-6, || format!("{in_layers} s in layers, {in_ops} s in operations"))?;
    check::that(written.layers.iter().all(|layer| layer.forward_s > 0.0 && layer.backward_s > 0.0), || {
        format!("{:?}", written.layers)
    })?;
    check::that(written.ops.iter().all(|op| op.bytes > 0), || format!("{:?}", written.ops))?;
    check::that(written.peaks.is_some_and(|peaks| peaks.gflops > 0.0 && peaks.gb_per_s > 0.0), || {
        format!("{:?}", written.peaks)
    })?;
    let memory = written.memory.ok_or("a step holds something")?;
    let most = memory.points.iter().map(|point| point.bytes).max().unwrap_or(0);
    check::equal(memory.peak_bytes, memory.held_bytes + most, "the most at once")?;
    check::that(most > 0 && memory.held_bytes > 0, || format!("{memory:?}"))?;
    check::that(memory.points.windows(2).all(|pair| pair[0].ms <= pair[1].ms), || format!("{memory:?}"))?;
    // Nobody pays for what was not asked for.
    run(&recipe, &folder.join("plain"), None)?;
    for file in ["profile.json", "trace.json"] {
        check::that(!folder.join("plain").join(file).exists(), || format!("a {file} that nobody asked for"))?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Chrome's trace format as it is described: steps hold phases, phases layers, layers operations, and nothing sticks out.
pub fn a_trace_nests_and_adds_up() -> Outcome {
    let folder = scratch("trace")?;
    let out = folder.join("run");
    let recipe = recipe(&folder, &["train.steps=6", "train.accumulate=2"])?;
    let options = RunOptions { recipe, out: out.clone(), resume: false, profile: true };
    train::run(&options, &AtomicBool::new(false), &mut |_| ())?;
    let trace: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("trace.json"))?)?;
    let events = trace["traceEvents"].as_array().ok_or("traceEvents is a list")?;
    for event in events {
        let has = ["name", "cat", "ph"].iter().all(|key| event[key].is_string());
        let counts = ["ts", "dur", "pid", "tid"].iter().all(|key| event[key].as_f64().is_some_and(|n| n >= 0.0));
        check::that(has && counts, || event.to_string())?;
    }
    let of = |cat: &str| -> Vec<(String, f64, f64)> {
        let those = events.iter().filter(|event| event["ph"] == "X" && event["cat"] == cat);
        let span = |event: &serde_json::Value| {
            let [ts, dur] = ["ts", "dur"].map(|key| event[key].as_f64().unwrap_or(f64::NAN));
            (event["name"].as_str().unwrap_or_default().to_string(), ts, ts + dur)
        };
        those.map(span).collect()
    };
    let [steps, phases, layers, ops] = ["step", "phase", "layer", "op"].map(of);
    let names: Vec<&str> = steps.iter().map(|(name, ..)| name.as_str()).collect();
    check::equal(names, vec!["step 4", "step 5", "step 6"], "the last steps")?;
    for (outer, inner) in [(&steps, &phases), (&phases, &layers), (&layers, &ops)] {
        for (name, begin, end) in inner {
            let around = outer.iter().filter(|(_, from, to)| from <= begin && end <= to).count();
            check::that(around >= 1, || format!("{name} from {begin} to {end} is in none"))?;
        }
    }
    for (name, begin, end) in &steps {
        let within: Vec<_> = phases.iter().filter(|(_, from, to)| begin <= from && to <= end).collect();
        let names: Vec<&str> = within.iter().map(|(name, ..)| name.as_str()).collect();
        let expected = vec!["batch", "forward", "backward", "forward", "backward", "update"];
        check::equal(names, expected, &format!("phases of {name}"))?;
        let sum: f64 = within.iter().map(|(_, from, to)| to - from).sum();
        check::equal(sum, end - begin, &format!("phases of {name} add up"))?;
        let blocks: Vec<&str> = layers
            .iter()
            .filter(|(_, from, to)| within[1].1 <= *from && *to <= within[2].2)
            .map(|(name, ..)| name.as_str())
            .collect();
        let expected = vec!["embedding", "block 0", "block 1", "head", "head", "block 1", "block 0", "embedding"];
        check::equal(blocks, expected, "layers of a batch, forward and backward")?;
    }
    for (name, begin, end) in &layers {
        let within = ops.iter().filter(|(_, from, to)| begin <= from && to <= end);
        check::equal(
            within.map(|(_, from, to)| to - from).sum(),
            end - begin,
            &format!("operations of {name} add up"),
        )?;
    }
    check::that(events.iter().any(|event| event["ph"] == "C" && event["args"]["bytes"].as_f64() > Some(0.0)), || {
        "no counter of memory".into()
    })?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// What is foreseen of a step's memory is what a step holds, with and without checkpointed blocks, of which it is less.
pub fn a_step_holds_what_its_plan_says() -> Outcome {
    let folder = scratch("planned")?;
    let deep = ["model.n_layers=8", "model.d_model=32", "train.steps=3"];
    let activations = |more: &[&str]| -> Result<[u64; 2], Stop> {
        let recipe = recipe(&folder, &[&deep[..], more].concat())?;
        let foreseen = train::estimate::estimate(&recipe, &mut |_| ())?.bytes.activations;
        let out = folder.join(format!("run-{}", more.len()));
        let options = RunOptions { recipe, out: out.clone(), resume: false, profile: true };
        train::run(&options, &AtomicBool::new(false), &mut |_| ())?;
        let written: Written = serde_json::from_slice(&std::fs::read(out.join("profile.json"))?)?;
        let memory = written.memory.ok_or("a step holds something")?;
        let held = memory.peak_bytes - memory.held_bytes;
        let ratio = held as f64 / foreseen as f64;
        check::that((0.9..1.1).contains(&ratio), || format!("{more:?}: {foreseen} foreseen, {held} held"))?;
        Ok([foreseen, held])
    };
    let [plain, _] = activations(&[])?;
    let [blockwise, _] = activations(&["train.checkpoint_blocks=true"])?;
    check::that(2 * blockwise < plain, || format!("{blockwise} bytes with checkpointed blocks, {plain} without"))?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}
