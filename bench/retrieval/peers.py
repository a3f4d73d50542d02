"""Runs our programs and the peers' scripts of this folder."""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def release(program, chosen):
    """A release build of what `chosen` names; the path of `program`."""
    subprocess.run(["cargo", "build", "--release", *chosen], cwd=ROOT, check=True, stdout=sys.stderr)
    return target() / "release" / program


def sanjie(home, *arguments):
    """The JSON lines that the release build of the program prints, with HOME for its data folder."""
    command = [target() / "release/sanjie", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "SANJIE_HOME": str(home)})
    return [json.loads(line) for line in done.stdout.splitlines()]


def build(example):
    """A release build of crates/retrieval/examples/EXAMPLE.rs."""
    release(example, ["--package", "retrieval", "--example", example])


def build_crate(folder):
    """A release build of the crate in FOLDER of this folder, which is a peer."""
    manifest = HERE / folder / "Cargo.toml"
    command = ["cargo", "build", "--release", "--locked", "--manifest-path", manifest, "--target-dir", target() / "peers"]
    subprocess.run(command, check=True, stdout=sys.stderr)


def crate(folder, *arguments):
    """What the program of that crate says."""
    command = [target() / "peers/release" / f"{folder.replace('_', '-')}-speed", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def target():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def program(example, *arguments):
    command = [target() / "release/examples" / example, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def python(script, *arguments):
    """The last line that a script says under the peers' Python."""
    command = [os.environ["SANJIE_PEER_PYTHON"], HERE / script, *arguments]
    one_thread = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **one_thread})
    return done.stdout.strip().splitlines()[-1]
