//! Checksums of files and folders.

use check::Outcome;
use formats::checksum::{SUMS_FILE, sha256, verify_sums, write_sums};
use sys::Coded;

/// FIPS 180-2, appendix B.1.
pub fn known_value() -> Outcome {
    check::equal(
        sha256(b"abc").as_str(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "SHA-256 of abc",
    )
}

pub fn damage_is_found() -> Outcome {
    let folder = crate::folder("sums")?;
    std::fs::write(folder.join("a"), "first")?;
    std::fs::write(folder.join("b"), "second")?;
    write_sums(&folder, &["b", "a"])?;
    check::equal(verify_sums(&folder)?, vec!["b".to_string(), "a".to_string()], "the list")?;
    std::fs::write(folder.join("a"), "firsT")?;
    check::equal(verify_sums(&folder).map_err(|e| e.code()).err(), Some("checksum.differs"), "a changed file")?;
    std::fs::remove_file(folder.join("a"))?;
    check::equal(verify_sums(&folder).map_err(|e| e.code()).err(), Some("file.missing"), "a missing file")?;
    Ok(std::fs::remove_dir_all(folder)?)
}

pub fn a_list_cannot_lead_out_of_its_folder() -> Outcome {
    let folder = crate::folder("outside")?;
    for line in [format!("{}  ../x", "0".repeat(64)), "abc  x".into(), "nonsense".into()] {
        std::fs::write(folder.join(SUMS_FILE), line)?;
        check::equal(verify_sums(&folder).map_err(|e| e.code()).err(), Some("checksum.malformed"), "the line")?;
    }
    Ok(std::fs::remove_dir_all(folder)?)
}
