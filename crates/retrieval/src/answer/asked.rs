//! What a question is about, and how much of it a text holds.
//!
//! A word of the question weighs more the fewer texts have it. In five notes that says little (a word that one of them has is
//! not rarer than one of two), so every word is counted as if [`IMAGINED`] further texts stood beside, of which none has it: small
//! collections then weigh all words nearly alike, large ones by their rarity. Words that only make a question of
//! the others weigh nothing, nor does what follows "how" in *how high*; a word that names what is asked for (*what colour*, *price*, 价格)
//! weighs less, since an answer gives the thing and not its name.
//!
//! Only texts that whoever asks may see are counted: what the others have is as if it were not there. What must be the same in an answer
//! (numbers, part numbers) is told apart from the rest ([`Asked::inexact`]).

use super::exact;
use super::kind::Kind;
use super::statement;
use super::verbs;
use crate::lexical::Index;
use crate::lexical::analyse::{Role, STOP_WORDS, analyse, is_chinese_stop_word, parts_of_speech};
use std::collections::HashSet;

/// Texts that are imagined beside those of the collection.
const IMAGINED: f32 = 50.0;
/// How many times a wrong number counts as much as one that is missing.
const ANOTHER: f32 = 3.0;
/// What a word counts that names what is asked for.
const NAMES_THE_ANSWER: f32 = 0.4;

/// A question, ready to be looked for in texts.
pub struct Asked<'i> {
    index: &'i Index,
    words: Vec<Word>,
    /// Texts that count.
    pub n_texts: usize,
    /// Neighbours in the question: two words, or two characters.
    pairs: Vec<Pair>,
    /// Numbers and part numbers, as keys.
    exact: Vec<String>,
    /// Whether it is a statement, for or against which something is sought: not each of its words has to be there.
    pub is_statement: bool,
    /// Whether it asks for a grade of something: *how good*.
    has_grade: bool,
    /// What an answer must hold, where the question says so.
    pub kind: Option<Kind>,
    /// Whether its words are Chinese.
    pub is_chinese: bool,
}

/// A word of the question.
struct Word {
    text: String,
    role: Role,
    /// The terms of its forms that some text has.
    terms: Vec<u32>,
    /// Whether a text has it that whoever asks may see.
    is_known: bool,
    /// Whether it is what something is called.
    is_name: bool,
    /// Whether it may be what the question is about: a noun, where that is known.
    is_noun: bool,
    weight: f32,
}

/// What stands side by side in a text: the terms of two words, or two characters.
type Pair = (u32, u32);

/// The texts that count: all of them, or those that a person may see.
#[derive(Clone, Copy)]
pub struct Texts<'t> {
    pub index: &'t Index,
    /// `None` if all may be seen.
    pub may_see: Option<&'t dyn Fn(u64) -> bool>,
}

impl Texts<'_> {
    fn len(&self) -> usize {
        match self.may_see {
            None => self.index.len(),
            Some(may_see) => self.index.ids().filter(|id| may_see(*id)).count(),
        }
    }

    /// The term of a word and in how many texts it is.
    fn known(&self, word: &str, role: Role) -> Option<(u32, usize)> {
        let (term, n) = self.index.known(word, role)?;
        let n = self.may_see.map_or(n, |may_see| self.index.texts_with(term).filter(|id| may_see(*id)).count());
        Some((term, n))
    }
}

