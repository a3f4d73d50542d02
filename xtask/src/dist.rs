//! `cargo xtask dist`: what a learner downloads, who needs neither Rust nor Node: an archive and a wheel.
//!
//! Both hold the release binary with the front end inside, our licences, the README and the notices of everything
//! the binary is built from. They land in `dist/` as `sanjie-VERSION-PLATFORM.tar.gz` and
//! `sanjie-VERSION-py3-none-PLATFORM.whl`; the wheel is then installed into a fresh Python environment without a
//! network, and the `sanjie` that appears there must state its version and serve the studio's first page.

mod elf;
mod notices;
mod wheel;

use crate::{cargo, process, start};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Builds both; their paths go to stdout.
pub fn run() -> Result<bool> {
    let program = start::build_whole()?;
    let metadata = cargo::metadata(crate::root())?;
    let cli = metadata.packages.iter().find(|p| p.name == "cli").context("the workspace has no crate `cli`")?;
    let platform = platform(&program)?;
    let folder = crate::root().join("dist");
    std::fs::create_dir_all(&folder)?;
    let mut documents = vec![("THIRD-PARTY.txt".to_string(), notices::all(crate::root())?.into_bytes())];
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "README.zh.md"] {
        documents.push((name.to_string(), std::fs::read(crate::root().join(name)).context(name)?));
    }
    eprintln!("writing the archive and the wheel");
    let archive = folder.join(format!("sanjie-{}-{platform}.tar.gz", cli.version));
    write_archive(&archive, &program, &documents)?;
    let contents =
        wheel::Wheel { version: &cli.version, platform: &platform, program: &program, documents: &documents };
    let wheel = contents.write(&folder)?;
    eprintln!("installing the wheel into a fresh environment");
    try_wheel(&wheel)?;
    println!("{}\n{}", archive.display(), wheel.display());
    Ok(true)
}

/// The wheel's platform tag; on Linux it states the oldest C library that the binary runs with.
fn platform(program: &Path) -> Result<String> {
    let arch = std::env::consts::ARCH;
    Ok(match std::env::consts::OS {
        "linux" => {
            let (major, minor) = elf::newest_glibc(&std::fs::read(program)?)?;
            format!("manylinux_{major}_{minor}_{arch}")
        }
        "macos" if arch == "aarch64" => "macosx_11_0_arm64".to_string(),
        "macos" => format!("macosx_10_12_{arch}"),
        "windows" if arch == "x86_64" => "win_amd64".to_string(),
        other => bail!("no platform tag is known for {other} on {arch}"),
    })
}

/// One folder with the binary and the documents.
fn write_archive(path: &Path, program: &Path, documents: &[(String, Vec<u8>)]) -> Result<()> {
    let name = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".tar.gz"));
    let top = PathBuf::from(name.context("the archive has a name")?);
    let file = std::fs::File::create(path)?;
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::best()));
    let mut add = |name: &str, mode: u32, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        tar.append_data(&mut header, top.join(name), bytes)
    };
    add(&format!("sanjie{}", std::env::consts::EXE_SUFFIX), 0o755, &std::fs::read(program)?)?;
    for (name, bytes) in documents {
        add(name, 0o644, bytes)?;
    }
    tar.into_inner()?.finish()?;
    Ok(())
}

/// Installs the wheel as a learner would and runs what appears on the path.
fn try_wheel(wheel: &Path) -> Result<()> {
    let folder = crate::target().join("wheel-trial");
    std::fs::remove_dir_all(&folder).ok();
    let args = ["--no-index".as_ref(), wheel.as_os_str()];
    let python = crate::install::venv(&folder, &args, None)?;
    let program = python.with_file_name(format!("sanjie{}", std::env::consts::EXE_SUFFIX));
    process::must(Command::new(&program).arg("--version").stdout(std::io::stderr()))?;
    let home = folder.join("home");
    let mut studio = Command::new(program)
        .args(["start", "--port", "0", "--no-open"])
        .env("SANJIE_HOME", home)
        .stdout(Stdio::piped())
        // What it says to whoever started it is nothing to whoever builds.
        .stderr(Stdio::null())
        .spawn()?;
    let page = first_page(&mut studio);
    studio.kill()?;
    studio.wait()?;
    // Another page says how to build the front end.
    if !page?.contains("/assets/") {
        bail!("the binary does not hold the studio's pages");
    }
    Ok(())
}

/// What a studio answers at the address that it prints.
fn first_page(studio: &mut Child) -> Result<String> {
    let stdout = studio.stdout.as_mut().context("the studio has no output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let url = line.trim().strip_prefix("http://").and_then(|url| url.split_once('/'));
    let (address, path) = url.with_context(|| format!("the studio printed {line:?}"))?;
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(socket, "GET /{path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_unpacks_into_one_folder() {
        let folder = std::env::temp_dir().join(format!("dist-archive-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let program = folder.join("program");
        std::fs::write(&program, "binary").unwrap();
        let path = folder.join("sanjie-1-x.tar.gz");
        write_archive(&path, &program, &[("README.md".into(), b"hello".to_vec())]).unwrap();
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()));
        let entries: Vec<_> = tar
            .entries()
            .unwrap()
            .map(|e| e.map(|e| (e.path().unwrap().into_owned(), e.header().mode().unwrap())))
            .collect();
        let names: Vec<_> = entries.into_iter().map(Result::unwrap).collect();
        assert_eq!(names, [("sanjie-1-x/sanjie".into(), 0o755), ("sanjie-1-x/README.md".into(), 0o644)]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
