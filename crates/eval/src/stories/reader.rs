//! Reads a story and says whether it holds together; the first thing that does not fit ends the reading.
//!
//! The reader keeps a small world: who is there and who is away, whose the object is, who holds it or where it lies, who put
//! it there, who looks for it and who knows, whether it is broken, which reasons were told, which wish is open. Each sentence
//! is checked against the world, then changes it. A story is consistent if every sentence is known, fits and is told
//! once, and the wish of its beginning is fulfilled at its end, after something happened in between.
//!
//! The generator's code and tables are not used: patterns and rules are this module's own and know no plots; the word
//! lists in `words/` began as a copy of the generator's, so a word that is wrong in both goes unnoticed. It does not judge style, nor whether an animal suits the scene.

use super::grammar::{Grammar, Sentence, grammar};
use std::collections::HashSet;
use std::fmt;
use text::stories::Lang;

/// What a consistent story told.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The two heroes, the one who brought the object first.
    pub heroes: [String; 2],
    /// Where it happened.
    pub scene: String,
    /// The object.
    pub object: String,
    /// The story's sentences in order.
    pub sentences: Vec<Sentence>,
}

/// The kind of the first thing that does not fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Fault {
    /// Somebody who is not in the story, or not the one who did it.
    Name,
    /// Not the object (or tool) of the story, or not what one does with it.
    Object,
    /// Not where the object is or was.
    Place,
    /// Something happens before what it needs, or after it is too late.
    Order,
    /// A reason that is not the one told.
    Cause,
    /// A sentence that is not known or not grammatical.
    Unknown,
    /// The story stops before its wish is fulfilled.
    Unfinished,
}

/// Where and why a story is inconsistent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inconsistency {
    /// What is wrong.
    pub fault: Fault,
    /// Byte of the sentence that does not fit.
    pub at: usize,
}

impl fmt::Display for Inconsistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at byte {}", self.fault, self.at)
    }
}

/// Reads a whole story.
///
/// # Errors
/// The first inconsistency.
pub fn read(lang: Lang, text: &str) -> Result<Facts, Inconsistency> {
    let text = text.trim_end();
    let sentences = sentences(lang, text)?;
    let mut world = World { english: lang == Lang::En, text, ..World::default() };
    for sentence in &sentences {
        world.take_in(sentence).map_err(|fault| Inconsistency { fault, at: sentence.span.start })?;
    }
    if !world.fulfilled || world.wait == Wait::Going {
        return Err(Inconsistency { fault: Fault::Unfinished, at: text.len() });
    }
    let [first, second] = world.heroes.map(String::from);
    Ok(Facts { heroes: [first, second], scene: world.scene.into(), object: world.object.into(), sentences })
}

/// Splits the text into the sentences of the grammar.
///
/// # Errors
/// The first sentence that is not known.
pub fn sentences(lang: Lang, text: &str) -> Result<Vec<Sentence>, Inconsistency> {
    let grammar = grammar(lang);
    let mut sentences: Vec<Sentence> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let sentence = grammar.sentence(text, at).ok_or(Inconsistency { fault: Fault::Unknown, at })?;
        at = sentence.span.end;
        if at < text.len() {
            at += grammar.separator.len();
        }
        sentences.push(sentence);
    }
    Ok(sentences)
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Wish {
    #[default]
    None,
    Together,
    Give,
    Learn,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Wait {
    #[default]
    Never,
    Going,
    Over,
}

/// A reason told: for which kind of event, by whom it can be explained (nobody in particular: empty), and the words.
struct Reason<'t> {
    kind: &'t str,
    by: &'t str,
    words: &'t str,
}

/// What was done: the kind of event, by whom, and to whom (empty: to nobody in particular).
struct Deed<'t> {
    kind: &'t str,
    by: &'t str,
    to: &'t str,
}

