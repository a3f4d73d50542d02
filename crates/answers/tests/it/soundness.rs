//! The built-in labs are sound, and what is not sound is found.

use crate::{causal_attention, tools};
use check::{Outcome, Stop, equal, that};
use course::lab::{Lab, Mutant, Step};
use course::sound::{Unsound, check_lab};
use course::{Curriculum, Tools};
use sys::Coded;

/// `sanjie dev check` takes a hundred; here the machine is shared with other checks.
const SEEDS: u64 = 3;

pub fn the_labs_are_sound() -> Outcome {
    let (curriculum, tools) = (Curriculum::load(None)?, tools()?);
    let mut faults = Vec::new();
    for lab in curriculum.labs() {
        check_lab(lab, answers::find, &tools, SEEDS, &mut |fault| faults.push(fault.to_string()), &mut |_, _| ())?;
    }
    equal(faults, Vec::<String>::new(), "faults")
}

pub fn unsound_labs_are_found() -> Outcome {
    let (mut lab, tools) = (causal_attention()?, tools()?);
    lab.rust = None;
    // Of the bridge step, which goes too, the solution still has the function. A dotted name is never found in a text.
    lab.sheet.forbid = Some(vec!["torch.nn".into(), "scipy".into()]);
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
    // One that breaks a check which it passes, one that passes all, one that fails an earlier step than it says, and one that cannot be told from another trap's.
    let mutant = |at: usize, file: &str| Mutant { file: file.into(), ..lab.sheet.mutants[at].clone() };
    let mut mutants = vec![mutant(first, "passes.py"), mutant(first, "early.py"), mutant(second, "like-early.py")];
    mutants[1].step = "again".into();
    mutants.push(Mutant { trap: "another".into(), ..mutant(second, "twin.py") });
    let no_exp = lab.sheet.mutants.iter().position(|mutant| mutant.file == "no-exp.py").ok_or("no no-exp.py")?;
    mutants.push(Mutant { breaks: vec!["shift".into(), "no-rows".into()], ..mutant(no_exp, "keeps.py") });
    let texts = [lab.python.solution.clone(), lab.mutants[first].clone(), lab.mutants[second].clone()];
    lab.mutants = texts.iter().chain([&texts[2], &lab.mutants[no_exp]]).cloned().collect();
    lab.sheet.mutants = mutants;
    let found = faults(&lab, &tools)?;
    for expected in [
        "sound.stub",
        "sound.hint_length",
        "sound.hint_tells",
        "sound.permitted",
        "sound.mutant_keeps keeps.py",
        "sound.mutant_passes passes.py",
        "sound.mutant_step early.py",
        "sound.mutant_trap like-early.py",
        "sound.mutant_trap twin.py",
    ] {
        that(found.iter().any(|fault| fault == expected), || format!("{expected} is not among {found:?}"))?;
    }

    let mut broken = causal_attention()?;
    broken.rust = None;
    broken.sheet.mutants.clear();
    broken.python.solution = broken.python.solution.replacen("math.sqrt(", "abs(", 1);
    let found = faults(&broken, &tools)?;
    that(found.iter().any(|fault| fault == "sound.solution"), || format!("a wrong solution: {found:?}"))?;
    broken.sheet.steps[1].answer = "nobody_knows".into();
    equal(faults(&broken, &tools)?, vec!["sound.no_answer".to_string()], "faults without an answer")
}

/// Codes of the faults on one seed, with the mutant's file where there is one.
fn faults(lab: &Lab, tools: &Tools) -> Result<Vec<String>, Stop> {
    let mut found = Vec::new();
    let mut tell = |fault: Unsound| {
        let mutant = fault.fields().into_iter().find(|(name, _)| *name == "mutant");
        found.push(mutant.map_or(fault.code().into(), |(_, file)| format!("{} {file}", fault.code())));
    };
    check_lab(lab, answers::find, tools, 1, &mut tell, &mut |_, _| ())?;
    Ok(found)
}
