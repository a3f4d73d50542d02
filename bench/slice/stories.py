"""slice.stories.*: the recipe `stories` from nothing, what its model then tells and answers, and the judge of both.

Trains with the release build (which it makes first; building does not count), measures with `sanjie eval`, and holds the
judge against held-out stories, planted errors and a 5-gram model. The time is that of the whole `sanjie train` command on
two threads.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parents[2]
build = ["cargo", "build", "--release", "--package", "cli", "--package", "eval", "--example", "stories_judge"]
subprocess.run([*build, "--bin", "sanjie"], cwd=root, check=True, stdout=sys.stderr)
release = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release"


def claim(name, value, cases):
    print(json.dumps({"id": f"slice.stories.{name}", "value": round(value, 4), "cases": cases}))


def lines(command):
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


with tempfile.TemporaryDirectory() as folder:
    run = pathlib.Path(folder) / "run"
    begin = time.monotonic()
    two_threads = {**os.environ, "SANJIE_THREADS": "2"}
    subprocess.run([release / "sanjie", "train", "stories", "--out", run], env=two_threads, check=True, stderr=sys.stderr)
    claim("minutes", (time.monotonic() - begin) / 60, 1)
    measured = lines([release / "sanjie", "eval", run, "--suite", "stories", "--json"])
    for line in measured:
        claim(f"{line['lang']}.{line['metric']}", line["value"], line["n"])
    consistent = {line["lang"]: line["value"] for line in measured if line["metric"] == "consistent"}
    for judge in lines([release / "examples/stories_judge"]):
        lang = judge["lang"]
        for name in ("held_out_accepted", "planted_rejected"):
            claim(f"{lang}.{name}", *judge[name])
        by_chance, n_told = judge["five_gram"]
        claim(f"{lang}.above_five_gram", consistent[lang] - by_chance, n_told)
