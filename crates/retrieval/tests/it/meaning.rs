//! Vectors: the exact index, what an LSA learns, fused rankings, and the vectors of a knowledge base.

use check::{Outcome, Stop};
use retrieval::KnowledgeBase;
use retrieval::access::{Access, Viewer};
use retrieval::fuse;
use retrieval::knowledge_base::By;
use retrieval::lexical::Scored;
use retrieval::lsa::Lsa;
use retrieval::meaning::Meaning;
use retrieval::vector::{Coding, VectorIndex};
use std::fs;

const CODINGS: [Coding; 4] = [Coding::F32, Coding::Bf16, Coding::Int8, Coding::Signs];

/// Vector `i`: a few directions that many share, and noise.
fn vector(i: u64, width: usize) -> Vec<f32> {
    let normal = |key: u64, j: usize| kernels::rng::normal([key, 0], j as u64);
    (0..width).map(|j| normal(1000 + i % 50, j) + 0.6 * normal(i, j)).collect()
}

/// The cosines in f64, one after another.
fn reference(vectors: &[(u64, Vec<f32>)], query: &[f32], k: usize) -> Vec<Scored> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let cosine = |v: &[f32]| dot(v, query) / (dot(v, v) * dot(query, query)).sqrt();
    let mut all: Vec<Scored> =
        vectors.iter().map(|(id, v)| Scored { id: *id, score: cosine(v) as f32 }).filter(|s| s.score > 0.0).collect();
    all.sort_by(|a, b| b.cmp(a));
    all.truncate(k);
    all
}

/// f32 and int8 find exactly the nearest, signs nearly all of them, the more the wider; scores are exact. Many queries at once find what each does.
pub fn the_nearest_are_found_in_every_coding() -> Outcome {
    for (width, share_by_signs) in [(1, 1.0), (30, 0.8), (130, 0.95)] {
        let vectors: Vec<(u64, Vec<f32>)> = (0..1500).map(|i| (i * 3, vector(i, width))).collect();
        for (coding, share) in CODINGS.into_iter().zip([1.0, 1.0, share_by_signs]) {
            let mut index = VectorIndex::new(width, coding);
            vectors.iter().for_each(|(id, v)| assert!(index.insert(*id, v)));
            let all = index.filter(|_| true);
            let (mut n_found, mut n_expected) = (0, 0);
            let queries: Vec<Vec<f32>> = (0..20).map(|q| vector(q * 7 + 100_000, width)).collect();
            let slices: Vec<&[f32]> = queries.iter().map(Vec::as_slice).collect();
            let together = index.search_many(&slices, 10, &all);
            for (query, together) in slices.into_iter().zip(together) {
                let (found, expected) = (index.search(query, 10, &all), reference(&vectors, query, 10));
                check::equal(&together, &found, &format!("together and alone, {coding:?}, width {width}"))?;
                n_expected += expected.len();
                for hit in &found {
                    let exact = vectors
                        .iter()
                        .find(|(id, _)| *id == hit.id)
                        .map(|v| reference(std::slice::from_ref(v), query, 1));
                    let exact = exact.and_then(|exact| exact.first().map(|e| e.score)).unwrap_or(0.0);
                    check::close(&[hit.score], &[exact], 1e-5, &format!("score, {coding:?}, width {width}"))?;
                    // Equal to the last bits are as near as one another.
                    n_found += usize::from(expected.last().is_some_and(|last| hit.score > last.score - 1e-5));
                }
                check::that(found.is_sorted_by(|a, b| a >= b), || format!("{found:?} is not in order"))?;
            }
            check::that(n_found as f64 >= share * n_expected as f64, || {
                format!("{coding:?}, width {width}: {n_found} of {n_expected}")
            })?;
        }
    }
    Ok(())
}

/// Of those let in, the best k, as if there were no others; a filter from before a change lets nobody in.
pub fn filters_come_before_the_places_are_given() -> Outcome {
    let vectors: Vec<(u64, Vec<f32>)> = (0..700).map(|i| (i, vector(i, 64))).collect();
    let may_see = |id: u64| id % 70 == 3;
    let seen: Vec<(u64, Vec<f32>)> = vectors.iter().filter(|(id, _)| may_see(*id)).cloned().collect();
    for coding in CODINGS {
        let mut index = VectorIndex::new(64, coding);
        vectors.iter().for_each(|(id, v)| assert!(index.insert(*id, v)));
        let filter = index.filter(may_see);
        let query = vector(5, 64);
        let ids = |found: Vec<Scored>| found.into_iter().map(|hit| hit.id).collect::<Vec<_>>();
        let found = ids(index.search(&query, 5, &filter));
        check::equal(found, ids(reference(&seen, &query, 5)), &format!("{coding:?}"))?;
        check::equal(index.search(&query, 5, &index.filter(|_| false)).len(), 0, "nobody")?;
        check::equal(index.search(&query, 0, &filter).len(), 0, "none wanted")?;
        index.remove(699);
        check::equal(index.search(&query, 5, &filter).len(), 0, "a filter from before a removal")?;
    }
    Ok(())
}

