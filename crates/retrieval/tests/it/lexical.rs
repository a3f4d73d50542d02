//! The lexical index: scores against the plain formula, changes, phrases, analysis, files.

use check::Outcome;
use retrieval::lexical::analyse::{Role, STOP_WORDS, analyse};
use retrieval::lexical::reference::{self, Lists, State};
use retrieval::lexical::{Bm25, Index, PostingLists, Query, Scored};
use std::collections::HashMap;

const BM25: Bm25 = Bm25 { k1: 1.3, b: 0.6, title_weight: 2.0, pair_weight: 0.9, extra_weight: 0.4 };

/// Title and body of text `i`, from few words, some of them Chinese.
fn text(i: u64) -> (String, String) {
    const WORDS: [&str; 14] = [
        "red", "green", "tea", "leaves", "the", "brewing", "waters", "DX-20", "绿茶", "发酵", "茶", "boil", "10,000",
        "cups",
    ];
    let mut state = i.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % n
    };
    let mut words = |n: u64| (0..next(n) + 1).map(|_| WORDS[next(14) as usize]).collect::<Vec<_>>().join(" ");
    (words(3), words(40))
}

/// The formula, term by term, over texts as lists of words.
fn reference(texts: &[(u64, String, String)], query: &str, k: usize) -> Vec<Scored> {
    // The stem is the index's own; the reference asks it only which words are the same.
    let stem = |word: &str, role: Role| match (role, word) {
        (Role::Word, "leaves") => "leav".to_string(),
        (Role::Word, "brewing") => "brew".to_string(),
        (Role::Word, "waters") => "water".to_string(),
        (Role::Word, "cups") => "cup".to_string(),
        (Role::Word, "boiling") => "boil".to_string(),
        _ => word.to_string(),
    };
    let terms = |text: &str| {
        let mut terms = vec![];
        analyse(text, |word, role, _| {
            if !STOP_WORDS.contains(&word) {
                terms.push((stem(word, role), role));
            }
        });
        terms
    };
    let mut frequencies: Vec<(u64, HashMap<String, f64>, f64)> = vec![];
    for (id, title, body) in texts {
        let mut found = HashMap::new();
        let mut length = 0.0;
        for (text, weight) in [(title, 2.0), (body, 1.0)] {
            for (term, _) in terms(text) {
                *found.entry(term).or_insert(0.0) += weight;
                length += weight;
            }
        }
        frequencies.push((*id, found, length));
    }
    let total = frequencies.len() as f64;
    let mean = frequencies.iter().map(|(_, _, length)| length).sum::<f64>() / total;
    let mut scored: Vec<Scored> = vec![];
    for (id, found, length) in &frequencies {
        let mut score = 0.0;
        for (term, role) in terms(query) {
            let Some(f) = found.get(&term) else { continue };
            let n = frequencies.iter().filter(|(_, found, _)| found.contains_key(&term)).count() as f64;
            let idf = (1.0 + (total - n + 0.5) / (n + 0.5)).ln();
            let weight = match role {
                Role::Word => 1.0,
                Role::Pair => 0.9,
                Role::Extra => 0.4,
            };
            score += weight * idf * f * 2.3 / (f + 1.3 * (0.4 + 0.6 * length / mean));
        }
        if score > 0.0 {
            scored.push(Scored { id: *id, score: score as f32 });
        }
    }
    scored.sort_by(|a, b| b.cmp(a));
    scored.truncate(k);
    scored
}

fn same_ranking(found: &[Scored], expected: &[Scored], what: &str) -> Outcome {
    let scores = |ranking: &[Scored]| ranking.iter().map(|s| s.score).collect::<Vec<_>>();
    check::close(&scores(found), &scores(expected), 1e-5, what)?;
    // Equal scores may differ in their last bits between the two ways of adding.
    let is_near = |a: &Scored| {
        expected.iter().any(|b| a.id == b.id && (a.score - b.score).abs() < 1e-4)
            || expected.last().is_some_and(|last| (a.score - last.score).abs() < 1e-4)
    };
    check::that(found.iter().all(is_near), || format!("{what}: {found:?} instead of {expected:?}"))
}

