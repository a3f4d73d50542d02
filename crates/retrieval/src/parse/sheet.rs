//! Tables as files: CSV, TSV and XLSX. A row becomes a line `name: value; name: value`.
//!
//! A row that is found alone must be understood alone, so each repeats the names of its columns, which the first row gives. What is
//! repeated is bounded: a small file must not become a large text.
//! XLSX cells give what they show of their stored value: dates, percentages and truth values ([`super::number_format`]), of a formula its
//! last result. Empty cells are left out.
//!
//! Source: RFC 4180; ECMA-376 part 1, 18.3 (worksheets), 18.4 (shared strings).

use super::UNPACKED_BYTES_MAX;
use super::archive::{Archive, Fault};
use super::number_format::Formats;
use super::xml::{self, Piece};
use crate::document::{Document, Inline, Kind};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// A longer text in the first row is no name of a column.
const NAME_BYTES_MAX: usize = 256;

/// The cells of a row with their columns, which ascend.
type Row<'t> = Vec<(usize, Cow<'t, str>)>;

/// Parses separated values; the separator is the one among comma, semicolon and tab that the first line has most of.
pub fn parse_csv(text: &str) -> Result<Document, Fault> {
    let text = crate::document::normalise(text);
    let first = text.lines().next().unwrap_or("");
    let separator =
        [b',', b';', b'\t'].into_iter().max_by_key(|s| (first.bytes().filter(|b| b == s).count(), *s == b','));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut document = Document::default();
    let cells = |record: csv::StringRecord| -> Row<'static> {
        record.iter().map(|cell| Cow::from(cell.to_string())).enumerate().collect()
    };
    push_rows(reader.records().flatten().map(cells), &mut { UNPACKED_BYTES_MAX as usize }, &mut document)?;
    Ok(document)
}

/// Adds rows to the document; their cells may hold `left` bytes.
fn push_rows<'t>(
    mut rows: impl Iterator<Item = Row<'t>>,
    left: &mut usize,
    document: &mut Document,
) -> Result<(), Fault> {
    let clean = |text: &str| {
        let mut inline = Inline::default();
        inline.text(text);
        inline.take()
    };
    // Counted before anything is made of it: thousands of cells may share one text.
    let mut next = || -> Result<Option<Row>, Fault> {
        let Some(row) = rows.next() else { return Ok(None) };
        let bytes = row.iter().map(|(_, cell)| cell.len()).sum();
        *left = left.checked_sub(bytes).ok_or(Fault::TooLarge)?;
        Ok(Some(row))
    };
    let names = next()?.unwrap_or_default().into_iter().map(|(column, name)| (column, clean(&name)));
    let names: BTreeMap<usize, String> =
        names.filter(|(_, name)| !name.is_empty() && name.len() <= NAME_BYTES_MAX).collect();
    while let Some(row) = next()? {
        let cells = row.iter().map(|(column, cell)| (column, clean(cell))).filter(|(_, cell)| !cell.is_empty());
        let named: Vec<String> = cells
            .map(|(column, cell)| match names.get(column) {
                Some(name) => format!("{name}: {cell}"),
                None => cell,
            })
            .collect();
        document.push(Kind::Row, &named.join("; "));
        if document.text.len() as u64 > UNPACKED_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
    }
    Ok(())
}

