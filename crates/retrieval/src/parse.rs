//! Files to documents.
//!
//! The format comes from the name's extension; the encoding of a text from its bytes ([`encoding`]). Every parser writes
//! through the same few operations of [`writer`], which is what makes equal content equal text. Nothing a file says is
//! trusted: sizes are counted while unpacking, nothing outside the file is read, and what it contains is data, never
//! an instruction.
//!
//! Formats: plain text, Markdown, HTML (main text), CSV and TSV, source code, DOCX, XLSX, EPUB, PDF.

pub mod encoding;

mod archive;
mod docx;
mod epub;
mod html;
mod markdown;
mod number_format;
mod pdf;
mod sheet;
mod writer;
mod xml;

use crate::document::Document;
use std::path::Path;

/// Larger files are refused: nobody reads them, and a mistake (a disk image named `.txt`) must not fill the memory.
pub const FILE_BYTES_MAX: u64 = 64 << 20;
/// No document's parts may unpack to more, however small the archive is.
pub const UNPACKED_BYTES_MAX: u64 = 256 << 20;

sys::coded_error! {
    /// Why a file gives no document.
    pub enum ParseError {
        /// No parser takes files of this kind.
        Unsupported { path: String } = "kb.unsupported",
        /// The file, or what it unpacks to, is too large.
        TooLarge { path: String, limit: u64 } = "kb.too_large",
        /// The bytes are no text in any encoding.
        NotText { path: String } = "kb.not_text",
        /// The file needs a password.
        Encrypted { path: String } = "kb.encrypted",
        /// The file is not what its name says, or is broken.
        Damaged { path: String } = "kb.damaged",
        /// A part that files of its kind have is not in it.
        NoPart { path: String, part: String } = "kb.no_part",
        /// A part of it cannot be unpacked, or is no text.
        DamagedPart { path: String, part: String } = "kb.damaged_part",
        /// Its XML makes no sense from this byte of a part on.
        BadXml { path: String, byte: u64 } = "kb.bad_xml",
    }
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Plain text.
    Text,
    /// CommonMark with tables.
    Markdown,
    /// A web page.
    Html,
    /// Comma, semicolon or tab separated values with a row of names.
    Csv,
    /// Source code of any language.
    Code,
    /// Word.
    Docx,
    /// Excel.
    Xlsx,
    /// An electronic book.
    Epub,
    /// Pages as they are printed.
    Pdf,
}

/// Extensions of source code and of configuration, which is read like it.
const CODE: [&str; 42] = [
    "rs", "py", "js", "mjs", "ts", "tsx", "jsx", "svelte", "vue", "c", "h", "cc", "cpp", "hpp", "cs", "java", "kt",
    "go", "rb", "php", "swift", "scala", "r", "jl", "lua", "pl", "sh", "bash", "zsh", "sql", "toml", "yaml", "yml",
    "json", "ini", "cfg", "css", "scss", "tex", "m", "zig", "dart",
];

impl Format {
    /// The format that the extension of `path` names.
    ///
    /// ```
    /// use retrieval::parse::Format;
    /// assert_eq!(Format::of("notes/今天.MD".as_ref()), Some(Format::Markdown));
    /// assert_eq!(Format::of("photo.jpg".as_ref()), None);
    /// ```
    pub fn of(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "txt" | "text" | "log" | "rst" | "org" | "adoc" => Some(Format::Text),
            "md" | "markdown" | "mdx" => Some(Format::Markdown),
            "html" | "htm" | "xhtml" => Some(Format::Html),
            "csv" | "tsv" => Some(Format::Csv),
            "docx" => Some(Format::Docx),
            "xlsx" => Some(Format::Xlsx),
            "epub" => Some(Format::Epub),
            "pdf" => Some(Format::Pdf),
            code if CODE.contains(&code) => Some(Format::Code),
            _ => None,
        }
    }

    /// Whether files of this kind are texts that a person can read as they are.
    pub fn is_text(self) -> bool {
        matches!(self, Format::Text | Format::Markdown | Format::Html | Format::Csv | Format::Code)
    }
}

/// As [`parse`], but Markdown is left as it is written, marks and all; its title is known all the same.
///
/// ```
/// let document = retrieval::parse::parse_as_written("a.md".as_ref(), b"# Tea\n\nGreen.\n\n---\n\nBlack.").unwrap();
/// assert_eq!((document.title.as_deref(), document.text.contains("---")), (Some("Tea"), true));
/// ```
///
/// # Errors
/// [`ParseError`].
pub fn parse_as_written(path: &Path, bytes: &[u8]) -> Result<Document, ParseError> {
    let parsed = parse(path, bytes)?;
    match (Format::of(path), encoding::decode(bytes)) {
        (Some(Format::Markdown), Some(text)) => Ok(Document { title: parsed.title, ..Document::plain(&text) }),
        _ => Ok(parsed),
    }
}

/// Parses the bytes of a file called `path`.
///
/// ```
/// let document = retrieval::parse::parse("a.md".as_ref(), b"# Tea\n\nGreen tea\nis *not* black.").unwrap();
/// assert_eq!(document.text, "Tea\n\nGreen tea is not black.");
/// assert_eq!(document.heading_path(&document.blocks[1]), ["Tea"]);
/// ```
///
/// # Errors
/// [`ParseError`].
pub fn parse(path: &Path, bytes: &[u8]) -> Result<Document, ParseError> {
    let name = || path.display().to_string();
    let format = Format::of(path).ok_or_else(|| ParseError::Unsupported { path: name() })?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(ParseError::TooLarge { path: name(), limit: FILE_BYTES_MAX });
    }
    let text = || encoding::decode(bytes).ok_or_else(|| ParseError::NotText { path: name() });
    match format {
        Format::Text => Ok(Document::plain(&text()?)),
        Format::Code => Ok(Document::code(&text()?)),
        Format::Markdown => Ok(markdown::parse(&text()?)),
        Format::Html => Ok(html::parse(&text()?)),
        Format::Csv => sheet::parse_csv(&text()?).map_err(|fault| fault.of(path)),
        Format::Docx => docx::parse(bytes).map_err(|fault| fault.of(path)),
        Format::Xlsx => sheet::parse_xlsx(bytes).map_err(|fault| fault.of(path)),
        Format::Epub => epub::parse(bytes).map_err(|fault| fault.of(path)),
        Format::Pdf => pdf::parse(bytes).map_err(|fault| fault.of(path)),
    }
}
