//! Recognises the sentences of a story: word lists and sentence patterns of its own, one pair of files a language.
//!
//! A pattern is literal text with slots (`$x`: a person, `$o`: the object, `$p`: a place, `$r`: a reason fit for the
//! event) and alternatives `(a|b)`; loading multiplies the alternatives out, matching is a depth-first search over the
//! words that each slot's list holds. Nothing here knows whether a story makes sense; see `reader.rs`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};
use text::stories::Lang;

pub(super) struct Grammar {
    pub(super) separator: &'static str,
    patterns: Vec<Pattern>,
    lists: HashMap<String, Vec<String>>,
    /// Object to its verb (bare, past) or, in Chinese, measure word and verb.
    objects: HashMap<String, (String, String)>,
    she: Vec<String>,
}

struct Pattern {
    kind: String,
    topic: String,
    tokens: Vec<Token>,
}

enum Token {
    Literal(String),
    Slot { name: String, words: Words },
}

/// The words a slot may hold, by first character.
type Words = Arc<HashMap<char, Vec<String>>>;

/// A recognised sentence: what it tells, and where each slot's word stands in the story.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// The kind of event, as named in the grammar.
    pub kind: String,
    /// What a question or thanks is about: again a kind of event; else empty.
    pub topic: String,
    /// Bytes of the sentence in the story.
    pub span: Range<usize>,
    /// Slots in order of appearance: name, bytes in the story.
    pub slots: Vec<(String, Range<usize>)>,
}

impl Sentence {
    /// The word in `slot`.
    pub fn word<'t>(&self, slot: &str, text: &'t str) -> Option<&'t str> {
        self.slots.iter().find(|(name, _)| name == slot).map(|(_, range)| &text[range.clone()])
    }
}

static CHINESE: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::load(include_str!("words/zh.txt"), include_str!("words/zh.grammar"), ""));
static ENGLISH: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::load(include_str!("words/en.txt"), include_str!("words/en.grammar"), " "));

/// The grammar of `lang`, built once.
pub(super) fn grammar(lang: Lang) -> &'static Grammar {
    match lang {
        Lang::Zh => &CHINESE,
        Lang::En => &ENGLISH,
    }
}

impl Grammar {
    /// The sentence that begins at byte `at` and ends where another may begin.
    pub(super) fn sentence(&self, text: &str, at: usize) -> Option<Sentence> {
        for pattern in &self.patterns {
            let mut slots = Vec::new();
            let ends_well = |end: usize| end == text.len() || text[end..].starts_with(self.separator);
            if let Some(end) = follow(&pattern.tokens, text, at, &mut slots, &ends_well) {
                let slots = slots.into_iter().map(|(name, range)| (name.to_string(), range)).collect();
                let (kind, topic) = (pattern.kind.clone(), pattern.topic.clone());
                return Some(Sentence { kind, topic, span: at..end, slots });
            }
        }
        None
    }

    /// The words of a list.
    pub(super) fn list(&self, name: &str) -> &[String] {
        &self.lists[name]
    }

    pub(super) fn is_female(&self, person: &str) -> bool {
        self.she.iter().any(|name| name == person)
    }

    /// The two words that go with the object.
    pub(super) fn companions(&self, object: &str) -> (&str, &str) {
        let (first, second) = &self.objects[object];
        (first, second)
    }

    fn load(words: &str, rules: &str, separator: &'static str) -> Grammar {
        let mut lists = read_lists(words);
        let she = ["child she", "elder she"].iter().flat_map(|name| lists.get(*name).cloned().unwrap_or_default());
        let she: Vec<String> = she.collect();
        for name in ["child", "elder"] {
            for half in [format!("{name} she"), format!("{name} he")] {
                let half = lists.remove(&half).unwrap_or_default();
                lists.entry(name.to_string()).or_default().extend(half);
            }
        }
        let person = [lists["child"].clone(), lists["elder"].clone()].concat();
        let give = lists["reason give"].iter();
        let give = give.flat_map(|reason| lists["child"].iter().map(move |name| reason.replace("$y", name))).collect();
        let mut objects = HashMap::new();
        let mut columns = [Vec::new(), Vec::new(), Vec::new()];
        for object in &lists["object"] {
            let parts: Vec<&str> = object.split('/').collect();
            objects.insert(parts[0].to_string(), (parts[1].to_string(), parts[2].to_string()));
            for (column, part) in columns.iter_mut().zip(parts) {
                column.push(part.to_string());
            }
        }
        let [noun, second, third] = columns;
        let (verb, past, measure) =
            if separator.is_empty() { (third, vec![], second) } else { (second, third, vec![]) };
        let again = |tool: &String| match tool.strip_prefix("some ").or_else(|| tool.strip_prefix("a ")) {
            Some(rest) => format!("the {rest}"),
            None => tool.clone(),
        };
        let tool_again = lists["tool"].iter().map(again).collect();
        for (name, list) in [
            ("person", person),
            ("reason give", give),
            ("noun", noun),
            ("verb", verb),
            ("past", past),
            ("measure", measure),
            ("tool again", tool_again),
            ("him", vec!["him".into(), "her".into()]),
            ("art", vec!["a".into(), "an".into()]),
        ] {
            lists.insert(name.to_string(), list);
        }
        let patterns = Loader { lists: &lists, words: HashMap::new() }.read(rules);
        Grammar { separator, patterns, lists, objects, she }
    }
}

