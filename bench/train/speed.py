"""train.*.speed: how many times as fast a training step of `sanjie train` is as PyTorch's.

Our time of a step is the batch's tokens by the `tokens_per_s` of the run's metrics. The peer runs in each of four modes, eager or
compiled, f32 or bf16 autocast; ours is `train.dtype` f32 or bf16. The fastest of each side is measured again, turn about, and so are
both sides' fastest in f32. A value is the ratio of the medians of the fastest; the spread holds all of them.

`speed.py [ROW...]` measures some rows only.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import rows
from rows import DTYPES, MODES, ROWS, WARM_UP

ROUNDS = 3


def ours(row, path, out, dtype):
    """Seconds of each step after the first few, and the vocabulary's size."""
    command = [rows.sanjie, "train", path, "--out", out, "--set", f"train.dtype={dtype}"]
    subprocess.run(command, env=rows.two_threads, check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    tokens = [line["tokens"] - before["tokens"] for before, line in zip([{"tokens": 0}, *lines], lines)]
    seconds = [n / line["tokens_per_s"] for n, line in zip(tokens, lines)]
    checkpoint = next((out / "checkpoints").iterdir())
    vocabulary = json.loads((checkpoint / "state.json").read_text())["model"]["vocab_size"]
    return seconds[WARM_UP:], vocabulary


def peer(row, vocabulary, mode):
    told = rows.peer(ROWS[row], vocabulary, mode)
    return told and told["seconds"]


rows.build()
for row in sys.argv[1:] or ROWS:
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path = rows.recipe(row, folder)
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
