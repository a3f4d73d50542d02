"""learner.first_step.minutes: from the first page of an installed studio to the first step passed, as a newcomer does it.

The wheel of `cargo xtask dist` goes into a fresh environment that has numpy and nothing else; no network is needed from
then on, and the studio asks for none. `first_step.mjs` walks there in Chromium and says which part of the time is the
machine's and which a person's, at paces written down there. The value is the slower of the two languages.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import course

dist = course.ROOT / "dist"
shutil.rmtree(dist, ignore_errors=True)
subprocess.run(["cargo", "xtask", "dist"], cwd=course.ROOT, check=True, stdout=sys.stderr)
(wheel,) = dist.glob("*.whl")
python = os.environ.get("SANJIE_PEER_PYTHON", sys.executable)
with tempfile.TemporaryDirectory() as folder:
    environment = pathlib.Path(folder) / "environment"
    subprocess.run([python, "-m", "venv", environment], check=True, stdout=sys.stderr)
    pip = [environment / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "numpy==2.4.6"], check=True, stdout=sys.stderr)
    subprocess.run([*pip, "--no-index", wheel], check=True, stdout=sys.stderr)
    script = pathlib.Path(__file__).with_name("first_step.mjs")
    program = environment / "bin/sanjie"
    done = subprocess.run(["node", script, program, program.parent], check=True, stdout=subprocess.PIPE, text=True)
walks = [json.loads(line) for line in done.stdout.splitlines()]
for walk in walks:
    print(walk["lang"], file=sys.stderr)
    for part in walk["parts"]:
        print(f"  {part['seconds']:7.2f} s  {part['by']:8} {part['part']}", file=sys.stderr)
minutes = sorted(round(walk["minutes"], 2) for walk in walks)
course.claim("first_step.minutes", minutes[-1], len(minutes), minutes)