const QUERIES: [&str; 7] =
    ["green tea", "brew the leaf", "DX-20", "绿茶发酵", "茶", "boiling water water 10000 cup", "the of nothing zebra"];

/// Search is the formula, whatever the order of inserts, removals, replacements and commits.
pub fn scores_are_the_formula_after_any_changes() -> Outcome {
    let mut index = Index::new(BM25);
    let mut texts: Vec<(u64, String, String)> = vec![];
    for step in 0..400u64 {
        let id = step * 7919 % 151;
        texts.retain(|(known, _, _)| *known != id);
        if step % 5 == 3 {
            index.remove(id);
        } else {
            let (title, body) = text(step);
            index.insert(id, &title, &body);
            texts.push((id, title, body));
        }
        if step % 17 == 0 || step == 399 {
            index.commit();
            check::equal(index.len(), texts.len(), "the number of texts")?;
            for query in QUERIES {
                let found = index.searcher().search(&Query::parse(query), 10, |_| true);
                same_ranking(&found, &reference(&texts, query, 10), &format!("{query} after step {step}"))?;
            }
        }
    }
    let mut anew = Index::new(BM25);
    texts.sort();
    texts.iter().for_each(|(id, title, body)| anew.insert(*id, title, body));
    anew.commit();
    for query in QUERIES {
        let of = |index: &Index| index.searcher().search(&Query::parse(query), 10, |_| true);
        check::equal(of(&index), of(&anew), &format!("{query}, bit by bit, built anew"))?;
    }
    Ok(())
}

/// Owners come in the order of their best texts, each once, however many of one's texts come before another's.
pub fn owners_are_ranked_by_their_best_texts() -> Outcome {
    let mut index = Index::new(BM25);
    for id in 0..200 {
        index.insert(id, "", if id < 150 { "green tea" } else { "green tea beside many other words of no matter" });
    }
    index.commit();
    let query = Query::parse("green tea");
    let owners = |k: usize, of: fn(u64) -> Option<u64>| index.searcher().search_owners(&query, k, |_| true, of);
    check::equal(owners(3, |id| Some(id / 150)), vec![0, 1], "two owners")?;
    check::equal(owners(1, |id| Some(id / 150)), vec![0], "the best one")?;
    check::equal(owners(3, |id| (id >= 150).then_some(id % 2)), vec![0, 1], "texts without owners")?;
    check::equal(owners(0, Some), vec![], "none wanted")
}

/// What is said of a score adds up to it, to the bit, and says how many texts have each term.
pub fn a_score_is_the_sum_of_its_parts() -> Outcome {
    let mut index = Index::new(BM25);
    for id in 0..120 {
        let (title, body) = text(id);
        index.insert(id, &title, &body);
        // Several segments, and some that changed since.
        if id % 17 == 0 {
            index.commit();
            index.remove(id / 2);
        }
    }
    index.commit();
    for query in QUERIES {
        let query = Query::parse(query);
        let found = index.searcher().search(&query, 1000, |_| true);
        for Scored { id, score } in &found {
            let parts = index.explain(&query, *id);
            let sum = parts.iter().fold(0.0f32, |sum, part| sum + part.score);
            check::equal(sum.to_bits(), score.to_bits(), &format!("{parts:?} of text {id}"))?;
            let shares: f32 = parts.iter().map(|part| part.share).sum();
            check::that((shares - 1.0).abs() < 1e-5, || format!("the shares are {shares} together"))?;
            for part in &parts {
                check::equal(part.score, part.weight * part.impact, &part.term)?;
                let has = |hit: &&Scored| index.explain(&query, hit.id).iter().any(|other| other.term == part.term);
                check::equal(part.documents, found.iter().filter(has).count(), &format!("texts with {}", part.term))?;
            }
        }
    }
    check::equal(index.explain(&Query::parse("tea"), 9999), vec![], "a text that is not there")
}

