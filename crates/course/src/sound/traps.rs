//! Traps: each is shown by something, and a wrong solution called like one shows that one.
//!
//! Whether a mutant's numbers are those of its trap nobody can hold against anything but the mutant itself, so that a
//! mutant put under another trap's name would go unnoticed. But then its own trap is left without a mutant, or the name
//! of its file says something else.

use super::Unsound;
use crate::Curriculum;

/// Checks the traps of all topics.
pub fn check_traps(curriculum: &Curriculum, found: &mut dyn FnMut(Unsound)) {
    for topic in &curriculum.topics {
        let Some(content) = &topic.content else { continue };
        let mutants = || content.labs.iter().flat_map(|lab| lab.sheet.mutants.iter().map(move |mutant| (lab, mutant)));
        let options = || content.quiz.iter().flat_map(|item| &item.options);
        for trap in &content.traps {
            let is_shown = mutants().any(|(_, mutant)| mutant.trap == trap.id)
                || options().any(|option| option.trap.as_ref() == Some(&trap.id));
            if !is_shown {
                found(Unsound::TrapUnused { topic: topic.graph.id.clone(), trap: trap.id.clone() });
            }
        }
        for (lab, mutant) in mutants() {
            let name = mutant.file.strip_suffix(".py").unwrap_or(&mutant.file);
            if name != mutant.trap && content.traps.iter().any(|trap| trap.id == name) {
                let (lab, expected, trap) = (lab.id.clone(), name.to_string(), mutant.trap.clone());
                found(Unsound::MutantName { lab, mutant: mutant.file.clone(), expected, found: trap });
            }
        }
    }
}