/// Parses a workbook; the name of each sheet is a heading.
pub fn parse_xlsx(bytes: &[u8]) -> Result<Document, Fault> {
    let mut archive = Archive::open(bytes)?;
    let mut sheets: Vec<(String, String)> = vec![];
    let mut is_1904 = false;
    xml::read(&archive.need("xl/workbook.xml")?, |piece| match piece {
        Piece::Open("workbookPr", attributes) => {
            is_1904 = attributes.get("date1904").is_some_and(|value| matches!(value.as_str(), "1" | "true"));
        }
        // `r:id`; the other id is the sheet's number.
        Piece::Open("sheet", attributes) => {
            sheets.push((attributes.get("name").unwrap_or_default(), attributes.get("id").unwrap_or_default()));
        }
        _ => {}
    })?;
    let mut parts: HashMap<String, String> = HashMap::new();
    xml::read(&archive.need("xl/_rels/workbook.xml.rels")?, |piece| {
        if let Piece::Open("Relationship", attributes) = piece {
            let target = attributes.get("Target").unwrap_or_default();
            let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_string);
            parts.insert(attributes.get("Id").unwrap_or_default(), path);
        }
    })?;
    let strings = match archive.text("xl/sharedStrings.xml")? {
        Some(text) => shared_strings(&text)?,
        None => vec![],
    };
    let formats = match archive.text("xl/styles.xml")? {
        Some(text) => Formats::read(&text, is_1904)?,
        None => Formats::default(),
    };
    let mut document = Document::default();
    // Of the whole workbook: many sheets may be one part.
    let mut left = UNPACKED_BYTES_MAX as usize;
    for (name, id) in sheets {
        if let Some(part) = parts.get(&id)
            && let Some(text) = archive.text(part)?
        {
            document.push(Kind::Heading(1), &name);
            push_rows(rows(&text, &strings, &formats)?.into_iter(), &mut left, &mut document)?;
        }
    }
    document.title = None;
    Ok(document)
}

fn shared_strings(text: &str) -> Result<Vec<String>, Fault> {
    let mut strings = vec![];
    let (mut is_text, mut is_phonetic) = (false, false);
    xml::read(text, |piece| match piece {
        Piece::Open("si", _) => strings.push(String::new()),
        Piece::Open("rPh", _) => is_phonetic = true,
        Piece::Close("rPh") => is_phonetic = false,
        Piece::Open("t", _) => is_text = !is_phonetic,
        Piece::Close("t") => is_text = false,
        Piece::Text(text) if is_text => {
            strings.last_mut().into_iter().for_each(|string: &mut String| string.push_str(text))
        }
        _ => {}
    })?;
    Ok(strings)
}

/// No sheet has more columns (ECMA-376).
const COLUMNS_MAX: usize = 16_384;

fn rows<'s>(text: &str, strings: &'s [String], formats: &Formats) -> Result<Vec<Row<'s>>, Fault> {
    let mut rows: Vec<Row> = vec![];
    let (mut column, mut is_value) = (0, false);
    // What kind of cell it is, and its style.
    let (mut kind, mut style) = (String::new(), None);
    let mut value = String::new();
    xml::read(text, |piece| match piece {
        Piece::Open("row", _) => rows.push(vec![]),
        Piece::Open("c", attributes) => {
            let next = rows.last().map_or(0, |row| after(row));
            column = attributes.get("r").and_then(|reference| column_of(&reference)).unwrap_or(next);
            kind = attributes.get("t").unwrap_or_default();
            style = attributes.get("s").and_then(|style| style.parse().ok());
            value.clear();
        }
        Piece::Open("v" | "t", _) => is_value = true,
        Piece::Close("v" | "t") => is_value = false,
        Piece::Text(text) if is_value => value.push_str(text),
        Piece::Close("c") => {
            // Closed again, it is empty.
            let own = std::mem::take(&mut value);
            let shared = || own.trim().parse::<usize>().ok().and_then(|i| strings.get(i)).map_or("", String::as_str);
            let cell = match kind.as_str() {
                "s" => shared().into(),
                "b" => if own.trim() == "1" { "TRUE" } else { "FALSE" }.into(),
                "" | "n" => formats.show(style, &own).unwrap_or(own).into(),
                _ => own.into(),
            };
            if let Some(row) = rows.last_mut() {
                row.push((column.max(after(row)), cell));
            }
        }
        _ => {}
    })?;
    Ok(rows)
}

/// The column after the last cell of a row.
fn after(row: &[(usize, Cow<str>)]) -> usize {
    row.last().map_or(0, |(column, _)| column + 1)
}

/// The column of a reference such as `AB12`, counted from 0.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase).take(3);
    let column = letters.fold(0, |n, letter| n * 26 + usize::from(letter - b'A') + 1);
    column.checked_sub(1).filter(|column| *column < COLUMNS_MAX)
}
