//! A person's own questions: how well a knowledge base answers them, and which way of cutting answers them best.
//!
//! A questions file holds a question a line, `{id, question, relevant: [document id or path]}`. A document counts by its id,
//! its path as it was added, or any ending of its path that begins at a folder's border. Documents are ranked by
//! their best chunk. A question with nothing relevant is one that the documents do not answer: `answer::calibrate` needs some, and
//! where rankings are measured [`parse_answered`] leaves it out, since no ranking can be right.

pub mod weights;

use crate::access::Viewer;
use crate::chunk::ChunkingError;
use crate::evaluate::{self, Grades, Line, Metric};
use crate::knowledge_base::{KbError, KnowledgeBase, insert};
use crate::lexical::{Bm25, Index, Query};
use crate::store::DocumentRow;
use crate::{Chunk, Chunking, Document};
use serde::Serialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

sys::coded_error! {
    /// What can be wrong with a questions file.
    pub enum QuestionsError {
        /// A line is no question.
        BadLine { path: String, line: usize, cause: String } = "kb.bad_question",
        /// There is no question.
        Empty { path: String } = "kb.no_questions",
        /// There are questions, and none that a document answers.
        NoneAnswered { path: String } = "kb.no_answered_questions",
    }
}

/// How deep rankings are looked at.
const DEPTH: usize = 10;

/// A question and the documents that answer it.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// Its words.
    pub question: String,
    /// Ids or paths of the documents that answer it.
    pub relevant: Vec<String>,
}

/// Reads the text of the questions file `path`.
///
/// # Errors
/// [`QuestionsError`].
pub fn parse(path: &str, text: &str) -> Result<Vec<Question>, QuestionsError> {
    let mut questions = vec![];
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bad = |cause: String| QuestionsError::BadLine { path: path.to_string(), line: i + 1, cause };
        let value: Value = serde_json::from_str(line).map_err(|error| bad(error.to_string()))?;
        let name = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let id = name(&value["id"]).ok_or_else(|| bad("no `id`".to_string()))?;
        let question = value["question"].as_str().ok_or_else(|| bad("no `question`".to_string()))?.to_string();
        let relevant = value["relevant"].as_array().and_then(|all| all.iter().map(name).collect());
        let relevant = relevant.ok_or_else(|| bad("no `relevant` list".to_string()))?;
        questions.push(Question { id, question, relevant });
    }
    if questions.is_empty() { Err(QuestionsError::Empty { path: path.to_string() }) } else { Ok(questions) }
}

/// Questions that documents answer.
#[derive(Clone, Debug, PartialEq)]
pub struct AnsweredQuestions {
    /// They, in the order of the file; at least one.
    pub questions: Vec<Question>,
    /// Questions of the file that name nothing relevant, and are not among them.
    pub left_out: usize,
}

/// Reads the text of the questions file `path` to measure rankings by it: the questions with at least one relevant document.
///
/// ```
/// let text = "{\"id\": 1, \"question\": \"tea\", \"relevant\": [\"tea.md\"]}\n{\"id\": 2, \"question\": \"?\", \"relevant\": []}";
/// let answered = retrieval::questions::parse_answered("q.jsonl", text)?;
/// assert_eq!((answered.questions.len(), answered.left_out), (1, 1));
/// # Ok::<(), retrieval::questions::QuestionsError>(())
/// ```
///
/// # Errors
/// [`QuestionsError`].
pub fn parse_answered(path: &str, text: &str) -> Result<AnsweredQuestions, QuestionsError> {
    let mut questions = parse(path, text)?;
    let n = questions.len();
    questions.retain(|question| !question.relevant.is_empty());
    if questions.is_empty() {
        return Err(QuestionsError::NoneAnswered { path: path.to_string() });
    }
    Ok(AnsweredQuestions { left_out: n - questions.len(), questions })
}

/// Documents that the questions call relevant and that `viewer` does not find in `kb`, each once, in the order of the questions.
pub fn unknown(kb: &KnowledgeBase, questions: &[Question], viewer: &Viewer) -> Vec<String> {
    let names = Names::new(kb.documents().iter().filter(|row| viewer.may_see(row.access.as_ref())));
    let mut seen = HashSet::new();
    let wanted = questions.iter().flat_map(|question| &question.relevant).filter(|wanted| seen.insert(*wanted));
    wanted.filter(|wanted| names.find(wanted).is_none()).cloned().collect()
}

/// What came of one question.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    /// The question's id.
    pub id: String,
    /// Its words.
    pub question: String,
    /// What was retrieved, the best first.
    pub retrieved: Vec<String>,
    /// What should have been.
    pub relevant: Vec<String>,
    /// nDCG at 10.
    pub ndcg: f64,
}

