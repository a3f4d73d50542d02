"""slice.test.cold_minutes: `.ci/run` in a fresh clone, from nothing built to the last line.

The clone has its own target folder and its own front end packages; download caches are kept, as in `cold_start.py`. The data sets are
those of $SANJIE_DATA, or of ../shared/data as seen from here. A run with a failure measures nothing.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parents[2]
os.environ.pop("CARGO_TARGET_DIR", None)
os.environ.setdefault("SANJIE_DATA", str(root.parent / "shared/data"))
with tempfile.TemporaryDirectory() as folder:
    clone = pathlib.Path(folder) / "clone"
    subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
    began = time.monotonic()
    run = subprocess.run(
        ["bash", ".ci/run"],
        cwd=clone,
        env=dict(os.environ, CI="true"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    minutes = (time.monotonic() - began) / 60
    print("\n".join(run.stdout.splitlines()[-5:]), file=sys.stderr)
    if run.returncode:
        sys.exit("`.ci/run` failed, so its time says nothing")
    print(json.dumps({"id": "slice.test.cold_minutes", "value": round(minutes, 2), "cases": 1}))
