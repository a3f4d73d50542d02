//! Pieces of text to a document: columns, lines, paragraphs, headings, tables, in the order in which a person reads.
//!
//! *Columns*: a wide gap across the page parts it first. A gutter is a strip that few lines cross; what crosses it (a title) divides the
//! page, and between two of them the left side is read before the right one, each side again in the same way. Short cells that stand on common
//! baselines on both sides are a table, which is read row by row. *Lines*: pieces on one baseline. *Paragraphs*: lines end one where the
//! gap below grows, the size changes, a line begins further in, or a short line ends a sentence. *Headings*: what is larger than the
//! text that most of the document has, or bold and short; levels by size.
//!
//! Source: Nagy, Seth and Viswanathan 1992 (cutting a page along its white space); the rules for paragraphs are our own. Not here:
//! running titles, which are text like any other.

use super::content::{Piece, append, back};
use crate::Document;
use crate::document::{Inline, Kind, Place};

/// A gutter is so many times as wide as the text is high.
const GUTTER: f32 = 0.9;
/// A gap of so many sizes across the page parts what is above it from what is below; a blank line is less.
const BAND: f32 = 2.2;
/// So many of the pieces may cross a gutter.
const CROSSING: f32 = 0.35;
/// Pieces on each side of a gutter at least.
const SIDE_MIN: usize = 3;
/// Columns within columns.
const DEPTH_MAX: usize = 8;
/// Cells of a table are narrower, in sizes of the text.
const CELL: f32 = 11.0;
/// A page with more pieces is read line by line: looking for gutters takes time by the square.
const PIECES_MAX: usize = 4_000;
/// A heading is larger than the text by so much.
const LARGER: f32 = 1.12;
/// Longer texts are no headings.
const HEADING_CHARACTERS_MAX: usize = 160;

/// The document of all pages.
pub fn document(pages: Vec<Vec<Piece>>) -> Document {
    let mut paragraphs: Vec<Paragraph> = vec![];
    for (i, pieces) in pages.into_iter().enumerate() {
        let mut by_turn: [Vec<Piece>; 4] = Default::default();
        for piece in pieces {
            by_turn[usize::from(piece.turn)].push(piece);
        }
        // Upright text first, then what stands sideways.
        for (turn, turned) in (0..).zip(by_turn) {
            let mut leaves = vec![];
            divide(turned, 0, &mut leaves);
            for leaf in leaves {
                paragraphs_of(lines(leaf), i as u32 + 1, turn, &mut paragraphs);
            }
        }
    }
    let sizes = Sizes::of(&paragraphs);
    let mut document = Document::default();
    for paragraph in paragraphs {
        let kind = sizes.kind(&paragraph);
        let before = document.blocks.len();
        document.push(kind, &paragraph.text);
        if let Some(block) = document.blocks.get_mut(before) {
            block.place = Some(paragraph.place);
        }
    }
    document
}

/// Cuts pieces into parts that have one column each, in reading order.
fn divide(pieces: Vec<Piece>, depth: usize, leaves: &mut Vec<Vec<Piece>>) {
    if pieces.is_empty() {
        return;
    }
    let bands = bands(pieces);
    if bands.len() > 1 && depth < DEPTH_MAX {
        return bands.into_iter().for_each(|band| divide(band, depth + 1, leaves));
    }
    let pieces: Vec<Piece> = bands.into_iter().flatten().collect();
    let gutter = if depth < DEPTH_MAX && pieces.len() <= PIECES_MAX { gutter(&pieces) } else { None };
    let Some(gutter) = gutter else { return leaves.push(pieces) };
    // Runs from top to bottom, as the bands are sorted, of pieces beside the gutter, and of pieces across it.
    let mut runs: Vec<(bool, Vec<Piece>)> = vec![];
    for piece in pieces {
        let crosses = gutter.is_crossed(&piece);
        match runs.last_mut() {
            Some((same, run)) if *same == crosses => run.push(piece),
            _ => runs.push((crosses, vec![piece])),
        }
    }
    for (crosses, run) in runs {
        if crosses {
            divide(run, depth + 1, leaves);
            continue;
        }
        let (left, right): (Vec<Piece>, Vec<Piece>) = run.into_iter().partition(|piece| piece.x1 <= gutter.x + 0.5);
        // A few short pieces beside each other are a line, not columns.
        if left.len().min(right.len()) < SIDE_MIN && is_aligned(&left, &right) {
            leaves.push(left.into_iter().chain(right).collect());
        } else {
            divide(left, depth + 1, leaves);
            divide(right, depth + 1, leaves);
        }
    }
}

