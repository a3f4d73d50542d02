//! DOCX: paragraphs with the meaning that their styles give them, tables, lists.
//!
//! A paragraph's style decides what it is: a heading by the style's name or outline level, an item by its numbering or a
//! `List` style, code by a style for it. Deleted text of tracked changes, field codes, headers, footers and notes are left out.
//!
//! Source: ECMA-376 part 1, 17.3 (paragraphs), 17.4 (tables), 17.7 (styles).

use super::archive::{Archive, Fault};
use super::writer::Writer;
use super::xml::{self, Piece};
use crate::document::Document;
use std::collections::HashMap;

/// Parses a file.
pub fn parse(bytes: &[u8]) -> Result<Document, Fault> {
    let mut archive = Archive::open(bytes)?;
    let styles = match archive.text("word/styles.xml")? {
        Some(text) => styles(&text)?,
        None => HashMap::new(),
    };
    let text = archive.need("word/document.xml")?;
    let mut body = Body { styles, ..Body::default() };
    xml::read(&text, |piece| body.take(piece))?;
    body.end_code();
    if let Some(core) = archive.text("docProps/core.xml")? {
        let mut is_title = false;
        xml::read(&core, |piece| match piece {
            Piece::Open(name, _) => is_title = name == "title",
            Piece::Text(text) if is_title => body.out.title(text),
            Piece::Close(_) => is_title = false,
            Piece::Text(_) => {}
        })?;
    }
    Ok(body.out.finish())
}

/// What a paragraph is by its style.
#[derive(Clone, Copy, Default, PartialEq)]
enum Meaning {
    #[default]
    Text,
    Heading(u8),
    Item,
    Code,
}

#[derive(Default)]
struct Style {
    id: String,
    name: String,
    level: Option<u8>,
    based_on: Option<String>,
    is_numbered: bool,
}

/// Meanings by style id.
fn styles(text: &str) -> Result<HashMap<String, Meaning>, Fault> {
    let mut all: Vec<Style> = vec![];
    xml::read(text, |piece| {
        let Piece::Open(name, attributes) = piece else { return };
        if name == "style" {
            all.push(Style { id: attributes.get("styleId").unwrap_or_default(), ..Style::default() });
        }
        let Some(style) = all.last_mut() else { return };
        match name {
            "name" => style.name = attributes.get("val").unwrap_or_default().to_lowercase(),
            "outlineLvl" => style.level = attributes.get("val").and_then(|level| level.parse().ok()),
            "basedOn" => style.based_on = attributes.get("val"),
            "numPr" => style.is_numbered = true,
            _ => {}
        }
    })?;
    let own = |style: &Style| {
        let numbered = |prefix: &str| style.name.strip_prefix(prefix)?.trim().parse::<u8>().ok();
        if style.name == "title" {
            Some(Meaning::Heading(1))
        } else if let Some(level) = numbered("heading").or_else(|| numbered("标题")) {
            Some(Meaning::Heading(level))
        } else if let Some(level) = style.level.filter(|level| *level < 6) {
            Some(Meaning::Heading(level + 1))
        } else if style.is_numbered || style.name.starts_with("list") {
            Some(Meaning::Item)
        } else if ["code", "preformatted", "macro"].iter().any(|word| style.name.contains(word)) {
            Some(Meaning::Code)
        } else {
            None
        }
    };
    let by_id: HashMap<&str, &Style> = all.iter().map(|style| (style.id.as_str(), style)).collect();
    let inherited = |style: &Style| {
        let mut at = Some(style);
        // A damaged file may have styles based on each other.
        for _ in 0..16 {
            let style = at?;
            if let Some(meaning) = own(style) {
                return Some(meaning);
            }
            at = style.based_on.as_deref().and_then(|id| by_id.get(id).copied());
        }
        None
    };
    Ok(all.iter().map(|style| (style.id.clone(), inherited(style).unwrap_or_default())).collect())
}

#[derive(Default)]
struct Body {
    styles: HashMap<String, Meaning>,
    out: Writer,
    meaning: Meaning,
    is_text: bool,
    /// Depth of elements whose text is a second copy or no text at all.
    skipped: usize,
    table_depth: usize,
    /// Lines of the code block that the paragraphs so far make up.
    code: Option<String>,
    paragraph: String,
}

impl Body {
    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Open("Fallback" | "moveFrom", _) => self.skipped += 1,
            Piece::Close("Fallback" | "moveFrom") => self.skipped = self.skipped.saturating_sub(1),
            _ if self.skipped > 0 => {}
            Piece::Open("p", _) => self.meaning = Meaning::Text,
            Piece::Open("pStyle", attributes) => {
                let id = attributes.get("val").unwrap_or_default();
                self.meaning = self.styles.get(&id).copied().unwrap_or_else(|| built_in(&id));
            }
            Piece::Open("numId", attributes)
                if self.meaning == Meaning::Text && attributes.get("val").is_some_and(|id| id != "0") =>
            {
                self.meaning = Meaning::Item;
            }
            Piece::Open("t", _) => self.is_text = true,
            Piece::Close("t") => self.is_text = false,
            Piece::Text(text) if self.is_text => self.paragraph.push_str(text),
            Piece::Open("tab", attributes) if attributes.get("val").is_none() => self.paragraph.push('\t'),
            Piece::Open("br" | "cr", _) => self.paragraph.push('\n'),
            Piece::Open("noBreakHyphen", _) => self.paragraph.push('-'),
            Piece::Close("p") => self.end_paragraph(),
            Piece::Open("tbl", _) => {
                self.end_code();
                self.table_depth += 1;
            }
            Piece::Close("tbl") => self.table_depth = self.table_depth.saturating_sub(1),
            // A table within a cell is text of that cell.
            Piece::Open("tr", _) if self.table_depth == 1 => self.out.row(),
            Piece::Close("tc") if self.table_depth == 1 => self.out.end_cell(),
            Piece::Close("tr") if self.table_depth == 1 => self.out.end_row(),
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let text = std::mem::take(&mut self.paragraph);
        if self.meaning == Meaning::Code && !self.out.is_in_row() {
            let code = self.code.get_or_insert_default();
            code.push_str(&text);
            code.push('\n');
            return;
        }
        self.end_code();
        if let Meaning::Heading(level) = self.meaning {
            self.out.heading(level);
        }
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.out.line_break();
            }
            self.out.text(line);
        }
        if self.meaning == Meaning::Item {
            self.out.end_item();
        } else {
            self.out.end_block();
        }
    }

    fn end_code(&mut self) {
        if let Some(code) = self.code.take() {
            self.out.code(&code);
        }
    }
}

/// The meaning of a style that the file does not define.
fn built_in(id: &str) -> Meaning {
    match id.strip_prefix("Heading").and_then(|level| level.parse().ok()) {
        Some(level) => Meaning::Heading(level),
        None if id == "Title" => Meaning::Heading(1),
        None if id.starts_with("List") => Meaning::Item,
        None => Meaning::Text,
    }
}
