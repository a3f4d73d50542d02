//! No line is lost, doubled or read before it is whole.

use check::Outcome;
use std::fs;
use std::io::Write;
use studio::{JsonLines, News};

/// A file that appears, grows by half lines, and is cut back and written on past its old length.
pub fn lines_come_whole_and_once() -> Outcome {
    let path = std::env::temp_dir().join(format!("sanjie-tail-{}.jsonl", std::process::id()));
    let _ = fs::remove_file(&path);
    let mut lines = JsonLines::new(&path);
    let mut expect = |rewritten: bool, expected: &[u32], what: &str| -> Outcome {
        check::equal(lines.news::<u32>()?, News { rewritten, lines: expected.to_vec() }, what)
    };
    expect(false, &[], "no file yet")?;
    fs::write(&path, "1\n2\n3")?;
    expect(false, &[1, 2], "the third line is not whole")?;
    fs::OpenOptions::new().append(true).open(&path)?.write_all(b"0\nbroken\n4\n")?;
    expect(false, &[30, 4], "the third line has its end; a line that is no JSON is skipped")?;
    expect(false, &[], "nothing new")?;
    fs::write(&path, "1\n2\n50\n60\n70\n80\n90\n")?;
    expect(true, &[1, 2, 50, 60, 70, 80, 90], "another file of greater length")?;
    fs::write(&path, "1\n")?;
    expect(true, &[1], "a shorter file")?;
    fs::remove_file(&path)?;
    Ok(())
}
