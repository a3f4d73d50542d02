"""slice.shakespeare_tiny.val_loss: the validation loss of `sanjie train shakespeare-tiny` after its 2,000 steps.

Needs the data set tinyshakespeare in $SANJIE_DATA (or ../shared/data) and a release build, which it makes.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
subprocess.run(["cargo", "build", "--release", "--package", "cli"], cwd=root, check=True, stdout=sys.stderr)
data = pathlib.Path(os.environ.get("SANJIE_DATA", root.parent / "shared/data")) / "tinyshakespeare"
if not data.is_dir():
    sys.exit("the data set tinyshakespeare is neither in $SANJIE_DATA nor in ../shared/data")
program = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release/sanjie"
with tempfile.TemporaryDirectory() as folder:
    run = pathlib.Path(folder) / "run"
    command = [program, "train", "shakespeare-tiny", "--data", data, "--out", run]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    model = json.loads((run / "checkpoints/step-002000/state.json").read_text())["model"]
    sizes = [model[size] for size in ("n_layers", "n_heads", "d_model", "max_seq_len")]
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    tokens = 2000 * 12 * 64
    if (sizes, last["step"], last["tokens"]) != ([4, 4, 128, 64], 2000, tokens):
        sys.exit(f"not the recipe of the claim: {sizes}, {last}")
    print(json.dumps({"id": "slice.shakespeare_tiny.val_loss", "value": round(last["val_loss"], 4), "cases": 1}))
