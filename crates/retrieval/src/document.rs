//! The document model: one normalised text, and blocks that are ranges of it.
//!
//! Whatever the file format, a document becomes a text and a list of [`Block`]s; everything later (chunks, hits,
//! citations) is a byte range of that text, so a citation can be checked by slicing. Formats with structure are written
//! out in one canonical form: blocks apart by a blank line, items and rows by a line end, white space within a paragraph
//! collapsed as browsers do. So the same content in Markdown, HTML and DOCX is the same text.
//!
//! Texts are NFC with `\n` line ends. Not here: styles, links and pictures, which retrieval does not use.

use crate::starts;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A parsed document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The first top heading, else what the file says of itself.
    pub title: Option<String>,
    /// The normalised text.
    pub text: String,
    /// Blocks in reading order: ascending, disjoint ranges of `text`.
    pub blocks: Vec<Block>,
}

/// A part of a document that is one thing: a heading, a paragraph, a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Byte range in the document's text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
    /// Index of the innermost heading block above it.
    pub section: Option<usize>,
    /// Where it stands in a paged file.
    pub place: Option<Place>,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A heading, 1 to 6.
    Heading(u8),
    /// Running text.
    Paragraph,
    /// An item of a list, whatever its depth.
    Item,
    /// A row of a table, its cells apart by ` | `.
    Row,
    /// Text whose white space matters.
    Code,
}

/// A place on a page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Page, counted from 1.
    pub page: u32,
    /// Left, top, right, bottom in points from the top left corner.
    pub bounds: [f32; 4],
}

impl Place {
    /// The place around this one and another of the same page.
    pub fn around(&self, other: &Place) -> Place {
        let ([a, b, c, d], [e, f, g, h]) = (self.bounds, other.bounds);
        Place { page: self.page, bounds: [a.min(e), b.min(f), c.max(g), d.max(h)] }
    }
}

impl Document {
    /// A document of plain text: nothing is collapsed, blocks are what blank lines separate.
    ///
    /// ```
    /// let document = retrieval::Document::plain("One.\r\n\r\nTwo.\nThree.");
    /// assert_eq!(document.text, "One.\n\nTwo.\nThree.");
    /// assert_eq!(document.blocks[1].range, 6..17);
    /// ```
    pub fn plain(text: &str) -> Document {
        let text = normalise(text);
        let blocks = paragraphs(&text).into_iter().map(|range| Block::of(range, Kind::Paragraph)).collect();
        Document { title: None, text, blocks }
    }

    /// Source code: as plain text, but a block also ends where unindented code follows a blank line only.
    pub fn code(text: &str) -> Document {
        let text = normalise(text);
        let mut blocks: Vec<Block> = vec![];
        for range in paragraphs(&text) {
            let is_continued = text[range.clone()].starts_with([' ', '\t', '}', ')', ']']);
            match blocks.last_mut() {
                Some(last) if is_continued => last.range.end = range.end,
                _ => blocks.push(Block::of(range, Kind::Code)),
            }
        }
        Document { title: None, text, blocks }
    }

    /// The headings above a block, outermost first.
    pub fn heading_path(&self, block: &Block) -> Vec<&str> {
        let mut path = vec![];
        let mut at = block.section;
        while let Some(i) = at {
            path.push(&self.text[self.blocks[i].range.clone()]);
            at = self.blocks[i].section;
        }
        path.reverse();
        path
    }

    /// Appends a block in the canonical form; an empty text adds nothing.
    pub(crate) fn push(&mut self, kind: Kind, text: &str) {
        let text = if is_nfc(text) { text.to_string() } else { text.nfc().collect() };
        if text.trim().is_empty() {
            return;
        }
        let is_listed = |kind| matches!(kind, Kind::Item | Kind::Row);
        if let Some(last) = self.blocks.last() {
            self.text.push_str(if last.kind == kind && is_listed(kind) { "\n" } else { "\n\n" });
        }
        let start = self.text.len();
        self.text.push_str(&text);
        let section = self.section_for(kind);
        if kind == Kind::Heading(1) && self.title.is_none() {
            self.title = Some(text.replace('\n', " "));
        }
        self.blocks.push(Block { range: start..self.text.len(), kind, section, place: None });
    }

