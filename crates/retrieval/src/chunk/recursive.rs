//! Cutting by structure: the strongest boundaries first, then joining what fits.
//!
//! The text is a row of atoms (sentences, lines of code) with a strength of the boundary before each: a heading of level
//! 1 is the strongest, the end of a sentence the weakest, and what follows a heading stays with it. A piece that exceeds
//! the budget is cut at all its strongest boundaries; neighbours are then joined from left to right while they fit; a piece
//! that still exceeds it is cut again. An atom larger than the budget is cut every `budget` tokens.
//!
//! Most blocks stand in a chunk whole, so their atoms are looked for only where the boundaries between blocks are not enough.
//! That changes nothing: within a block no boundary is stronger than a line end, and no token lies across two atoms, so a
//! block has as many as they.

use super::fixed;
use crate::document::{Document, Kind};
use crate::sentences;
use crate::starts::TokenStarts;
use std::ops::Range;

/// A block, or an atom of one.
#[derive(Clone)]
struct Piece {
    range: Range<usize>,
    tokens: usize,
    /// Of the boundary before it.
    strength: u8,
    /// What the block is that may yet be cut into atoms.
    whole: Option<Kind>,
}

const BLOCK: u8 = 3;
const LINE: u8 = 2;
const SENTENCE: u8 = 1;

/// Ranges of at most `budget` tokens that cover the atoms of `within`, which ends where blocks end or sentences do.
pub fn cut(document: &Document, within: Range<usize>, budget: usize) -> Vec<Range<usize>> {
    let text = Text { text: &document.text, starts: TokenStarts::of(&document.text, within.clone()) };
    let mut found = vec![];
    divide(&text, &blocks(document, &text.starts, within), budget, &mut found);
    found
}

/// A text, and where the tokens begin of the part that is cut.
struct Text<'d> {
    text: &'d str,
    starts: TokenStarts,
}

fn blocks(document: &Document, starts: &TokenStarts, within: Range<usize>) -> Vec<Piece> {
    let first = document.blocks.partition_point(|block| block.range.end <= within.start);
    let mut before: Option<Kind> = first.checked_sub(1).map(|i| document.blocks[i].kind);
    let inside = document.blocks[first..].iter().take_while(|block| block.range.start < within.end);
    inside
        .filter_map(|block| {
            let strength = match (before, block.kind) {
                (Some(Kind::Heading(above)), Kind::Heading(level)) if above < level => SENTENCE,
                (_, Kind::Heading(level)) => BLOCK + 7 - level.clamp(1, 6),
                (Some(Kind::Heading(_)), _) => SENTENCE,
                (Some(Kind::Item), Kind::Item) | (Some(Kind::Row), Kind::Row) => LINE,
                _ => BLOCK,
            };
            before = Some(block.kind);
            let range = block.range.start.max(within.start)..block.range.end.min(within.end);
            let range = ends(&document.text, range, block.kind)?;
            Some(Piece { tokens: starts.count(&range), range, strength, whole: Some(block.kind) })
        })
        .collect()
}

/// From the first atom's start to the last one's end; `None` if there is no atom.
fn ends(text: &str, range: Range<usize>, kind: Kind) -> Option<Range<usize>> {
    let trimmed = match kind {
        Kind::Heading(_) | Kind::Row => return Some(range),
        Kind::Paragraph | Kind::Item | Kind::Code => super::trim(text, range.clone()),
    };
    let start = match kind {
        // The indentation of its first line belongs to it.
        Kind::Code => text[range.start..trimmed.start].rfind('\n').map_or(range.start, |i| range.start + i + 1),
        _ => trimmed.start,
    };
    (trimmed.start < trimmed.end).then_some(start..trimmed.end)
}

