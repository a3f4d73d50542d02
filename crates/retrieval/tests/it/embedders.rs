//! The vectors of a chosen embedder: made once for a text, kept right under every change, never needed for words.

use api::{EmbedError, Embedder, normalise};
use check::{Outcome, Stop};
use retrieval::access::{Access, Viewer};
use retrieval::knowledge_base::{By, OpenedEmbedder};
use retrieval::{Chunking, Document, KnowledgeBase};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn opened(embedder: &Arc<Subjects>) -> OpenedEmbedder {
    OpenedEmbedder { place: "models/subjects".to_string(), embedder: Some(embedder.clone()) }
}

/// An embedder with synonyms for a model: texts of one subject are near, whatever their words.
struct Subjects {
    id: &'static str,
    asked: AtomicUsize,
    /// Texts after which it fails.
    fails_after: usize,
}

const SUBJECTS: [&[&str]; 3] = [&["car", "automobile", "engine"], &["tea", "beverage", "leaf"], &["rain", "weather"]];

sys::coded_error! {
    /// What the embedder may say.
    enum Refusal {
        /// It has given all it gives.
        Tired {} = "endpoint.key",
    }
}

impl Subjects {
    fn new(id: &'static str) -> Arc<Subjects> {
        Subjects::failing(id, usize::MAX)
    }

    fn failing(id: &'static str, fails_after: usize) -> Arc<Subjects> {
        Arc::new(Subjects { id, asked: AtomicUsize::new(0), fails_after })
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }
}

impl Embedder for Subjects {
    fn id(&self) -> &str {
        self.id
    }

