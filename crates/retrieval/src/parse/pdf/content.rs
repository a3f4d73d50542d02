//! What a page's content shows: pieces of text, each with its place.
//!
//! A content stream is a program for a plotter. Only what moves or shows text is run: the matrices, the text state, the fonts, and
//! forms that are drawn within. Characters that follow each other on one line become one [`Piece`]; a gap as wide as a space
//! becomes a space, since many files hold none. Source: ISO 32000-1, 8.3, 9.3 and 9.4. Not here: which piece comes first.

use super::super::archive::Fault;
use super::font::Font;
use super::{UNPACKED_BYTES_MAX, decoded, is_bounded};
use crate::document::is_wide;
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::{self, TypedInstruction as Operator};
use hayro_syntax::object::{Array, Dict, Name, Number, Object, ObjectIdentifier, Stream};
use hayro_syntax::page::{Page, Resources};
use std::collections::HashMap;
use std::rc::Rc;

/// Forms within forms.
const DEPTH_MAX: usize = 12;
/// States that are kept at once.
const STATES_MAX: usize = 256;
/// Operators of a document, however small its file: a large map has some hundred thousand.
const OPERATORS_MAX: usize = 5_000_000;
/// Characters of a document, however small its file.
const CHARACTERS_MAX: usize = 1_000_000;
/// Pieces of a document, which are all in memory before it is laid out.
const PIECES_MAX: usize = 8_000_000;
/// Entries of all fonts of a document: some thousand subsets, or some dozen whole Chinese fonts.
const ENTRIES_MAX: usize = 8_000_000;
/// A gap of so much of the size is a space.
const SPACE: f32 = 0.17;
/// A gap of so much of the size ends a piece: a column may begin after it.
const APART: f32 = 0.9;

/// Text on one line without a wide gap.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Where it begins along the line.
    pub x0: f32,
    /// Where it ends along the line.
    pub x1: f32,
    /// Its baseline; grows downwards.
    pub y: f32,
    /// Size of the font.
    pub size: f32,
    /// Quarter turns of the text against the page.
    pub turn: u8,
    /// Whether its font is bold.
    pub is_bold: bool,
    /// Whether all characters are as wide.
    pub is_mono: bool,
}

/// A matrix as PDF writes it: `[a b c d e f]`.
type Matrix = [f32; 6];

const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// First `a`, then `b`.
fn then(a: &Matrix, b: &Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

/// A shift.
fn moved(x: f32, y: f32) -> Matrix {
    [1.0, 0.0, 0.0, 1.0, x, y]
}

#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f32,
    character_space: f32,
    word_space: f32,
    stretch: f32,
    leading: f32,
    rise: f32,
}

/// What the pages of a document share, and what they may still cost together. Pages may all show the same, and forms draw each other
/// again and again, so what is shown is counted against the size of the file, with which it grows in an honest one; a document that
/// shows more is refused, since half of one would look whole.
pub struct Shared {
    fonts: HashMap<ObjectIdentifier, Rc<Font>>,
    /// What forms unpack to, if they do: a letterhead stands on every page.
    forms: HashMap<ObjectIdentifier, Option<Rc<[u8]>>>,
    operators_left: usize,
    characters_left: usize,
    pieces_left: usize,
    entries_left: usize,
    /// Bytes of forms and fonts, packed and unpacked.
    bytes_left: usize,
}

fn spend(left: &mut usize, n: usize) -> Result<(), Fault> {
    *left = left.checked_sub(n).ok_or(Fault::TooLarge)?;
    Ok(())
}

impl Shared {
    /// Nothing yet, of a file of this size.
    pub fn of(file_bytes: usize) -> Shared {
        Shared {
            fonts: HashMap::new(),
            forms: HashMap::new(),
            operators_left: OPERATORS_MAX + 16 * file_bytes,
            characters_left: CHARACTERS_MAX + 8 * file_bytes,
            pieces_left: (CHARACTERS_MAX + file_bytes / 2).min(PIECES_MAX),
            entries_left: ENTRIES_MAX,
            bytes_left: UNPACKED_BYTES_MAX as usize,
        }
    }

    /// The unpacked bytes of a form, or of a part of a font. One whose size is not known beforehand is left out, as one that cannot be
    /// unpacked is: most are pictures or styles, and the text of the page is elsewhere.
    fn unpack(&mut self, stream: &Stream) -> Result<Option<Vec<u8>>, Fault> {
        // What unpacks to nothing was looked at, too.
        spend(&mut self.bytes_left, stream.raw_data().len())?;
        let bytes = if is_bounded(stream) { decoded(stream)? } else { None };
        spend(&mut self.bytes_left, bytes.as_ref().map_or(0, Vec::len))?;
        Ok(bytes)
    }

    fn form(&mut self, form: &Stream) -> Result<Option<Rc<[u8]>>, Fault> {
        if let Some(known) = self.forms.get(&form.obj_id()) {
            return Ok(known.clone());
        }
        let bytes = self.unpack(form)?.map(Rc::from);
        self.forms.insert(form.obj_id(), bytes.clone());
        Ok(bytes)
    }

