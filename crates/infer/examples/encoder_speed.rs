//! Rounds of embedding for comparisons: `encoder_speed FOLDER TEXT f32|bf16`, an encoder's folder, a file of lines, and in what
//! layers multiply.
//!
//! Reads batch sizes from standard input, a number a line, and answers each with the seconds that all lines took in batches
//! of so many, in their order; an empty line ends it. Loading is not counted, tokenizing is.

use infer::Encoder;
use models::encoder::{Products, open_for};
use std::error::Error;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, text, products] = arguments.as_slice() else {
        return Err("encoder_speed FOLDER TEXT f32|bf16".into());
    };
    let products = if products == "bf16" { Products::Bf16 } else { Products::F32 };
    let encoder = Encoder::new(open_for(Path::new(folder), products)?)?;
    let text = std::fs::read_to_string(text)?;
    let lines: Vec<&str> = text.lines().collect();
    for asked in std::io::stdin().lock().lines() {
        let asked = asked?;
        if asked.is_empty() {
            break;
        }
        let size: usize = asked.parse()?;
        let begun = Instant::now();
        let mut n = 0;
        for batch in lines.chunks(size.max(1)) {
            n += encoder.vectors(batch)?.len();
        }
        println!("{} {n}", begun.elapsed().as_secs_f64());
    }
    Ok(())
}
