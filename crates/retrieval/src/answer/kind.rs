//! What kind of thing a question asks for, and whether a text holds one.
//!
//! *How heavy* wants a weight, 多少钱 a price: a sentence with neither kilograms nor money in it cannot be the answer, whatever else it
//! shares with the question. Rules over a few dozen words, no grammar: what they do not know has no kind.

use super::asked::GRADES;
use crate::lexical::analyse::{Role, analyse};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number or an amount.
    Number,
    /// A day, a year, an hour.
    Time,
    /// A price.
    Money,
    /// Kilograms.
    Mass,
    /// Metres.
    Length,
    /// Days, years: how long something lasts, or how old it is.
    Span,
    /// Metres or days: what *how long* may mean.
    Long,
    /// Degrees.
    Heat,
    /// Decibels.
    Noise,
    /// Red.
    Colour,
    /// Every month.
    Often,
    /// A street, a number to call, a mailbox.
    Contact,
}

use Kind::{Colour, Contact, Heat, Length, Long, Mass, Money, Noise, Number, Often, Span, Time};

/// What follows *how*.
const HOW: [(&str, Kind); 20] = [
    ("heavy", Mass),
    ("tall", Length),
    ("wide", Length),
    ("deep", Length),
    ("thick", Length),
    ("far", Length),
    ("long", Long),
    ("old", Span),
    ("hot", Heat),
    ("cold", Heat),
    ("warm", Heat),
    ("loud", Noise),
    ("noisy", Noise),
    ("expensive", Money),
    ("often", Often),
    ("frequently", Often),
    ("many", Number),
    ("much", Number),
    ("fast", Number),
    ("high", Number),
];

/// What *what is the ...* names.
const WHAT: [(&str, Kind); 22] = [
    ("weight", Mass),
    ("mass", Mass),
    ("height", Length),
    ("length", Length),
    ("width", Length),
    ("depth", Length),
    ("distance", Length),
    ("duration", Span),
    ("age", Span),
    ("temperature", Heat),
    ("colour", Colour),
    ("color", Colour),
    ("price", Money),
    ("cost", Money),
    ("costs", Money),
    ("address", Contact),
    ("phone", Contact),
    ("telephone", Contact),
    ("email", Contact),
    ("number", Number),
    ("amount", Number),
    ("size", Number),
];

/// What Chinese questions hold, the more particular first.
const CHINESE: [(&[&str], Kind); 11] = [
    (&["久一次", "时间一次", "天一次", "多久做一次", "频率"], Often),
    (&["多长时间", "多久", "几岁", "多少岁", "多大年纪", "几天", "几个月", "多少天", "多少年"], Span),
    (&["多少钱", "多少元", "几元", "几块", "价格是", "费用是", "什么价"], Money),
    (&["多重", "重量是", "多少公斤", "多少千克", "多少吨"], Mass),
    (&["多远", "多宽", "多深", "多厚", "多少米", "多少公里", "高度是", "长度是", "宽度是", "深度是"], Length),
    (&["多长"], Long),
    (&["多少度", "温度是", "多热", "多冷"], Heat),
    (&["什么颜色", "哪种颜色", "颜色是"], Colour),
    (&["地址", "电话", "邮箱", "手机号", "网址"], Contact),
    (
        &[
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
            "周几",
        ],
        Time,
    ),
    (&["多少", "多高", "多大", "多快", "几", "百分之"], Number),
];

