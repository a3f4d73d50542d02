//! The store: documents, their chunks, where they came from and who may see them, in one SQLite file.
//!
//! Everything else is derived from it. A change is one transaction and raises the *generation*, which tells derived files
//! whether they are current. Chunks of a document have consecutive numbers, and a number is never given twice, so a chunk's number
//! names its content for ever and an index is brought up to date by comparing numbers. Deleted content is overwritten
//! with zeros (`secure_delete`), and there is no log that keeps it (rollback journal). What a person removed from within a
//! folder is remembered by a hash of its name alone, so that a sync leaves it out and nothing tells what it was.
//!
//! Not here: reading files (see `sources`), searching.

use crate::access::Access;
use crate::document::Block;
use crate::{Chunk, Document};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

sys::coded_error! {
    /// Why the store cannot be used.
    pub enum StoreError {
        /// SQLite refused.
        Database { path: String, cause: String } = "kb.database",
        /// A newer program wrote it.
        Version { path: String, found: u32, expected: u32 } = "kb.version",
    }
}

/// The format of the store's tables.
const VERSION: u32 = 2;
/// As long a second process waits for one that writes.
const BUSY: Duration = Duration::from_secs(10);

const SCHEMA: &str = "
CREATE TABLE root (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, given TEXT NOT NULL, access TEXT) STRICT;
CREATE TABLE file (
    id INTEGER PRIMARY KEY, root INTEGER NOT NULL REFERENCES root ON DELETE CASCADE, path TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, read_ns INTEGER NOT NULL) STRICT;
CREATE TABLE document (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE, name TEXT NOT NULL UNIQUE, title TEXT,
    text TEXT NOT NULL, blocks TEXT NOT NULL, hash BLOB NOT NULL, access TEXT, has_own_access INTEGER NOT NULL,
    first_chunk INTEGER NOT NULL UNIQUE, n_chunks INTEGER NOT NULL) STRICT;
CREATE INDEX document_file ON document (file);
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE, start INTEGER NOT NULL,
    end INTEGER NOT NULL, context_start INTEGER NOT NULL, context_end INTEGER NOT NULL, headings TEXT NOT NULL, place TEXT) STRICT;
CREATE INDEX chunk_document ON chunk (document);
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
";

/// What version 2 added.
const SCHEMA_2: &str = "
CREATE TABLE kept_out (
    root INTEGER NOT NULL REFERENCES root ON DELETE CASCADE, hash BLOB NOT NULL, PRIMARY KEY (root, hash)) STRICT;
";

const SET: &str = "INSERT INTO state VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// An open store.
pub struct Store {
    connection: Connection,
    path: String,
}

/// A folder or a file that was added.
#[derive(Clone, Debug, PartialEq)]
pub struct Root {
    /// Its number.
    pub id: i64,
    /// Absolute.
    pub path: String,
    /// As the person wrote it.
    pub given: String,
    /// Who may see what comes from it, where the document says nothing itself.
    pub access: Option<Access>,
}

/// A file as it was when read.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRow {
    /// Its number.
    pub id: i64,
    /// The root that it was found under.
    pub root: i64,
    /// Absolute.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Time of the last change in nanoseconds since 1970.
    pub modified_ns: i64,
    /// When it was read, likewise; 0 if not all of it could be used, so that it is read again.
    pub read_ns: i64,
}

/// A stored document without its text.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentRow {
    /// Its number.
    pub id: i64,
    /// The file that it came from.
    pub file: i64,
    /// What people call it: its own id, or its path.
    pub name: String,
    /// Its title.
    pub title: Option<String>,
    /// SHA-256 of what it was made from.
    pub hash: Vec<u8>,
    /// Who may see it.
    pub access: Option<Access>,
    /// Whether the document says so itself; else its root does.
    pub has_own_access: bool,
    /// Its chunks' numbers.
    pub chunks: Range<u64>,
}

/// A stored chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkRow {
    /// Its number.
    pub id: u64,
    /// Ranges, headings and place.
    pub chunk: Chunk,
}

