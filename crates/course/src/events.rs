//! The learner's log: events that are only ever added, in one SQLite file.
//!
//! An event has a random id, so two logs merge by union: importing twice, or an export of this very log, adds nothing.
//! What an event means is computed from the whole log (see `progress`); nothing derived is stored. Times are the clock's
//! at writing and may run backwards, so order within one log is that of adding. Events of kinds that this
//! version does not know, and fields of a newer one, are kept and exported unchanged. An export is JSON lines; a line cut
//! short is left out and counted. Two processes may write at once: SQLite lets one wait for the other.

use crate::CheckResult;
use crate::lab::Code;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

sys::coded_error! {
    /// What can be wrong with the log.
    pub enum LogError {
        /// It cannot be opened, read or written.
        Store { path: String, cause: String } = "log.store",
        /// It is from a newer version of the program.
        Newer { path: String, found: i64, expected: i64 } = "log.newer",
        /// An import holds no event at all.
        NoEvents { path: String } = "log.no_events",
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// 128 random bits in hexadecimal.
    pub id: String,
    /// Milliseconds since 1970 by the clock of the machine it happened on.
    pub at: i64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum What {
    /// A kind this version knows.
    Known(Happening),
    /// One that it does not, kept as it is.
    Unknown(serde_json::Map<String, serde_json::Value>),
}

/// The kinds of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// A lab's files were written for the learner.
    LabStarted {
        /// The lab.
        lab: String,
        /// The file to write in.
        file: String,
    },
    /// A step was judged.
    Attempt {
        /// The lab.
        lab: String,
        /// The step.
        step: String,
        /// Whether it passed.
        passed: bool,
        /// The cases' seed.
        seed: u64,
        /// A hash of the learner's file: whether something changed since the last attempt.
        source: String,
        /// Its programming language; older logs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Code>,
        /// The trap that was named.
        trap: Option<String>,
        /// How long it took.
        ms: u64,
        /// Whether hints or a person or a program helped.
        assisted: bool,
        /// The check that failed first.
        failed: Option<Box<CheckResult>>,
    },
    /// A hint was read.
    Hint {
        /// The lab.
        lab: String,
        /// The step.
        step: String,
        /// 0 to 4.
        tier: u8,
    },
    /// The solution was looked at before every step had passed.
    GaveUp {
        /// The lab.
        lab: String,
        /// The steps that had not passed; older logs do not say, and mean all.
        #[serde(default)]
        steps: Vec<String>,
    },
    /// A quiz item was answered.
    QuizAnswer {
        /// The topic.
        topic: String,
        /// The item.
        item: String,
        /// The variant's seed.
        seed: u64,
        /// What was answered.
        answer: f64,
        /// Whether it was right.
        right: bool,
        /// The trap that the answer showed.
        trap: Option<String>,
    },
    /// A skill was asked for again.
    Review {
        /// The skill.
        skill: String,
        /// What was asked.
        form: ReviewForm,
        /// The topic of the question, or the lab of the wrong solution.
        of: String,
        /// The question, or the wrong solution's file.
        item: String,
        /// The variant's seed.
        seed: u64,
        /// What was answered.
        answer: f64,
        /// Whether it was right.
        right: bool,
        /// The trap that the answer showed.
        trap: Option<String>,
    },
    /// Time spent on a topic.
    Minutes {
        /// The topic.
        topic: String,
        /// How long.
        minutes: f64,
    },
}

/// The forms of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewForm {
    /// A fresh variant of a question.
    Quiz,
    /// Which check does this wrong solution fail?
    Mutant,
}

/// What an import came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Events that were not there before.
    pub added: usize,
    /// Events that were.
    pub known: usize,
    /// Lines that are no event, cut short or otherwise damaged.
    pub damaged: usize,
}

/// The log.
pub struct Log {
    connection: Connection,
    path: String,
}

/// Written into the file; a newer one may mean events that must not be added to blindly.
const VERSION: i64 = 1;
/// How long one writer waits for another.
const PATIENCE: Duration = Duration::from_secs(5);

