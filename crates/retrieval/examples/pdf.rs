//! Text of PDF files and how fast it comes: `pdf FOLDER ROUNDS` writes `NAME.ours.txt` beside each `NAME.pdf` and prints, as JSON, the
//! seconds of the best round over all of them.

use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = Path::new(&arguments[1]);
    let rounds: usize = arguments[2].parse().expect("a number of rounds");
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let files: Vec<(PathBuf, Vec<u8>)> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "pdf"))
        .map(|path| (path.clone(), std::fs::read(&path).expect("a file")))
        .collect();
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let clock = Instant::now();
        let texts: Vec<String> =
            files.iter().map(|(path, bytes)| retrieval::parse::parse(path, bytes).expect("a document").text).collect();
        best = best.min(clock.elapsed().as_secs_f64());
        for ((path, _), text) in files.iter().zip(texts) {
            std::fs::write(path.with_extension("ours.txt"), text).expect("a file");
        }
    }
    println!("{{\"seconds\": {best}}}");
}
