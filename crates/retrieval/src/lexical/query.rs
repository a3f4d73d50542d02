//! What a person types: words, and phrases in quotation marks.

use super::analyse::{Role, analyse};

/// A query: terms that score, phrases that must occur.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// All terms in order, those of phrases included.
    pub terms: Vec<(String, Role)>,
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
    /// ```
    pub fn parse(text: &str) -> Query {
        let mut query = Query::default();
        analyse(text, |term, role, _| query.terms.push((term.to_string(), role)));
        let mut rest = text;
        while let Some(open) = rest.find(['"', '“']) {
            let mark = rest[open..].chars().next().unwrap_or('"');
            let inside = &rest[open + mark.len_utf8()..];
            let Some(close) = inside.find(if mark == '"' { '"' } else { '”' }) else { break };
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
            let close_mark = if mark == '"' { 1 } else { '”'.len_utf8() };
            rest = &inside[close + close_mark..];
        }
        query
    }
}