    fn font(&mut self, resources: &Resources, name: &Name) -> Result<Option<Rc<Font>>, Fault> {
        // One that is written where it is used has no number.
        let id = resources.fonts.get_ref(name).map(ObjectIdentifier::from);
        if let Some(known) = id.and_then(|id| self.fonts.get(&id)) {
            return Ok(Some(known.clone()));
        }
        let Some(dict) = resources.get_font(name) else { return Ok(None) };
        let font = Rc::new(Font::of(&dict, |stream| self.unpack(stream))?);
        spend(&mut self.entries_left, font.n_entries())?;
        self.fonts.extend(id.map(|id| (id, font.clone())));
        Ok(Some(font))
    }
}

/// The pieces of a page, in the order in which they are shown.
///
/// # Errors
/// [`Fault::TooLarge`] if the document shows more than it may.
pub fn pieces<'a>(page: &'a Page<'a>, stream: &[u8], shared: &mut Shared) -> Result<Vec<Piece>, Fault> {
    let base = page.initial_transform(true).as_coeffs().map(|number| number as f32);
    let state = State {
        matrix: base,
        font: None,
        size: 0.0,
        character_space: 0.0,
        word_space: 0.0,
        stretch: 1.0,
        leading: 0.0,
        rise: 0.0,
    };
    let mut run = Run { shared, pieces: vec![] };
    run.content(stream, page.resources(), state, 0)?;
    Ok(run.pieces)
}

struct Run<'s> {
    shared: &'s mut Shared,
    pieces: Vec<Piece>,
}