const TABLES: &str = "
    create table if not exists events (
        number integer primary key autoincrement,
        id text not null unique,
        at integer not null,
        body text not null
    );
    create trigger if not exists events_stay before update on events begin select raise(abort, 'events are only added'); end;
    create trigger if not exists events_last before delete on events begin select raise(abort, 'events are only added'); end;
";

impl Log {
    /// Opens the log at `path`, or begins one there.
    ///
    /// # Errors
    /// [`LogError::Store`], [`LogError::Newer`].
    pub fn open(path: &Path) -> Result<Log, LogError> {
        let name = path.display().to_string();
        let failed = |cause: String| LogError::Store { path: name.clone(), cause };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        }
        let connection = Connection::open(path).map_err(|error| failed(error.to_string()))?;
        let log = Log { connection, path: name.clone() };
        log.run(|connection| connection.busy_timeout(PATIENCE))?;
        let found = log.run(|connection| connection.query_row("pragma user_version", [], |row| row.get(0)))?;
        if found > VERSION {
            return Err(LogError::Newer { path: name, found, expected: VERSION });
        }
        if found < VERSION {
            log.run(|connection| {
                // Writers that begin at once wait for each other here; the second one finds the tables.
                connection.execute_batch(&format!("begin immediate; {TABLES} pragma user_version = {VERSION}; commit;"))
            })?;
        }
        Ok(log)
    }

    /// Adds what happened now.
    ///
    /// # Errors
    /// [`LogError::Store`], for example on a full disk; the log is then as it was.
    pub fn add(&self, happening: Happening) -> Result<(), LogError> {
        let mut bits = [0u8; 16];
        getrandom::fill(&mut bits)
            .map_err(|error| LogError::Store { path: self.path.clone(), cause: error.to_string() })?;
        let id = sys::hex(&bits);
        let now = sys::unix_millis();
        let event = Event { id, at: now, what: What::Known(happening) };
        self.insert(&event, &serde_json::to_string(&event).expect("an event is JSON")).map(|_| ())
    }

    /// All events in the order in which they were added.
    ///
    /// # Errors
    /// [`LogError::Store`].
    pub fn events(&self) -> Result<Vec<Event>, LogError> {
        Ok(self.bodies()?.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
    }

    /// The log as JSON lines.
    ///
    /// # Errors
    /// [`LogError::Store`].
    pub fn export(&self) -> Result<String, LogError> {
        Ok(self.bodies()?.into_iter().map(|body| body + "\n").collect())
    }

    /// Adds the events of an export that are not there yet; all or none. `name` is the file's, for messages.
    ///
    /// # Errors
    /// [`LogError::NoEvents`] if no line is an event, [`LogError::Store`].
    pub fn import(&self, text: &str, name: &str) -> Result<Imported, LogError> {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let read = |line: &str| Some((serde_json::from_str(line).ok()?, line.trim().to_string()));
        let events: Vec<(Event, String)> = lines.iter().filter_map(|line| read(line)).collect();
        if events.is_empty() {
            return Err(LogError::NoEvents { path: name.into() });
        }
        self.run(|connection| connection.execute_batch("begin immediate"))?;
        let added = events.iter().try_fold(0, |added, (event, body)| Ok(added + self.insert(event, body)?));
        let end = if added.is_ok() { "commit" } else { "rollback" };
        let ended = self.run(|connection| connection.execute_batch(end));
        let added = added.and_then(|added| ended.map(|()| added))?;
        Ok(Imported { added, known: events.len() - added, damaged: lines.len() - events.len() })
    }

    /// Events as they were written, in the order in which they were added.
    fn bodies(&self) -> Result<Vec<String>, LogError> {
        self.run(|connection| {
            let mut statement = connection.prepare("select body from events order by number")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect()
        })
    }

    /// 1 if the event was added, 0 if it was there. `body` is its line, with whatever a newer version wrote into it.
    fn insert(&self, event: &Event, body: &str) -> Result<usize, LogError> {
        self.run(|connection| {
            let mut statement =
                connection.prepare_cached("insert or ignore into events (id, at, body) values (?1, ?2, ?3)")?;
            statement.execute(params![event.id, event.at, body])
        })
    }

    fn run<T>(&self, action: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, LogError> {
        action(&self.connection).map_err(|error| LogError::Store { path: self.path.clone(), cause: error.to_string() })
    }
}
