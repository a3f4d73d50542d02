//! Traps are shown by what is called like them.

use check::{Outcome, equal};
use course::Curriculum;
use course::curriculum::TopicContent;
use course::sound::check_traps;
use sys::Coded;

pub fn a_mutant_under_another_trap_is_noticed() -> Outcome {
    let curriculum = Curriculum::load(None)?;
    let faults = |change: fn(&mut TopicContent)| -> Vec<String> {
        let mut changed = curriculum.clone();
        let topic = changed.topics.iter_mut().find(|topic| topic.graph.id == "self-attention");
        topic.and_then(|topic| topic.content.as_mut()).into_iter().for_each(change);
        let mut found = Vec::new();
        check_traps(&changed, &mut |fault| {
            let words: Vec<String> = fault.fields().into_iter().map(|(_, value)| value).collect();
            found.push(format!("{} {}", fault.code(), words.join(" ")));
        });
        found
    };
    equal(faults(|_| {}), vec![], "faults")?;
    let found = faults(|content| {
        content.quiz.iter_mut().flat_map(|item| &mut item.options).for_each(|option| option.trap = None);
        let mutants = content.labs.iter_mut().flat_map(|lab| &mut lab.sheet.mutants);
        mutants.filter(|mutant| mutant.file == "no-exp.py").for_each(|mutant| mutant.trap = "overflow".into());
    });
    let expected =
        ["sound.trap_unused self-attention no-exp", "sound.mutant_name causal-attention no-exp.py no-exp overflow"];
    equal(found, expected.map(String::from).to_vec(), "no-exp.py under another trap")
}
