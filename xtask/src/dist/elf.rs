//! The newest C library version that a Linux binary asks for, from its version needs.
//!
//! Source: the ELF-64 object file format, and "Version Requirements" in the Linux Standard Base, 10.7.4. Reads
//! little-endian 64-bit files only, the kind that Rust's Linux targets we build for make.

use anyhow::{Context, Result, bail};

/// Section type of the version needs (`SHT_GNU_verneed`).
const VERSION_NEEDS: u32 = 0x6fff_fffe;

/// `(2, 34)` when the newest needed symbol version is `GLIBC_2.34`.
pub fn newest_glibc(file: &[u8]) -> Result<(u32, u32)> {
    needed_versions(file)?
        .iter()
        .filter_map(|version| {
            let (major, minor) = version.strip_prefix("GLIBC_")?.split_once('.')?;
            // A third part (`GLIBC_2.2.5`) says nothing about which library has it.
            Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
        })
        .max()
        .context("the binary names no version of the C library")
}

/// All symbol versions that the file needs, such as `GLIBC_2.34` and `GCC_3.0`.
fn needed_versions(file: &[u8]) -> Result<Vec<String>> {
    if !file.starts_with(b"\x7fELF\x02\x01") {
        bail!("not a little-endian 64-bit ELF file");
    }
    let sections = number(file, 0x28, 8)?;
    let size = number(file, 0x3a, 2)?;
    let count = number(file, 0x3c, 2)?;
    let mut found = vec![];
    for i in 0..count {
        let header = sections + i * size;
        if number(file, header + 4, 4)? != VERSION_NEEDS as usize {
            continue;
        }
        let strings_header = sections + number(file, header + 0x28, 4)? * size;
        let strings = number(file, strings_header + 0x18, 8)?;
        let mut need = number(file, header + 0x18, 8)?;
        // `sh_info` is the number of libraries.
        for _ in 0..number(file, header + 0x2c, 4)? {
            let mut version = need + number(file, need + 8, 4)?;
            for _ in 0..number(file, need + 2, 2)? {
                found.push(string(file, strings + number(file, version + 8, 4)?)?);
                version += number(file, version + 12, 4)?;
            }
            need += number(file, need + 12, 4)?;
        }
    }
    Ok(found)
}

fn number(file: &[u8], at: usize, bytes: usize) -> Result<usize> {
    let raw = file.get(at..at.saturating_add(bytes)).context("the ELF file ends early")?;
    Ok(raw.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)))
}

fn string(file: &[u8], at: usize) -> Result<String> {
    let rest = file.get(at..).context("the ELF file ends early")?;
    let end = rest.iter().position(|b| *b == 0).context("the ELF file ends early")?;
    Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_very_binary_is_read() {
        let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let (major, minor) = newest_glibc(&file).unwrap();
        // Rust's own floor is 2.17.
        assert!(major == 2 && (17..100).contains(&minor), "{major}.{minor}");
        assert!(needed_versions(&file).unwrap().iter().any(|v| v == "GLIBC_2.2.5" || v == "GLIBC_2.17"));
    }

    #[test]
    fn a_cut_file_is_refused() {
        let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(newest_glibc(&file[..4096]).is_err());
        assert!(newest_glibc(b"#!/bin/sh").is_err());
    }
}
