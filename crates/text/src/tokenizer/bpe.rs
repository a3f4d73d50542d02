//! Byte-level byte pair encoding: training, and encoding long texts in pieces.
//!
//! Training (Sennrich et al. 2016, section 3.2): cut the text into words, write each word as its bytes, then again
//! and again merge the adjacent pair that occurs most often. Two ideas make it fast: equal words are counted once,
//! and after a merge only the words that held the pair are recounted. The queue is lazy: an entry whose count has
//! fallen since it was queued goes back with its present count. Ties go to the pair with the smaller ids, as in
//! the `tokenizers` crate; that crate's own trainer is not used because its result may depend on hashing order.

use super::special::Markers;
use super::{Engine, TokenizerError, caught, invalid};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::sync::LazyLock;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};

/// How a text is cut into words before merging, in the order tried: English contractions; a run of letters other
/// than Han, with one space or mark before it; a frequent Chinese particle; a run of other Han characters; a single
/// digit; marks with the line breaks after them; blank lines; spaces. Chinese has no spaces: were a particle not cut off, a
/// name would be one entry alone and others with what stands beside it, and a model could hardly copy it. Oniguruma
/// (Python's `tokenizers`) and fancy-regex read it alike.
pub(super) const PATTERN: &str = concat!(
    r"'(?:[sdmtSDMT]|ll|LL|ve|VE|re|RE)",
    r"|[^\r\n\p{L}\p{M}\p{N}]?[\p{L}\p{M}&&[^\p{Han}]]+",
    r"|[的了和把在说是对给向]",
    r"|[\p{Han}&&[^的了和把在说是对给向]]+",
    r"|\p{N}",
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*",
    r"|\s*[\r\n]+",
    r"|\s+(?!\S)",
    r"|\s+",
);

/// A pair must occur this often to become an entry: one that occurs once compresses nothing.
const MIN_PAIR_COUNT: i64 = 2;

/// Long texts are encoded in pieces of about this size, because the engine keeps some 50 bytes per byte of text.
const PIECE_BYTES: usize = 1 << 16;

/// GPT-2's printable stand-in for each byte: itself where it prints, else a character from U+0100 upwards.
pub(super) static BYTE_TO_CHAR: LazyLock<[char; 256]> = LazyLock::new(|| {
    let mut next = 0x100;
    std::array::from_fn(|byte| match byte as u8 {
        b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte as u8),
        _ => {
            next += 1;
            char::from_u32(next - 1).expect("below the surrogates")
        }
    })
});

static CHAR_TO_BYTE: LazyLock<HashMap<char, u8>> =
    LazyLock::new(|| BYTE_TO_CHAR.iter().copied().zip(0..=255).collect());

/// The byte behind a stand-in.
pub(super) fn char_to_byte(c: char) -> Option<u8> {
    CHAR_TO_BYTE.get(&c).copied()
}

/// The vocabulary in id order and the merges in the order learned.
type Trained = (Vec<String>, Vec<(String, String)>);

/// Learns a vocabulary: `special`, the 256 bytes by stand-in, then one entry per merge.
pub(super) fn train<'a>(
    documents: impl IntoIterator<Item = &'a str>,
    vocab_size: usize,
    special: &[&str],
) -> Result<Trained, TokenizerError> {
    let expected = 256 + special.len();
    if vocab_size < expected {
        return Err(TokenizerError::VocabTooSmall { found: vocab_size, expected });
    }
    let mut alphabet = *BYTE_TO_CHAR;
    alphabet.sort_unstable();
    let mut vocab: Vec<String> = special.iter().map(|s| s.to_string()).collect();
    vocab.extend(alphabet.iter().map(char::to_string));
    let byte_ids: HashMap<char, u32> = alphabet.into_iter().zip(special.len() as u32..).collect();

    let words = count_words(documents, special);
    if words.is_empty() {
        return Err(TokenizerError::Empty {});
    }
    let words = words.into_iter().map(|(word, count)| (word.chars().map(|c| byte_ids[&c]).collect(), count)).collect();
    let merges = Merger::new(words).run(&mut vocab, vocab_size);
    Ok((vocab, merges))
}

/// Encodes a text, a long one piece by piece if it [`may_be_cut`]; markers are read or not as the engine was set.
pub(super) fn encode(engine: &Engine, text: &str, may_be_cut: bool) -> Result<Vec<u32>, TokenizerError> {
    let mut ids = Vec::new();
    for piece in pieces(text, if may_be_cut { PIECE_BYTES } else { text.len() }) {
        let encoding = caught(|| engine.encode_fast(piece, false).map_err(invalid))?;
        ids.extend_from_slice(encoding.get_ids());
    }
    Ok(ids)
}

/// Whether the pieces of a text give the ids of the whole: words are cut before they are merged, and no space is put before a
/// text, as it then would be before each piece. Costs writing out the engine's settings, so it is asked once.
pub(super) fn may_be_cut(engine: &Engine) -> bool {
    let file = serde_json::json!([engine.get_normalizer(), engine.get_pre_tokenizer()]).to_string();
    let begins_differently =
        ["\"Prepend\"", "\"Metaspace\"", "\"add_prefix_space\":true"].iter().any(|word| file.contains(word));
    engine.get_pre_tokenizer().is_some() && !begins_differently
}