/// Cuts pieces where nothing stands for several lines across the whole width: what is above is read first. All ascend in `y`.
fn bands(mut pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let least = BAND * median(pieces.iter().map(|piece| piece.size));
    pieces.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut bands: Vec<Vec<Piece>> = vec![];
    let mut bottom = f32::MIN;
    for piece in pieces {
        let is_apart = piece.y - piece.size - bottom > least;
        bottom = bottom.max(piece.y);
        match bands.last_mut() {
            Some(band) if !is_apart => band.push(piece),
            _ => bands.push(vec![piece]),
        }
    }
    bands
}

/// A strip without text.
#[derive(Clone, Copy)]
struct Gutter {
    x: f32,
    width: f32,
}

impl Gutter {
    fn is_crossed(self, piece: &Piece) -> bool {
        piece.x0 < self.x + self.width - 0.5 && piece.x1 > self.x + 0.5
    }
}

/// The strip that the fewest pieces cross, if it parts columns.
fn gutter(pieces: &[Piece]) -> Option<Gutter> {
    if pieces.len() < 2 * SIDE_MIN {
        return None;
    }
    let size = median(pieces.iter().map(|piece| piece.size));
    let width = GUTTER * size;
    let mut edges: Vec<f32> = pieces.iter().map(|piece| piece.x1).collect();
    edges.sort_by(f32::total_cmp);
    edges.dedup_by(|a, b| (*a - *b).abs() < 0.5);
    let mut best: Option<(usize, Gutter)> = None;
    for x in edges {
        let gutter = Gutter { x, width };
        let (mut crossing, mut left, mut right) = (0, 0, 0);
        for piece in pieces {
            if gutter.is_crossed(piece) {
                crossing += 1;
            } else if piece.x1 <= x + 0.5 {
                left += 1;
            } else {
                right += 1;
            }
        }
        let is_possible = left.min(right) >= SIDE_MIN && crossing as f32 <= CROSSING * pieces.len() as f32;
        // Of several with as few, the one further right ends the widest lines of the column.
        if is_possible && best.is_none_or(|(fewest, _)| crossing <= fewest) {
            best = Some((crossing, gutter));
        }
    }
    let (_, gutter) = best?;
    let beside = |is_left: bool| -> Vec<&Piece> {
        let is_it = |piece: &&Piece| !gutter.is_crossed(piece) && (piece.x1 <= gutter.x + 0.5) == is_left;
        pieces.iter().filter(is_it).collect()
    };
    let (left, right) = (beside(true), beside(false));
    let narrow = |side: &[&Piece]| median(side.iter().map(|piece| (piece.x1 - piece.x0) / piece.size)) < CELL;
    let is_table = (narrow(&left) || narrow(&right)) && is_on_common_lines(&left, &right);
    (!is_table).then_some(gutter)
}

/// Whether most pieces of the side that has fewer stand on baselines of the other.
fn is_on_common_lines(left: &[&Piece], right: &[&Piece]) -> bool {
    let (few, many) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let stands = |piece: &&&Piece| many.iter().any(|other| is_on_line(piece, other));
    few.iter().filter(stands).count() as f32 >= 0.7 * few.len() as f32
}

fn is_aligned(left: &[Piece], right: &[Piece]) -> bool {
    let (left, right): (Vec<&Piece>, Vec<&Piece>) = (left.iter().collect(), right.iter().collect());
    !left.is_empty() && !right.is_empty() && is_on_common_lines(&left, &right)
}

