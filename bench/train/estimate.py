"""train.estimate.memory, train.estimate.time: how far `sanjie estimate` is from what the run then takes.

Each recipe is estimated and then trained on two threads; a value is the largest relative difference over the recipes, of the process's
peak memory and of the seconds of training, as `report.json` has them.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
release = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release"
data = pathlib.Path(os.environ.get("SANJIE_DATA", root.parent / "shared" / "data")) / "tinyshakespeare" / "input.txt"
two_threads = {**os.environ, "SANJIE_THREADS": "2"}

# Long enough for a few validations and checkpoints.
RUNS = {
    "stories": ["stories", "--set", "train.steps=300"],
    "characters": ["shakespeare-tiny", "--data", data, "--set", "train.steps=1000"],
    "wide": ["shakespeare-tiny", "--data", data, "--set", "model.d_model=384", "--set", "model.max_seq_len=256", "--set", "train.steps=40", "--set", "validation.every=20"],
}

subprocess.run(["cargo", "build", "--release", "--package", "cli", "--bin", "sanjie"], cwd=root, check=True, stdout=sys.stderr)
off = {"memory": {}, "time": {}}
with tempfile.TemporaryDirectory() as folder:
    for name, recipe in RUNS.items():
        out = pathlib.Path(folder) / name
        told = subprocess.run([release / "sanjie", "estimate", *recipe, "--json"], env=two_threads, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        told = json.loads(told.stdout)
        subprocess.run([release / "sanjie", "train", *recipe, "--out", out], env=two_threads, check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
        took = json.loads((out / "report.json").read_text())["measured"]
        off["memory"][name] = round(told["bytes"]["peak"] / took["peak_bytes"] - 1, 4)
        off["time"][name] = round(told["seconds"] / took["seconds"] - 1, 4)
for what, differences in off.items():
    print(json.dumps({"id": f"train.estimate.{what}", "value": max(map(abs, differences.values())), "spread": differences, "cases": len(RUNS)}))
