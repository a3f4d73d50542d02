//! What a language brings to the stories: words by part, and for each event its wordings and question forms.
//!
//! Templates hold slots in braces: `{x}` who acts, `{y}` to whom, `{a}`, `{b}` the two heroes, `{o}` the object,
//! `{oa}` the object as first named, `{v}`, `{vd}` its verb (bare, past), `{p}` the event's place, `{s}` the scene,
//! `{r}` the reason, `{t}` the tool, `{tt}` the tool named again, `{n}` the animal, `{an}` the same with its article, `{e}` the errand,
//! `{d}` the deed that is thanked for, `{q}` the question asked in an explanation, `{him:a}` the
//! pronoun of `{a}` as an object.
//! A slot's value may itself hold slots.

use super::plot::Kind;

pub(super) struct Language {
    pub(super) names: &'static [Name],
    pub(super) elders: &'static [Name],
    pub(super) objects: &'static [Object],
    pub(super) adjectives: &'static [&'static str],
    pub(super) scenes: &'static [Scene],
    pub(super) weather: &'static [&'static str],
    pub(super) dayparts: &'static [&'static str],
    pub(super) when: &'static [&'static str],
    pub(super) errands: &'static [&'static str],
    pub(super) tools: &'static [&'static str],
    pub(super) thieves: &'static [&'static str],
    pub(super) first: &'static [&'static str],
    pub(super) second: &'static [&'static str],
    pub(super) events: fn(Kind) -> Texts,
    pub(super) reasons: fn(Kind) -> &'static [&'static str],
    pub(super) colour: &'static [Colour],
    pub(super) requests: &'static [&'static str],
    pub(super) forms: Forms,
}

/// How answers and questions are put together around an event's own words.
pub(super) struct Forms {
    pub(super) who: &'static str,
    pub(super) who_answers: &'static [&'static str],
    pub(super) then: &'static str,
    pub(super) because: &'static [&'static str],
    pub(super) scene: &'static str,
    pub(super) scene_answers: &'static [&'static str],
    pub(super) place_answer: &'static str,
    pub(super) brought: &'static str,
    pub(super) full_stop: &'static str,
    pub(super) space: &'static str,
}

#[derive(Clone, Copy)]
pub(super) struct Name {
    pub(super) name: &'static str,
    /// Its pronoun as an object; empty in Chinese.
    pub(super) him: &'static str,
}

pub(super) struct Object {
    pub(super) noun: &'static str,
    pub(super) verb: &'static str,
    pub(super) past: &'static str,
    /// Chinese measure word; empty in English.
    pub(super) measure: &'static str,
}

pub(super) struct Scene {
    pub(super) phrase: &'static str,
    /// Where things can lie: the first [`super::world::SPOTS_TO_PUT`] where people put them, the others where they are
    /// moved or dragged to.
    pub(super) spots: &'static [&'static str],
}

/// A sentence that changes nothing: its wording and what may stand in `{1}` and `{2}`.
pub(super) struct Colour {
    pub(super) say: &'static str,
    pub(super) one: &'static [&'static str],
    pub(super) two: &'static [&'static str],
}

/// The words of one kind of event; an empty field means that the event is not asked about in this way.
#[derive(Clone, Copy)]
pub(super) struct Texts {
    pub(super) say: &'static [&'static str],
    /// What the actor did, without the actor.
    pub(super) did: &'static str,
    pub(super) where_did: &'static str,
    pub(super) why: &'static str,
    /// The same question put to the actor.
    pub(super) asked: &'static str,
    /// What is thanked for.
    pub(super) deed: &'static str,
}

pub(super) const SILENT: Texts = Texts { say: &[], did: "", where_did: "", why: "", asked: "", deed: "" };
