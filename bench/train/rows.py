"""What the scripts of this folder share: the models of the table, their recipes, and where things lie.

Ours is the command `sanjie train` itself, on the text of tinyshakespeare (chinese-classics for `gpt2`, whose vocabulary wants a larger
text); the peer is `torch_gpt.py`, the same architecture on random tokens. Both have two threads.
"""

import gzip
import json
import os
import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
sanjie = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release/sanjie"
data = pathlib.Path(os.environ.get("SANJIE_DATA", root.parent / "shared" / "data"))
python = os.environ["SANJIE_PEER_PYTHON"]
two_threads = {**os.environ, "SANJIE_THREADS": "2", "OMP_NUM_THREADS": "2"}
two_threads.pop("OPENBLAS_CORETYPE", None)

WARM_UP = 5
MODES = ("eager-f32", "eager-bf16", "compiled-f32", "compiled-bf16")
DTYPES = ("f32", "bf16")

# Width, layers, heads, context, batch, tokenizer, steps.
ROWS = {
    "gpt_tiny": (128, 4, 4, 64, 12, {"kind": "char"}, 120),
    "gpt_baby": (384, 6, 6, 256, 8, {"kind": "char"}, 12),
    "gpt_vocabulary": (128, 4, 4, 64, 32, {"kind": "bpe", "vocab_size": 8192}, 40),
    # GPT-2 of 124 M weights.
    "gpt2": (768, 12, 12, 64, 4, {"kind": "bpe", "vocab_size": 50257}, 12),
}


def build():
    subprocess.run(["cargo", "build", "--release", "--package", "cli", "--bin", "sanjie"], cwd=root, check=True, stdout=sys.stderr)


def text(row, folder):
    """The file or folder that the row's text is read from."""
    if row != "gpt2":
        return data / "tinyshakespeare" / "input.txt"
    classics = folder / "classics"
    classics.mkdir()
    for packed in (data / "chinese-classics").glob("*.gz"):
        (classics / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    return classics


def recipe(row, folder):
    """The path of a recipe file."""
    d_model, n_layers, n_heads, context, batch, tokenizer, steps = ROWS[row]
    sections = {
        "data": {"source": "text", "path": str(text(row, folder)), "layout": "stream"},
        "tokenizer": tokenizer,
        "model": {"n_layers": n_layers, "n_heads": n_heads, "d_model": d_model, "max_seq_len": context},
        "train": {"steps": steps, "batch_size": batch, "seed": 1},
        "optim": {"lr_max": 1e-3, "lr_min": 1e-4, "warmup_steps": 2},
        "validation": {"every": 100000},
        "samples": {"every": 100000, "max_tokens": 1},
        "checkpoint": {"every": 100000},
    }
    lines = [f'name = "{row}"']
    for section, keys in sections.items():
        lines += [f"\n[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
    path = folder / f"{row}.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def peer(sizes, vocabulary, mode):
    """What `torch_gpt.py` tells of a model; None if it failed."""
    d_model, n_layers, n_heads, context, batch, _, steps = sizes
    numbers = map(str, (d_model, n_layers, n_heads, context, batch, vocabulary, steps, WARM_UP))
    command = [python, root / "bench/train/torch_gpt.py", mode, *numbers]
    run = subprocess.run(command, env=two_threads, stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout) if run.returncode == 0 else None
