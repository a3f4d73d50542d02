//! The readers of foreign bytes, each as it is used. Where a library is caught that does what it did not foresee, it may panic.

use crate::{let_readers_catch, opens_model, parses, parses_archive, scratch, split};
use serde_json::json;
use std::path::PathBuf;
use std::sync::LazyLock;
use text::encoder::TextEncoder;
use text::template::{ChatTemplate, Conversation, Message, Role};
use text::tokenizer::Tokenizer;

/// Safetensors: the header, every range, and the numbers.
pub fn safetensors(bytes: &[u8]) {
    let _ = formats::safetensors::arrays_of(bytes, "fuzz");
    let _ = formats::safetensors::parse(bytes, "fuzz");
}

/// GGUF: the header, the tokenizer in it, and the model that it describes.
pub fn gguf(bytes: &[u8]) {
    static FILE: LazyLock<PathBuf> = LazyLock::new(|| scratch().join("model.gguf"));
    let_readers_catch();
    let Ok(header) = formats::gguf::parse(bytes, "fuzz") else { return };
    if let Ok(json) = formats::gguf::vocabulary::tokenizer_json(&header.metadata) {
        let _ = Tokenizer::from_json(json);
    }
    std::fs::write(&*FILE, bytes).expect("a temporary file");
    opens_model(&FILE);
}

const LLAMA: &[u8] = include_bytes!("../../crates/models/goldens/families/llama/model.safetensors");
const LLAMA_TOKENIZER: &[u8] = include_bytes!("../../crates/text/goldens/tokenizer_bytes.json");
const BERT: &[u8] = include_bytes!("../../crates/models/goldens/families/bert-labels/model.safetensors");
const BERT_TOKENIZER: &[u8] = include_bytes!("../../crates/models/goldens/families/bert-labels/tokenizer.json");

/// The files that describe a model of a Hugging Face folder, beside whole weights of a decoder or an encoder: `config.json`,
/// `generation_config.json`, `tokenizer_config.json`.
pub fn config(bytes: &[u8]) {
    static DECODER: LazyLock<PathBuf> = LazyLock::new(|| folder("decoder", LLAMA, LLAMA_TOKENIZER));
    static ENCODER: LazyLock<PathBuf> = LazyLock::new(|| folder("encoder", BERT, BERT_TOKENIZER));
    let_readers_catch();
    let parts = split(bytes);
    let is_encoder = parts[0].windows(4).any(|window| window == b"bert");
    let folder = if is_encoder { &*ENCODER } else { &*DECODER };
    for (name, i) in [("config.json", 0), ("generation_config.json", 1), ("tokenizer_config.json", 2)] {
        let part = parts.get(i).copied().unwrap_or(b"{}");
        std::fs::write(folder.join(name), part).expect("a temporary file");
    }
    if is_encoder {
        let _ = models::encoder::open(folder);
        let _ = models::classifier::open(folder);
    } else {
        opens_model(folder);
    }
}

fn folder(name: &str, weights: &[u8], tokenizer: &[u8]) -> PathBuf {
    let folder = scratch().join(name);
    std::fs::create_dir_all(&folder).expect("a folder for temporary files");
    std::fs::write(folder.join("model.safetensors"), weights).expect("a temporary file");
    std::fs::write(folder.join("tokenizer.json"), tokenizer).expect("a temporary file");
    folder
}

/// `tokenizer.json`, by both of its readers: what loads reads a text, and writes it if it can.
pub fn tokenizer(bytes: &[u8]) {
    const TEXT: &str = "Tea 茶 <|endoftext|> 12,5\n";
    let_readers_catch();
    if let Ok(reader) = TextEncoder::new(bytes, 512, usize::MAX) {
        let _ = reader.pieces(TEXT);
        let _ = reader.encode_passage(TEXT, Some(TEXT));
    }
    let Ok(tokenizer) = Tokenizer::from_json(bytes) else { return };
    if let Ok(ids) = tokenizer.encode_guarded(TEXT) {
        let _ = tokenizer.decode(&ids);
    }
    let _ = tokenizer.decode(&[0, 1, u32::MAX]);
}

/// Chat templates: none loops for ever, none asks for memory without bound.
pub fn template(source: &str) {
    let Ok(mut template) = ChatTemplate::new(source) else { return };
    template.define("bos_token", "<s>");
    template.define("eos_token", "</s>");
    template.stop_clock(1_700_000_000);
    let mut call = Message { content: None, ..Message::new(Role::Assistant, "") };
    call.fields.insert("tool_calls".into(), json!([{"function": {"name": "find", "arguments": {"what": "茶"}}}]));
    let messages = vec![
        Message::new(Role::System, "Be brief."),
        Message::new(Role::User, "Where is the 茶?"),
        call,
        Message::new(Role::Tool, "[1, 2]"),
        Message::new(Role::Assistant, "<think>here</think> There."),
        Message::new(Role::User, "Thanks"),
    ];
    let tools = vec![json!({"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}})];
    let _ = template.render(&Conversation { messages, tools });
}

/// PDF.
pub fn pdf(bytes: &[u8]) {
    let_readers_catch();
    parses("a.pdf", bytes);
}

/// DOCX: the archive, and the XML of its parts.
pub fn docx(bytes: &[u8]) {
    parses_archive("a.docx", &["word/document.xml", "word/styles.xml", "docProps/core.xml"], bytes);
}

/// XLSX: the archive, and the XML of its parts.
pub fn xlsx(bytes: &[u8]) {
    let parts = ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"];
    parses_archive("a.xlsx", &parts, bytes);
}

/// EPUB: the archive, its index, and chapters.
pub fn epub(bytes: &[u8]) {
    parses_archive("a.epub", &["META-INF/container.xml", "content.opf", "one.xhtml", "two.xhtml"], bytes);
}

/// HTML, in any encoding.
pub fn html(bytes: &[u8]) {
    parses("a.html", bytes);
}

/// Markdown, in any encoding.
pub fn markdown(bytes: &[u8]) {
    parses("a.md", bytes);
}

/// Separated values, in any encoding.
pub fn csv(bytes: &[u8]) {
    parses("a.csv", bytes);
}

/// Source code, in any encoding.
pub fn code(bytes: &[u8]) {
    parses("a.rs", bytes);
}

/// Encodings of text: UTF-8 and UTF-16, GB18030, Big5.
pub fn encoding(bytes: &[u8]) {
    if let Some(text) = retrieval::parse::encoding::decode(bytes) {
        // What is decoded is text of about that size: three bytes of UTF-8 for one of the worst case.
        assert!(text.len() <= 3 * bytes.len() + 8, "{} bytes from {}", text.len(), bytes.len());
    }
    parses("a.txt", bytes);
}
