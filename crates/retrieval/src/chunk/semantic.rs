//! Cutting where the subject changes: where what stands before a sentence and what stands after it are less alike than around.
//!
//! Each sentence is embedded together with its neighbours, since one alone says too little. The likeness of two neighbouring places is
//! the cosine of their vectors; how deep a dip is, is how far the likeness rises from it on both sides. The text is cut at dips
//! deeper than most, and before every heading. A piece over the budget is cut again at its deepest dip, down to a single sentence,
//! which is cut every `budget` tokens; a small piece joins the next one where both fit and no heading stands between.
//!
//! Source: Hearst 1997, "TextTiling" (depth of dips). Not here: embedders.

use super::fixed;
use crate::document::{Document, Kind};
use crate::{sentences, tokens};
use api::{EmbedError, Embedder};
use std::ops::Range;

/// Sentences on both sides that are embedded with one.
const NEIGHBOURS: usize = 1;
/// A dip is cut at if it is so many standard deviations deeper than the mean one.
const DEVIATIONS: f32 = 0.5;
/// Pieces smaller than this part of the budget join the next one.
const SMALL: usize = 8;

/// A sentence, a heading, a row or a line.
struct Piece {
    range: Range<usize>,
    tokens: usize,
    /// Whether a heading begins here, with which a new chunk begins.
    opens: bool,
}

/// Ranges of at most `budget` tokens that cover the sentences of `document`.
///
/// # Errors
/// Those of the embedder.
pub fn cut(document: &Document, embedder: &dyn Embedder, budget: usize) -> Result<Vec<Range<usize>>, EmbedError> {
    let pieces = pieces(document);
    let depths = depths(&likenesses(&document.text, &pieces, embedder)?);
    let limit = limit(&depths);
    let mut cuts = vec![];
    let mut start = 0;
    for end in 1..=pieces.len() {
        if end == pieces.len() || pieces[end].opens || depths[end - 1] > limit {
            divide(&pieces, &depths, start..end, budget, &mut cuts);
            start = end;
        }
    }
    let size = |part: &Range<usize>| pieces[part.clone()].iter().map(|piece| piece.tokens).sum::<usize>();
    let mut joined: Vec<Range<usize>> = vec![];
    for part in cuts {
        match joined.last_mut() {
            Some(last)
                if !pieces[part.start].opens
                    && size(last).min(size(&part)) < budget / SMALL
                    && size(last) + size(&part) <= budget =>
            {
                last.end = part.end;
            }
            _ => joined.push(part),
        }
    }
    let whole = |part: &Range<usize>| pieces[part.start].range.start..pieces[part.end - 1].range.end;
    let ranges = joined.iter().flat_map(|part| {
        let range = whole(part);
        if part.len() == 1 && size(part) > budget { fixed(&document.text, range, budget, 0) } else { vec![range] }
    });
    Ok(ranges.collect())
}

fn pieces(document: &Document) -> Vec<Piece> {
    let mut found: Vec<Piece> = vec![];
    let mut is_below_heading = false;
    for block in &document.blocks {
        let is_heading = matches!(block.kind, Kind::Heading(_));
        let ranges = match block.kind {
            Kind::Heading(_) | Kind::Row => vec![super::trim(&document.text, block.range.clone())],
            _ => sentences::split(&document.text, block.range.clone()),
        };
        for range in ranges.into_iter().filter(|range| !range.is_empty()) {
            let tokens = tokens::count(&document.text[range.clone()]);
            // A heading under a heading stays with it.
            found.push(Piece { range, tokens, opens: is_heading && !is_below_heading });
        }
        is_below_heading = is_heading;
    }
    found
}

/// How alike the places on both sides of every gap between pieces are.
fn likenesses(text: &str, pieces: &[Piece], embedder: &dyn Embedder) -> Result<Vec<f32>, EmbedError> {
    if pieces.len() < 2 {
        return Ok(vec![]);
    }
    let around = |i: usize| {
        let last = (i + NEIGHBOURS).min(pieces.len() - 1);
        &text[pieces[i.saturating_sub(NEIGHBOURS)].range.start..pieces[last].range.end]
    };
    let windows: Vec<&str> = (0..pieces.len()).map(around).collect();
    let vectors = embedder.embed(&windows)?;
    let cosine = |pair: &[Vec<f32>]| pair[0].iter().zip(&pair[1]).map(|(a, b)| a * b).sum();
    Ok(vectors.windows(2).map(cosine).collect())
}

/// How far the likeness rises on both sides of every gap before it falls again.
///
/// ```
/// use retrieval::chunk::semantic::depths;
/// assert_eq!(depths(&[4.0, 2.0, 1.0, 3.0]), [0.0, 2.0, 5.0, 0.0]);
/// ```
pub fn depths(likenesses: &[f32]) -> Vec<f32> {
    let climb = |from: f32, side: &mut dyn Iterator<Item = &f32>| {
        let mut top = from;
        for likeness in side {
            if *likeness < top {
                break;
            }
            top = *likeness;
        }
        top - from
    };
    let depth = |i: usize| {
        let here = likenesses[i];
        climb(here, &mut likenesses[..i].iter().rev()) + climb(here, &mut likenesses[i + 1..].iter())
    };
    (0..likenesses.len()).map(depth).collect()
}

/// The depth from which on a dip is a change of subject.
fn limit(depths: &[f32]) -> f32 {
    let n = depths.len().max(1) as f32;
    let mean = depths.iter().sum::<f32>() / n;
    let deviation = (depths.iter().map(|depth| (depth - mean).powi(2)).sum::<f32>() / n).sqrt();
    mean + DEVIATIONS * deviation
}

/// Cuts a part at its deepest dip until all fit.
fn divide(pieces: &[Piece], depths: &[f32], part: Range<usize>, budget: usize, found: &mut Vec<Range<usize>>) {
    let size: usize = pieces[part.clone()].iter().map(|piece| piece.tokens).sum();
    if size <= budget || part.len() < 2 {
        return found.push(part);
    }
    // The gap before piece i has the depth i - 1; of equal ones the one nearest to the middle.
    let middle = (part.start + part.end) / 2;
    let deepest = (part.start + 1..part.end)
        .max_by(|a, b| depths[a - 1].total_cmp(&depths[b - 1]).then(b.abs_diff(middle).cmp(&a.abs_diff(middle))))
        .unwrap_or(middle);
    divide(pieces, depths, part.start..deepest, budget, found);
    divide(pieces, depths, deepest..part.end, budget, found);
}