/// A document about to be stored.
pub struct NewDocument<'d> {
    /// What people call it.
    pub name: &'d str,
    /// The parsed content.
    pub document: &'d Document,
    /// SHA-256 of what it was made from.
    pub hash: &'d [u8],
    /// Who may see it.
    pub access: Option<&'d Access>,
    /// Whether the document says so itself.
    pub has_own_access: bool,
    /// Its chunks.
    pub chunks: &'d [Chunk],
}

impl Store {
    /// Opens the store at `path`, making it if it is not there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let name = path.display().to_string();
        let fail = |error: rusqlite::Error| StoreError::Database { path: name.clone(), cause: error.to_string() };
        let connection = Connection::open(path).map_err(fail)?;
        connection.busy_timeout(BUSY).map_err(fail)?;
        let pragmas = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;";
        connection.execute_batch(pragmas).map_err(fail)?;
        let version =
            |connection: &Connection| connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0));
        let mut found = version(&connection).map_err(fail)?;
        if found < VERSION {
            connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
            // Another process may have made the tables meanwhile.
            let missing = match version(&connection).map_err(fail)? {
                0 => [SCHEMA, SCHEMA_2].concat(),
                1 => SCHEMA_2.to_string(),
                _ => String::new(),
            };
            if !missing.is_empty() {
                connection.execute_batch(&format!("{missing} PRAGMA user_version = {VERSION};")).map_err(fail)?;
            }
            connection.execute_batch("COMMIT").map_err(fail)?;
            found = version(&connection).map_err(fail)?;
        }
        if found != VERSION {
            return Err(StoreError::Version { path: name, found, expected: VERSION });
        }
        Ok(Store { connection, path: name })
    }

    /// Runs `change` as one transaction, which raises the generation.
    ///
    /// # Errors
    /// Those of SQLite, and of `change`; nothing has changed then.
    pub fn change<T>(&mut self, change: impl FnOnce(&Change) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let path = self.path.clone();
        let fail = |error: rusqlite::Error| StoreError::Database { path: path.clone(), cause: error.to_string() };
        let transaction = self.connection.transaction().map_err(fail)?;
        let change_ = Change { transaction };
        let value = change(&change_).map_err(fail)?;
        change_.add_to_counter("generation", 1).map_err(fail)?;
        change_.transaction.commit().map_err(fail)?;
        Ok(value)
    }

    /// Keeps a setting that nothing is derived from, so the generation stays.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn keep(&self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.read(|db| match value {
            Some(value) => db.execute(SET, [key, value]).map(drop),
            None => db.execute("DELETE FROM state WHERE key = ?1", [key]).map(drop),
        })
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        read(&self.connection)
            .map_err(|error| StoreError::Database { path: self.path.clone(), cause: error.to_string() })
    }

    /// How many changes there were.
    pub fn generation(&self) -> Result<u64, StoreError> {
        self.read(|db| counter(db, "generation"))
    }

    /// A setting.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|db| db.query_row("SELECT value FROM state WHERE key = ?1", [key], |row| row.get(0)).optional())
    }

    /// All roots.
    pub fn roots(&self) -> Result<Vec<Root>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare("SELECT id, path, given, access FROM root ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                Ok(Root { id: row.get(0)?, path: row.get(1)?, given: row.get(2)?, access: access(row, 3)? })
            })?;
            rows.collect()
        })
    }

    /// All files.
    pub fn files(&self) -> Result<Vec<FileRow>, StoreError> {
        self.read(|db| {
            let mut statement =
                db.prepare("SELECT id, root, path, size, modified_ns, read_ns FROM file ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                Ok(FileRow {
                    id: row.get(0)?,
                    root: row.get(1)?,
                    path: row.get(2)?,
                    size: row.get::<_, i64>(3)? as u64,
                    modified_ns: row.get(4)?,
                    read_ns: row.get(5)?,
                })
            })?;
            rows.collect()
        })
    }

    /// All documents by ascending chunks.
    pub fn documents(&self) -> Result<Vec<DocumentRow>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare(
                "SELECT id, file, name, title, hash, access, has_own_access, first_chunk, n_chunks FROM document ORDER BY first_chunk, id",
            )?;
            let rows = statement.query_map([], |row| {
                let first = row.get::<_, i64>(7)? as u64;
                Ok(DocumentRow {
                    id: row.get(0)?,
                    file: row.get(1)?,
                    name: row.get(2)?,
                    title: row.get(3)?,
                    hash: row.get(4)?,
                    access: access(row, 5)?,
                    has_own_access: row.get(6)?,
                    chunks: first..first + row.get::<_, i64>(8)? as u64,
                })
            })?;
            rows.collect()
        })
    }

    /// What was removed from within roots: the root's number and the hash of a name.
    pub fn kept_out(&self) -> Result<HashSet<(i64, Vec<u8>)>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare("SELECT root, hash FROM kept_out")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    /// The content of a document; `None` if it is gone, as of any document that another process may remove.
    pub fn document(&self, id: i64) -> Result<Option<Document>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare("SELECT title, text, blocks FROM document WHERE id = ?1")?;
            let document = statement.query_row([id], |row| {
                let blocks: String = row.get(2)?;
                let blocks: Vec<Block> = serde_json::from_str(&blocks).map_err(|error| {
                    rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error))
                })?;
                Ok(Document { title: row.get(0)?, text: row.get(1)?, blocks })
            });
            document.optional()
        })
    }

    /// The text of a document; `None` if it is gone.
    pub fn text(&self, id: i64) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare("SELECT text FROM document WHERE id = ?1")?;
            statement.query_row([id], |row| row.get(0)).optional()
        })
    }

    /// The chunks of a document, in order.
    pub fn chunks(&self, document: i64) -> Result<Vec<ChunkRow>, StoreError> {
        self.read(|db| {
            let mut statement = db.prepare(&format!("{CHUNKS} WHERE document = ?1 ORDER BY id"))?;
            statement.query_map([document], chunk_row)?.collect()
        })
    }

    /// One chunk; `None` if it is gone.
    pub fn chunk(&self, id: u64) -> Result<Option<ChunkRow>, StoreError> {
        self.read(|db| db.prepare(&format!("{CHUNKS} WHERE id = ?1"))?.query_row([id as i64], chunk_row).optional())
    }

    /// Numbers of chunks whose documents are gone, and what SQLite finds damaged in itself.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            let mut faults = vec![];
            let mut statement = db.prepare("PRAGMA integrity_check")?;
            let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
            for line in lines {
                faults.extend(Some(line?).filter(|line| line != "ok"));
            }
            let mut statement = db.prepare("PRAGMA foreign_key_check")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            for table in rows {
                faults.push(format!("a row of {} belongs to nothing", table?));
            }
            Ok(faults)
        })
    }
}

