"""slice.start.cold_minutes: from a fresh clone to a studio that answers, by `cargo xtask start`.

The clone has its own target folder and its own front end packages; cargo's and npm's download caches are kept, since
how fast a network is says nothing about the project.
"""

import json
import os
import pathlib
import subprocess
import tempfile

from studio import running

root = pathlib.Path(__file__).resolve().parents[2]
os.environ.pop("CARGO_TARGET_DIR", None)
with tempfile.TemporaryDirectory() as folder:
    clone = pathlib.Path(folder) / "clone"
    subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
    command = ["cargo", "xtask", "start", "--no-open", "--port", "7879"]
    with running(command, clone, limit_s=1800) as (_, seconds):
        print(json.dumps({"id": "slice.start.cold_minutes", "value": round(seconds / 60, 2), "cases": 1}))
