//! English verbs whose forms no stem joins: a question asks what is *sent*, a text says who *sends*.
//!
//! Used where a question meets a text for an answer, not in the index.

/// The forms of a verb, a row each.
const FORMS: [&[&str]; 55] = [
    &["become", "became"],
    &["begin", "began", "begun"],
    &["bind", "bound"],
    &["break", "broke", "broken"],
    &["bring", "brought"],
    &["build", "built"],
    &["buy", "bought"],
    &["catch", "caught"],
    &["choose", "chose", "chosen"],
    &["come", "came"],
    &["deal", "dealt"],
    &["draw", "drew", "drawn"],
    &["drive", "drove", "driven"],
    &["eat", "ate", "eaten"],
    &["fall", "fell", "fallen"],
    &["feed", "fed"],
    &["feel", "felt"],
    &["fight", "fought"],
    &["find", "found"],
    &["fly", "flew", "flown"],
    &["forget", "forgot", "forgotten"],
    &["freeze", "froze", "frozen"],
    &["give", "gave", "given"],
    &["go", "went", "gone"],
    &["grow", "grew", "grown"],
    &["hang", "hung"],
    &["hear", "heard"],
    &["hold", "held"],
    &["keep", "kept"],
    &["know", "knew", "known"],
    &["lead", "led"],
    &["leave", "left"],
    &["lend", "lent"],
    &["lose", "lost", "loss"],
    &["make", "made"],
    &["mean", "meant"],
    &["meet", "met"],
    &["pay", "paid"],
    &["rise", "rose", "risen"],
    &["run", "ran"],
    &["see", "saw", "seen"],
    &["sell", "sold"],
    &["send", "sent"],
    &["sing", "sang", "sung"],
    &["sit", "sat"],
    &["speak", "spoke", "spoken"],
    &["spend", "spent"],
    &["stand", "stood"],
    &["steal", "stole", "stolen"],
    &["take", "took", "taken"],
    &["teach", "taught"],
    &["tell", "told"],
    &["think", "thought"],
    &["win", "won"],
    &["write", "wrote", "written"],
];

/// All forms of the verb that `word` is one of, if it is irregular.
pub fn forms(word: &str) -> &'static [&'static str] {
    let base = |row: &&[&str]| {
        row.iter().any(|form| {
            let ending = word.strip_prefix(form);
            // *sends*, *sending*
            ending.is_some_and(|ending| matches!(ending, "" | "s" | "es" | "ing"))
                || form.strip_suffix('e').is_some_and(|stem| word.strip_prefix(stem) == Some("ing"))
        })
    };
    FORMS.iter().find(|row| base(row)).copied().unwrap_or(&[])
}