const CHUNKS: &str = "SELECT id, start, end, context_start, context_end, headings, place FROM chunk";

fn chunk_row(row: &Row) -> rusqlite::Result<ChunkRow> {
    let headings: String = row.get(5)?;
    let place: Option<String> = row.get(6)?;
    let range = |column: usize| -> rusqlite::Result<Range<usize>> {
        Ok(row.get::<_, i64>(column)? as usize..row.get::<_, i64>(column + 1)? as usize)
    };
    let chunk = Chunk {
        range: range(1)?,
        context: range(3)?,
        headings: serde_json::from_str(&headings).unwrap_or_default(),
        place: place.and_then(|place| serde_json::from_str(&place).ok()),
    };
    Ok(ChunkRow { id: row.get::<_, i64>(0)? as u64, chunk })
}

/// What cannot be read lets nobody in.
fn access(row: &Row, column: usize) -> rusqlite::Result<Option<Access>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.map(|text| serde_json::from_str(&text).unwrap_or_default()))
}

fn counter(db: &Connection, key: &str) -> rusqlite::Result<u64> {
    let value: Option<String> =
        db.query_row("SELECT value FROM state WHERE key = ?1", [key], |row| row.get(0)).optional()?;
    Ok(value.and_then(|value| value.parse().ok()).unwrap_or(0))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}

/// A transaction.
pub struct Change<'s> {
    transaction: Transaction<'s>,
}

