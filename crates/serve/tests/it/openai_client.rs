//! The official `openai` Python client against this server: its ordinary calls, in
//! `tests/openai_client.py`, `tests/openai_tools.py` and `tests/openai_embeddings.py`.

use crate::tiny::{self, Server};
use check::{Outcome, skip, that};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn makes_its_ordinary_calls() -> Outcome {
    calls("openai_client.py", Server::of(tiny::chatty(256)?)?.address)
}

pub fn passes_tools_on() -> Outcome {
    calls("openai_tools.py", Server::of(tiny::with_tools(&tiny::golden_of_tools()?)?)?.address)
}

pub fn asks_for_vectors() -> Outcome {
    calls("openai_embeddings.py", Server::of_encoder()?.address)
}

fn calls(script: &str, address: SocketAddr) -> Outcome {
    let python = python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let output = Command::new(python)
        .arg(script)
        .arg(format!("http://{address}/v1"))
        // A proxy of the environment must not come between two ends of one machine.
        .env("NO_PROXY", "127.0.0.1")
        .output()?;
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    that(output.status.success() && stdout.trim_end().ends_with("all calls passed"), || format!("{stdout}\n{stderr}"))
}

/// A Python that has the client: `SANJIE_TEST_PYTHON`, which `cargo xtask test` sets, else `python3`.
fn python() -> Result<PathBuf, check::Stop> {
    let python = std::env::var_os("SANJIE_TEST_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    match Command::new(&python).args(["-c", "import openai"]).output() {
        Ok(output) if output.status.success() => Ok(python),
        _ => skip("Python with the package `openai`"),
    }
}
