//! Two steps of `inverted-index-and-bm25` as a knowledge base's ranking: `live_scores`, and `best` of these.
//!
//! The engine analyses the query and brings the posting lists of its terms, the lengths of all texts and what may be found;
//! the learner's functions score and choose. What may not be found never comes out, whatever they say.

use super::{ANY, PlugError, PlugFault, Running, step_of};
use course::lab::{Lab, Step};
use course::run::{ARRAY_BYTES_MAX, Fault, Printed, RunError, Source};
use course::{Array, Grader, Value, Values};
use retrieval::KnowledgeBase;
use retrieval::access::Viewer;
use retrieval::knowledge_base::{Hit, KbError};
use retrieval::lexical::{PostingLists, Query, Scored};
use std::time::{Duration, Instant};

sys::coded_union! {
    /// Why a search with a learner's ranking comes to nothing.
    pub enum SearchError {
        /// The ranking cannot be asked.
        Plug(PlugError),
        /// The knowledge base.
        Kb(KbError),
    }
}

/// The lab that has both steps.
pub const LAB: &str = "inverted-index-and-bm25";
/// How a text that may be found, and one that may not, are told to the lab's function.
const OPEN: i32 = 2;
const CLOSED: i32 = 1;

/// The steps of `lab` whose functions make a ranking: the scores, the best of them.
///
/// # Errors
/// [`PlugError::NoSeam`].
pub fn steps(lab: &Lab) -> Result<[&Step; 2], PlugError> {
    Ok([step_of(lab, "live_scores", LAB)?, step_of(lab, "best", LAB)?])
}

/// A learner's ranking, ready to be asked.
pub struct LearnerRanking {
    file: Running,
    steps: [Step; 2],
}

/// What a learner's functions made of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The best texts, the best first, at most as many as were wanted.
    pub found: Vec<Scored>,
    /// How many more the learner's functions found that may not be found.
    pub n_closed: usize,
    /// Time of the two calls.
    pub time: Duration,
}

impl LearnerRanking {
    /// Starts the learner's file; the inner error is what keeps it from being loaded.
    ///
    /// # Errors
    /// What keeps it from being run at all.
    pub fn open(
        grader: &Grader,
        steps: [&Step; 2],
        source: &Source,
    ) -> Result<Result<LearnerRanking, Fault>, RunError> {
        let file = Running::open(grader, source)?;
        Ok(file.map(|file| LearnerRanking { file, steps: steps.map(Clone::clone) }))
    }

    /// Why it gave up; it is not asked again after that.
    pub fn fault(&self) -> Option<&PlugFault> {
        self.file.fault()
    }

    /// What the learner's code printed since this was last asked.
    pub fn take_printed(&mut self) -> Printed {
        self.file.take_printed()
    }

    /// The best `k` texts of `lists`, which belong to one query; `None` if the learner's code gave up, and then
    /// [`LearnerRanking::fault`] says why.
    ///
    /// # Errors
    /// [`PlugError::ManyTexts`].
    pub fn rank(&mut self, lists: &PostingLists, k: usize) -> Result<Option<Ranking>, PlugError> {
        let limit = ARRAY_BYTES_MAX / size_of::<f32>();
        let n_texts = lists.lengths.len();
        if n_texts > limit {
            return Err(PlugError::ManyTexts { found: n_texts, limit });
        }
        let began = Instant::now();
        let [scoring, choosing] = &self.steps;
        let Some(scores) = self.file.call(scoring, &arguments(lists), &[n_texts]) else { return Ok(None) };
        let Some(rows) = self.file.call(choosing, &[Value::Array(scores), Value::Int(k)], &[ANY, 2]) else {
            return Ok(None);
        };
        let time = began.elapsed();
        let mut seen = vec![false; n_texts];
        let (mut found, mut n_closed) = (vec![], 0);
        for (row, &[value, score]) in rows.floats().as_chunks::<2>().0.iter().enumerate() {
            let number = value as usize;
            if number as f32 != value || number >= n_texts || std::mem::replace(&mut seen[number], true) {
                self.file.fault = Some(PlugFault::NoText { value, row, texts: n_texts });
                return Ok(None);
            }
            match lists.is_open[number] {
                true => found.push(Scored { id: lists.ids[number], score }),
                false => n_closed += 1,
            }
        }
        found.truncate(k);
        Ok(Some(Ranking { found, n_closed, time }))
    }
}