/// Asks all questions as a search of `kb` that says nothing else; the metrics, and what came of each question.
///
/// # Errors
/// Those of the store and of the embedder.
pub fn evaluate(
    kb: &KnowledgeBase,
    questions: &[Question],
    viewer: &Viewer,
) -> Result<(Vec<Line>, Vec<Answered>), KbError> {
    let names = Names::of(kb);
    let grades: Vec<Grades> = questions.iter().map(|question| names.grades(question)).collect();
    let rankings: Vec<Vec<&str>> = questions
        .iter()
        .map(|question| kb.rank_documents(&question.question, DEPTH, viewer))
        .collect::<Result<_, _>>()?;
    let pairs: Vec<(Vec<&str>, &Grades)> = rankings.iter().cloned().zip(&grades).collect();
    let answered = questions.iter().zip(&pairs).map(|(question, (ranking, grades))| Answered {
        id: question.id.clone(),
        question: question.question.clone(),
        retrieved: ranking.iter().map(|name| name.to_string()).collect(),
        relevant: question.relevant.clone(),
        ndcg: Metric::Ndcg.of(ranking, grades, DEPTH),
    });
    Ok((evaluate::lines(&pairs), answered.collect()))
}

/// A way of cutting and weighing, and how it did.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// `recursive:256`
    pub chunking: String,
    /// How many times a title word counts.
    pub title_weight: f32,
    /// Chunks it makes.
    pub chunks: usize,
    /// Questions.
    pub n: usize,
    /// Mean nDCG at 10.
    pub ndcg: f64,
    /// Its 95 % interval.
    pub ci95: [f64; 2],
    /// Mean difference to the knowledge base as it is.
    pub difference: f64,
    /// Its 95 % interval; one that holds 0 says that nothing is known.
    pub difference_ci95: [f64; 2],
    /// `current`, `better`, `worse` or `undecided`, by that interval.
    pub verdict: &'static str,
}

/// The ways that are compared: the current one, and those `named` beside it; without any, the [`candidates`].
///
/// # Errors
/// A name that names no way of cutting.
pub fn ways(kb: &KnowledgeBase, named: &[String]) -> Result<Vec<(Chunking, f32)>, ChunkingError> {
    let mut ways = candidates(kb.chunking(), kb.weights().title_weight);
    if !named.is_empty() {
        ways.truncate(1);
        for chunking in named {
            ways.push((chunking.parse()?, ways[0].1));
        }
    }
    Ok(ways)
}

/// The current way, and those that are compared with it when nobody names others.
pub fn candidates(current: &Chunking, title_weight: f32) -> Vec<(Chunking, f32)> {
    let mut all = vec![(current.clone(), title_weight)];
    let names = ["recursive:128", "recursive:256", "recursive:512", "fixed:256/32", "sentences:2", "parent:512/128"];
    let chunkings = names.iter().map(|name| name.parse().expect("a name that reads"));
    all.extend(chunkings.filter(|chunking| chunking != current).map(|chunking| (chunking, title_weight)));
    let others = [0.0, 1.0, Bm25::USUAL.title_weight].into_iter().filter(|other| *other != title_weight);
    all.extend(others.map(|title_weight| (current.clone(), title_weight)));
    all
}

/// A way of cutting that is none of [`Chunking`]'s.
pub struct OwnWay<'c> {
    /// What it is called in the comparison.
    pub name: String,
    /// The chunks of a document in ascending order; `None` if it gives up, and then no further document is asked for.
    pub cut: &'c mut dyn FnMut(&Document) -> Option<Vec<Chunk>>,
}

/// Cuts and indexes all documents in each of the ways, the first being the one to compare with, and asks all questions;
/// the best first. One's own way comes after them and is left out if it gives up.
///
/// # Errors
/// Those of the store.
pub fn compare(
    kb: &KnowledgeBase,
    questions: &[Question],
    viewer: &Viewer,
    ways: &[(Chunking, f32)],
    own: Option<OwnWay>,
) -> Result<Vec<Compared>, KbError> {
    let names = Names::of(kb);
    let grades: Vec<Grades> = questions.iter().map(|question| names.grades(question)).collect();
    let mut documents = vec![];
    for row in kb.documents().iter().filter(|row| viewer.may_see(row.access.as_ref())) {
        documents.extend(kb.document(row.id)?.map(|document| (row, document)));
    }
    let mut asked = Asked { questions, grades, current: None };
    let mut compared = vec![];
    for (chunking, title_weight) in ways {
        let mut collection = Collection::new(*title_weight);
        for (row, document) in &documents {
            collection.add(row, document, kb.cut(chunking, document)?);
        }
        compared.push(asked.of(collection, chunking.to_string()));
    }
    if let Some(OwnWay { name, cut }) = own {
        let mut collection = Collection::new(kb.weights().title_weight);
        let is_whole = documents.iter().all(|(row, document)| {
            let chunks = cut(document);
            chunks.map(|chunks| collection.add(row, document, chunks)).is_some()
        });
        compared.extend(is_whole.then(|| asked.of(collection, name)));
    }
    compared.sort_by(|a, b| b.ndcg.total_cmp(&a.ndcg));
    Ok(compared)
}