impl Run<'_> {
    fn content(&mut self, stream: &[u8], resources: &Resources, mut state: State, depth: usize) -> Result<(), Fault> {
        let mut kept: Vec<State> = vec![];
        let (mut text, mut line) = (IDENTITY, IDENTITY);
        // Fonts by their names in these resources.
        let mut named: HashMap<Vec<u8>, Option<Rc<Font>>> = HashMap::new();
        let mut operations = TypedIter::new(stream);
        while let Some(operation) = operations.next() {
            spend(&mut self.shared.operators_left, 1)?;
            match operation {
                Operator::SaveState(_) if kept.len() < STATES_MAX => kept.push(state.clone()),
                Operator::RestoreState(_) => state = kept.pop().unwrap_or(state),
                Operator::Transform(ops::Transform(a, b, c, d, e, f)) => {
                    state.matrix = then(&[a, b, c, d, e, f].map(|number| number.as_f32()), &state.matrix);
                }
                Operator::BeginText(_) => (text, line) = (IDENTITY, IDENTITY),
                Operator::TextFont(ops::TextFont(name, size)) => {
                    if !named.contains_key(&**name) {
                        named.insert(name.to_vec(), self.shared.font(resources, name)?);
                    }
                    state.font = named[&**name].clone();
                    state.size = size.as_f32();
                }
                Operator::CharacterSpacing(ops::CharacterSpacing(space)) => state.character_space = space.as_f32(),
                Operator::WordSpacing(ops::WordSpacing(space)) => state.word_space = space.as_f32(),
                Operator::HorizontalScaling(ops::HorizontalScaling(percent)) => {
                    state.stretch = percent.as_f32() / 100.0
                }
                Operator::TextLeading(ops::TextLeading(leading)) => state.leading = leading.as_f32(),
                Operator::TextRise(ops::TextRise(rise)) => state.rise = rise.as_f32(),
                Operator::SetTextMatrix(ops::SetTextMatrix(a, b, c, d, e, f)) => {
                    line = [a, b, c, d, e, f].map(|number| number.as_f32());
                    text = line;
                }
                Operator::NextLine(ops::NextLine(x, y)) => {
                    line = then(&moved(x.as_f32(), y.as_f32()), &line);
                    text = line;
                }
                Operator::NextLineAndSetLeading(ops::NextLineAndSetLeading(x, y)) => {
                    state.leading = -y.as_f32();
                    line = then(&moved(x.as_f32(), y.as_f32()), &line);
                    text = line;
                }
                Operator::NextLineUsingLeading(_) => next_line(&state, &mut line, &mut text),
                Operator::ShowText(ops::ShowText(bytes)) => self.show(&state, &mut text, bytes.as_bytes())?,
                Operator::NextLineAndShowText(ops::NextLineAndShowText(bytes)) => {
                    next_line(&state, &mut line, &mut text);
                    self.show(&state, &mut text, bytes.as_bytes())?;
                }
                Operator::ShowTextWithParameters(ops::ShowTextWithParameters(word, character, bytes)) => {
                    (state.word_space, state.character_space) = (word.as_f32(), character.as_f32());
                    next_line(&state, &mut line, &mut text);
                    self.show(&state, &mut text, bytes.as_bytes())?;
                }
                Operator::ShowTexts(ops::ShowTexts(items)) => {
                    for item in items.iter::<Object>() {
                        match item {
                            Object::Number(back) => {
                                let by = -back.as_f32() / 1000.0 * state.size * state.stretch;
                                text = then(&moved(by, 0.0), &text);
                            }
                            Object::String(bytes) => self.show(&state, &mut text, bytes.as_bytes())?,
                            _ => {}
                        }
                    }
                }
                Operator::XObject(ops::XObject(name)) if depth < DEPTH_MAX => {
                    if let Some(form) = resources.get_x_object(name) {
                        self.form(&form, resources, &state, depth)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn form(&mut self, form: &Stream, resources: &Resources, state: &State, depth: usize) -> Result<(), Fault> {
        let dict = form.dict();
        if dict.get::<Name>("Subtype").as_deref() != Some(b"Form") {
            return Ok(());
        }
        let Some(bytes) = self.shared.form(form)? else { return Ok(()) };
        let mut state = state.clone();
        if let Some(matrix) = dict.get::<Array>("Matrix") {
            let mut numbers = matrix.iter::<Number>().map(|number| number.as_f32());
            let matrix: Matrix = std::array::from_fn(|i| numbers.next().unwrap_or(IDENTITY[i]));
            state.matrix = then(&matrix, &state.matrix);
        }
        match dict.get::<Dict>("Resources") {
            Some(own) => self.content(&bytes, &Resources::new(own), state, depth + 1),
            None => self.content(&bytes, resources, state, depth + 1),
        }
    }

    fn show(&mut self, state: &State, text: &mut Matrix, bytes: &[u8]) -> Result<(), Fault> {
        let Some(font) = &state.font else { return Ok(()) };
        font.show(bytes, |shown| {
            let here = [state.size * state.stretch, 0.0, 0.0, state.size, 0.0, state.rise];
            let placed = then(&here, &then(text, &state.matrix));
            let space = state.character_space + if shown.is_space { state.word_space } else { 0.0 };
            spend(&mut self.shared.characters_left, shown.text.chars().count().max(1))?;
            self.put(&shown.text, shown.width, &placed, font)?;
            *text = then(&moved((shown.width * state.size + space) * state.stretch, 0.0), text);
            Ok(())
        })
    }

    /// Adds characters at a place, to the last piece if they go on with it.
    fn put(&mut self, text: &str, width: f32, placed: &Matrix, font: &Font) -> Result<(), Fault> {
        let [a, b, c, d, e, f] = *placed;
        // The direction of writing, to the nearest quarter turn.
        let turn = if a.abs() >= b.abs() {
            if a >= 0.0 { 0 } else { 2 }
        } else if b >= 0.0 {
            1
        } else {
            3
        };
        let (x, y) = along(turn, e, f);
        let length = width * a.hypot(b);
        let size = c.hypot(d);
        let is_real = [x, y, length, size].iter().all(|number| number.is_finite());
        if text.is_empty() || !is_real || size < 0.1 {
            return Ok(());
        }
        let is_blank = text.chars().all(char::is_whitespace);
        if let Some(last) = self.pieces.last_mut() {
            let gap = x - last.x1;
            let is_same = last.turn == turn
                && (last.y - y).abs() < 0.12 * size
                && (last.size - size).abs() < 0.12 * size
                && last.is_bold == font.is_bold
                && last.is_mono == font.is_mono;
            if is_same && gap > -0.5 * size && gap < APART * size {
                if is_blank {
                    if !last.text.ends_with(' ') {
                        last.text.push(' ');
                    }
                } else {
                    append(&mut last.text, gap > SPACE * size, text);
                }
                last.x1 = last.x1.max(x + length);
                return Ok(());
            }
        }
        if !is_blank {
            spend(&mut self.shared.pieces_left, 1)?;
            let (is_bold, is_mono) = (font.is_bold, font.is_mono);
            self.pieces.push(Piece { text: text.to_string(), x0: x, x1: x + length, y, size, turn, is_bold, is_mono });
        }
        Ok(())
    }
}

/// Goes on with a text; a gap becomes a space, but not between wide characters, which are set apart by nothing.
pub fn append(text: &mut String, has_gap: bool, more: &str) {
    let is_joined = text.ends_with(is_wide) && more.starts_with(is_wide);
    if has_gap && !is_joined && !text.ends_with(' ') {
        text.push(' ');
    }
    text.push_str(more);
}

fn next_line(state: &State, line: &mut Matrix, text: &mut Matrix) {
    *line = then(&moved(0.0, -state.leading), line);
    *text = *line;
}

/// A point of the page, seen by somebody who holds it so that text of this turn stands upright.
fn along(turn: u8, x: f32, y: f32) -> (f32, f32) {
    match turn {
        0 => (x, y),
        1 => (y, -x),
        2 => (-x, -y),
        _ => (-y, x),
    }
}

/// The point of the page again.
pub fn back(turn: u8, x: f32, y: f32) -> (f32, f32) {
    match turn {
        0 => (x, y),
        1 => (-y, x),
        2 => (-x, -y),
        _ => (y, -x),
    }
}