impl Kind {
    /// What a question asks for, if that is plain.
    pub fn of(question: &str) -> Option<Kind> {
        let has = |parts: &[&str]| parts.iter().any(|part| question.contains(part));
        let mut words: Vec<String> = vec![];
        analyse(question, |word, role, _| words.extend((role == Role::Word).then(|| word.to_string())));
        let word = |i: usize| words.get(i).map_or("", String::as_str);
        for i in 0..words.len() {
            match word(i) {
                "when" => return Some(Time),
                "how" => {
                    let known = HOW.iter().find(|(name, _)| *name == word(i + 1)).map(|(_, kind)| *kind);
                    let is_price = word(i + 1) == "much" && words[i..].iter().any(|w| w == "cost" || w == "costs");
                    return match known {
                        Some(_) if is_price => Some(Money),
                        None => GRADES.contains(&word(i + 1)).then_some(Number),
                        known => known,
                    };
                }
                "what" | "which" => {
                    if ["time", "date", "day", "year", "month"].contains(&word(i + 1)) {
                        return Some(Time);
                    }
                    let known = (i + 1..words.len()).find_map(|at| {
                        // What heads a name is none: the height of the desk, not the height adjustment.
                        let is_last = ends_a_name(word(at + 1));
                        WHAT.iter().find(|(name, _)| *name == word(at) && is_last).map(|(_, kind)| *kind)
                    });
                    return known;
                }
                _ => {}
            }
        }
        CHINESE.iter().find(|(parts, _)| has(parts)).map(|(_, kind)| *kind)
    }

    /// Whether a sentence without one cannot be the answer. Numbers and times are written in too many ways to say so.
    pub fn is_strict(self) -> bool {
        !matches!(self, Number | Time)
    }

    /// Whether a text holds something of the kind.
    pub fn is_in(self, text: &str) -> bool {
        let is_number = |c: char| c.is_numeric() && !('\u{4e00}'..='\u{9fff}').contains(&c);
        let has_number = || text.contains(|c: char| is_number(c) || NUMERALS.contains(c)) || has_word(text, &NUMBERS);
        match self {
            Number => has_number() || has_word(text, &["once", "twice", "free", "half"]),
            Time => {
                text.contains(|c: char| is_number(c) || "年月日号点周晨早午晚".contains(c)) || has_word(text, &TIMES)
            }
            Money => has_word(text, &MONEY) || has_part(text, &["元", "块", "镑", "¥", "￥", "$", "€", "£", "免费"]),
            Mass => has_number() && (has_word(text, &MASS) || has_part(text, &["克", "斤", "吨", "磅"])),
            Length => has_number() && (has_word(text, &LENGTH) || has_part(text, &["米", "里", "尺", "寸", "海里"])),
            Span => {
                has_word(text, &SPAN) || has_part(text, &["秒", "分钟", "小时", "天", "日", "周", "月", "年", "岁"])
            }
            Long => Length.is_in(text) || Span.is_in(text),
            Heat => {
                has_number()
                    && (has_word(text, &["degree", "degrees", "celsius", "fahrenheit", "c", "f", "k"])
                        || has_part(text, &["度", "℃", "°"]))
            }
            Noise => {
                has_word(text, &["db", "dba", "decibel", "decibels", "quiet", "silent", "noise"])
                    || has_part(text, &["分贝"])
            }
            Colour => {
                has_word(text, &COLOURS) || has_part(text, &["色", "红", "黄", "蓝", "绿", "白", "黑", "灰", "紫"])
            }
            Often => has_word(text, &OFTEN) || has_part(text, &["每", "一次", "两次", "三次", "随时", "从不"]),
            Contact => {
                let digits = text.split(|c: char| !(c.is_ascii_digit() || "-+ ()".contains(c)));
                let is_dialled = digits.into_iter().any(|run| run.bytes().filter(u8::is_ascii_digit).count() >= 5);
                is_dialled
                    || text.contains('@')
                    || has_word(
                        text,
                        &["street", "st", "road", "rd", "avenue", "www", "http", "https", "floor", "room"],
                    )
                    || has_part(text, &["路", "街", "号", "室", "楼", "巷"])
            }
        }
    }
}

/// Whether `next` can follow the last word of a name.
fn ends_a_name(next: &str) -> bool {
    const AFTER: [&str; 21] = [
        "", "of", "for", "is", "are", "was", "were", "does", "do", "did", "can", "should", "must", "may", "has",
        "have", "in", "at", "on", "per", "to",
    ];
    AFTER.contains(&next)
}