fn is_on_line(a: &Piece, b: &Piece) -> bool {
    (a.y - b.y).abs() < 0.3 * a.size.min(b.size)
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Pieces on one baseline.
struct Line {
    pieces: Vec<Piece>,
}

impl Line {
    fn x0(&self) -> f32 {
        self.pieces.first().map_or(0.0, |piece| piece.x0)
    }

    fn x1(&self) -> f32 {
        self.pieces.iter().map(|piece| piece.x1).fold(f32::MIN, f32::max)
    }

    fn y(&self) -> f32 {
        self.pieces.first().map_or(0.0, |piece| piece.y)
    }

    fn size(&self) -> f32 {
        self.pieces.iter().map(|piece| piece.size).fold(0.0, f32::max)
    }

    fn is_bold(&self) -> bool {
        self.pieces.iter().all(|piece| piece.is_bold)
    }

    fn is_mono(&self) -> bool {
        self.pieces.iter().all(|piece| piece.is_mono)
    }

    /// Parts that wide gaps separate.
    fn cells(&self) -> Vec<String> {
        let mut cells: Vec<String> = vec![];
        let mut end = f32::MIN;
        for piece in &self.pieces {
            let gap = piece.x0 - end;
            match cells.last_mut() {
                Some(cell) if gap < 1.5 * piece.size => {
                    append(cell, gap > 0.15 * piece.size, &piece.text);
                }
                _ => cells.push(piece.text.clone()),
            }
            end = piece.x1;
        }
        cells.iter().map(|cell| cell.trim().to_string()).filter(|cell| !cell.is_empty()).collect()
    }

    fn text(&self) -> String {
        self.cells().join(" ")
    }
}

/// Pieces to lines from top to bottom, each from left to right.
fn lines(mut pieces: Vec<Piece>) -> Vec<Line> {
    pieces.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut lines: Vec<Line> = vec![];
    for piece in pieces {
        // A raised or lowered mark stands on the line that it belongs to.
        let fits = |line: &&mut Line| {
            let first = &line.pieces[0];
            let is_small = piece.size < 0.8 * first.size || first.size < 0.8 * piece.size;
            let reach = if is_small { 0.5 } else { 0.3 } * first.size.max(piece.size);
            (first.y - piece.y).abs() < reach
        };
        match lines.last_mut().filter(fits) {
            Some(line) => line.pieces.push(piece),
            None => lines.push(Line { pieces: vec![piece] }),
        }
    }
    for line in &mut lines {
        line.pieces.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    }
    lines
}

/// Lines that belong together.
struct Paragraph {
    text: String,
    place: Place,
    size: f32,
    is_bold: bool,
    kind: Kind,
}

/// Lines of one column to paragraphs.
fn paragraphs_of(lines: Vec<Line>, page: u32, turn: u8, paragraphs: &mut Vec<Paragraph>) {
    let left = lines.iter().map(Line::x0).fold(f32::MAX, f32::min);
    let right = lines.iter().map(Line::x1).fold(f32::MIN, f32::max);
    // The usual distance of two lines, of those that can be one paragraph's.
    let steps = lines.windows(2).filter(|pair| (pair[0].size() - pair[1].size()).abs() < 0.12 * pair[0].size());
    let step = median(steps.map(|pair| (pair[1].y() - pair[0].y()) / pair[0].size()).filter(|step| *step < 2.2));
    let step = if step == 0.0 { 1.3 } else { step };
    let is_row: Vec<bool> = lines.iter().map(|line| line.cells().len() > 1).collect();
    let mut open: Vec<Line> = vec![];
    // Whether the first of them begins with the mark of a list.
    let mut has_marker = false;
    for (i, line) in lines.into_iter().enumerate() {
        // A row alone is a line with a wide gap.
        let is_in_table = is_row[i] && (i > 0 && is_row[i - 1] || is_row.get(i + 1) == Some(&true)) && !line.is_mono();
        if is_in_table {
            close(&mut open, left, page, turn, paragraphs);
            let row = line.cells().join(" | ");
            let place = place(page, turn, std::slice::from_ref(&line));
            paragraphs.push(Paragraph { text: row, place, size: line.size(), is_bold: false, kind: Kind::Row });
            continue;
        }
        if open.last().is_some_and(|last| ends(last, &line, &open, Column { left, right, step, has_marker })) {
            close(&mut open, left, page, turn, paragraphs);
        }
        if open.is_empty() {
            has_marker = marker(&line.text()).is_some();
        }
        open.push(line);
    }
    close(&mut open, left, page, turn, paragraphs);
}

/// Where the lines of a column begin and end, how far apart they are, in sizes, and whether the open ones are an item.
struct Column {
    left: f32,
    right: f32,
    step: f32,
    has_marker: bool,
}

/// Whether `next` begins a new paragraph after `last`.
fn ends(last: &Line, next: &Line, open: &[Line], column: Column) -> bool {
    let size = last.size();
    let gap = (next.y() - last.y()) / size;
    let changes = (next.size() - size).abs() > 0.12 * size
        || last.is_bold() != next.is_bold()
        || last.is_mono() != next.is_mono();
    if changes || gap > 1.3 * column.step || !(0.0..=2.2).contains(&gap) {
        return true;
    }
    if last.is_mono() {
        return false;
    }
    if marker(&next.text()).is_some() {
        return true;
    }
    let has_marker = column.has_marker;
    let is_further_in = next.x0() - last.x0() > 0.8 * size && last.x0() - column.left < 0.8 * size;
    let is_item_over = has_marker
        && open.first().is_some_and(|first| {
            next.x0() < first.x0() + 0.3 * size && open.len() > 1 && last.x0() > first.x0() + 0.5 * size
        });
    let is_short = column.right - last.x1() > 0.3 * (column.right - column.left);
    let ends_sentence = last.text().ends_with(['.', '!', '?', ':', '。', '！', '？', '：', '”', '"', ')', '）']);
    is_further_in && !has_marker || is_item_over || is_short && ends_sentence
}

/// The rest of a line that begins with the mark of a list.
fn marker(text: &str) -> Option<&str> {
    const BULLETS: [char; 10] = ['•', '▪', '◦', '‣', '●', '○', '■', '□', '–', '·'];
    if let Some(rest) = text.strip_prefix(BULLETS) {
        return Some(rest.trim_start()).filter(|rest| !rest.is_empty());
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).filter(|n| (1..=3).contains(n))?;
    let rest = text[digits..].strip_prefix(['.', ')', '、'])?;
    (rest.starts_with([' ', '\u{a0}']) || text[digits..].starts_with('、')).then(|| rest.trim_start())
}

/// Makes a paragraph of the lines that are open.
fn close(open: &mut Vec<Line>, left: f32, page: u32, turn: u8, paragraphs: &mut Vec<Paragraph>) {
    let lines = std::mem::take(open);
    let Some(first) = lines.first() else { return };
    let place = place(page, turn, &lines);
    let (size, is_bold) = (first.size(), lines.iter().all(Line::is_bold));
    if lines.iter().all(Line::is_mono) {
        let indent =
            |line: &Line| " ".repeat(((line.x0() - left) / (0.6 * line.size())).round().clamp(0.0, 80.0) as usize);
        let text: Vec<String> = lines.iter().map(|line| indent(line) + line.text().trim_end()).collect();
        paragraphs.push(Paragraph { text: text.join("\n"), place, size, is_bold, kind: Kind::Code });
        return;
    }
    let mut inline = Inline::default();
    for (i, line) in lines.iter().enumerate() {
        let text = line.text();
        // A word that was broken at the line's end is whole again.
        let next = lines.get(i + 1).map(Line::text);
        let is_broken = next.is_some_and(|next| next.starts_with(char::is_lowercase));
        match text.strip_suffix(['-', '\u{ad}', '\u{2010}']) {
            Some(start) if is_broken && start.ends_with(char::is_alphabetic) => inline.text(start),
            _ => {
                inline.text(&text);
                inline.text("\n");
            }
        }
    }
    let text = inline.take();
    let (kind, text) = match marker(&text) {
        Some(rest) => {
            (Kind::Item, if text.starts_with(|c: char| c.is_ascii_digit()) { text.clone() } else { rest.to_string() })
        }
        None => (Kind::Paragraph, text),
    };
    paragraphs.push(Paragraph { text, place, size, is_bold, kind });
}

/// The box of lines on the page, whose text is so many quarter turns off.
fn place(page: u32, turn: u8, lines: &[Line]) -> Place {
    let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    for piece in lines.iter().flat_map(|line| &line.pieces) {
        for (x, y) in [(piece.x0, piece.y - 0.8 * piece.size), (piece.x1, piece.y + 0.2 * piece.size)] {
            let (x, y) = back(turn, x, y);
            bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
        }
    }
    // A hundredth of a point is finer than any printer.
    Place { page, bounds: bounds.map(|bound| (bound * 100.0).round() / 100.0) }
}

/// The sizes of a document's text.
struct Sizes {
    /// Of most of the text.
    body: f32,
    /// Of headings, the largest first.
    headings: Vec<f32>,
    /// Whether most of the text is bold, so that it distinguishes nothing.
    is_bold: bool,
}

impl Sizes {
    fn of(paragraphs: &[Paragraph]) -> Sizes {
        // Half points: no designer uses finer ones.
        let round = |size: f32| (size * 2.0).round() as i32;
        let mut counts: std::collections::BTreeMap<i32, usize> = std::collections::BTreeMap::new();
        for paragraph in paragraphs.iter().filter(|paragraph| paragraph.kind != Kind::Code) {
            *counts.entry(round(paragraph.size)).or_default() += paragraph.text.chars().count();
        }
        let body = counts.iter().max_by_key(|(_, count)| **count).map_or(0, |(size, _)| *size) as f32 / 2.0;
        let sizes = counts.keys().rev().map(|size| *size as f32 / 2.0);
        let headings = sizes.filter(|size| *size > LARGER * body).collect();
        let length = |is_bold: bool| -> usize {
            let those = paragraphs.iter().filter(|paragraph| paragraph.is_bold == is_bold);
            those.map(|paragraph| paragraph.text.len()).sum()
        };
        Sizes { body, headings, is_bold: length(true) > length(false) }
    }

    fn kind(&self, paragraph: &Paragraph) -> Kind {
        let is_short =
            paragraph.text.chars().count() <= HEADING_CHARACTERS_MAX && paragraph.text.chars().any(char::is_alphabetic);
        if !is_short || !matches!(paragraph.kind, Kind::Paragraph | Kind::Item) {
            return paragraph.kind;
        }
        let stands_out = paragraph.is_bold && !self.is_bold && paragraph.size >= 0.95 * self.body;
        let level = self.headings.iter().position(|size| (size - paragraph.size).abs() < 0.3);
        let level = level.or(stands_out.then_some(self.headings.len()));
        level.map_or(paragraph.kind, |level| Kind::Heading((level + 1).min(6) as u8))
    }
}
