//! Plays a plot out: draws who, what and where, keeps track of the object, and words each event.
//!
//! Only the object's place, what each person believes of it, and the reasons told are kept: that is what
//! makes the next sentence true. Reasons, tools and animals are drawn once and repeated word for word, so that a reader
//! (or a small model) can always copy what it needs from earlier in the story.

use super::language::{Language, Name, Object, Scene, Texts};
use super::plot::{Kind, Plot, Step};
use super::rng::Rng;

/// An event that happened, with all that its questions need.
pub(super) struct Event {
    pub(super) step: Step,
    pub(super) texts: Texts,
    pub(super) place: &'static str,
    pub(super) reason: String,
    /// The question of an explanation, as its reason was asked for.
    asked: &'static str,
    /// What an expression of thanks is for.
    deed: &'static str,
    errand: &'static str,
    tool: &'static str,
    thief: &'static str,
    /// Where its sentence stands in the story.
    pub(super) sentence: usize,
    pub(super) spoken: String,
}

/// Of stories with asides, one in so many has one.
const ASIDES: usize = 2;
/// The first so many spots of a scene are where people put things; to the others things are moved and dragged.
pub(super) const SPOTS_TO_PUT: usize = 4;

pub(super) struct World {
    pub(super) language: &'static Language,
    pub(super) people: [Name; 3],
    pub(super) object: &'static Object,
    pub(super) scene: &'static Scene,
    adjective: &'static str,
    pub(super) sentences: Vec<String>,
    pub(super) events: Vec<Event>,
}

impl World {
    pub(super) fn play(language: &'static Language, plot: &Plot, asides: bool, rng: &mut Rng) -> World {
        let first = rng.below(language.names.len());
        let second = (first + 1 + rng.below(language.names.len() - 1)) % language.names.len();
        let mut world = World {
            language,
            people: [language.names[first], language.names[second], *rng.pick(language.elders)],
            object: rng.pick(language.objects),
            scene: rng.pick(language.scenes),
            adjective: rng.word(language.adjectives),
            sentences: Vec::with_capacity(14),
            events: Vec::with_capacity(12),
        };
        let when = rng.word(language.when);
        let when =
            when.replace("{weather}", rng.word(language.weather)).replace("{daypart}", rng.word(language.dayparts));
        let opening = rng.word(language.first).replace("{when}", &when);
        world.sentences.push(world.say(&opening, None));
        if asides && rng.one_in(ASIDES) {
            world.colour(rng);
        }
        world.sentences.push(world.say(rng.word(language.second), None));
        world.run(&plot.parse(), rng);
        world
    }

    /// The sentences before the first event.
    pub(super) fn opening(&self) -> &[String] {
        &self.sentences[..self.events[0].sentence]
    }

    fn run(&mut self, steps: &[Step], rng: &mut Rng) {
        let [mut to_put, mut to_move] =
            [&self.scene.spots[..SPOTS_TO_PUT], &self.scene.spots[SPOTS_TO_PUT..]].map(<[_]>::to_vec);
        rng.shuffle(&mut to_put);
        rng.shuffle(&mut to_move);
        let mut place = ""; // where the object lies; empty while somebody holds it
        let mut left = ["", "", ""]; // where each of them last saw it
        let mut tool = "";
        for &step in steps {
            let Step { kind, x, y } = step;
            let texts = (self.language.events)(kind);
            let mut event = Event {
                step,
                texts,
                place: "",
                reason: String::new(),
                asked: "",
                deed: "",
                errand: rng.word(self.language.errands),
                tool: "",
                thief: rng.word(self.language.thieves),
                sentence: 0,
                spoken: String::new(),
            };
            match kind {
                Kind::Put | Kind::Leave | Kind::Move | Kind::Forget | Kind::Hide | Kind::Snatch => {
                    let spots = if matches!(kind, Kind::Move | Kind::Snatch) { &mut to_move } else { &mut to_put };
                    place =
                        spots.pop().expect("a plot puts and moves things less often than a scene has spots for either");
                    event.place = place;
                    if kind == Kind::Leave {
                        left[x] = place;
                    }
                }
                Kind::Miss => event.place = left[x],
                Kind::Tell | Kind::Hint | Kind::Remember => event.place = place,
                Kind::Find | Kind::Take => event.place = std::mem::take(&mut place),
                Kind::Fetch => {
                    tool = rng.word(self.language.tools);
                    event.tool = tool;
                }
                Kind::Mend => event.tool = tool,
                Kind::Explain => {
                    // The latest reason told that the one who answers had a part in.
                    let told = self.events.iter().rev().find(|told| {
                        let common = matches!(told.step.kind, Kind::Delay | Kind::Quarrel);
                        !told.reason.is_empty() && told.step.kind != Kind::Explain && (common || told.step.x == x)
                    });
                    let told = told.expect("a plot explains only what had a reason");
                    event.asked = told.texts.asked;
                    event.reason = told.reason.clone();
                }
                Kind::Thank => {
                    let done = self.events.iter().rev().find(|done| done.step.x == y && !done.texts.deed.is_empty());
                    event.deed = done.expect("a plot thanks only for a deed").texts.deed;
                }
                _ => {}
            }
            let reasons = (self.language.reasons)(kind);
            if !reasons.is_empty() {
                let reason = rng.word(reasons);
                event.reason = reason.replace("{y}", self.people[y].name);
            }
            event.sentence = self.sentences.len();
            let template = rng.word(texts.say);
            event.spoken = self.say(template, Some(&event));
            self.sentences.push(event.spoken.clone());
            self.events.push(event);
        }
    }

