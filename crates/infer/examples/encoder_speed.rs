//! Rounds of embedding for comparisons: `encoder_speed FOLDER TEXT`, an encoder's folder and a file of lines.
//!
//! Reads batch sizes from standard input, a number a line, and answers each with the seconds that all lines took in batches
//! of so many, in their order; an empty line ends it. Loading is not counted, tokenizing is.

use infer::Encoder;
use std::error::Error;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, text] = arguments.as_slice() else { return Err("encoder_speed FOLDER TEXT".into()) };
    let encoder = Encoder::new(models::encoder::open(Path::new(folder))?)?;
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