/// The best 15 by the plain loops over an index's own lists.
fn plain_ranking(lists: &PostingLists, states: &[State]) -> Vec<Scored> {
    let terms: Vec<(usize, f32)> = lists.weights.iter().copied().enumerate().collect();
    let postings = Lists { starts: &lists.starts, texts: &lists.texts, frequencies: &lists.frequencies };
    let scores = reference::live_scores(&BM25, &terms, postings, &lists.lengths, states);
    let best = reference::best(&scores, 15).into_iter();
    best.map(|(number, score)| Scored { id: lists.ids[number], score: score as f32 }).collect()
}

/// The plain loops over an index's own lists find what the index finds: for whoever may not see everything, with phrases,
/// and with texts still in the lists that the index has forgotten.
pub fn plain_loops_over_its_lists_rank_alike() -> Outcome {
    let (mut index, mut whole) = (Index::new(BM25), Index::new(BM25));
    // Not in the order of their ids.
    for id in (0..120).map(|i| i * 37 % 120) {
        let (title, body) = text(id);
        index.insert(id, &title, &body);
        whole.insert(id, &title, &body);
        if id % 29 == 0 {
            index.commit();
        }
    }
    whole.commit();
    (0..120).filter(|id| id % 5 == 0).for_each(|id| assert!(index.remove(id)));
    index.commit();
    for text in QUERIES.into_iter().chain(["\"green tea\" cups", "\"绿茶\""]) {
        let query = Query::parse(text);
        let may_see = |id: u64| !id.is_multiple_of(3);
        let found = index.searcher().search(&query, 15, may_see);
        for (lists, is_forgotten) in
            [(index.posting_lists(&query, may_see), false), (whole.posting_lists(&query, may_see), true)]
        {
            let state = |(&id, &is_open): (&u64, &bool)| match () {
                () if is_forgotten && id % 5 == 0 => State::Deleted,
                () if is_open => State::Found,
                () => State::Hidden,
            };
            let states: Vec<State> = lists.ids.iter().zip(&lists.is_open).map(state).collect();
            same_ranking(&plain_ranking(&lists, &states), &found, &format!("{text}, forgotten ones {is_forgotten}"))?;
        }
    }
    Ok(())
}