/// After removals and replacements only what is there is found; a vector without direction is not kept.
pub fn what_is_removed_is_gone_and_unknown_words_are_near_nothing() -> Outcome {
    for coding in CODINGS {
        let mut index = VectorIndex::new(8, coding);
        for i in 0..100 {
            index.insert(i, &vector(i, 8));
        }
        (0..100).filter(|i| i % 3 == 0).for_each(|i| assert!(index.remove(i)));
        index.insert(1, &vector(777, 8));
        check::equal((index.remove(0), index.len()), (false, 66), "what is left")?;
        let vectors: Vec<(u64, Vec<f32>)> =
            (0..100).filter(|i| i % 3 != 0).map(|i| (i, vector(if i == 1 { 777 } else { i }, 8))).collect();
        let query = vector(40, 8);
        let found = index.search(&query, 3, &index.filter(|_| true));
        let expected = reference(&vectors, &query, 3);
        check::close(
            &found.iter().map(|s| s.score).collect::<Vec<_>>(),
            &expected.iter().map(|s| s.score).collect::<Vec<_>>(),
            1e-5,
            &format!("{coding:?}"),
        )?;
        check::equal(index.insert(5, &[0.0; 8]) || index.insert(6, &[f32::NAN; 8]), false, "no direction")?;
        check::equal(index.search(&[0.0; 8], 3, &index.filter(|_| true)).len(), 0, "a question without direction")?;
        let mut empty = VectorIndex::new(0, coding);
        check::equal(empty.insert(1, &[]), false, "a vector of no values")?;
        check::equal(empty.search(&[], 3, &empty.filter(|_| true)).len(), 0, "vectors of no values")?;
    }
    Ok(())
}

const TEXTS: [&str; 8] = [
    "The car needs a new engine and four tyres.",
    "An engine drives the wheels of a car.",
    "Tyres and wheels belong to every car.",
    "Green tea leaves are steamed, not fermented.",
    "Black tea is made of fermented leaves.",
    "汽车的发动机需要保养，轮胎也要检查。",
    "发动机带动汽车的轮胎。",
    "绿茶的茶叶不发酵，红茶的茶叶发酵。",
];

/// Words that never share a text but share neighbours are near; the same texts give the same vectors, through bytes too.
pub fn vectors_know_which_words_stand_together() -> Outcome {
    let lsa = Lsa::train(&TEXTS);
    let cosine = |a: &str, b: &str| {
        let mut index = VectorIndex::new(lsa.width(), Coding::F32);
        index.insert(1, &lsa.embed(a));
        index.search(&lsa.embed(b), 1, &index.filter(|_| true)).first().map_or(0.0, |hit| hit.score)
    };
    for (a, near, far) in
        [("tyres", "engine", "tea"), ("steamed tea", "fermented", "wheels"), ("轮胎", "发动机", "茶叶")]
    {
        let [near_cosine, far_cosine] = [near, far].map(|b| cosine(a, b));
        check::that(near_cosine > 0.2 && near_cosine > 3.0 * far_cosine, || {
            format!("{a}: {near} {near_cosine}, {far} {far_cosine}")
        })?;
    }
    check::equal(lsa.embed("zebra").iter().all(|value| *value == 0.0), true, "an unknown word")?;
    let mut bytes = vec![];
    lsa.write(&mut bytes);
    let again = Lsa::read(&mut bytes.as_slice()).ok_or_else(|| Stop::from("the bytes were not read".to_string()))?;
    let anew = Lsa::train(&TEXTS);
    for text in TEXTS {
        check::same_bits(&again.embed(text), &lsa.embed(text), "through bytes")?;
        check::same_bits(&anew.embed(text), &lsa.embed(text), "learned anew")?;
    }
    for length in [0, 7, bytes.len() / 2, bytes.len() - 1] {
        check::that(Lsa::read(&mut &bytes[..length]).is_none(), || format!("{length} bytes were read"))?;
    }
    check::equal(Lsa::train(&[""; 0]).width(), 0, "of nothing")?;
    check::equal(Meaning::of(&[(1, "alone".to_string())]).index.len(), 0, "of one text")
}

