//! Cutting by structure: the strongest boundaries first, then joining what fits.
//!
//! The text is a row of atoms (sentences, lines of code) with a strength of the boundary before each: a heading of level
//! 1 is the strongest, the end of a sentence the weakest, and what follows a heading stays with it. A piece that exceeds
//! the budget is cut at all its strongest boundaries; neighbours are then joined from left to right while they fit; a piece
//! that still exceeds it is cut again. An atom larger than the budget is cut every `budget` tokens.

use super::fixed;
use crate::document::{Document, Kind};
use crate::{sentences, tokens};
use std::ops::Range;

struct Atom {
    range: Range<usize>,
    tokens: usize,
    /// Of the boundary before it.
    strength: u8,
}

const BLOCK: u8 = 3;
const LINE: u8 = 2;
const SENTENCE: u8 = 1;

/// Ranges of at most `budget` tokens that cover the atoms of `within`, which ends where blocks end or sentences do.
pub fn cut(document: &Document, within: Range<usize>, budget: usize) -> Vec<Range<usize>> {
    let atoms = atoms(document, within);
    let mut found = vec![];
    divide(&document.text, &atoms, budget, &mut found);
    found
}

fn atoms(document: &Document, within: Range<usize>) -> Vec<Atom> {
    let text = &document.text;
    let first = document.blocks.partition_point(|block| block.range.end <= within.start);
    let mut atoms: Vec<Atom> = vec![];
    let mut before: Option<Kind> = first.checked_sub(1).map(|i| document.blocks[i].kind);
    for block in document.blocks[first..].iter().take_while(|block| block.range.start < within.end) {
        let strength = match (before, block.kind) {
            (Some(Kind::Heading(above)), Kind::Heading(level)) if above < level => SENTENCE,
            (_, Kind::Heading(level)) => BLOCK + 7 - level.clamp(1, 6),
            (Some(Kind::Heading(_)), _) => SENTENCE,
            (Some(Kind::Item), Kind::Item) | (Some(Kind::Row), Kind::Row) => LINE,
            _ => BLOCK,
        };
        before = Some(block.kind);
        let range = block.range.start.max(within.start)..block.range.end.min(within.end);
        let pieces = match block.kind {
            Kind::Heading(_) | Kind::Row => vec![range],
            Kind::Code => lines(text, range),
            Kind::Paragraph | Kind::Item => sentences::split(text, range),
        };
        for (i, range) in pieces.into_iter().enumerate() {
            let is_after_line_end = i > 0 && text[..range.start].trim_end_matches([' ', '\t']).ends_with('\n');
            let inner = if is_after_line_end { LINE } else { SENTENCE };
            let tokens = tokens::count(&text[range.clone()]);
            atoms.push(Atom { range, tokens, strength: if i == 0 { strength } else { inner } });
        }
    }
    atoms
}

fn lines(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut at = range.start;
    let mut found = vec![];
    for line in text[range].split_inclusive('\n') {
        let end = at + line.trim_end().len();
        if end > at {
            found.push(at..end);
        }
        at += line.len();
    }
    found
}

fn divide(text: &str, atoms: &[Atom], budget: usize, found: &mut Vec<Range<usize>>) {
    let Some((first, rest)) = atoms.split_first() else { return };
    if atoms.iter().map(|atom| atom.tokens).sum::<usize>() <= budget {
        found.push(first.range.start..atoms[atoms.len() - 1].range.end);
        return;
    }
    let Some(strongest) = rest.iter().map(|atom| atom.strength).max() else {
        found.extend(fixed(text, first.range.clone(), budget, 0));
        return;
    };
    // Parts between the strongest boundaries, joined while they fit.
    let (mut start, mut size) = (0, 0);
    let (mut part_start, mut part_size) = (0, 0);
    for i in 0..=atoms.len() {
        let is_boundary = i == atoms.len() || (i > 0 && atoms[i].strength == strongest);
        if is_boundary {
            if size > 0 && size + part_size > budget {
                divide(text, &atoms[start..part_start], budget, found);
                (start, size) = (part_start, 0);
            }
            size += part_size;
            (part_start, part_size) = (i, 0);
        }
        if i < atoms.len() {
            part_size += atoms[i].tokens;
        }
    }
    divide(text, &atoms[start..], budget, found);
}
