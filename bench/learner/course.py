"""What the scripts of this folder share: the program, the lab's files, and the Python that grades.

The program is the build of the tests: no speed of ours matters here beside the start of Python and of the compiler, and
a release build would only be faster.
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "curriculum/self-attention/labs/causal-attention"


def build():
    subprocess.run(["cargo", "build", "--package", "cli"], cwd=ROOT, check=True, stdout=sys.stderr)


def environment(home):
    """The learner's environment: a data folder of its own, and as `python3` the one of the claim's peer, which has numpy."""
    variables = {**os.environ, "SANJIE_HOME": str(home)}
    if peer := os.environ.get("SANJIE_PEER_PYTHON"):
        variables["PATH"] = f"{pathlib.Path(peer).parent}{os.pathsep}{variables['PATH']}"
    return variables


def program():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/sanjie"


def sanjie(home, *arguments):
    """The JSON lines that the program prints."""
    done = subprocess.run([program(), *arguments], env=environment(home), stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"sanjie {' '.join(map(str, arguments))}: exit {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def claim(name, value, cases, spread=None, area="learner"):
    print(json.dumps({"id": f"{area}.{name}", "value": value, "spread": spread, "cases": cases}), flush=True)
