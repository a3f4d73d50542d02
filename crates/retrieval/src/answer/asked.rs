//! What a question is about, and how much of it a text holds.
//!
//! A word of the question weighs more the fewer texts have it. In five notes that says little (a word that one of them has is
//! not rarer than one of two), so every word is counted as if [`IMAGINED`] further texts stood beside, of which none has it: small
//! collections then weigh all words nearly alike, large ones by their rarity. Words that only make a question of
//! the others weigh nothing, nor does what follows "how" in *how high*; a word that names what is asked for (*what colour*, *price*, 价格)
//! weighs less, since an answer gives the thing and not its name.

use crate::lexical::analyse::{Role, STOP_WORDS, analyse, is_chinese_stop_word};
use crate::lexical::{Index, Query};
use std::collections::HashSet;

/// Texts that are imagined beside those of the collection.
const IMAGINED: f32 = 50.0;
/// What a word counts that names what is asked for.
const NAMES_THE_ANSWER: f32 = 0.4;

/// A question, ready to be looked for in texts.
pub struct Asked<'i> {
    index: &'i Index,
    words: Vec<Word>,
    /// Neighbours in the question: two words, or two characters.
    pairs: Vec<Pair>,
    /// What an answer must hold, where the question says so.
    pub kind: Option<Kind>,
    /// Whether its words are Chinese.
    pub is_chinese: bool,
}

/// A word of the question.
struct Word {
    text: String,
    role: Role,
    /// Its term, if any text has it.
    term: Option<u32>,
    weight: f32,
}

/// What stands side by side in a text: the terms of two words, or two characters.
type Pair = (u32, u32);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number or an amount.
    Number,
    /// A day, a year, an hour.
    Time,
}

impl<'i> Asked<'i> {
    /// Reads a question for a collection.
    pub fn of(index: &'i Index, question: &str) -> Asked<'i> {
        let query = Query::parse(question);
        let is_chinese = query.terms.iter().any(|(word, role)| is_dictionary_word(word, *role));
        let mut asked = Asked { index, words: vec![], pairs: vec![], kind: Kind::of(question), is_chinese };
        let mut before = "";
        for (text, role) in &query.terms {
            let counts = match role {
                Role::Word => true,
                Role::Pair => !is_chinese,
                Role::Extra => is_dictionary_word(text, *role),
            };
            if !counts {
                continue;
            }
            let share = share(before, text);
            before = text;
            if share == 0.0 || asked.words.iter().any(|word| word.text == *text) {
                continue;
            }
            let known = index.known(text, *role);
            let n = known.map_or(0, |(_, n)| n) as f32;
            let weight = share * (1.0 + (index.len() as f32 + IMAGINED) / (n + 1.0)).ln();
            asked.words.push(Word { text: text.clone(), role: *role, term: known.map(|(term, _)| term), weight });
        }
        asked.pairs = pairs(index, question);
        asked
    }

    /// How much of the question's weight the words of a text carry, 0 to 1.
    pub fn carried(&self, text: &str) -> f32 {
        let mut present: HashSet<u32> = HashSet::new();
        analyse(text, |word, role, _| present.extend(self.index.known(word, role).map(|(term, _)| term)));
        let is_there = |word: &Word| {
            // Of Chinese, words count wherever they stand: no two segmentations agree.
            word.term.is_some_and(|term| present.contains(&term))
                || (word.role != Role::Word && text.contains(&word.text))
        };
        self.share(|word| is_there(word))
    }

    /// How much of the question's weight no text carries at all, 0 to 1.
    pub fn unknown(&self) -> f32 {
        self.share(|word| word.term.is_none())
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
        if total == 0.0 { 0.0 } else { part / total }
    }
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
    ENGLISH.contains(&word) || CHINESE.contains(&word) || is_chinese_stop_word(word)
}

/// What follows "how" and is said by a number in the answer.
const GRADES: [&str; 35] = [
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
const NAMES: [&str; 44] = [
    "price", "cost", "costs", "amount", "number", "name", "named", "called", "date", "year", "day", "time", "height",
    "length", "weight", "width", "depth", "size", "age", "address", "colour", "color", "type", "reason", "位置",
    "地址", "价格", "金额", "费用", "数量", "名字", "名称", "日期", "年份", "高度", "长度", "重量", "面积", "颜色",
    "原因", "叫", "位于", "哪位", "地方",
];

impl Kind {
    fn of(question: &str) -> Option<Kind> {
        const TIMES: [&str; 12] = [
            "几月",
            "几号",
            "几点",
            "哪年",
            "哪一年",
            "哪天",
            "哪一天",
            "何时",
            "什么时候",
            "什么时间",
            "哪月",
            "星期几",
        ];
        const NUMBERS: [&str; 12] =
            ["多少", "多高", "多长", "多大", "多重", "多远", "多久", "多宽", "多深", "多快", "几", "百分之"];
        let has = |known: &[&str]| known.iter().any(|part| question.contains(part));
        let mut words: Vec<String> = vec![];
        analyse(question, |word, role, _| words.extend((role == Role::Word).then(|| word.to_string())));
        let is_next = |first: &str, seconds: &[&str]| {
            words.windows(2).any(|pair| pair[0] == first && seconds.contains(&pair[1].as_str()))
        };
        if has(&TIMES)
            || words.iter().any(|word| word == "when")
            || is_next("what", &["time", "date", "day", "year", "month"])
        {
            Some(Kind::Time)
        } else if has(&NUMBERS)
            || is_next("how", &GRADES)
            || is_next("how", &["many", "much", "long", "old"])
            || (is_next("what", &["is", "was", "does"])
                && is_next("the", &["price", "cost", "height", "length", "weight", "number"]))
        {
            Some(Kind::Number)
        } else {
            None
        }
    }

    /// Whether a text holds something of the kind.
    pub fn is_in(self, text: &str) -> bool {
        const NUMBERS: [&str; 24] = [
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "fifteen", "twenty", "thirty", "fifty", "hundred", "thousand", "million", "billion", "half", "once",
            "twice", "free",
        ];
        const TIMES: [&str; 28] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "noon",
            "midnight",
            "morning",
            "afternoon",
            "evening",
            "today",
            "tomorrow",
            "daily",
            "weekly",
        ];
        let marks = match self {
            Kind::Number => "两二三四五六七八九十百千万亿半",
            Kind::Time => "年月日号点周晨早午晚",
        };
        let words: &[&str] = match self {
            Kind::Number => &NUMBERS,
            Kind::Time => &TIMES,
        };
        let mut has_word = false;
        analyse(text, |word, role, _| has_word |= role == Role::Word && words.contains(&word));
        has_word
            || text.contains(|c: char| c.is_numeric() && !('\u{4e00}'..='\u{9fff}').contains(&c) || marks.contains(c))
    }
}
