//! The list of data sets, and its sizes and checksums against the bytes themselves.

use check::{Outcome, Stop};
use std::collections::BTreeSet;
use std::io::Read;
use sys::Coded;

pub fn the_list_is_sound() -> Outcome {
    let mut names = BTreeSet::new();
    for dataset in hub::datasets() {
        let name = &dataset.name;
        check::that(names.insert(name), || format!("{name} stands twice"))?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        check::that(name.chars().all(plain), || format!("{name}: no plain name"))?;
        check::that(dataset.addresses.len() >= 2, || format!("{name}: no mirror"))?;
        for address in &dataset.addresses {
            let good = address.starts_with("https://") && address.ends_with('/') && address.is_ascii();
            check::that(good, || format!("{name}: {address}"))?;
        }
        let files: BTreeSet<&str> = dataset.files.iter().map(|file| file.name()).collect();
        check::equal(files.len(), dataset.files.len(), "different file names")?;
        check::that(!files.is_empty(), || format!("{name}: no files"))?;
        for file in &dataset.files {
            let hex = file.sha256.len() == 64 && file.sha256.bytes().all(|b| b"0123456789abcdef".contains(&b));
            check::that(hex && file.bytes > 0, || format!("{name}: {}", file.path))?;
        }
    }
    check::that(names.len() >= 8, || "few data sets".into())
}

pub fn sizes_and_checksums_are_those_of_the_bytes_at_hand() -> Outcome {
    for dataset in hub::datasets() {
        for file in &dataset.files {
            let bytes = at_hand(&format!("{}/{}", dataset.name, file.name()))?;
            check::equal(bytes.len() as u64, file.bytes, &file.path)?;
            check::equal(formats::checksum::sha256(&bytes), file.sha256.clone(), &file.path)?;
        }
    }
    Ok(())
}

/// A file's own bytes, which may be stored packed.
fn at_hand(name: &str) -> Result<Vec<u8>, Stop> {
    if let Ok(path) = check::data(name) {
        return Ok(std::fs::read(path)?);
    }
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(check::data(&format!("{name}.gz"))?)?)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub fn an_unknown_name_gets_the_nearest() -> Outcome {
    check::equal(hub::find("tinyshakespeare")?.files[0].name(), "input.txt", "file")?;
    for (name, nearest) in [("tiny-shakespear", "tinyshakespeare"), ("GSM8k", "gsm8k"), ("mnist", "mnist-t10k")] {
        match hub::find(name) {
            Ok(found) => return check::fail(format!("{name} is {}", found.name)),
            Err(error) => check::equal(error.fields()[1].1.clone(), nearest.to_string(), name)?,
        }
    }
    Ok(())
}