/// Removed at once, before any commit; a replaced text answers with its new words only.
pub fn a_removed_text_is_gone_at_once() -> Outcome {
    let mut index = Index::new(BM25);
    index.insert(1, "", "green tea");
    index.insert(2, "", "black tea");
    index.commit();
    let find = |index: &Index, query: &str| {
        index.searcher().search(&Query::parse(query), 10, |_| true).iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    check::equal(index.remove(1), true, "the first removal")?;
    check::equal(index.remove(1), false, "the second removal")?;
    check::equal(find(&index, "tea green"), vec![2], "before the commit")?;
    index.insert(2, "", "white milk");
    index.commit();
    check::equal(find(&index, "black tea"), vec![], "the old words")?;
    check::equal(find(&index, "milk"), vec![2], "the new words")
}

/// The best k that the viewer may see, however many better ones are hidden; ties by id.
pub fn filters_come_before_the_places_are_given() -> Outcome {
    let mut index = Index::new(BM25);
    for id in 0..500 {
        index.insert(id, "", if id < 400 { "tea tea" } else { "tea milk sugar" });
    }
    index.commit();
    let ids = |k, may_see: fn(u64) -> bool| {
        index.searcher().search(&Query::parse("tea"), k, may_see).iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    check::equal(ids(3, |id| id >= 450), vec![450, 451, 452], "hidden ones take no place")?;
    check::equal(ids(3, |id| id % 10 == 9), vec![9, 19, 29], "ties by id")?;
    check::equal(ids(0, |_| true), vec![], "none asked for")?;
    check::equal(ids(1000, |_| true).len(), 500, "more asked for than there are")?;
    check::equal(ids(5, |_| false), vec![], "nobody may see anything")
}

/// Phrases, in both languages, over stop words and stems; titles and bodies do not join.
pub fn phrases_must_stand_there() -> Outcome {
    let mut index = Index::new(BM25);
    let texts = [
        ("", "Brewing green tea in hot water."),
        ("", "Tea that is green, and brewing."),
        ("green", "tea"),
        ("", "绿茶不发酵"),
        ("", "发酵不绿茶"),
        ("", "state of the art DX-20 pump"),
        ("", "the art of state"),
    ];
    for (id, (title, body)) in texts.iter().enumerate() {
        index.insert(id as u64, title, body);
    }
    index.commit();
    let rows: [(&str, &[u64]); 8] = [
        ("\"green tea\"", &[0]),
        // By their stems here; as they are written in a knowledge base, which has the texts.
        ("“brewed green teas”", &[0]),
        ("\"绿茶不发\"", &[3]),
        ("\"state of the art\"", &[5]),
        ("\"DX 20 pump\"", &[5]),
        ("\"zebra crossing\" tea", &[]),
        ("\"green tea", &[0, 1, 2]),
        ("water \"green tea\"", &[0]),
    ];
    for (query, expected) in rows {
        let mut found: Vec<u64> =
            index.searcher().search(&Query::parse(query), 10, |_| true).iter().map(|h| h.id).collect();
        found.sort_unstable();
        check::equal(found.as_slice(), expected, query)?;
    }
    Ok(())
}

/// What becomes a term.
pub fn words_numbers_and_characters_become_terms() -> Outcome {
    let rows: [(&str, &[&str]); 9] = [
        ("Café naïve ＦＵＬＬ", &["cafe", "naive", "full"]),
        ("DX-2041/B", &["dx", "2041", "b", "dx2041b"]),
        ("v1.2.3, 10,000 and 3.5", &["v1", "2", "3", "v1.2.3", "10", "000", "10000", "and", "3", "5", "3.5"]),
        ("well-known dog's", &["well", "known", "dog"]),
        ("绿茶", &["绿茶", "绿茶"]),
        ("喝茶的人", &["喝茶", "茶的", "的人", "喝茶", "人"]),
        ("茶", &["茶"]),
        ("カタカナ한글", &["カタ", "タカ", "カナ", "ナ한", "한글"]),
        ("x₂ IL‑6 α-Synuclein", &["x2", "il", "6", "α", "synuclein"]),
    ];
    for (text, expected) in rows {
        let mut found = vec![];
        analyse(text, |word, _, range| found.push((word.to_string(), range)));
        let words: Vec<&str> = found.iter().map(|(word, _)| word.as_str()).collect();
        check::equal(words.as_slice(), expected, text)?;
        let is_inside = found.iter().all(|(_, range)| text.get(range.clone()).is_some_and(|slice| !slice.is_empty()));
        check::that(is_inside, || format!("{text}: {found:?}"))?;
    }
    Ok(())
}

/// Written and read back it answers the same; no byte of a removed word stays; damage is noticed.
pub fn an_index_survives_its_file() -> Outcome {
    let mut index = Index::new(BM25);
    for id in 0..60 {
        let (title, body) = text(id);
        index.insert(id, &title, &body);
    }
    index.insert(99, "", "xylophone plans");
    index.commit();
    index.remove(99);
    index.commit();
    let bytes = index.to_bytes(42);
    check::that(!bytes.windows(4).any(|window| window == b"xylo"), || "a removed word is in the file".into())?;
    let Some((read, stamp)) = Index::from_bytes(&bytes, BM25) else { return check::fail("the file was not read") };
    check::equal(stamp, 42, "the stamp")?;
    for query in QUERIES.into_iter().chain(["\"green tea\""]) {
        let of = |index: &Index| index.searcher().search(&Query::parse(query), 10, |_| true);
        check::equal(of(&read), of(&index), query)?;
    }
    for damage in [0, 9, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[damage] ^= 1;
        check::that(Index::from_bytes(&damaged, BM25).is_none(), || format!("damage at {damage} went unnoticed"))?;
        check::that(Index::from_bytes(&bytes[..damage], BM25).is_none(), || {
            format!("a cut at {damage} went unnoticed")
        })?;
    }
    Ok(())
}

/// A word of a random text: word w stands in a text about as often as 1 / (w + 1) says, so some are everywhere and some nowhere near.
fn random_words(key: u64, n: u64, vocabulary: f32) -> String {
    let word = |i: u64| format!("w{}", (vocabulary.powf(kernels::rng::uniform([key, 3], i)) - 1.0) as u64);
    (0..n).map(word).collect::<Vec<_>>().join(" ")
}

/// However few are wanted, they are the first of all, with the same bits and the same order among equals, over several segments
/// and a filter.
pub fn the_best_few_are_the_first_of_all() -> Outcome {
    const N: u64 = 30_000;
    let words = |key: u64, n: u64| random_words(key, n, 400.0);
    let mut index = Index::new(BM25);
    for id in 0..N {
        index.insert(id * 7 % N, "", &words(id, 3 + id % 20));
        if id == N - 3000 || id == N - 100 {
            index.commit();
        }
    }
    index.commit();
    let mut searcher = index.searcher();
    for q in 0..60 {
        let query = Query::parse(&words(N + q, 1 + q % 14));
        for may_see in [|_| true, |id| id % 97 == 5] {
            let all = searcher.search(&query, N as usize, may_see);
            for k in [1, 10, 100] {
                let found = searcher.search(&query, k, may_see);
                check::equal(found.as_slice(), &all[..k.min(all.len())], &format!("the best {k} of {query:?}"))?;
            }
        }
    }
    Ok(())
}

/// With pruning and without it a search finds the same texts in the same order with the same bits, and what the plain loops find: over
/// random collections of several segments, changed since and committed or not, with phrases and for whoever may not see everything.
pub fn pruning_changes_nothing() -> Outcome {
    for round in 0..24u64 {
        let random = |i: u64, n: u64| u64::from(kernels::rng::bits([round, 9], i)) % n;
        let n_texts = [1, 63, 64, 65, 700, 3000][round as usize % 6];
        let vocabulary = [8.0, 60.0, 2000.0][round as usize / 6 % 3];
        let text = |key: u64| random_words(round << 32 | key, 1 + key % 12 * (key % 5), vocabulary);
        let mut indexes =
            [Index::new(BM25), Index::new(BM25).with_exhaustive_max(0), Index::new(BM25).with_exhaustive_max(200)];
        for index in &mut indexes {
            for id in 0..n_texts {
                index.insert(id * 11 % n_texts, &text(id + 100_000), &text(id));
                if random(id, 997) == 0 || (round % 2 == 0 && id + 150 == n_texts) {
                    index.commit();
                }
            }
            index.commit();
        }
        for step in ["as built", "with texts removed", "with these committed"] {
            for index in &mut indexes {
                match step {
                    "with texts removed" => {
                        (0..n_texts).filter(|id| random(*id, 7) == 0).for_each(|id| assert!(index.remove(id)))
                    }
                    "with these committed" => index.commit(),
                    _ => {}
                }
            }
            for q in 0..20 {
                let words = random_words((round << 32) | (500_000 + q), 1 + q % 9, vocabulary);
                let query = Query::parse(&if q % 5 == 4 { format!("\"w0 w1\" {words}") } else { words });
                let hidden = [u64::MAX, 3, 2][q as usize % 3];
                let may_see = |id: u64| !id.is_multiple_of(hidden) || hidden == u64::MAX;
                for k in [0, 1, 10, 5000] {
                    let [exhaustive, pruned, mixed] =
                        indexes.each_ref().map(|index| bits(&index.searcher().search(&query, k, may_see)));
                    let what = format!("the best {k} of {query:?} {step}, round {round}");
                    check::equal(&pruned, &exhaustive, &what)?;
                    check::equal(&mixed, &exhaustive, &what)?;
                }
                if step != "with texts removed" {
                    let found = indexes[1].searcher().search(&query, 15, may_see);
                    let lists = indexes[1].posting_lists(&query, may_see);
                    let state = |&is_open: &bool| if is_open { State::Found } else { State::Hidden };
                    let states: Vec<State> = lists.is_open.iter().map(state).collect();
                    same_ranking(&found, &plain_ranking(&lists, &states), &format!("{query:?} {step}, round {round}"))?;
                }
            }
        }
    }
    Ok(())
}

fn bits(found: &[Scored]) -> Vec<(u64, u32)> {
    found.iter().map(|hit| (hit.id, hit.score.to_bits())).collect()
}