impl<'i> Asked<'i> {
    /// Reads a question for a collection.
    pub fn of(texts: Texts<'i>, question: &str) -> Asked<'i> {
        let found = words(question);
        let is_chinese = found.iter().any(|found| is_dictionary_word(&found.text, found.role));
        let mut asked = Asked {
            index: texts.index,
            words: vec![],
            n_texts: texts.len(),
            pairs: vec![],
            exact: exact::wanted(question),
            is_statement: statement::is_statement(question),
            has_grade: false,
            kind: Kind::of(question),
            is_chinese,
        };
        let n_texts = asked.n_texts as f32;
        let mut before = String::new();
        for Found { text, role, is_name, is_noun } in found {
            if role == Role::Pair && is_chinese {
                continue;
            }
            asked.has_grade |= before == "how" && GRADES.contains(&text.as_str());
            let share = share(&before, &text);
            before.clone_from(&text);
            if share == 0.0 || asked.words.iter().any(|word| word.text == text) {
                continue;
            }
            let forms = if role == Role::Word { verbs::forms(&text) } else { &[] };
            let known = || std::iter::once(text.as_str()).chain(forms.iter().copied());
            let known: Vec<(u32, usize)> = known().filter_map(|form| texts.known(form, role)).collect();
            let n = known.iter().map(|(_, n)| n).max().copied().unwrap_or(0);
            let is_known = n > 0 || is_in_pieces(&texts, &text);
            let weight = share * (1.0 + (n_texts + IMAGINED) / (n as f32 + 1.0)).ln();
            let terms = known.into_iter().map(|(term, _)| term).collect();
            asked.words.push(Word { text, role, terms, is_known, is_name, is_noun, weight });
        }
        asked.pairs = pairs(texts.index, question);
        asked
    }

    /// How much of the question's weight the words of a text carry, 0 to 1.
    pub fn carried(&self, text: &str) -> f32 {
        let present = self.present(text);
        self.share(|word| present.has(word))
    }

    /// How much of the question's weight no text carries at all, 0 to 1.
    pub fn unknown(&self) -> f32 {
        self.share(|word| !word.is_known)
    }

    /// How much of the question's weight is in nouns that no text carries, 0 to 1.
    pub fn unknown_nouns(&self) -> f32 {
        self.share(|word| word.is_noun && !word.is_known)
    }

    /// The same of names.
    pub fn unknown_names(&self) -> f32 {
        self.share(|word| word.is_name && !word.is_known)
    }

    /// How far a sentence, or else what stands around it, is from having every number and part number of the question: 0 if it has
    /// them, 1 if one is nowhere, and [`ANOTHER`] if the sentence has another one of the same kind in its place.
    pub fn inexact(&self, sentence: &str, surroundings: &str) -> f32 {
        if self.exact.is_empty() {
            return 0.0;
        }
        let [inside, around] = [sentence, surroundings].map(exact::held);
        let of_key = |key: &String| {
            if inside.contains(key) {
                0.0
            } else if inside.iter().any(|other| exact::are_alike(key, other)) {
                ANOTHER
            } else {
                f32::from(!around.contains(key))
            }
        };
        self.exact.iter().map(of_key).fold(0.0, f32::max)
    }

    /// Whether a sentence cannot answer, since it does not hold what is asked for: no weight for *how heavy*, or, for *how good*, nothing
    /// but names that it shares with the question.
    pub fn is_missed_by(&self, sentence: &str) -> bool {
        if self.kind.is_some_and(|kind| kind.is_strict()) {
            return !self.holds_kind(sentence);
        }
        let present = self.present(sentence);
        let is_plain = |word: &&Word| !word.is_name && !self.exact.contains(&word.text);
        self.has_grade
            && !self.words.iter().filter(is_plain).any(|word| present.has(word))
            && !self.holds_kind(sentence)
    }

    /// Whether a text holds what is asked for, where the question says so.
    pub fn holds_kind(&self, text: &str) -> bool {
        self.kind.is_some_and(|kind| kind.is_in(text))
    }

    /// The share of the neighbours in the question that are neighbours in a text too, 0 to 1.
    pub fn together(&self, text: &str) -> f32 {
        let present: HashSet<Pair> = pairs(self.index, text).into_iter().collect();
        let n = self.pairs.iter().filter(|pair| present.contains(pair)).count();
        n as f32 / self.pairs.len().max(1) as f32
    }

    /// Words that count.
    pub fn n_words(&self) -> usize {
        self.words.len()
    }

    fn share(&self, counts: impl Fn(&Word) -> bool) -> f32 {
        let total: f32 = self.words.iter().map(|word| word.weight).sum();
        let part: f32 = self.words.iter().filter(|word| counts(word)).map(|word| word.weight).sum();
        if total == 0.0 { 0.0 } else { part / total + 0.0 }
    }

    fn present<'t>(&self, text: &'t str) -> Present<'t> {
        let mut terms: HashSet<u32> = HashSet::new();
        analyse(text, |word, role, _| terms.extend(self.index.known(word, role).map(|(term, _)| term)));
        let has_part_numbers = self.words.iter().any(|word| word.role == Role::Extra && word.text.is_ascii());
        Present { text, terms, keys: if has_part_numbers { exact::held(text) } else { HashSet::new() } }
    }
}