/// A search with a learner's ranking beside the engine's.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Passages in the learner's order.
    pub yours: Vec<Hit>,
    /// In the engine's.
    pub engine: Vec<Hit>,
    /// Time of each ranking, the learner's first; analysing the query and fetching the passages apart.
    pub times: [Duration; 2],
    /// How they differ.
    pub apart: Apart,
    /// How many the learner's functions found that the viewer must not find; they are left out.
    pub n_closed: usize,
}

impl LearnerRanking {
    /// Searches with both rankings, as [`KnowledgeBase::search`] does with its own; `None` if the learner's code gave up.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn search(
        &mut self,
        kb: &KnowledgeBase,
        query: &str,
        k: usize,
        viewer: &Viewer,
    ) -> Result<Option<Compared>, SearchError> {
        let lists = kb.posting_lists(query, viewer);
        let Some(Ranking { found, n_closed, time }) = self.rank(&lists, k)? else { return Ok(None) };
        let began = Instant::now();
        let is_open = |id| lists.ids.binary_search(&id).is_ok_and(|number| lists.is_open[number]);
        let engine = kb.index().searcher().search(&Query::parse(query), k, is_open);
        let times = [time, began.elapsed()];
        let apart = Apart::of(&found, &engine);
        let (yours, engine) = (kb.ranked(query, found, viewer)?, kb.ranked(query, engine, viewer)?);
        Ok(Some(Compared { yours, engine, times, apart, n_closed }))
    }
}

/// The arguments of `live_scores`.
fn arguments(lists: &PostingLists) -> Vec<Value> {
    let ints = |values: Vec<i32>| Value::Array(Array { shape: vec![values.len()], values: Values::I32(values) });
    let floats = |values: &Vec<f32>| Value::Array(Array::f32([values.len()], values.clone()));
    let state = |is_open: &bool| if *is_open { OPEN } else { CLOSED };
    vec![
        ints((0..lists.weights.len() as i32).collect()),
        floats(&lists.weights),
        ints(lists.starts.clone()),
        ints(lists.texts.clone()),
        floats(&lists.frequencies),
        floats(&lists.lengths),
        ints(lists.is_open.iter().map(state).collect()),
    ]
}

/// How two rankings of one query differ.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Apart {
    /// Places of the longer one.
    pub places: usize,
    /// The first place, counted from 0, where the texts are not the same.
    pub first_other: Option<usize>,
    /// The largest difference between the scores of a text that both have, relative to the engine's.
    pub max_relative: f32,
}

impl Apart {
    /// `yours` beside the engine's. Texts whose scores are equal but for rounding may change places.
    ///
    /// ```
    /// use answers::plug::ranking::Apart;
    /// use retrieval::lexical::Scored;
    /// let engine = [Scored { id: 7, score: 2.0 }, Scored { id: 3, score: 1.0 }];
    /// let yours = [Scored { id: 7, score: 2.0 }, Scored { id: 9, score: 1.5 }];
    /// assert_eq!(Apart::of(&yours, &engine).first_other, Some(1));
    /// ```
    pub fn of(yours: &[Scored], engine: &[Scored]) -> Apart {
        let places = yours.len().max(engine.len());
        let is_same = |place: &usize| match (yours.get(*place), engine.get(*place)) {
            (Some(yours), Some(engine)) => yours.id == engine.id || is_near(yours.score, engine.score),
            _ => false,
        };
        let apart = yours.iter().filter_map(|yours| {
            let engine = engine.iter().find(|engine| engine.id == yours.id)?;
            Some((yours.score - engine.score).abs() / engine.score.abs().max(f32::MIN_POSITIVE))
        });
        Apart {
            places,
            first_other: (0..places).find(|place| !is_same(place)),
            max_relative: apart.fold(0.0, f32::max),
        }
    }
}

/// Relative; a sum of some dozen terms in another order strays less.
const ROUNDING: f32 = 1e-5;

fn is_near(one: f32, other: f32) -> bool {
    (one - other).abs() <= ROUNDING * other.abs()
}
