//! What all parsers of structured formats write through: text goes in, blocks come out.
//!
//! A parser says where blocks, lists, rows and cells begin and end; the writer decides what kind the collected text is.
//! Ends may be missing, as they are in HTML: beginning a thing ends what cannot contain it.

use crate::document::{Document, Inline, Kind};

/// Collects a document.
#[derive(Default)]
pub struct Writer {
    document: Document,
    inline: Inline,
    heading: Option<u8>,
    list_depth: usize,
    /// Finished cells of the open row; `None` outside rows.
    cells: Option<Vec<String>>,
}

/// How far a document was written.
pub struct Mark {
    title: Option<String>,
    bytes: usize,
    blocks: usize,
    list_depth: usize,
}

impl Writer {
    /// Adds running text.
    pub fn text(&mut self, text: &str) {
        self.inline.text(text);
    }

    /// Adds a line end that stays.
    pub fn line_break(&mut self) {
        self.inline.line_break();
    }

    /// Ends the open block; within a row, blocks of a cell are apart by a space.
    pub fn end_block(&mut self) {
        if self.cells.is_some() {
            self.inline.text(" ");
            return;
        }
        let text = self.inline.take();
        let kind = match self.heading.take() {
            Some(level) => Kind::Heading(level),
            None if self.list_depth > 0 => Kind::Item,
            None => Kind::Paragraph,
        };
        self.document.push(kind, &text);
    }

    /// Begins a heading of `level` 1 to 6; within a row it is text.
    pub fn heading(&mut self, level: u8) {
        self.end_block();
        if self.cells.is_none() {
            self.heading = Some(level.clamp(1, 6));
        }
    }

    /// Begins a list.
    pub fn list(&mut self) {
        self.end_block();
        self.list_depth += 1;
    }

    /// Ends the innermost list.
    pub fn end_list(&mut self) {
        self.end_block();
        self.list_depth = self.list_depth.saturating_sub(1);
    }

    /// Adds one item, wherever its list begins and ends.
    pub fn end_item(&mut self) {
        self.list_depth += 1;
        self.end_list();
    }

    /// Begins a row of a table.
    pub fn row(&mut self) {
        self.end_row();
        self.end_block();
        self.cells = Some(vec![]);
    }

    /// Begins a cell; one whose end is missing ends.
    pub fn cell(&mut self) {
        if let Some(cells) = &mut self.cells {
            let text = self.inline.take();
            if !text.is_empty() {
                cells.push(text.replace('\n', " "));
            }
        }
    }

    /// Ends the open cell.
    pub fn end_cell(&mut self) {
        if let Some(cells) = &mut self.cells {
            cells.push(self.inline.take().replace('\n', " "));
        }
    }

    /// Ends the open row, if any; empty cells at its end are left out.
    pub fn end_row(&mut self) {
        if let Some(mut cells) = self.cells.take() {
            let rest = self.inline.take();
            if !rest.is_empty() {
                cells.push(rest);
            }
            while cells.last().is_some_and(|cell| cell.is_empty()) {
                cells.pop();
            }
            self.document.push(Kind::Row, &cells.join(" | "));
        }
    }

    /// Whether a row is open.
    pub fn is_in_row(&self) -> bool {
        self.cells.is_some()
    }

    /// Adds text whose white space matters; within a row it is running text.
    pub fn code(&mut self, text: &str) {
        if self.is_in_row() {
            return self.text(text);
        }
        self.end_block();
        let text = text.replace("\r\n", "\n");
        self.document.push(Kind::Code, text.trim_matches('\n').trim_end());
    }

    /// Names the document unless a heading does.
    pub fn title(&mut self, title: &str) {
        let mut inline = Inline::default();
        inline.text(title);
        let title = inline.take();
        if self.document.title.is_none() && !title.is_empty() {
            self.document.title = Some(title);
        }
    }

    /// Ends the open block and remembers what is written so far.
    pub fn mark(&mut self) -> Mark {
        self.end_block();
        let Document { title, text, blocks } = &self.document;
        Mark { title: title.clone(), bytes: text.len(), blocks: blocks.len(), list_depth: self.list_depth }
    }

    /// Takes back what was written since.
    pub fn undo(&mut self, mark: Mark) {
        self.end_row();
        self.inline.take();
        self.heading = None;
        self.list_depth = mark.list_depth;
        self.document.title = mark.title;
        self.document.text.truncate(mark.bytes);
        self.document.blocks.truncate(mark.blocks);
    }

    /// The document.
    pub fn finish(mut self) -> Document {
        self.end_row();
        self.end_block();
        self.document
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.document.blocks.is_empty()
    }
}