fn has_part(text: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| text.contains(part))
}

/// Whether a text has one of the words, with a number before it or grown together with it.
fn has_word(text: &str, words: &[&str]) -> bool {
    let mut has = false;
    analyse(text, |word, role, _| {
        has |= role == Role::Word && words.contains(&word.trim_start_matches(|c: char| c.is_ascii_digit()));
    });
    has
}

const NUMERALS: &str = "两二三四五六七八九十百千万亿半";
const NUMBERS: [&str; 21] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifteen",
    "twenty", "thirty", "fifty", "hundred", "thousand", "million", "billion", "dozen",
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
const MONEY: [&str; 19] = [
    "euro", "euros", "dollar", "dollars", "pound", "pounds", "yuan", "rmb", "usd", "eur", "gbp", "cny", "cent",
    "cents", "free", "franc", "francs", "yen", "chf",
];
const MASS: [&str; 14] =
    ["kg", "g", "mg", "t", "kilogram", "kilograms", "gram", "grams", "ton", "tons", "tonnes", "lb", "lbs", "pounds"];
const LENGTH: [&str; 18] = [
    "m",
    "cm",
    "mm",
    "km",
    "metre",
    "metres",
    "meter",
    "meters",
    "kilometres",
    "kilometers",
    "centimetres",
    "centimeters",
    "mile",
    "miles",
    "feet",
    "foot",
    "inch",
    "inches",
];
const SPAN: [&str; 21] = [
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "decade",
    "decades",
    "century",
    "centuries",
    "overnight",
    "min",
    "until",
];
const COLOURS: [&str; 16] = [
    "red", "yellow", "blue", "green", "white", "black", "grey", "gray", "brown", "orange", "purple", "pink", "violet",
    "silver", "gold", "beige",
];
const OFTEN: [&str; 22] = [
    "every",
    "each",
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "hourly",
    "annually",
    "annual",
    "quarterly",
    "once",
    "twice",
    "times",
    "per",
    "never",
    "always",
    "nightly",
    "mondays",
    "tuesdays",
    "wednesdays",
    "thursdays",
    "fridays",
];

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn questions_have_kinds_and_texts_hold_them() {
        for (question, kind, holds, lacks) in [
            ("How heavy is the desk?", Kind::Mass, "It weighs 12kg.", "It has a warranty of two years."),
            ("What does it cost?", Kind::Money, "It is 9.90 euros.", "It takes three days."),
            ("What is the height of the desk?", Kind::Length, "It is 75 cm high.", "It is high."),
            ("What colour is the door?", Kind::Colour, "The door is green.", "The door is wide."),
            ("How often is it cleaned?", Kind::Often, "It is cleaned every Friday.", "It is cleaned by Ann."),
            ("How long is the pool?", Kind::Long, "The pool is 50 metres.", "The pool is warm."),
            ("How long does it take?", Kind::Long, "It takes two days.", "It takes patience."),
            ("When does it open?", Kind::Time, "On Monday.", "With a key."),
            ("How many chairs are there?", Kind::Number, "There are twelve.", "There are some."),
            ("这张桌子多重？", Kind::Mass, "重十二公斤。", "保修两年。"),
            ("租金是多少钱？", Kind::Money, "每月三千元。", "每月支付。"),
            ("公司地址在哪里？", Kind::Contact, "长安街十号", "公司很大。"),
            ("多久清洗一次？", Kind::Span, "每周清洗。", "由老陈清洗。"),
            ("频率是多少？", Kind::Often, "每周清洗。", "由老陈清洗。"),
        ] {
            assert_eq!(Kind::of(question), Some(kind), "{question}");
            assert!(kind.is_in(holds), "{question} {holds}");
            assert!(!kind.is_in(lacks), "{question} {lacks}");
        }
        for question in ["Who cleans it?", "What is the height adjustment lever?", "谁负责？", ""] {
            assert_eq!(Kind::of(question), None, "{question}");
        }
    }
}
