//! Cutting by structure: the strongest boundaries first, then joining what fits.
//!
//! The text is a row of atoms (sentences, lines of code) with a strength of the boundary before each: a heading of level
//! 1 is the strongest, the end of a sentence the weakest, and what follows a heading stays with it. A piece that exceeds
//! the budget is cut at all its strongest boundaries; neighbours are then joined from left to right while they fit; a piece
//! that still exceeds it is cut again. An atom larger than the budget is cut every `budget` tokens.
//!
//! Most blocks stand in a chunk whole, so their atoms are looked for only where the boundaries between blocks are not enough.
//! That changes nothing: within a block no boundary is stronger than a line end, and no token lies across two atoms, so a
//! block has as many as they. [`reference`] is the rule alone, over numbers; whoever cuts in another way gets the [`Atoms`].

use super::{fixed, windows};
use crate::document::{Document, Kind};
use crate::sentences;
use crate::starts::TokenStarts;
use crate::tokens;
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

/// The rule over numbers: sentence i has `sizes[i]` tokens, at least 1, and a boundary of `strengths[i]` before it; the chunks are
/// ranges of tokens.
///
/// ```
/// use retrieval::chunk::recursive::reference;
/// // A heading, its sentence, another heading and a sentence too long.
/// assert_eq!(reference(&[1, 3, 1, 9], &[4, 1, 4, 1], 6), [0..4, 4..5, 5..11, 11..14]);
/// ```
pub fn reference(sizes: &[usize], strengths: &[u8], budget: usize) -> Vec<Range<usize>> {
    let mut edges = vec![0];
    edges.extend(sizes.iter().scan(0, |end, size| {
        *end += size;
        Some(*end)
    }));
    let mut found = vec![];
    if !sizes.is_empty() {
        divide_plainly(&edges, strengths, 0..sizes.len(), budget, &mut found);
    }
    found
}

/// Cuts a row of sentences, the first of which begins at the token `edges[sentences.start]`.
fn divide_plainly(
    edges: &[usize],
    strengths: &[u8],
    sentences: Range<usize>,
    budget: usize,
    found: &mut Vec<Range<usize>>,
) {
    let tokens = edges[sentences.start]..edges[sentences.end];
    if tokens.len() <= budget {
        return found.push(tokens);
    }
    let inside = sentences.start + 1..sentences.end;
    let Some(strongest) = inside.clone().map(|i| strengths[i]).max() else {
        let parts = windows(tokens.len(), budget, 0);
        return found.extend(parts.into_iter().map(|part| tokens.start + part.start..tokens.start + part.end));
    };
    // Parts between the strongest boundaries, joined while they fit.
    let (mut start, mut end) = (sentences.start, sentences.start);
    for border in inside.filter(|&i| strengths[i] == strongest).chain([sentences.end]) {
        if end > start && edges[border] - edges[start] > budget {
            divide_plainly(edges, strengths, start..end, budget, found);
            start = end;
        }
        end = border;
    }
    divide_plainly(edges, strengths, start..end, budget, found);
}

/// The sentences of a document in numbers, for whoever decides by them where to cut.
pub struct Atoms {
    /// Tokens of each sentence, line or row; none is 0.
    pub sizes: Vec<usize>,
    /// Strength of the boundary before each: 1 within a line, 2 at a line end, 3 between blocks, up to 9 before a heading.
    pub strengths: Vec<u8>,
    ranges: Vec<Range<usize>>,
    /// The bytes of each token.
    spans: Vec<Range<usize>>,
}

impl Atoms {
    /// Those of a whole document.
    pub fn of(document: &Document) -> Atoms {
        let whole = 0..document.text.len();
        let text = Text { text: &document.text, starts: TokenStarts::of(&document.text, whole.clone()) };
        let mut found = Atoms { sizes: vec![], strengths: vec![], ranges: vec![], spans: vec![] };
        let all = blocks(document, &text.starts, whole);
        for atom in all.iter().flat_map(|block| atoms(&text, block)).filter(|atom| atom.tokens > 0) {
            let spans = tokens::spans(&document.text[atom.range.clone()]);
            found.spans.extend(spans.map(|span| atom.range.start + span.start..atom.range.start + span.end));
            found.sizes.push(atom.tokens);
            found.strengths.push(atom.strength);
            found.ranges.push(atom.range);
        }
        found
    }

    /// Tokens of all.
    pub fn n_tokens(&self) -> usize {
        self.spans.len()
    }

    /// The bytes of a range of tokens that is not empty and ends within the text. One that begins or ends with a sentence has all of
    /// it, a line's indentation included; a part of a single sentence has its tokens alone.
    pub fn bytes(&self, tokens: Range<usize>) -> Range<usize> {
        let [first, last] = [&self.spans[tokens.start], &self.spans[tokens.end - 1]];
        let begins = self.ranges.partition_point(|range| range.end <= first.start);
        let ends = self.ranges.partition_point(|range| range.end < last.end);
        let is_first = tokens.start == 0 || self.spans[tokens.start - 1].end <= self.ranges[begins].start;
        let is_last = self.spans.get(tokens.end).is_none_or(|next| next.start >= self.ranges[ends].end);
        if begins == ends && !(is_first && is_last) {
            return first.start..last.end;
        }
        let start = if is_first { self.ranges[begins].start } else { first.start };
        start..if is_last { self.ranges[ends].end } else { last.end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule over numbers gives what the engine cuts.
    fn by_numbers(document: &Document, budget: usize) -> Vec<Range<usize>> {
        let atoms = Atoms::of(document);
        let ranges = reference(&atoms.sizes, &atoms.strengths, budget);
        ranges.into_iter().map(|tokens| atoms.bytes(tokens)).collect()
    }

    /// Everything into atoms first.
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
                    assert_eq!(parents, by_numbers(&document, budget), "{budget} of {text:?}");
                    for parent in parents {
                        let children = cut(&document, parent.clone(), budget / 2 + 1);
                        assert_eq!(children, cut_plainly(&document, parent, budget / 2 + 1), "{budget} of {text:?}");
                    }
                }
            }
        }
    }
}