/// Reciprocal ranks and weighted scores, by hand.
pub fn fused_rankings_follow_their_formulas() -> Outcome {
    let ranking = |pairs: &[(u64, f32)]| -> Vec<Scored> {
        pairs.iter().map(|(id, score)| Scored { id: *id, score: *score }).collect()
    };
    let (a, b) = (ranking(&[(1, 8.0), (2, 4.0), (3, 2.0)]), ranking(&[(3, 0.5), (4, 0.25)]));
    let fused = fuse::reciprocal_rank(&[&a, &b], 3);
    check::equal(fused.iter().map(|s| s.id).collect::<Vec<_>>(), vec![3, 1, 2], "by ranks")?;
    check::close(&[fused[0].score, fused[1].score], &[1.0 / 63.0 + 1.0 / 61.0, 1.0 / 61.0], 1e-7, "reciprocal ranks")?;
    let fused = fuse::weighted(&[(&a, 0.25), (&b, 0.75)], 9);
    check::equal(fused.iter().map(|s| s.id).collect::<Vec<_>>(), vec![3, 4, 1, 2], "by weights")?;
    check::close(&[fused[0].score, fused[1].score], &[0.0625 + 0.75, 0.375], 1e-6, "weighted scores")?;
    check::equal(fuse::weighted(&[(&a, 0.0), (&[], 1.0)], 9).len(), 0, "weights of zero")
}

/// Vectors are learned anew after every change, obey permissions, and no byte of a removed document stays in their file.
pub fn vectors_follow_the_collection_and_keep_no_trace() -> Outcome {
    let folder = std::env::temp_dir().join(format!("sanjie-meaning-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let docs = folder.join("docs");
    fs::create_dir_all(docs.join("hr"))?;
    for (i, text) in TEXTS.iter().enumerate() {
        fs::write(docs.join(format!("{i}.txt")), text)?;
    }
    for name in ["hr/a.txt", "hr/b.txt"] {
        fs::write(docs.join(name), "The Zanzibarquux engine of the car is secret.")?;
    }
    let kb = || KnowledgeBase::open_or_create(&folder.join("home"), "kb", None);
    kb()?.add(std::slice::from_ref(&docs), None, &mut |_| {})?;
    let staff = Access { groups: vec!["staff".into()], users: vec![] };
    kb()?.add(&[docs.join("hr")], Some(&staff), &mut |_| {})?;
    let file = folder.join("home/kb/kb/meaning.idx");
    let has_trace = || -> Result<bool, Stop> {
        let bytes = if file.exists() { fs::read(&file)? } else { vec![] };
        Ok(bytes.windows(8).any(|window| window == b"zanzibar"))
    };
    for round in ["learned", "read again"] {
        let kb = kb()?;
        let meaning = kb.meaning()?;
        check::that(has_trace()?, || "the word is not where it is looked for".into())?;
        for by in [By::Meaning, By::Both, By::Weighted(0.5)] {
            for (viewer, n) in [(Viewer::anyone(), 0), (Viewer::Owner, 2)] {
                let hits = kb.search_by(by, &meaning, "car engine zanzibarquux", 10, &viewer)?;
                let n_secret = hits.iter().filter(|hit| hit.text.contains("secret")).count();
                check::equal(n_secret, n, &format!("{by:?} for {viewer:?}, {round}"))?;
                check::that(hits.iter().any(|hit| hit.text.contains("wheels")), || format!("{by:?}: {hits:?}"))?;
                check::equal(hits.iter().map(|hit| hit.rank).collect::<Vec<_>>(), (1..=hits.len()).collect(), "ranks")?;
            }
        }
    }
    kb()?.remove(&[docs.join("hr").display().to_string()])?;
    check::equal(has_trace()?, false, "a trace after the removal")?;
    let kb = kb()?;
    let meaning = kb.meaning()?;
    // The last text shares no word with another, so nothing can be learned of it.
    let n_learned = TEXTS.len() - 1;
    check::equal((has_trace()?, meaning.index.len()), (false, n_learned), "what was learned anew")?;
    fs::write(&file, b"sanjiems and nonsense")?;
    check::equal(kb.meaning()?.index.len(), n_learned, "in place of a damaged file")?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}