impl Change<'_> {
    /// Sets a setting.
    pub fn set(&self, key: &str, value: &str) -> rusqlite::Result<()> {
        self.transaction.execute(SET, [key, value]).map(drop)
    }

    /// Adds a root, or changes how it was given and who may see it; its number.
    pub fn put_root(&self, path: &str, given: &str, access: Option<&Access>) -> rusqlite::Result<i64> {
        let sql = "INSERT INTO root (path, given, access) VALUES (?1, ?2, ?3)
            ON CONFLICT (path) DO UPDATE SET given = excluded.given, access = excluded.access RETURNING id";
        self.transaction.query_row(sql, params![path, given, access.map(json)], |row| row.get(0))
    }

    /// Removes a root with all its files and documents.
    pub fn remove_root(&self, id: i64) -> rusqlite::Result<()> {
        self.transaction.execute("DELETE FROM root WHERE id = ?1", [id]).map(drop)
    }

    /// Remembers that a name is not wanted from a root any more.
    pub fn keep_out(&self, root: i64, hash: &[u8]) -> rusqlite::Result<()> {
        let sql = "INSERT INTO kept_out VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.transaction.prepare(sql)?.execute(params![root, hash]).map(drop)
    }

    /// Forgets what is not wanted from a root.
    pub fn let_in(&self, root: i64) -> rusqlite::Result<()> {
        self.transaction.execute("DELETE FROM kept_out WHERE root = ?1", [root]).map(drop)
    }

    /// Adds a file, or changes what is known of it; its number. The number in `file` is not looked at.
    pub fn put_file(&self, file: &FileRow) -> rusqlite::Result<i64> {
        let sql = "INSERT INTO file (root, path, size, modified_ns, read_ns) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (path) DO UPDATE SET root = excluded.root, size = excluded.size, modified_ns = excluded.modified_ns,
            read_ns = excluded.read_ns RETURNING id";
        let mut statement = self.transaction.prepare(sql)?;
        let values = params![file.root, file.path, file.size as i64, file.modified_ns, file.read_ns];
        statement.query_row(values, |row| row.get(0))
    }

    /// Removes a file with its documents.
    pub fn remove_file(&self, id: i64) -> rusqlite::Result<()> {
        self.transaction.prepare("DELETE FROM file WHERE id = ?1")?.execute([id]).map(drop)
    }

    /// Adds a document and its chunks; the numbers of the chunks.
    pub fn add_document(&self, file: i64, new: &NewDocument) -> rusqlite::Result<Range<u64>> {
        // A document without chunks takes a number too, so that first numbers are unique.
        let n_chunks = new.chunks.len() as u64;
        let end = self.add_to_counter("chunks", n_chunks.max(1))?;
        let first = end - n_chunks.max(1);
        let sql = "INSERT INTO document (file, name, title, text, blocks, hash, access, has_own_access, first_chunk, n_chunks)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id";
        let document = new.document;
        let blocks = json(&document.blocks);
        let access = new.access.map(json);
        let values = params![
            file,
            new.name,
            document.title,
            document.text,
            blocks,
            new.hash,
            access,
            new.has_own_access,
            first as i64,
            n_chunks as i64
        ];
        let id: i64 = self.transaction.prepare(sql)?.query_row(values, |row| row.get(0))?;
        let mut statement = self.transaction.prepare("INSERT INTO chunk VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        for (i, chunk) in new.chunks.iter().enumerate() {
            let (range, context) = (&chunk.range, &chunk.context);
            let (headings, place) = (json(&chunk.headings), chunk.place.as_ref().map(json));
            let number = first + i as u64;
            let [start, end, from, to] = [range.start, range.end, context.start, context.end].map(|at| at as i64);
            statement.execute(params![number as i64, id, start, end, from, to, headings, place])?;
        }
        Ok(first..first + n_chunks)
    }

    /// Changes who may see a document.
    pub fn set_access(&self, document: i64, access: Option<&Access>) -> rusqlite::Result<()> {
        let sql = "UPDATE document SET access = ?2 WHERE id = ?1";
        self.transaction.prepare(sql)?.execute(params![document, access.map(json)]).map(drop)
    }

    /// Removes a document with its chunks.
    pub fn remove_document(&self, id: i64) -> rusqlite::Result<()> {
        self.transaction.prepare("DELETE FROM document WHERE id = ?1")?.execute([id]).map(drop)
    }

    /// Raises a counter; its new value.
    fn add_to_counter(&self, key: &str, n: u64) -> rusqlite::Result<u64> {
        let value = counter(&self.transaction, key)? + n;
        self.set(key, &value.to_string())?;
        Ok(value)
    }
}
