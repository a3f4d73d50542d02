//! A wheel that holds one binary: a zip file with metadata, which `pip install` unpacks onto the path.
//!
//! Source: PyPA specifications, "Binary distribution format" and "Recording installed projects". Written by hand,
//! since it is five small files and saves a build tool. Equal inputs give equal bytes: all times are 1980-01-01.

use anyhow::Result;
use flate2::{Compression, Crc, write::DeflateEncoder};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What goes into a wheel.
pub struct Wheel<'a> {
    /// The project's version.
    pub version: &'a str,
    /// Platform tag, such as `manylinux_2_34_x86_64`.
    pub platform: &'a str,
    /// The binary.
    pub program: &'a Path,
    /// Licences and readme: names and contents.
    pub documents: &'a [(String, Vec<u8>)],
}

impl Wheel<'_> {
    /// Writes the wheel into `folder`; its path.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let Wheel { version, platform, .. } = self;
        let mut zip = Zip::default();
        let mut record = String::new();
        let mut add = |name: String, mode: u32, bytes: &[u8]| -> Result<()> {
            record += &format!("{name},sha256={},{}\n", base64_url(&Sha256::digest(bytes)), bytes.len());
            zip.add(&name, mode, bytes)
        };
        let script = format!("sanjie-{version}.data/scripts/sanjie{}", std::env::consts::EXE_SUFFIX);
        add(script, 0o755, &std::fs::read(self.program)?)?;
        let info = format!("sanjie-{version}.dist-info");
        for (name, bytes) in self.documents.iter().filter(|(name, _)| !name.starts_with("README")) {
            add(format!("{info}/licenses/{name}"), 0o644, bytes)?;
        }
        let readme = self.documents.iter().find(|(name, _)| name == "README.md");
        let mut metadata = format!(
            "Metadata-Version: 2.4\nName: sanjie\nVersion: {version}\n\
             Summary: Trains, serves and teaches language models: one program, no Python needed\n\
             License-Expression: MIT OR Apache-2.0\nRequires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n"
        )
        .into_bytes();
        metadata.extend(readme.map_or(&[][..], |(_, bytes)| bytes));
        add(format!("{info}/METADATA"), 0o644, &metadata)?;
        let wheel =
            format!("Wheel-Version: 1.0\nGenerator: sanjie xtask\nRoot-Is-Purelib: false\nTag: py3-none-{platform}\n");
        add(format!("{info}/WHEEL"), 0o644, wheel.as_bytes())?;
        // The record lists itself without a checksum.
        record += &format!("{info}/RECORD,,\n");
        zip.add(&format!("{info}/RECORD"), 0o644, record.as_bytes())?;
        let path = folder.join(format!("sanjie-{version}-py3-none-{platform}.whl"));
        std::fs::write(&path, zip.finish())?;
        Ok(path)
    }
}

/// A zip file in memory. Source: PKWARE's APPNOTE.TXT, 4.3.
#[derive(Default)]
struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl Zip {
    fn add(&mut self, name: &str, mode: u32, content: &[u8]) -> Result<()> {
        let offset = u32::try_from(self.bytes.len())?;
        let mut crc = Crc::new();
        crc.update(content);
        let mut encoder = DeflateEncoder::new(vec![], Compression::best());
        encoder.write_all(content)?;
        let packed = encoder.finish()?;
        // Version 2.0, names in UTF-8, deflate, time 0:00, date 1980-01-01.
        let mut shared: Vec<u8> = [20u16, 0x800, 8, 0, 0x21].iter().flat_map(|n| n.to_le_bytes()).collect();
        let sizes = [crc.sum(), u32::try_from(packed.len())?, u32::try_from(content.len())?];
        shared.extend(sizes.iter().flat_map(|n| n.to_le_bytes()));
        shared.extend(u16::try_from(name.len())?.to_le_bytes());
        shared.extend(0u16.to_le_bytes());

        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&shared);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);

        // Made on Unix, so that the mode counts.
        self.directory.extend(b"PK\x01\x02\x14\x03");
        self.directory.extend(&shared);
        self.directory.extend([0u8; 6]);
        self.directory.extend(((0o100_000 | mode) << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.count += 1;
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        let (offset, size) = (self.bytes.len() as u32, self.directory.len() as u32);
        self.bytes.append(&mut self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend(size.to_le_bytes());
        self.bytes.extend(offset.to_le_bytes());
        self.bytes.extend(0u16.to_le_bytes());
        self.bytes
    }
}

/// Base 64 with `-` and `_`, without padding.
fn base64_url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let n = (0..3).fold(0u32, |n, i| n << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..=chunk.len() {
            text.push(char::from(DIGITS[(n >> (18 - 6 * i) & 63) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn base64() {
        assert_eq!(base64_url(b""), "");
        assert_eq!(base64_url(b"f"), "Zg");
        assert_eq!(base64_url(&[0xfb, 0xff]), "-_8");
        assert_eq!(base64_url(b"foobar"), "Zm9vYmFy");
    }

    #[cfg(unix)]
    #[test]
    fn pip_puts_the_program_on_the_path() {
        let folder = std::env::temp_dir().join(format!("dist-wheel-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let program = folder.join("program");
        std::fs::write(&program, "#!/bin/sh\necho hello").unwrap();
        let documents = [("README.md".to_string(), b"# x".to_vec()), ("LICENSE".to_string(), b"free".to_vec())];
        let wheel = Wheel { version: "1.2.3", platform: "any", program: &program, documents: &documents };
        let path = wheel.write(&folder).unwrap();
        let args = ["--no-index".as_ref(), path.as_os_str()];
        let python = crate::install::venv(&folder.join("venv"), &args, None).unwrap();
        let said = crate::process::output(&mut Command::new(python.with_file_name("sanjie"))).unwrap();
        assert_eq!(said, "hello\n");
        let shown = crate::process::output(Command::new(python).args(["-m", "pip", "show", "sanjie"])).unwrap();
        assert!(shown.contains("Version: 1.2.3"), "{shown}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