    fn width(&self) -> usize {
        SUBJECTS.len()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        if self.asked.fetch_add(texts.len(), Ordering::Relaxed) + texts.len() > self.fails_after {
            return Err(EmbedError::new(Refusal::Tired {}));
        }
        let vector = |text: &&str| {
            let text = text.to_lowercase();
            let mut vector: Vec<f32> =
                SUBJECTS.iter().map(|words| words.iter().filter(|word| text.contains(*word)).count() as f32).collect();
            normalise(&mut vector);
            vector
        };
        Ok(texts.iter().map(vector).collect())
    }
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Result<Scratch, Stop> {
        let folder = std::env::temp_dir().join(format!("sanjie-embedders-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("docs/hr"))?;
        let scratch = Scratch(folder);
        scratch.write("car.txt", "An automobile needs oil.")?;
        scratch.write("tea.txt", "A hot beverage.")?;
        scratch.write("hr/rain.txt", "The weather is secret.")?;
        Ok(scratch)
    }

    fn write(&self, name: &str, text: &str) -> Outcome {
        fs::write(self.0.join("docs").join(name), text)?;
        Ok(())
    }

    fn kb(&self) -> Result<KnowledgeBase, Stop> {
        Ok(KnowledgeBase::open_or_create(&self.0.join("home"), "kb", None)?)
    }

    /// The knowledge base with its documents and the embedder that was chosen for it.
    fn added(&self, embedder: &Arc<Subjects>) -> Result<KnowledgeBase, Stop> {
        let mut kb = self.kb()?;
        kb.choose_embedder(opened(embedder))?;
        kb.add(&[self.0.join("docs")], None, &mut |_| {})?;
        Ok(kb)
    }

    fn vectors(&self) -> Result<Vec<u8>, Stop> {
        Ok(fs::read(self.0.join("home/kb/kb/vectors.idx"))?)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn found(kb: &KnowledgeBase, by: By, query: &str, viewer: &Viewer) -> Result<Vec<String>, Stop> {
    let hits = kb.search_as(Some(by), query, 10, viewer)?;
    Ok(hits.into_iter().map(|hit| hit.document.rsplit('/').next().unwrap_or("").to_string()).collect())
}

fn code<T>(result: Result<T, retrieval::knowledge_base::KbError>) -> &'static str {
    result.err().map_or("nothing", |error| sys::Coded::code(&error))
}

/// Each text is embedded once: not for a sync, not for a search, not for what an edit elsewhere left as it was.
pub fn only_new_texts_are_embedded() -> Outcome {
    let scratch = Scratch::new("new")?;
    let embedder = Subjects::new("subjects@1");
    let mut kb = scratch.added(&embedder)?;
    check::equal(embedder.asked(), 3, "texts of the first addition")?;
    check::equal(kb.sync(&mut |_| {})?.embedded, 0, "chunks of an idle sync")?;
    check::equal(found(&kb, By::Meaning, "engine", &Viewer::Owner)?, vec!["car.txt".to_string()], "by meaning")?;
    check::equal(embedder.asked(), 1, "texts of an idle sync and a search: the question")?;
    let part = |word: &str| format!("## {word}\n\n{}\n\n", format!("The {word} is here. ").repeat(120));
    scratch.write("long.md", &[part("car"), part("tea")].concat())?;
    kb.sync(&mut |_| {})?;
    let n_first = embedder.asked();
    scratch.write("long.md", &[part("car"), part("rain")].concat())?;
    kb.sync(&mut |_| {})?;
    let n_second = embedder.asked();
    check::that(0 < n_second && n_second < n_first, || format!("{n_second} texts of an edit, {n_first} at first"))?;
    // Opened anew, with the same embedder and with another of its place.
    let mut again = scratch.kb()?;
    again.lend_embedder(embedder.clone())?;
    check::equal(again.sync(&mut |_| {})?.embedded, 0, "chunks after opening")?;
    let other = Subjects::new("subjects@2");
    check::equal(code(scratch.kb()?.lend_embedder(other.clone())), "kb.embedder_changed", "another identity")?;
    again.choose_embedder(opened(&other))?;
    let n_chunks = again.index().len();
    check::equal(again.sync(&mut |_| {})?.embedded, n_chunks, "chunks for another embedder")
}

/// Without the embedder words are found and documents come and go; with it the vectors catch up.
pub fn words_go_on_without_the_embedder() -> Outcome {
    let scratch = Scratch::new("without")?;
    let embedder = Subjects::new("subjects@1");
    drop(scratch.added(&embedder)?);
    embedder.asked();
    let mut kb = scratch.kb()?;
    check::equal(kb.chosen_embedder()?.map(|chosen| chosen.place), Some("models/subjects".to_string()), "the place")?;
    check::equal(code(kb.search_as(Some(By::Meaning), "engine", 3, &Viewer::Owner)), "kb.embedder_missing", "meaning")?;
    check::equal(kb.search("oil", 3, &Viewer::Owner)?.len(), 1, "words")?;
    scratch.write("leaf.txt", "Every leaf counts.")?;
    kb.sync(&mut |_| {})?;
    let before = scratch.vectors()?.len();
    kb.remove(&[scratch.0.join("docs/tea.txt").display().to_string()])?;
    check::that(scratch.vectors()?.len() < before, || "the vector of a removed document stays".into())?;
    check::equal(kb.check(&Viewer::Owner)?, vec![], "faults")?;
    kb.lend_embedder(embedder.clone())?;
    check::equal(found(&kb, By::Meaning, "tea", &Viewer::Owner)?, vec!["leaf.txt".to_string()], "caught up")?;
    check::equal(embedder.asked(), 2, "the new text and the question")?;
    for damaged in [&b"no vectors"[..], &[]] {
        fs::write(scratch.0.join("home/kb/kb/vectors.idx"), damaged)?;
        check::equal(found(&kb, By::Both, "tea", &Viewer::Owner)?, vec!["leaf.txt".to_string()], "a damaged file")?;
    }
    kb.choose_embedder(OpenedEmbedder { place: String::new(), embedder: None })?;
    kb.sync(&mut |_| {})?;
    check::that(scratch.vectors().is_err() && kb.meaning().is_ok(), || "an LSA has no vectors of a model".into())
}

/// An embedder that fails in the middle loses nothing: the documents are there, what was embedded is kept, the rest comes later.
pub fn an_embedder_that_fails_is_asked_again() -> Outcome {
    let scratch = Scratch::new("fails")?;
    for i in 0..150 {
        scratch.write(&format!("{i}.txt"), &format!("Note {i} about the car."))?;
    }
    let tired = Subjects::failing("subjects@1", 100);
    check::that(scratch.added(&tired).is_err(), || "a failure was swallowed".into())?;
    let mut kb = scratch.kb()?;
    check::equal((kb.documents().len(), kb.check(&Viewer::Owner)?), (153, vec![]), "documents after the failure")?;
    let embedder = Subjects::new("subjects@1");
    kb.lend_embedder(embedder.clone())?;
    kb.sync(&mut |_| {})?;
    check::equal(embedder.asked(), 153 - 64, "texts that were left")
}

/// Whoever may not see a document does not find it by its vector; a removed one is found by nobody.
pub fn permissions_hold_for_vectors() -> Outcome {
    let scratch = Scratch::new("access")?;
    let mut kb = scratch.added(&Subjects::new("subjects@1"))?;
    let staff = Access { groups: vec!["staff".into()], users: vec![] };
    kb.add(&[scratch.0.join("docs/hr")], Some(&staff), &mut |_| {})?;
    let member = Viewer::Person { user: None, groups: vec!["staff".into()] };
    for by in [By::Meaning, By::Both, By::Weighted(0.5)] {
        for (viewer, n) in [(&Viewer::anyone(), 0), (&member, 1), (&Viewer::Owner, 1)] {
            check::equal(found(&kb, by, "rain", viewer)?.len(), n, &format!("{by:?} for {viewer:?}"))?;
        }
    }
    kb.remove(&[scratch.0.join("docs/hr").display().to_string()])?;
    check::equal(found(&kb, By::Meaning, "rain", &Viewer::Owner)?.len(), 0, "after the removal")
}

/// Chunks end where the subject does, are exact ranges within their budget, and need an embedder, which is said.
pub fn semantic_chunks_end_where_the_subject_does() -> Outcome {
    let scratch = Scratch::new("semantic")?;
    let sentences = |word: &str, n: usize| format!("The {word} stands here for number one. ").repeat(n);
    let text = [sentences("car", 6), sentences("tea", 6), sentences("rain", 6)].concat();
    scratch.write("all.txt", &text)?;
    let embedder = Subjects::new("subjects@1");
    let chunking: Chunking = "semantic".parse()?;
    let document = Document::plain(&text);
    let subjects: Vec<bool> = chunking
        .cut_with(&document, embedder.as_ref())?
        .into_iter()
        .map(|chunk| {
            let chunk = &document.text[chunk.range];
            ["car", "tea", "rain"].iter().filter(|word| chunk.matches(*word).count() > 1).count() == 1
        })
        .collect();
    check::equal(subjects, vec![true; 3], "whether each chunk has one subject")?;
    for (budget, source) in
        [(1, &text), (7, &text), (20, &text), (64, &text.repeat(9)), (20, &"茶。雨。car. ".repeat(40))]
    {
        for document in [
            Document::plain(source),
            retrieval::parse::parse(
                "a.md".as_ref(),
                format!("# Car\n\n{source}\n\n# Tea\n\n## Leaf\n\n{source}").as_bytes(),
            )?,
        ] {
            let chunks = Chunking::Semantic { tokens: budget }.cut_with(&document, embedder.as_ref())?;
            let mut at = 0;
            let mut letters = String::new();
            for chunk in chunks {
                let part = &document.text[chunk.range.clone()];
                check::that(retrieval::tokens::count(part) <= budget && chunk.range.start >= at, || {
                    format!("{budget}: {part:?} at {:?}", chunk.range)
                })?;
                at = chunk.range.end;
                letters.extend(part.chars().filter(|c| !c.is_whitespace()));
            }
            let all: String = document.text.chars().filter(|c| !c.is_whitespace()).collect();
            check::equal(letters, all, &format!("what the chunks of {budget} tokens hold"))?;
        }
    }
    let mut kb = KnowledgeBase::open_or_create(&scratch.0.join("home"), "kb", Some(&chunking))?;
    let docs = [scratch.0.join("docs")];
    check::equal(code(kb.add(&docs, None, &mut |_| {})), "kb.chunking_needs_embedder", "without one")?;
    kb.choose_embedder(opened(&embedder))?;
    kb.add(&docs, None, &mut |_| {})?;
    check::equal((kb.documents().len(), kb.check(&Viewer::Owner)?), (4, vec![]), "with one")?;
    check::equal(code(scratch.kb()?.sync(&mut |_| {})), "kb.embedder_missing", "where it is not at hand")
}