#[derive(Default)]
struct World<'t> {
    english: bool,
    text: &'t str,
    heroes: [&'t str; 2],
    arrived: Vec<&'t str>,
    away: Option<(&'t str, &'t str)>,
    scene: &'t str,
    object: &'t str,
    /// Who brought the object, or was given it.
    owner: &'t str,
    holder: &'t str,
    place: &'t str,
    /// The kind of event that put the object where it lies, and who did; nobody after a theft, or where it was forgotten.
    placed: &'t str,
    placed_by: &'t str,
    /// Who forgot the object where it lies.
    forgot: &'t str,
    /// Who said where it lies.
    informant: &'t str,
    /// Whether the one who looks for it knows by now where it lies.
    told: bool,
    lender: &'t str,
    broken: bool,
    tool: Option<(&'t str, &'t str)>,
    wish: Wish,
    /// Who is to learn, or to receive.
    wish_for: &'t str,
    shown: bool,
    given: bool,
    fulfilled: bool,
    closed: bool,
    wait: Wait,
    seeker: &'t str,
    reasons: Vec<Reason<'t>>,
    deeds: Vec<Deed<'t>>,
    sorry: Vec<&'t str>,
    /// The sentences so far.
    said: HashSet<&'t str>,
}

type Fits = Result<(), Fault>;

fn need(condition: bool, fault: Fault) -> Fits {
    if condition { Ok(()) } else { Err(fault) }
}