/// What a text has.
struct Present<'t> {
    text: &'t str,
    terms: HashSet<u32>,
    keys: HashSet<String>,
}

impl Present<'_> {
    fn has(&self, word: &Word) -> bool {
        word.terms.iter().any(|term| self.terms.contains(term))
            // Of Chinese, words count wherever they stand: no two segmentations agree.
            || (word.role != Role::Word && self.text.contains(&word.text))
            || self.keys.contains(&word.text)
    }
}

/// A word of a question as it stands there.
struct Found {
    text: String,
    role: Role,
    is_name: bool,
    is_noun: bool,
}

/// The words of a question in order. A part number is one, and its parts are none.
fn words(question: &str) -> Vec<Found> {
    let mut found: Vec<(Found, std::ops::Range<usize>)> = vec![];
    analyse(question, |word, role, range| {
        let is_part_number = role == Role::Extra && word.starts_with(|c: char| c.is_ascii());
        if is_part_number {
            found.retain(|(_, part)| part.start < range.start || part.end > range.end);
        }
        let written = &question[range.clone()];
        // The first word has a capital whatever it is.
        let is_capital = written.starts_with(|c: char| c.is_ascii_uppercase())
            && (!found.is_empty() || written.chars().skip(1).any(|c| c.is_ascii_uppercase()));
        let is_name = is_part_number || (role == Role::Word && is_capital);
        let is_noun = role == Role::Word || is_part_number;
        found.push((Found { text: word.to_string(), role, is_name, is_noun }, range));
    });
    // Where all begin with capitals, as in a title, that says nothing.
    let is_small = |(found, range): &(Found, std::ops::Range<usize>)| {
        let says_something = found.role == Role::Word && !STOP_WORDS.contains(&found.text.as_str());
        says_something && question[range.clone()].starts_with(|c: char| c.is_ascii_lowercase())
    };
    let is_title = !found.iter().any(is_small) && found.iter().all(|(found, _)| found.role == Role::Word);
    let mut found: Vec<Found> =
        found.into_iter().map(|(found, _)| Found { is_name: found.is_name && !is_title, ..found }).collect();
    if found.iter().any(|found| found.role == Role::Pair) {
        for (word, part) in parts_of_speech(question) {
            for found in found.iter_mut().filter(|found| found.role == Role::Extra && found.text == word) {
                found.is_noun = part.starts_with('n') || matches!(part, "x" | "s" | "j" | "vn" | "an" | "l");
            }
        }
    }
    found
}

/// Whether texts have a Chinese word though none has it as a word: each two characters of it stand side by side. A single character
/// is taken for known, since it has a dozen synonyms.
fn is_in_pieces(texts: &Texts, word: &str) -> bool {
    let characters: Vec<char> = word.chars().collect();
    let is_known = |pair: &[char]| {
        let pair: String = pair.iter().collect();
        texts.known(&pair, Role::Pair).is_some_and(|(_, n)| n > 0)
    };
    characters.iter().all(|c| !c.is_ascii()) && characters.windows(2).all(is_known)
}

/// A Chinese word of the dictionary; other extras are part numbers, whose parts count.
fn is_dictionary_word(word: &str, role: Role) -> bool {
    role == Role::Extra && !word.starts_with(|c: char| c.is_ascii())
}

/// Neighbouring words (those that say nothing left out) by their terms, and neighbouring characters.
fn pairs(index: &Index, text: &str) -> Vec<Pair> {
    let mut found = vec![];
    let mut before = None;
    analyse(text, |word, role, _| match role {
        Role::Word if STOP_WORDS.contains(&word) || says_nothing(word) => {}
        Role::Word => {
            let term = index.known(word, role).map_or(u32::MAX, |(term, _)| term);
            found.extend(before.map(|before| (before, term)));
            before = Some(term);
        }
        Role::Pair if word.chars().any(|c| is_chinese_stop_word(c.encode_utf8(&mut [0; 4]))) || says_nothing(word) => {}
        Role::Pair => {
            let term = index.known(word, role).map_or(u32::MAX, |(term, _)| term);
            found.push((term, term));
        }
        Role::Extra => {}
    });
    // What no text has is next to nothing there, and must not be equal to another such word.
    found.iter_mut().for_each(|pair| {
        if pair.0 == u32::MAX || pair.1 == u32::MAX {
            *pair = (u32::MAX, 0);
        }
    });
    found
}

