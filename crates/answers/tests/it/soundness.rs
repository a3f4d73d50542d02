//! The built-in labs are sound, and what is not sound is found.

use crate::{causal_attention, tools};
use check::{Outcome, equal, that};
use course::Curriculum;
use course::lab::Step;
use course::sound::check_lab;
use sys::Coded;

/// `sanjie dev check` takes a hundred; here the machine is shared with other checks.
const SEEDS: u64 = 3;

pub fn the_labs_are_sound() -> Outcome {
    let (curriculum, tools) = (Curriculum::load(None)?, tools()?);
    let mut faults = Vec::new();
    for lab in curriculum.labs() {
        check_lab(lab, answers::find, &tools, SEEDS, &mut |fault| faults.push(fault.to_string()))?;
    }
    equal(faults, Vec::<String>::new(), "faults")
}

pub fn unsound_labs_are_found() -> Outcome {
    let (mut lab, tools) = (causal_attention()?, tools()?);
    lab.rust = None;
    // Of the bridge step, which goes too, the solution still has the function.
    lab.sheet.forbid.clear();
    lab.sheet.steps.truncate(1);
    // The first of its steps is as it should be; the second is written already.
    lab.sheet.steps.insert(1, Step { id: "again".into(), entry: "again".into(), ..lab.sheet.steps[0].clone() });
    lab.python.stub =
        "def softmax(scores):\n    raise NotImplementedError\n\ndef again(scores):\n    return scores\n".into();
    lab.python.solution += "\n\nagain = softmax\n";
    lab.sheet.steps[0].hints[0].en = "Too short.".into();
    let telling = lab.python.solution.lines().map(str::trim).rfind(|line| line.len() > 25).unwrap_or_default();
    lab.sheet.steps[0].hints[3].zh = telling.to_string();
    let softmax: Vec<usize> = (0..lab.mutants.len()).filter(|&at| lab.sheet.mutants[at].step == "softmax").collect();
    let [first, second] = [softmax[0], softmax[1]];
    lab.sheet.mutants = vec![lab.sheet.mutants[first].clone(), lab.sheet.mutants[second].clone()];
    lab.mutants = vec![lab.python.solution.clone(), lab.mutants[second].clone()];
    lab.sheet.mutants[1].trap = "another".into();
    let mut codes = Vec::new();
    check_lab(&lab, answers::find, &tools, 1, &mut |fault| codes.push((fault.code(), fault.to_string())))?;
    for code in ["sound.stub", "sound.hint_length", "sound.hint_tells", "sound.mutant_passes"] {
        that(codes.iter().any(|(found, _)| *found == code), || format!("{code} is not among {codes:?}"))?;
    }
    Ok(())
}