/// All documents, cut in one way.
struct Collection<'d> {
    index: Index,
    title_weight: f32,
    /// Of each chunk, its document.
    owners: Vec<&'d str>,
}

impl<'d> Collection<'d> {
    fn new(title_weight: f32) -> Collection<'d> {
        let index = Index::new(Bm25 { title_weight, ..Bm25::USUAL });
        Collection { index, title_weight, owners: vec![] }
    }

    fn add(&mut self, row: &'d DocumentRow, document: &Document, chunks: Vec<Chunk>) {
        for chunk in chunks {
            let id = self.owners.len() as u64;
            insert(&mut self.index, id, &row.name, row.title.as_deref(), &document.text, &chunk);
            self.owners.push(&row.name);
        }
    }
}

/// Questions with what answers them, and how the first way did.
struct Asked<'q> {
    questions: &'q [Question],
    grades: Vec<Grades>,
    current: Option<Vec<f64>>,
}

impl Asked<'_> {
    /// How a collection answers them.
    fn of(&mut self, Collection { mut index, title_weight, owners }: Collection, chunking: String) -> Compared {
        index.commit();
        let mut searcher = index.searcher();
        let pairs = self.questions.iter().zip(&self.grades);
        let values: Vec<f64> = pairs
            .map(|(question, grades)| {
                let query = Query::parse(&question.question);
                let ranking = searcher.search_owners(&query, DEPTH, |_| true, |id| owners.get(id as usize).copied());
                Metric::Ndcg.of(&ranking, grades, DEPTH)
            })
            .collect();
        let is_current = self.current.is_none();
        let base = self.current.get_or_insert_with(|| values.clone());
        let differences: Vec<f64> = values.iter().zip(base.iter()).map(|(a, b)| a - b).collect();
        let difference_ci95 = evaluate::interval(&differences);
        let verdict = match difference_ci95 {
            _ if is_current => "current",
            [low, _] if low > 0.0 => "better",
            [_, high] if high < 0.0 => "worse",
            _ => "undecided",
        };
        Compared {
            chunking,
            title_weight,
            chunks: owners.len(),
            n: values.len(),
            ndcg: evaluate::mean(&values),
            ci95: evaluate::interval(&values),
            difference: evaluate::mean(&differences),
            difference_ci95,
            verdict,
        }
    }
}

/// Finds documents by what people call them.
pub(crate) struct Names {
    /// Id or path, and every ending of it, to the document's name.
    by_ending: HashMap<String, Vec<String>>,
}

impl Names {
    pub(crate) fn of(kb: &KnowledgeBase) -> Names {
        Names::new(kb.documents().iter())
    }

    fn new<'d>(documents: impl Iterator<Item = &'d DocumentRow>) -> Names {
        let mut by_ending: HashMap<String, Vec<String>> = HashMap::new();
        for row in documents {
            let name = row.name.as_str();
            let endings = name.match_indices('/').map(|(i, _)| &name[i + 1..]);
            for ending in std::iter::once(name).chain(endings) {
                by_ending.entry(ending.to_string()).or_default().push(name.to_string());
            }
        }
        Names { by_ending }
    }

    /// A relevant document that is not there still counts as one that was not found.
    pub(crate) fn grades(&self, question: &Question) -> Grades {
        let mut grades = Grades::new();
        for wanted in &question.relevant {
            match self.find(wanted) {
                Some(names) => grades.extend(names.iter().map(|name| (name.clone(), 1))),
                None => {
                    grades.insert(wanted.clone(), 1);
                }
            }
        }
        grades
    }

    /// The documents meant by `wanted`, which may be a longer path than the one that was added.
    fn find(&self, wanted: &str) -> Option<&Vec<String>> {
        let wanted = wanted.strip_prefix("./").unwrap_or(wanted);
        let exact = self.by_ending.get(wanted);
        exact.or_else(|| {
            let endings = wanted.match_indices('/').map(|(i, _)| &wanted[i + 1..]);
            endings
                .filter_map(|ending| self.by_ending.get(ending))
                .find(|names| names.iter().any(|name| wanted.ends_with(name.as_str())))
        })
    }
}
