"""train.*.speed: how many times as fast a training step of `sanjie train` is as PyTorch's.

Ours is the command itself, on the text of tinyshakespeare (chinese-classics for `gpt2`); its time of a step is the batch's tokens by the `tokens_per_s` of its
metrics. The peer trains the same architecture on random tokens (`speed_torch.py`), with the same sizes, fused AdamW, clipping, and two
threads, in each of four modes, eager or compiled, f32 or bf16 autocast. Ours is `train.dtype` f32 or bf16. The fastest of each side is measured again,
turn about, and so are both sides' fastest in f32. A value is the ratio of the medians of the fastest; the spread holds all of them.

`speed.py [ROW...]` measures some rows only.
"""

import gzip
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
release = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release"
data = pathlib.Path(os.environ.get("SANJIE_DATA", root.parent / "shared" / "data"))
python = os.environ["SANJIE_PEER_PYTHON"]
two_threads = {**os.environ, "SANJIE_THREADS": "2", "OMP_NUM_THREADS": "2"}
two_threads.pop("OPENBLAS_CORETYPE", None)

ROUNDS = 3
WARM_UP = 5
MODES = ("eager-f32", "eager-bf16", "compiled-f32", "compiled-bf16")
DTYPES = ("f32", "bf16")

# Width, layers, heads, context, batch, tokenizer, steps.
ROWS = {
    "gpt_tiny": (128, 4, 4, 64, 12, {"kind": "char"}, 120),
    "gpt_baby": (384, 6, 6, 256, 8, {"kind": "char"}, 12),
    "gpt_vocabulary": (128, 4, 4, 64, 32, {"kind": "bpe", "vocab_size": 8192}, 40),
    # GPT-2 of 124 M weights; its vocabulary wants a larger text.
    "gpt2": (768, 12, 12, 64, 4, {"kind": "bpe", "vocab_size": 50257}, 12),
}


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


def ours(row, path, out, dtype):
    """Seconds of each step after the first few, and the vocabulary's size."""
    command = [release / "sanjie", "train", path, "--out", out, "--set", f"train.dtype={dtype}"]
    subprocess.run(command, env=two_threads, check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    tokens = [line["tokens"] - before["tokens"] for before, line in zip([{"tokens": 0}, *lines], lines)]
    seconds = [n / line["tokens_per_s"] for n, line in zip(tokens, lines)]
    checkpoint = next((out / "checkpoints").iterdir())
    vocabulary = json.loads((checkpoint / "state.json").read_text())["model"]["vocab_size"]
    return seconds[WARM_UP:], vocabulary


def peer(row, vocabulary, mode):
    d_model, n_layers, n_heads, context, batch, _, steps = ROWS[row]
    sizes = map(str, (d_model, n_layers, n_heads, context, batch, vocabulary, steps, WARM_UP))
    run = subprocess.run([python, root / "bench/train/speed_torch.py", mode, *sizes], env=two_threads, stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout) if run.returncode == 0 else None


subprocess.run(["cargo", "build", "--release", "--package", "cli", "--bin", "sanjie"], cwd=root, check=True, stdout=sys.stderr)
for row in sys.argv[1:] or ROWS:
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path = recipe(row, folder)
        once = {}
        for dtype in DTYPES:
            seconds, vocabulary = ours(row, path, folder / dtype, dtype)
            once[f"ours-{dtype}"] = statistics.median(seconds)
        our_best = min(once, key=once.get)
        medians = {}
        for mode in MODES:
            seconds = peer(row, vocabulary, mode)
            if seconds:
                medians[mode] = statistics.median(seconds)
        best = min(medians, key=medians.get)
        equal = min((mode for mode in medians if mode.endswith("f32")), key=medians.get)
        laps = {who: [] for who in (our_best, "ours-f32", best, equal)}
        for turn in range(ROUNDS):
            for who in laps:
                if who.startswith("ours"):
                    laps[who] += ours(row, path, folder / f"{who}-{turn}", who.removeprefix("ours-"))[0]
                else:
                    laps[who] += peer(row, vocabulary, who)
        ms = {who: round(1e3 * statistics.median(seconds), 2) for who, seconds in laps.items()}
        spread = {
            "ms a step": ms,
            "in f32 alone": round(ms[equal] / ms["ours-f32"], 3),
            "all modes once": {mode: round(1e3 * value, 2) for mode, value in (once | medians).items()},
        }
        print(json.dumps({"id": f"train.{row}.speed", "value": round(ms[best] / ms[our_best], 3), "spread": spread, "cases": ROUNDS}), flush=True)