impl<'t> World<'t> {
    fn grammar(&self) -> &'static Grammar {
        grammar(if self.english { Lang::En } else { Lang::Zh })
    }

    fn take_in(&mut self, sentence: &'t Sentence) -> Fits {
        let word = |slot: &str| sentence.word(slot, self.text);
        let kind = sentence.kind.as_str();
        let (x, y) = (word("x").unwrap_or(""), word("y").unwrap_or(""));
        self.agreement(sentence, x, y)?;
        // People meet, somebody brings something, with an aside in between perhaps; then anything may happen.
        if self.scene.is_empty() {
            return self.meet(kind, x, y, word("s").unwrap_or(""));
        } else if self.object.is_empty() {
            return if kind.starts_with("colour") { self.colour(sentence) } else { self.bring(kind, sentence, x, y) };
        }
        need(kind != "meet" && kind != "bring", Fault::Order)?;
        need(!self.closed, Fault::Order)?;
        self.people_fit(kind, x, y)?;
        let mut objects = sentence.slots.iter().filter(|(slot, _)| slot == "o");
        need(objects.all(|(_, range)| &self.text[range.clone()] == self.object), Fault::Object)?;
        let (bare, past) = self.grammar().companions(self.object);
        let verb = if self.english { bare } else { past };
        need(word("v").is_none_or(|v| v == verb) && word("vd").is_none_or(|vd| vd == past), Fault::Object)?;
        let (place, reason) = (word("p").unwrap_or(""), word("r").unwrap_or(""));
        self.happen(sentence, x, y, place, reason)?;
        self.deeds.push(Deed { kind, by: x, to: y });
        // Each sentence tells something new.
        need(self.said.insert(&self.text[sentence.span.clone()]), Fault::Order)
    }

    /// Grammar that reaches over slots: pronouns, articles, repeated names.
    fn agreement(&self, sentence: &Sentence, x: &str, y: &str) -> Fits {
        let grammar = self.grammar();
        for (i, (slot, range)) in sentence.slots.iter().enumerate() {
            let word = &self.text[range.clone()];
            let next = || sentence.slots.get(i + 1).map_or("", |(_, range)| &self.text[range.clone()]);
            let fits = match slot.as_str() {
                "him" => (word == "her") == grammar.is_female(x),
                "art" => (word == "an") == next().starts_with(['a', 'e', 'i', 'o', 'u']),
                _ => true,
            };
            need(fits, Fault::Unknown)?;
            need(slot != "x2" || word == x, Fault::Name)?;
        }
        need(x.is_empty() || x != y, Fault::Name)
    }

    fn meet(&mut self, kind: &str, x: &'t str, y: &'t str, scene: &'t str) -> Fits {
        need(kind == "meet", Fault::Order)?;
        need(!self.is_elder(x) && !self.is_elder(y), Fault::Name)?;
        (self.heroes, self.scene) = ([x, y], scene);
        Ok(())
    }

    fn bring(&mut self, kind: &str, sentence: &'t Sentence, x: &'t str, y: &'t str) -> Fits {
        need(kind == "bring", Fault::Order)?;
        need(x == self.heroes[0] && (y.is_empty() || y == self.heroes[1]), Fault::Name)?;
        self.object = sentence.word("o", self.text).unwrap_or("");
        let (measure, _) = self.grammar().companions(self.object);
        need(sentence.word("m", self.text).is_none_or(|m| m == measure), Fault::Unknown)?;
        (self.holder, self.owner) = (x, x);
        Ok(())
    }

    fn people_fit(&self, kind: &str, x: &str, y: &str) -> Fits {
        let known = |name: &str| name.is_empty() || self.is_hero(name) || self.arrived.contains(&name);
        let newcomer = match kind {
            "arrive" => x,
            // Who comes to ask is the story's only elder.
            "explain" if self.is_elder(y) && self.arrived.is_empty() => y,
            _ => "",
        };
        need(known(x) || x == newcomer, Fault::Name)?;
        need(known(y) || y == newcomer, Fault::Name)?;
        if let Some((away, _)) = self.away {
            need(kind == "miss" || (x != away && y != away), Fault::Order)?;
            need(kind != "colour-both", Fault::Order)?;
        }
        // Once the wish is fulfilled there is only looking back.
        need(!self.fulfilled || matches!(kind, "thank" | "explain" | "end") || kind.starts_with("colour"), Fault::Order)
    }

    fn happen(&mut self, sentence: &'t Sentence, x: &'t str, y: &'t str, place: &'t str, reason: &'t str) -> Fits {
        let lies = self.holder.is_empty();
        let (kind, topic) = (sentence.kind.as_str(), sentence.topic.as_str());
        let pair = self.is_hero(x) && self.is_hero(y);
        match kind {
            "wish" | "wish-give" | "wish-learn" => {
                // Nobody wishes for what is broken or lost.
                let lost = lies && !self.placed.starts_with("lay") && self.placed != "hide";
                need(self.wish == Wish::None && !self.broken && !lost, Fault::Order)?;
                need(self.is_hero(x) && (y.is_empty() || self.is_hero(y)), Fault::Name)?;
                need(kind != "wish-give" || self.owner == x, Fault::Name)?;
                (self.wish, self.wish_for) = match kind {
                    "wish" => (Wish::Together, ""),
                    "wish-give" => (Wish::Give, y),
                    _ => (Wish::Learn, x),
                };
            }
            "arrive" => {
                need(self.is_elder(x), Fault::Name)?;
                need(!self.arrived.contains(&x), Fault::Order)?;
                self.arrived.push(x);
            }
            "wait" => {
                // What cannot begin is what was wished for.
                let begun = self.shown || self.given;
                need(self.wait == Wait::Never && self.wish != Wish::None && !begun, Fault::Order)?;
                self.wait = Wait::Going;
                self.tell_reason("wait", "", reason);
            }
            "wait-over" => {
                need(self.wait == Wait::Going, Fault::Order)?;
                self.wait = Wait::Over;
            }
            "lay" | "lay-go" | "hide" | "forget" => {
                need(!lies, Fault::Order)?;
                need(self.holder == x, Fault::Name)?;
                self.put(kind, place, if kind == "forget" { "" } else { x })?;
                match kind {
                    "lay-go" => {
                        need(self.away.is_none(), Fault::Order)?;
                        self.away = Some((x, place));
                    }
                    "forget" => self.forgot = x,
                    _ => {}
                }
                if !reason.is_empty() {
                    self.tell_reason(kind, x, reason);
                }
            }
            "miss" => {
                let (away, left_at) = self.away.take().ok_or(Fault::Order)?;
                need(away == x, Fault::Name)?;
                need(place == left_at, Fault::Place)?;
                need(!lies || self.place != left_at, Fault::Order)?;
                self.seeker = x;
            }
            "move" => {
                need(lies, Fault::Order)?;
                // Who looks for a thing does not know where it is.
                need(![self.placed_by, self.forgot, self.seeker].contains(&x), Fault::Name)?;
                self.put(kind, place, x)?;
                self.tell_reason("move", x, reason);
            }
            "theft" => self.put(kind, place, "")?,
            "sad" | "ask" => {
                need(self.is_hero(x), Fault::Name)?;
                // What was laid down for all to see is not gone.
                need(lies && !self.told && !self.placed.starts_with("lay"), Fault::Order)?;
                need(self.placed_by != x, Fault::Name)?;
                need(y.is_empty() || self.seeker != y, Fault::Name)?;
                self.seeker = x;
            }
            "tell" | "hint" => {
                need(lies, Fault::Order)?;
                need(![self.seeker, self.forgot].contains(&x), Fault::Name)?;
                need(self.placed_by.is_empty() || self.placed_by == x, Fault::Name)?;
                let looking = if self.seeker.is_empty() { self.forgot } else { self.seeker };
                need(y.is_empty() || looking.is_empty() || looking == y, Fault::Name)?;
                need(self.place == place, Fault::Place)?;
                (self.informant, self.told) = (x, true);
            }
            "recall" => {
                need(lies && self.done("forget"), Fault::Order)?;
                need(self.forgot == x, Fault::Name)?;
                need(self.place == place, Fault::Place)?;
                self.told = true;
            }
            "find" | "take" => {
                need(lies, Fault::Order)?;
                need(self.place == place, Fault::Place)?;
                // One finds what somebody else put there, and goes to get what one knows of.
                let found = ![self.placed_by, self.informant].contains(&x);
                let known = self.told || self.seeker != x && (self.placed != "hide" || self.placed_by == x);
                need(if kind == "find" { found } else { known }, Fault::Name)?;
                self.clear_place();
                (self.holder, self.seeker) = (x, "");
            }
            "break" => {
                need(!lies && !self.broken, Fault::Order)?;
                need(self.holder == x, Fault::Name)?;
                self.broken = true;
                self.tell_reason("break", x, reason);
            }
            "weep" => {
                need(self.is_hero(x), Fault::Name)?;
                need(self.broken, Fault::Order)?;
            }
            "fetch" => {
                need(self.broken && self.tool.is_none(), Fault::Order)?;
                self.tool = Some((x, sentence.word("t", self.text).unwrap_or("")));
            }
            "mend" => {
                need(self.broken, Fault::Order)?;
                let (fetched_by, tool) = self.tool.take().ok_or(Fault::Order)?;
                need(fetched_by == x, Fault::Name)?;
                let used = sentence.word("tt", self.text).unwrap_or("");
                need(used.trim_start_matches("the ") == known_tool(tool), Fault::Object)?;
                self.broken = false;
            }
            "sorry" => {
                need(["quarrel", "break", "forget"].iter().any(|fault| self.done(fault)), Fault::Order)?;
                need(!self.sorry.contains(&x), Fault::Order)?;
                need(pair, Fault::Name)?;
                need(self.done("quarrel") || self.did("break", x) || self.did("forget", x), Fault::Name)?;
                self.sorry.push(x);
            }
            "explain" => {
                let told = self.reasons.iter().rev().find(|told| told.kind == topic).ok_or(Fault::Order)?;
                // Both heroes waited or quarrelled: either can explain it; of a quarrel neither need ask.
                let both = told.by.is_empty() && self.is_hero(x) && !(topic == "quarrel" && self.is_hero(y));
                need(both || told.by == x, Fault::Name)?;
                need(told.words == reason, Fault::Cause)?;
                // What was done to a thing shows when it is found or told of; who forgot it notices when looking for it.
                let shows = !lies || self.told || topic == "forget" && !self.seeker.is_empty();
                need(shows || !matches!(topic, "hide" | "move" | "forget"), Fault::Order)?;
                if self.is_elder(y) && !self.arrived.contains(&y) {
                    self.arrived.push(y);
                }
            }
            "lend" => {
                need(!lies && !self.broken && self.lender.is_empty(), Fault::Order)?;
                need(self.holder == x && self.owner == x && pair, Fault::Name)?;
                (self.holder, self.lender) = (y, x);
            }
            "return" => {
                need(!lies && !self.broken && !self.lender.is_empty(), Fault::Order)?;
                need(self.holder == x && self.lender == y, Fault::Name)?;
                (self.holder, self.lender) = (y, "");
            }
            "give" => {
                need(!lies && !self.broken && self.wish == Wish::Give && !self.given, Fault::Order)?;
                need(self.wait != Wait::Going, Fault::Order)?;
                need(self.holder == x && self.owner == x && self.wish_for == y, Fault::Name)?;
                need(self.heroes.iter().all(|hero| *hero == y || !names(reason, hero, self.english)), Fault::Name)?;
                need(names(reason, y, self.english), Fault::Name)?;
                (self.holder, self.owner) = (y, y);
                self.given = true;
                self.tell_reason("give", x, reason);
            }
            "quarrel" => {
                need(!self.done("quarrel"), Fault::Order)?;
                need(pair, Fault::Name)?;
                self.tell_reason("quarrel", "", reason);
            }
            "teach" => {
                need(!lies && !self.broken && self.wish == Wish::Learn, Fault::Order)?;
                need(self.wait != Wait::Going, Fault::Order)?;
                need(self.wish_for == y, Fault::Name)?;
                self.shown = true;
            }
            "master" => {
                need(!lies && !self.broken && self.shown, Fault::Order)?;
                need(self.wish_for == x, Fault::Name)?;
                self.fulfilled = true;
            }
            "thank" => {
                need(self.done(topic), Fault::Order)?;
                let helped = |deed: &Deed| {
                    (deed.kind, deed.by) == (topic, y)
                        && if deed.to.is_empty() { self.is_hero(x) } else { deed.to == x }
                };
                need(self.deeds.iter().any(helped), Fault::Name)?;
            }
            "end" => {
                need(pair, Fault::Name)?;
                need(!lies && !self.broken && self.wait != Wait::Going && self.away.is_none(), Fault::Order)?;
                need(self.wish == Wish::Together || self.fulfilled, Fault::Order)?;
                // A wish that nothing stands in the way of is no story.
                let since = self.deeds.iter().rev().take_while(|deed| !deed.kind.starts_with("wish"));
                need(since.filter(|deed| !deed.kind.starts_with("colour")).count() > 0, Fault::Order)?;
                (self.fulfilled, self.closed) = (true, true);
            }
            "keep" => {
                need(!lies && !self.broken && self.given, Fault::Order)?;
                need(self.holder == x && self.owner == x && (y.is_empty() || pair), Fault::Name)?;
                (self.fulfilled, self.closed) = (true, true);
            }
            "colour" | "colour-both" => self.colour(sentence)?,
            other => unreachable!("no rule for {other}"),
        }
        Ok(())
    }

    fn colour(&self, sentence: &Sentence) -> Fits {
        let word = |slot: &str| sentence.word(slot, self.text);
        let repeats = |one: &str, two: &str| word(one).is_some() && word(one) == word(two);
        need(!repeats("food", "food2") && !repeats("topic", "topic2"), Fault::Unknown)
    }

    fn put(&mut self, kind: &'t str, place: &'t str, by: &'t str) -> Fits {
        need(self.place != place, Fault::Place)?;
        self.clear_place();
        (self.holder, self.place, self.placed, self.placed_by) = ("", place, kind, by);
        Ok(())
    }

    fn clear_place(&mut self) {
        (self.place, self.placed, self.placed_by, self.forgot) = ("", "", "", "");
        (self.informant, self.told) = ("", false);
    }

    fn is_hero(&self, name: &str) -> bool {
        self.heroes.contains(&name)
    }

    fn is_elder(&self, name: &str) -> bool {
        self.grammar().list("elder").iter().any(|elder| elder == name)
    }

    fn tell_reason(&mut self, kind: &'t str, by: &'t str, words: &'t str) {
        self.reasons.push(Reason { kind, by, words });
    }

    fn done(&self, kind: &str) -> bool {
        self.deeds.iter().any(|deed| deed.kind == kind)
    }

    fn did(&self, kind: &str, person: &str) -> bool {
        self.deeds.iter().any(|deed| (deed.kind, deed.by) == (kind, person))
    }
}

fn known_tool(tool: &str) -> &str {
    tool.strip_prefix("some ").or_else(|| tool.strip_prefix("a ")).unwrap_or(tool)
}

/// True if `text` starts with the name (in English, as a whole word), as reasons about people do.
fn names(text: &str, name: &str, english: bool) -> bool {
    match text.find(name) {
        None => false,
        Some(at) => !english || !text[at + name.len()..].starts_with(char::is_alphabetic),
    }
}