/// Cuts a long text where a line begins with a letter or digit and the line before ends with a visible character: no word of
/// ours or of published ones reaches across, or depends on what follows (of two line breaks, GPT-2 looks at the letter after
/// them).
fn pieces(text: &str, size: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let cut = line_starts(rest, size).find(|&i| i >= size).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(cut);
        rest = after;
        Some(piece)
    })
}

fn line_starts(text: &str, size: usize) -> impl Iterator<Item = usize> {
    let from = text.floor_char_boundary(size.saturating_sub(1));
    text[from..].match_indices('\n').map(move |(i, _)| from + i + 1).filter(|&i| {
        let is_visible = |c: char| !c.is_whitespace();
        text[..i - 1].chars().next_back().is_some_and(is_visible)
            && text[i..].chars().next().is_some_and(char::is_alphanumeric)
    })
}

/// How often each word occurs, in stand-in characters, sorted; markers are not part of any word.
fn count_words<'a>(documents: impl IntoIterator<Item = &'a str>, special: &[&str]) -> BTreeMap<String, i64> {
    let markers = Markers::new(special.iter().zip(0..).map(|(text, id)| (text.to_string(), id)).collect());
    let shell = super::file::write(&[], &[], super::file::Shape::Bpe, &[]);
    let engine: Engine = shell.parse().unwrap_or_else(|e| panic!("the pre-tokenizer does not load: {e}"));
    let cutter = engine.get_pre_tokenizer().expect("a BPE file has a pre-tokenizer");
    let mut words: HashMap<String, i64> = HashMap::new();
    for document in documents {
        for text in markers.texts(document).flat_map(|text| pieces(text, PIECE_BYTES)) {
            let mut cut = PreTokenizedString::from(text);
            cutter.pre_tokenize(&mut cut).unwrap_or_else(|e| panic!("cutting into words failed: {e}"));
            for (word, ..) in cut.get_splits(OffsetReferential::Original, OffsetType::Byte) {
                match words.get_mut(word) {
                    Some(count) => *count += 1,
                    None => drop(words.insert(word.to_string(), 1)),
                }
            }
        }
    }
    words.into_iter().collect()
}

type Pair = (u32, u32);

/// The state of training: words as ids, and where each pair occurs.
struct Merger {
    words: Vec<(Vec<u32>, i64)>,
    counts: HashMap<Pair, i64>,
    /// Words that held the pair when it was last seen; may name a word that no longer does.
    places: HashMap<Pair, HashSet<u32>>,
    queue: BinaryHeap<(i64, Reverse<Pair>)>,
}

impl Merger {
    fn new(words: Vec<(Vec<u32>, i64)>) -> Merger {
        let mut counts: HashMap<Pair, i64> = HashMap::new();
        let mut places: HashMap<Pair, HashSet<u32>> = HashMap::new();
        for ((word, count), index) in words.iter().zip(0..) {
            for pair in pairs(word) {
                *counts.entry(pair).or_default() += count;
                places.entry(pair).or_default().insert(index);
            }
        }
        let queue = counts.iter().map(|(&pair, &count)| (count, Reverse(pair))).collect();
        Merger { words, counts, places, queue }
    }

    fn run(mut self, vocab: &mut Vec<String>, vocab_size: usize) -> Vec<(String, String)> {
        let mut ids: HashMap<String, u32> = vocab.iter().cloned().zip(0..).collect();
        let mut merges = Vec::new();
        while vocab.len() < vocab_size {
            let Some((count, Reverse(pair))) = self.queue.pop() else { break };
            let now = self.counts[&pair];
            if now < MIN_PAIR_COUNT {
                continue;
            }
            if now != count {
                self.queue.push((now, Reverse(pair)));
                continue;
            }
            let (left, right) = (&vocab[pair.0 as usize], &vocab[pair.1 as usize]);
            let merged = format!("{left}{right}");
            merges.push((left.clone(), right.clone()));
            // Two different pairs may spell the same entry; it keeps its first id.
            let id = *ids.entry(merged.clone()).or_insert_with(|| {
                vocab.push(merged);
                vocab.len() as u32 - 1
            });
            self.merge(pair, id);
        }
        merges
    }

    /// Replaces `pair` by `id` in every word and recounts those words.
    fn merge(&mut self, pair: Pair, id: u32) {
        let places = self.places.remove(&pair).unwrap_or_default();
        let mut grown = HashSet::new();
        for index in places {
            let (word, count) = &mut self.words[index as usize];
            for old in pairs(word) {
                *self.counts.get_mut(&old).expect("counted before") -= *count;
            }
            replace(word, pair, id);
            for new in pairs(word) {
                *self.counts.entry(new).or_default() += *count;
                if new.0 == id || new.1 == id {
                    self.places.entry(new).or_default().insert(index);
                    grown.insert(new);
                }
            }
        }
        self.queue.extend(grown.into_iter().map(|pair| (self.counts[&pair], Reverse(pair))));
    }
}

fn pairs(word: &[u32]) -> impl Iterator<Item = Pair> {
    word.windows(2).map(|pair| (pair[0], pair[1]))
}

/// Replaces each occurrence of `pair`, from the left, in place.
fn replace(word: &mut Vec<u32>, pair: Pair, id: u32) {
    let (mut read, mut write) = (0, 0);
    while read < word.len() {
        if read + 1 < word.len() && (word[read], word[read + 1]) == pair {
            word[write] = id;
            read += 2;
        } else {
            word[write] = word[read];
            read += 1;
        }
        write += 1;
    }
    word.truncate(write);
}
