//! Whether what was asked is a statement, for or against which something is sought, and no question.
//!
//! A full stop makes a statement of it, unless its words ask: *who wrote the report.* is the question of somebody who ends every
//! sentence alike. English asks by its first words. Chinese asks by a word that may stand anywhere, so what else such a word
//! does is told apart: it stands for anybody (谁都), or asks within what somebody says or knows (说明了如何).
//!
//! Rules over a few dozen words, no grammar. *Where the pump stands, it is dry.* and *What you see is what you get.* begin alike; `where` and
//! `when` ask only before a verb such as *is*, and the other words of their kind always.

/// Whether a text is a statement.
pub fn is_statement(text: &str) -> bool {
    let text = text.trim_end();
    if !text.ends_with(['.', '。']) {
        return false;
    }
    let text = text.trim_end_matches(['.', '。']);
    // What comes before the last sentence tells of the matter.
    let last = [". ", "? ", "! ", "。", "？", "！"].iter().filter_map(|end| Some(text.rfind(end)? + end.len())).max();
    let last = &text[last.unwrap_or(0)..];
    ![text, last].into_iter().any(|text| asks_in_english(text) || asks_in_chinese(text))
}

const BEFORE_A_QUESTION: [&str; 9] = ["please", "tell", "me", "us", "and", "but", "so", "then", "also"];
const ASKING: [&str; 7] = ["who", "whom", "whose", "what", "which", "why", "how"];
/// These begin statements as well.
const ASKING_BEFORE_A_VERB: [&str; 2] = ["when", "where"];
/// Not *may*, which is a month.
const VERBS: [&str; 20] = [
    "is", "are", "am", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could", "should", "would",
    "will", "shall", "must", "isn't", "doesn't",
];
const PREPOSITIONS: [&str; 17] = [
    "in", "at", "on", "to", "for", "from", "by", "with", "of", "under", "over", "since", "until", "about", "after",
    "before", "through",
];

fn asks_in_english(text: &str) -> bool {
    let words = text.split_whitespace().map(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'");
        // Who's, where's.
        word.strip_suffix("'s").map_or(word.clone(), str::to_string)
    });
    let mut words = words.skip_while(|word| BEFORE_A_QUESTION.contains(&word.as_str()));
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let [first, second] = [first.as_str(), second.as_str()];
    let is_verb = |word: &str| VERBS.contains(&word);
    ASKING.contains(&first)
        || (ASKING_BEFORE_A_VERB.contains(&first) && is_verb(second))
        || (is_verb(first) && !is_verb(second) && second != "not")
        || (PREPOSITIONS.contains(&first) && ASKING.contains(&second))
}

/// Longer ones first: what follows them is looked at.
const ASKING_CHINESE: [&str; 37] = [
    "什么时候",
    "什么",
    "为何",
    "何时",
    "何地",
    "谁",
    "哪",
    "多少",
    "多久",
    "多长",
    "多高",
    "多远",
    "多重",
    "多深",
    "多宽",
    "多厚",
    "几点",
    "几号",
    "几月",
    "几岁",
    "几楼",
    "几层",
    "星期几",
    "周几",
    "怎么",
    "怎样",
    "如何",
    "是否",
    "能否",
    "可否",
    "有没有",
    "是不是",
    "能不能",
    "会不会",
    "可不可以",
    "要不要",
    "需不需要",
];
/// Forms of the same that ask nothing.
const ASKING_NOTHING: [&str; 9] =
    ["没什么", "没有什么", "没多少", "没有多少", "没有谁", "哪怕", "多少有", "多少会", "什么的"];
/// Whoever says or knows something does not ask it.
const SAYING: [&str; 20] = [
    "说明",
    "介绍",
    "解释",
    "讨论",
    "研究",
    "描述",
    "展示",
    "规定",
    "表明",
    "决定",
    "取决于",
    "写明",
    "记录",
    "记得",
    "明白",
    "不管",
    "无论",
    "不论",
    "不知道",
    "知道",
];

fn asks_in_chinese(text: &str) -> bool {
    if text.ends_with(['吗', '呢']) {
        return true;
    }
    let is_several = |text: &str| {
        text.ends_with('几') || text.trim_end_matches(|c| "天个年次种人件台位条页".contains(c)).ends_with('几')
    };
    if is_several(text) {
        return true;
    }
    let text = ASKING_NOTHING.iter().fold(text.to_string(), |text, nothing| text.replace(nothing, ""));
    ASKING_CHINESE.iter().any(|word| {
        text.match_indices(word).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + word.len()..]);
            let is_anything = after.chars().take(3).any(|c| matches!(c, '都' | '也'));
            let is_last = after.chars().count() <= 1;
            let is_said = !before.contains("想知道")
                && SAYING.iter().any(|said| {
                    let after = before.rfind(said).map(|at| &before[at + said.len()..]);
                    let is_knowing = said.ends_with('道') || said.ends_with('论') || said.ends_with('管');
                    after.is_some_and(|after| after.is_empty() || after.starts_with(['了', '过']) || is_knowing)
                });
            !is_anything && (is_last || !is_said)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::is_statement;

    #[test]
    fn words_ask_whatever_the_punctuation() {
        for question in [
            "Who wrote the report.",
            "who's on duty.",
            "What does it cost.",
            "Which pump is broken.",
            "How heavy is the desk.",
            "When is the rent due.",
            "Where do visitors park.",
            "Is green tea fermented.",
            "Can I bring a dog.",
            "In which year was it built.",
            "For how long is it valid.",
            "Please tell me who wrote the report.",
            "I lost my card. Who can help.",
            "Who wrote the report?",
            "the report",
            "谁写了报告。",
            "报告是谁写的。",
            "这份研究报告是谁写的。",
            "说明书放在哪里。",
            "办公室的押金多久退还。",
            "图书馆什么时候开门。",
            "请告诉我押金是多少。",
            "我想知道谁写了报告。",
            "手册说明了什么。",
            "滤芯怎么更换。",
            "绿茶发酵吗。",
            "年假有几天。",
            "我的卡丢了。该找谁。",
            "会议几点开始.",
        ] {
            assert!(!is_statement(question), "{question}");
        }
        for statement in [
            "Green tea is not fermented.",
            "When treated with heat, cells die.",
            "Where the pump stands, it is dry.",
            "In patients with diabetes, what matters is age.",
            "Do not open the rear door.",
            "The film shows who wrote the report.",
            "May 5 is a holiday.",
            "Whoever wrote the report was tired.",
            "绿茶不发酵。",
            "手册说明了如何更换滤芯。",
            "谁都可以来。",
            "什么时候都可以来。",
            "他几乎每天都来。",
            "几天后开门。",
            "我不知道谁写了报告。",
            "无论谁来都可以。",
            "这没什么问题。",
            "",
        ] {
            assert_eq!(is_statement(statement), !statement.is_empty(), "{statement}");
        }
    }
}