/// The atoms of a block.
fn atoms(Text { text, starts }: &Text, block: &Piece) -> Vec<Piece> {
    let range = block.range.clone();
    let ranges = match block.whole {
        None | Some(Kind::Heading(_) | Kind::Row) => vec![range],
        Some(Kind::Code) => lines(text, range),
        Some(Kind::Paragraph | Kind::Item) => sentences::split(text, range),
    };
    let atom = |(i, range): (usize, Range<usize>)| {
        let is_after_line_end = i > 0 && text[..range.start].trim_end_matches([' ', '\t']).ends_with('\n');
        let inner = if is_after_line_end { LINE } else { SENTENCE };
        Piece {
            tokens: starts.count(&range),
            range,
            strength: if i == 0 { block.strength } else { inner },
            whole: None,
        }
    };
    ranges.into_iter().enumerate().map(atom).collect()
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

fn divide(text: &Text, pieces: &[Piece], budget: usize, found: &mut Vec<Range<usize>>) {
    let Some((first, rest)) = pieces.split_first() else { return };
    if pieces.iter().map(|piece| piece.tokens).sum::<usize>() <= budget {
        found.push(first.range.start..pieces[pieces.len() - 1].range.end);
        return;
    }
    let strongest = rest.iter().map(|piece| piece.strength).max();
    if strongest.is_none_or(|strength| strength < BLOCK) && pieces.iter().any(|piece| piece.whole.is_some()) {
        let atoms: Vec<Piece> = pieces.iter().flat_map(|piece| atoms(text, piece)).collect();
        divide(text, &atoms, budget, found);
        return;
    }
    let Some(strongest) = strongest else {
        found.extend(fixed(text.text, first.range.clone(), budget, 0));
        return;
    };
    // Parts between the strongest boundaries, joined while they fit.
    let (mut start, mut size) = (0, 0);
    let (mut part_start, mut part_size) = (0, 0);
    for i in 0..=pieces.len() {
        let is_boundary = i == pieces.len() || (i > 0 && pieces[i].strength == strongest);
        if is_boundary {
            if size > 0 && size + part_size > budget {
                divide(text, &pieces[start..part_start], budget, found);
                (start, size) = (part_start, 0);
            }
            size += part_size;
            (part_start, part_size) = (i, 0);
        }
        if i < pieces.len() {
            part_size += pieces[i].tokens;
        }
    }
    divide(text, &pieces[start..], budget, found);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens;

    /// The reference: everything into atoms first.
    fn cut_plainly(document: &Document, within: Range<usize>, budget: usize) -> Vec<Range<usize>> {
        let first = document.blocks.partition_point(|block| block.range.end <= within.start);
        let text = Text { text: &document.text, starts: TokenStarts::of(&document.text, within.clone()) };
        let strengths = blocks(document, &text.starts, within.clone());
        let mut all = vec![];
        for block in document.blocks[first..].iter().take_while(|block| block.range.start < within.end) {
            let range = block.range.start.max(within.start)..block.range.end.min(within.end);
            let known = strengths.iter().find(|piece| range.start <= piece.range.start && piece.range.end <= range.end);
            let strength = known.map_or(0, |piece| piece.strength);
            let block = Piece { range, tokens: 0, strength, whole: Some(block.kind) };
            all.extend(atoms(&text, &block));
        }
        let mut found = vec![];
        for atom in &all {
            assert_eq!(atom.tokens, tokens::count(&text.text[atom.range.clone()]), "an atom of {:?}", text.text);
        }
        divide(&text, &all, budget, &mut found);
        found
    }

    /// Blocks that stay whole change nothing, for every kind of block and every budget.
    #[test]
    fn whole_blocks_give_what_atoms_give() {
        const PARTS: [&str; 24] = [
            "word",
            " ",
            " ",
            " ",
            "\n",
            "\n\n",
            ". ",
            "! ",
            "3.14159",
            "Averylongwordthatisseveraltokens",
            "茶",
            "绿茶不发酵",
            "。",
            "？",
            "“",
            "”",
            "…",
            "é",
            "\u{3000}",
            "\n\n## Head\n\n",
            "\n- item",
            "\n\n```\n  let x;\n\ny\n```\n\n",
            "\n\n| a | b |\n|---|---|\n| c | d |\n\n",
            "  ",
        ];
        for seed in 0..300u64 {
            let random = |i: u64| (kernels::rng::uniform([seed, 1], i) * PARTS.len() as f32) as usize;
            let text: String = (0..20 + 2 * seed).map(|i| PARTS[random(i)]).collect();
            let parsed = crate::parse::parse("a.md".as_ref(), text.as_bytes()).ok();
            for document in parsed.into_iter().chain([Document::plain(&text), Document::code(&text)]) {
                let whole = 0..document.text.len();
                for budget in [1, 3, 8, 20, 50, 200] {
                    let parents = cut(&document, whole.clone(), budget);
                    assert_eq!(parents, cut_plainly(&document, whole.clone(), budget), "{budget} of {text:?}");
                    for parent in parents {
                        let children = cut(&document, parent.clone(), budget / 2 + 1);
                        assert_eq!(children, cut_plainly(&document, parent, budget / 2 + 1), "{budget} of {text:?}");
                    }
                }
            }
        }
    }
}
