//! Ids of a text by any tokenizer, for comparisons: `encode TOKENIZER TEXT`, a GGUF file or a `tokenizer.json`, and a file.
//!
//! Prints the ids with spaces between them; markers in the text are text, and nothing is added before or after.

use formats::gguf::vocabulary;
use std::error::Error;
use text::encoder::TextEncoder;
use text::tokenizer::{Special, Tokenizer, TokenizerError};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tokenizer, text] = arguments.as_slice() else { return Err("encode TOKENIZER TEXT".into()) };
    let json = if tokenizer.ends_with(".gguf") {
        let file = formats::Checkpoint::open(tokenizer)?;
        vocabulary::tokenizer_json(file.gguf().ok_or("no metadata")?)?
    } else {
        std::fs::read(tokenizer)?
    };
    let text = std::fs::read_to_string(text)?;
    let ids = match Tokenizer::from_json(&json) {
        Ok(tokenizer) => tokenizer.encode(&text, Special::Text)?,
        // Word pieces cannot be turned back into text; a reader's tokens before and after are left out.
        Err(TokenizerError::UnsupportedDecoder { .. }) => {
            let ids = TextEncoder::new(&json, usize::MAX, usize::MAX)?.encode(&text)?;
            ids[1..ids.len() - 1].to_vec()
        }
        Err(error) => return Err(error.into()),
    };
    println!("{}", ids.iter().map(u32::to_string).collect::<Vec<_>>().join(" "));
    Ok(())
}
