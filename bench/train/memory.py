"""train.memory.state, .peak, .peak_in_blocks: what training takes of main memory, beside PyTorch.

The state is what stays from step to step: weights, their copy in bf16 where layers multiply with it, gradients, moments. The peak is the
system's count of a process's largest memory (`VmHWM`), from the first steps on: activations, scratch and whatever else a step needs. Ours is
taken less that of the same program on a model of almost nothing, less the difference of both states; the peer's less what it has
between two steps, and gradients. Each side is taken in the mode that needs least; `peak_in_blocks` is ours with `train.checkpoint_blocks`, which
computes each block a second time and changes no bit. A value is the largest over the table's rows: bytes of our state for each parameter, and our peak
above the state over the peer's.

`memory.py [ROW...]` measures some rows only.
"""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import rows
from resident import forget_peak, resident
from rows import DTYPES, MODES, ROWS, WARM_UP

# A model of almost nothing, as a row of the table has it, and steps enough to be looked at; the tokenizer is that of the row it stands beside.
NOTHING, NOTHING_STEPS = (8, 1, 1, 2, 1), 2000
# The C library gives freed blocks back to the system at once, on both sides: else a step lives in what the preparation has left.
rows.two_threads |= {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
POLL_S = 0.005


def n_lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def ours(sizes, path, out, dtype, in_blocks):
    """Peak after the first steps, state and parameters."""
    d_model, n_layers, n_heads, context, batch, _, steps = sizes
    changes = {"model.d_model": d_model, "model.n_layers": n_layers, "model.n_heads": n_heads, "model.max_seq_len": context}
    changes |= {"train.batch_size": batch, "train.steps": steps, "train.dtype": dtype, "train.checkpoint_blocks": str(in_blocks).lower()}
    settings = [word for key, value in changes.items() for word in ("--set", f"{key}={value}")]
    told = subprocess.run([rows.sanjie, "estimate", path, *settings, "--json"], env=rows.two_threads, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    told = json.loads(told.stdout)
    state = sum(told["bytes"][part] for part in ("weights", "gradients", "optimizer"))
    command = [rows.sanjie, "train", path, "--out", out, *settings]
    process = subprocess.Popen(command, env=rows.two_threads, stdout=sys.stderr, stderr=subprocess.DEVNULL)
    while process.poll() is None and n_lines(out / "metrics.jsonl") < WARM_UP:
        time.sleep(POLL_S)
    peak = 0
    # Of a process that has ended in between nothing is told any more.
    with contextlib.suppress(OSError, ValueError):
        forget_peak(process.pid)
        while process.poll() is None:
            peak = resident("VmHWM", process.pid)
            time.sleep(POLL_S)
    if process.wait() != 0 or peak == 0:
        sys.exit(f"{path}: exit {process.returncode}, peak {peak}")
    return peak, state, told["n_params"]


rows.build()
chosen = sys.argv[1:] or list(ROWS)
states, spread = [], {}
ratios = {"peak": [], "peak_in_blocks": []}
for row in chosen:
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path = rows.recipe(row, folder)
        nothing = (*NOTHING, ROWS[row][5], NOTHING_STEPS)
        above = {"peak": {}, "peak_in_blocks": {}, "peer": {}}
        for dtype in DTYPES:
            floor, floor_state, _ = ours(nothing, path, folder / f"{dtype}-nothing", dtype, in_blocks=False)
            for which in ratios:
                peak, state, n_params = ours(ROWS[row], path, folder / f"{dtype}-{which}", dtype, which == "peak_in_blocks")
                above[which][dtype] = (peak - state) - (floor - floor_state)
                states.append(state / n_params)
        checkpoint = next((folder / "f32-peak/checkpoints").iterdir())
        vocabulary = json.loads((checkpoint / "state.json").read_text())["model"]["vocab_size"]
        for mode in MODES:
            if told := rows.peer(ROWS[row], vocabulary, mode):
                above["peer"][mode] = told["above_bytes"]
        for which in ratios:
            ratios[which].append(min(above[which].values()) / min(above["peer"].values()))
        spread[row] = {who: {mode: round(value / 1e6, 1) for mode, value in by.items()} for who, by in above.items()}
        print(json.dumps({row: spread[row]}), file=sys.stderr, flush=True)
print(json.dumps({"id": "train.memory.state", "value": round(max(states), 2), "cases": len(states)}))
for which, values in ratios.items():
    told = {"id": f"train.memory.{which}", "value": round(max(values), 3), "spread": {"MB above the state": spread}, "cases": len(values)}
    print(json.dumps(told))