fn follow<'p>(
    tokens: &'p [Token],
    text: &str,
    at: usize,
    slots: &mut Vec<(&'p str, Range<usize>)>,
    ends_well: &dyn Fn(usize) -> bool,
) -> Option<usize> {
    let Some((token, rest)) = tokens.split_first() else {
        return ends_well(at).then_some(at);
    };
    match token {
        Token::Literal(literal) => {
            let starts = text[at..].starts_with(literal.as_str());
            if starts { follow(rest, text, at + literal.len(), slots, ends_well) } else { None }
        }
        Token::Slot { name, words } => {
            let first = text[at..].chars().next()?;
            for word in words.get(&first)? {
                if text[at..].starts_with(word.as_str()) {
                    slots.push((name, at..at + word.len()));
                    if let Some(end) = follow(rest, text, at + word.len(), slots, ends_well) {
                        return Some(end);
                    }
                    slots.pop();
                }
            }
            None
        }
    }
}

fn read_lists(words: &str) -> HashMap<String, Vec<String>> {
    let mut lists: HashMap<String, Vec<String>> = HashMap::new();
    let mut name = String::new();
    for line in words.lines() {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(section) => name = section.to_string(),
            None => {
                let words = line.split('|').map(str::trim).filter(|word| !word.is_empty());
                lists.entry(name.clone()).or_default().extend(words.map(String::from));
            }
        }
    }
    lists
}

struct Loader<'a> {
    lists: &'a HashMap<String, Vec<String>>,
    words: HashMap<String, Words>,
}

impl Loader<'_> {
    fn read(mut self, rules: &str) -> Vec<Pattern> {
        let mut when = "";
        let mut questions = Vec::new();
        let mut deeds = Vec::new();
        let mut patterns = Vec::new();
        for line in rules.lines().filter(|line| !line.starts_with('#')) {
            if let Some(text) = line.strip_prefix("@when = ") {
                when = text;
                continue;
            }
            let (kind, pattern) = line.split_once(": ").expect("a rule has a kind and a pattern");
            let pattern = pattern.replace("@when", when);
            if let Some(topic) = kind.strip_prefix("question ") {
                questions.push((topic.to_string(), pattern));
            } else if let Some(line) = line.strip_prefix("deed ") {
                let (topic, text) = line.split_once(": ").expect("a deed has a kind and a wording");
                deeds.push((topic.to_string(), text.to_string()));
            } else if pattern.contains("@q") {
                for (topic, question) in &questions {
                    self.add(kind, topic, &pattern.replace("@q", question), &mut patterns);
                }
            } else if pattern.contains("@d") {
                for (topic, deed) in &deeds {
                    self.add(kind, topic, &pattern.replace("@d", deed), &mut patterns);
                }
            } else {
                self.add(kind, "", &pattern, &mut patterns);
            }
        }
        patterns
    }

    fn add(&mut self, kind: &str, topic: &str, pattern: &str, patterns: &mut Vec<Pattern>) {
        for flat in alternatives(pattern) {
            let tokens = self.tokens(&flat, if topic.is_empty() { kind } else { topic });
            patterns.push(Pattern { kind: kind.to_string(), topic: topic.to_string(), tokens });
        }
    }

    fn tokens(&mut self, flat: &str, reason: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut pieces = flat.split('$');
        tokens.push(Token::Literal(pieces.next().unwrap_or_default().to_string()));
        for piece in pieces {
            let end = piece.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(piece.len());
            let name = &piece[..end];
            tokens.push(Token::Slot { name: name.to_string(), words: self.words_of(name, reason) });
            tokens.push(Token::Literal(piece[end..].to_string()));
        }
        tokens
    }

    fn words_of(&mut self, slot: &str, reason: &str) -> Words {
        let list = match slot {
            "x" | "y" | "x2" => "person".to_string(),
            "o" => "noun".to_string(),
            "v" => "verb".to_string(),
            "vd" => "past".to_string(),
            "m" => "measure".to_string(),
            "p" => "place".to_string(),
            "s" => "scene".to_string(),
            "t" => "tool".to_string(),
            "tt" => "tool again".to_string(),
            "r" => format!("reason {reason}"),
            other => other.trim_end_matches('2').to_string(),
        };
        let words = self.lists.get(&list).unwrap_or_else(|| panic!("no list {list}"));
        let build = || {
            let mut by_first: HashMap<char, Vec<String>> = HashMap::new();
            for word in words {
                by_first.entry(word.chars().next().expect("words are not empty")).or_default().push(word.clone());
            }
            Arc::new(by_first)
        };
        self.words.entry(list).or_insert_with(build).clone()
    }
}

/// Multiplies out the innermost parentheses first.
fn alternatives(pattern: &str) -> Vec<String> {
    let Some(close) = pattern.find(')') else {
        return vec![pattern.to_string()];
    };
    let open = pattern[..close].rfind('(').expect("parentheses pair up");
    let choices = pattern[open + 1..close].split('|');
    choices.flat_map(|choice| alternatives(&format!("{}{choice}{}", &pattern[..open], &pattern[close + 1..]))).collect()
}
