//! Finding special markers in a text, and keeping a person's text from containing any.

use std::borrow::Cow;

/// A non-character of Unicode, never part of exchanged text; breaks a marker that a person typed.
pub(super) const GUARD: char = '\u{FDD0}';

/// The special tokens of a tokenizer, longest first, so that the longest marker wins where several start.
#[derive(Clone)]
pub(super) struct Markers(Vec<(String, u32)>);

/// A piece of a text.
pub(super) enum Part<'a> {
    /// Ordinary text and its byte offset in the whole.
    Text { start: usize, text: &'a str },
    /// A special marker's id.
    Marker(u32),
}

impl Markers {
    pub(super) fn new(mut markers: Vec<(String, u32)>) -> Markers {
        markers.retain(|(text, _)| !text.is_empty());
        markers.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        Markers(markers)
    }

    pub(super) fn contains(&self, id: u32) -> bool {
        self.0.iter().any(|(_, marker)| *marker == id)
    }

    pub(super) fn by_id(&self) -> Vec<(&str, u32)> {
        let mut all: Vec<_> = self.0.iter().map(|(text, id)| (text.as_str(), *id)).collect();
        all.sort_by_key(|(_, id)| *id);
        all
    }

    /// The text in order: markers, and what lies between them.
    pub(super) fn split<'a>(&self, text: &'a str) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let Some((at, len, id)) = self.first(&text[start..]) else { break };
            if at > 0 {
                parts.push(Part::Text { start, text: &text[start..start + at] });
            }
            parts.push(Part::Marker(id));
            start += at + len;
        }
        if start < text.len() {
            parts.push(Part::Text { start, text: &text[start..] });
        }
        parts
    }

    /// Only what lies between the markers.
    pub(super) fn texts<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> {
        self.split(text).into_iter().filter_map(|part| match part {
            Part::Text { text, .. } => Some(text),
            Part::Marker(_) => None,
        })
    }

    /// Breaks every marker in `typed`, overlapping ones too, by [`GUARD`] after its first character.
    pub(super) fn guard(&self, typed: &str) -> String {
        let typed = unguard(typed);
        let mut guarded = String::with_capacity(typed.len());
        for (i, c) in typed.char_indices() {
            guarded.push(c);
            if self.0.iter().any(|(marker, _)| typed[i..].starts_with(marker.as_str())) {
                guarded.push(GUARD);
            }
        }
        guarded
    }

    /// Offset, length and id of the first marker.
    fn first(&self, text: &str) -> Option<(usize, usize, u32)> {
        // `self.0` is longest first and `min_by_key` keeps the first of equals: leftmost, then longest.
        let found = self.0.iter().filter_map(|(marker, id)| Some((text.find(marker.as_str())?, marker.len(), *id)));
        found.min_by_key(|(at, ..)| *at)
    }
}

/// Takes the guards out again.
pub(super) fn unguard(text: &str) -> Cow<'_, str> {
    if text.contains(GUARD) { Cow::Owned(text.replace(GUARD, "")) } else { Cow::Borrowed(text) }
}