/// How much of a word's weight counts after the word `before`.
fn share(before: &str, word: &str) -> f32 {
    if STOP_WORDS.contains(&word) || says_nothing(word) || (before == "how" && GRADES.contains(&word)) {
        0.0
    } else if NAMES.contains(&word) || ["what", "which", "什么", "哪个", "哪些", "哪种", "几"].contains(&before)
    {
        NAMES_THE_ANSWER
    } else {
        1.0
    }
}

/// Words that make a question of what they stand beside and say nothing of its subject.
fn says_nothing(word: &str) -> bool {
    const ENGLISH: [&str; 62] = [
        "about", "am", "any", "been", "can", "could", "did", "do", "does", "from", "had", "has", "have", "he", "her",
        "his", "how", "i", "its", "many", "may", "me", "might", "much", "must", "my", "our", "please", "shall", "she",
        "should", "so", "some", "tell", "than", "us", "we", "were", "what", "when", "where", "which", "who", "whom",
        "whose", "why", "would", "you", "your", "often", "old", "happens", "happen", "give", "show", "explain", "kind",
        "get", "there", "need", "long", "much",
    ];
    const CHINESE: [&str; 60] = [
        "什么",
        "怎么",
        "怎样",
        "如何",
        "为什么",
        "为何",
        "哪",
        "哪个",
        "哪些",
        "哪里",
        "哪儿",
        "哪年",
        "哪一年",
        "哪天",
        "谁",
        "多少",
        "多少钱",
        "多久",
        "多长",
        "多大",
        "多高",
        "多远",
        "多重",
        "多",
        "几",
        "几个",
        "几点",
        "几天",
        "几号",
        "何时",
        "何",
        "是否",
        "有没有",
        "可以",
        "能",
        "能否",
        "请问",
        "请",
        "告诉",
        "我",
        "你",
        "您",
        "我们",
        "要",
        "应该",
        "需要",
        "会",
        "时候",
        "有",
        "时间",
        "它",
        "他",
        "她",
        "是什么",
        "是多少",
        "怎么办",
        "怎么样",
        "一共",
        "大概",
        "该",
    ];
    // 几楼, 哪位, 多少元
    let asks = word.starts_with(['几', '哪']) || word.starts_with("多少");
    asks || ENGLISH.contains(&word) || CHINESE.contains(&word) || is_chinese_stop_word(word)
}

/// What follows "how" and is said by a number in the answer.
pub(super) const GRADES: [&str; 35] = [
    "bad",
    "big",
    "close",
    "cold",
    "deep",
    "early",
    "expensive",
    "far",
    "fast",
    "few",
    "frequently",
    "full",
    "good",
    "hard",
    "heavy",
    "high",
    "hot",
    "large",
    "late",
    "little",
    "loud",
    "low",
    "near",
    "often",
    "quick",
    "quickly",
    "short",
    "small",
    "soon",
    "strong",
    "tall",
    "thick",
    "warm",
    "well",
    "wide",
];

/// Names of what is asked for.
const NAMES: [&str; 55] = [
    "price",
    "cost",
    "costs",
    "amount",
    "number",
    "name",
    "named",
    "called",
    "date",
    "year",
    "day",
    "time",
    "height",
    "length",
    "weight",
    "width",
    "depth",
    "size",
    "age",
    "temperature",
    "voltage",
    "duration",
    "capacity",
    "address",
    "colour",
    "color",
    "type",
    "reason",
    "位置",
    "地址",
    "价格",
    "金额",
    "费用",
    "数量",
    "名字",
    "名称",
    "日期",
    "年份",
    "高度",
    "长度",
    "重量",
    "面积",
    "颜色",
    "原因",
    "叫",
    "位于",
    "哪位",
    "地方",
    "期限",
    "时限",
    "时长",
    "频率",
    "电压",
    "人数",
    "次数",
];
