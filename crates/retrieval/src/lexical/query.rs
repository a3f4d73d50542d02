//! What a person types: words, and phrases in quotation marks.
//!
//! A word is found in all its forms, a phrase as it stands: `"steeping tea"` is not in a text about steeped tea. The index knows stems
//! alone, so it says which texts may have a phrase ([`super::Index::has_phrases`]), and the text itself whether it does
//! ([`Query::stands_in`]). Capitals, accents and what stands between two words make no difference.

use super::analyse::{Role, analyse};
use std::ops::Range;

/// A query: terms that score, phrases that must occur.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// All terms in order, those of phrases included.
    pub terms: Vec<(String, Role)>,
    /// Those that are in no phrase.
    pub outside: Vec<(String, Role)>,
    /// The units of each phrase.
    pub phrases: Vec<Vec<(String, Role)>>,
}

impl Query {
    /// Reads a query: `"..."` and `“...”` hold phrases; a mark without its partner is nothing.
    ///
    /// ```
    /// let query = retrieval::lexical::Query::parse("lime \"green tea\"");
    /// assert_eq!(query.phrases[0].len(), 2);
    /// assert_eq!(query.terms.len(), 3);
    /// assert!(query.stands_in(&["Green TEA, hot"]) && !query.stands_in(&["green teas"]));
    /// ```
    pub fn parse(text: &str) -> Query {
        let mut query = Query::default();
        analyse(text, |term, role, _| query.terms.push((term.to_string(), role)));
        let mut rest = text;
        while let Some(open) = rest.find(['"', '“']) {
            let mark = rest[open..].chars().next().unwrap_or('"');
            let inside = &rest[open + mark.len_utf8()..];
            let close_mark = if mark == '"' { '"' } else { '”' };
            let Some(close) = inside.find(close_mark) else { break };
            let mut phrase = vec![];
            analyse(&inside[..close], |term, role, _| {
                if role != Role::Extra {
                    phrase.push((term.to_string(), role));
                }
            });
            // A word alone in quotation marks must occur as well.
            if !phrase.is_empty() {
                query.phrases.push(phrase);
            }
            analyse(&rest[..open], |term, role, _| query.outside.push((term.to_string(), role)));
            rest = &inside[close + close_mark.len_utf8()..];
        }
        analyse(rest, |term, role, _| query.outside.push((term.to_string(), role)));
        query
    }

    /// Whether each phrase stands in one of a text's fields as it is written.
    pub fn stands_in(&self, fields: &[&str]) -> bool {
        let fields: Vec<Vec<Unit>> = fields.iter().map(|field| units(field)).collect();
        self.phrases.iter().all(|phrase| fields.iter().any(|units| places(phrase, units).next().is_some()))
    }

    /// Where phrases stand in a text: byte ranges.
    pub fn phrase_places(&self, text: &str) -> Vec<Range<usize>> {
        let units = if self.phrases.is_empty() { vec![] } else { units(text) };
        self.phrases.iter().flat_map(|phrase| places(phrase, &units)).collect()
    }
}

/// A word, or two characters, and where it stands.
type Unit = (String, Role, Range<usize>);

fn units(text: &str) -> Vec<Unit> {
    let mut units = vec![];
    analyse(text, |word, role, range| {
        if role != Role::Extra {
            units.push((word.to_string(), role, range));
        }
    });
    units
}

fn places<'u>(phrase: &'u [(String, Role)], units: &'u [Unit]) -> impl Iterator<Item = Range<usize>> + 'u {
    // Pairs that share a character are one run, which a full stop would end.
    let is_run = |pair: &[(String, Role)]| {
        let both = pair.iter().all(|(_, role)| *role == Role::Pair);
        both && pair[0].0.chars().last() == pair[1].0.chars().next()
    };
    units.windows(phrase.len()).filter_map(move |window| {
        let is_same = window.iter().zip(phrase).all(|(unit, wanted)| (&unit.0, unit.1) == (&wanted.0, wanted.1));
        let holds_together = || {
            let mut pairs = window.windows(2).zip(phrase.windows(2));
            pairs.all(|(found, wanted)| !is_run(wanted) || found[1].2.start < found[0].2.end)
        };
        (is_same && holds_together()).then(|| window[0].2.start..window[window.len() - 1].2.end)
    })
}
