"""Makes the small model of the lessons' live figure: model.safetensors, tokenizer.json and state.json beside recipe.toml.

The weights and the tokenizer of the last checkpoint, and of its state what the model is. One program gives the same bytes
on any machine of the same dispatch level; one whose arithmetic of training has changed since the files were made gives
other weights.

    python crates/studio/figure/make.py SANJIE      (SANJIE: the program)
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

with tempfile.TemporaryDirectory() as folder:
    run = Path(folder) / "run"
    subprocess.run([sys.argv[1], "train", HERE / "recipe.toml", "--out", run], check=True)
    checkpoint = sorted((run / "checkpoints").glob("step-*"))[-1]
    for name in ("model.safetensors", "tokenizer.json"):
        shutil.copy(checkpoint / name, HERE / name)
    state = json.loads((checkpoint / "state.json").read_text())
    (HERE / "state.json").write_text(json.dumps({"model": state["model"]}, indent=1) + "\n")