    fn colour(&mut self, rng: &mut Rng) {
        let colour = rng.pick(self.language.colour);
        let one = rng.word(colour.one);
        let two = loop {
            let two = rng.word(colour.two);
            if two != one {
                break two;
            }
        };
        self.sentences.push(colour.say.replace("{1}", one).replace("{2}", two));
    }

    /// The object as it is first named: `an old kite`, `一只旧旧的风筝`.
    fn object_at_first(&self) -> String {
        let Object { noun, measure, .. } = self.object;
        if measure.is_empty() {
            format!("{} {} {noun}", article(self.adjective), self.adjective)
        } else {
            format!("一{measure}{}{noun}", self.adjective)
        }
    }

    /// Fills a template's slots and makes its first letter a capital.
    pub(super) fn say(&self, template: &str, event: Option<&Event>) -> String {
        let mut text = String::with_capacity(2 * template.len());
        self.fill(template, event, &mut text);
        capital(text)
    }

    pub(super) fn fill(&self, template: &str, event: Option<&Event>, text: &mut String) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (slot, after) = after.split_once('}').expect("a slot is closed");
            text.push_str(before);
            self.fill_slot(slot, event, text);
            rest = after;
        }
        text.push_str(rest);
    }

    fn fill_slot(&self, slot: &str, event: Option<&Event>, text: &mut String) {
        match slot {
            "a" => return text.push_str(self.people[0].name),
            "b" => return text.push_str(self.people[1].name),
            "him:a" => return text.push_str(self.people[0].him),
            "o" => return text.push_str(self.object.noun),
            "oa" => return text.push_str(&self.object_at_first()),
            "v" => return text.push_str(self.object.verb),
            "vd" => return text.push_str(self.object.past),
            "s" => return text.push_str(self.scene.phrase),
            _ => {}
        }
        let event = event.unwrap_or_else(|| panic!("slot {slot} needs an event"));
        let actor = &self.people[event.step.x];
        match slot {
            "x" if event.step.kind == Kind::Snatch => text.push_str(&self.the_thief(event)),
            "x" => text.push_str(actor.name),
            "y" => text.push_str(self.people[event.step.y].name),
            "p" => text.push_str(event.place),
            "r" => text.push_str(&event.reason),
            "t" => text.push_str(event.tool),
            "tt" => text.push_str(&known(event.tool)),
            "e" => text.push_str(event.errand),
            "n" => text.push_str(event.thief),
            "an" => {
                text.push_str(article(event.thief));
                text.push(' ');
                text.push_str(event.thief);
            }
            "q" => self.fill(event.asked, Some(event), text),
            "d" => self.fill(event.deed, Some(event), text),
            "did" => self.fill(event.texts.did, Some(event), text),
            _ => panic!("no slot {slot}"),
        }
    }

    fn the_thief(&self, event: &Event) -> String {
        if self.object.measure.is_empty() { format!("the {}", event.thief) } else { event.thief.to_string() }
    }
}

/// A tool that was named before: `the roll of tape`.
fn known(tool: &str) -> String {
    match tool.strip_prefix("some ").or_else(|| tool.strip_prefix("a ")) {
        Some(rest) => format!("the {rest}"),
        None => tool.to_string(),
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// The text with its first letter, after an opening quotation mark, as a capital.
fn capital(mut text: String) -> String {
    let at = text.find(|c| c != '“').unwrap_or(0);
    if let Some(letter) = text.get_mut(at..at + 1) {
        letter.make_ascii_uppercase();
    }
    text
}