    /// The innermost heading above a block of `kind` that comes next.
    fn section_for(&self, kind: Kind) -> Option<usize> {
        let level = if let Kind::Heading(level) = kind { level } else { u8::MAX };
        let mut at = match self.blocks.last() {
            Some(Block { kind: Kind::Heading(_), .. }) => Some(self.blocks.len() - 1),
            Some(last) => last.section,
            None => None,
        };
        while let Some(i) = at {
            match self.blocks[i].kind {
                Kind::Heading(above) if above < level => break,
                _ => at = self.blocks[i].section,
            }
        }
        at
    }
}

impl Block {
    fn of(range: Range<usize>, kind: Kind) -> Block {
        Block { range, kind, section: None, place: None }
    }
}

/// NFC, `\n` line ends, no byte order mark and no NUL.
pub fn normalise(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = if memchr::memchr2(b'\r', 0, text.as_bytes()).is_some() {
        text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "")
    } else {
        text.to_string()
    };
    if is_composed(&text) { text } else { text.nfc().collect() }
}

/// Whether a text is NFC. Most characters never change and never join with one before them, so only the others are looked at
/// closely, each with the character before it.
fn is_composed(text: &str) -> bool {
    let length = |at: usize| text[at..].chars().next().map_or(0, char::len_utf8);
    let mut loose = starts::places(text.as_bytes(), |classes| classes.loose).peekable();
    while let Some(first) = loose.next() {
        let mut end = first + length(first);
        while let Some(next) = loose.next_if_eq(&end) {
            end = next + length(next);
        }
        let start = text[..first].char_indices().next_back().map_or(0, |(before, _)| before);
        if !is_nfc(&text[start..end]) {
            return false;
        }
    }
    true
}

/// Ranges between blank lines, without the white space around them; indentation of a first line stays.
fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = vec![];
    let mut is_open = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.trim_end().len();
        if end == at {
            is_open = false;
        } else if is_open {
            found.last_mut().expect("an open paragraph").end = end;
        } else {
            found.push(at..end);
            is_open = true;
        }
        at += line.len();
    }
    found
}

/// Collects running text as browsers show it: white space collapses, a line end between Chinese characters vanishes.
#[derive(Default)]
pub(crate) struct Inline {
    out: String,
    has_space: bool,
    has_line_end: bool,
}

impl Inline {
    /// Adds text whose white space means nothing but separation.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.has_space = true;
                self.has_line_end |= c == '\n';
            } else if !is_invisible(c) {
                self.separate(c);
                self.out.push(c);
            }
        }
    }

    /// Adds a line end that stays.
    pub fn line_break(&mut self) {
        self.has_space = false;
        self.has_line_end = false;
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// What was collected; empties the collector.
    pub fn take(&mut self) -> String {
        let inline = std::mem::take(self);
        inline.out.trim_end().to_string()
    }

    fn separate(&mut self, next: char) {
        let last = self.out.chars().next_back();
        if let (true, Some(last)) = (self.has_space, last) {
            let is_wrapped_chinese = self.has_line_end && is_wide(last) && is_wide(next);
            if last != '\n' && !is_wrapped_chinese {
                self.out.push(' ');
            }
        }
        self.has_space = false;
        self.has_line_end = false;
    }
}

/// Characters that show nothing: soft hyphen, zero width space, byte order mark, controls.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{feff}') || c.is_control()
}

/// Chinese and Japanese characters and their punctuation, between which a wrapped line leaves no space.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(c as u32, 0x2e80..=0x9fff | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xffef | 0x20000..=0x3ffff)
}
