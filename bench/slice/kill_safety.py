"""slice.train.kill_safety: `kill -9` of `sanjie train` at random moments, over and over, in one run folder.

A trial starts the run, again with --resume, and kills it after a random time. Then the newest checkpoint whose
checksums hold must be of the last step that was due for one, or newer: at most the steps since then are lost. A run
that comes to its end so must equal an undisturbed one: every checkpoint byte for byte, the metrics but for times; then
the next run begins. The value is the number of trials that lost more than that and of runs that differ. No speed is
measured, so the build is that of the tests.
"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

N_TRIALS = 40
STEPS, EVERY = 1000, 10
SEED = 1

root = pathlib.Path(__file__).resolve().parents[2]
subprocess.run(["cargo", "build", "--package", "cli"], cwd=root, check=True, stdout=sys.stderr)
program = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "debug/sanjie"
settings = {
    "model.n_layers": 2, "model.n_heads": 2, "model.d_model": 32, "model.max_seq_len": 32,
    "train.batch_size": 4, "checkpoint.every": EVERY, "validation.every": 100, "samples.every": 200,
    "samples.max_tokens": 8, "train.steps": STEPS,
}  # fmt: skip


def command(folder, out):
    words = [program, "train", "shakespeare-tiny", "--data", folder / "text.txt", "--out", out, "--resume", "--json"]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    return words


def newest_whole(run):
    """Step of the newest checkpoint whose checksums hold, 0 if there is none."""
    found = 0
    for path in run.glob("checkpoints/step-*"):
        sums = path / "SHA256SUMS"
        lines = sums.read_text().splitlines() if sums.is_file() else []
        pairs = [line.split("  ") for line in lines]
        whole = len(pairs) == 4 and all((path / name).is_file() for _, name in pairs)
        whole = whole and all(hashlib.sha256((path / name).read_bytes()).hexdigest() == sum for sum, name in pairs)
        found = max(found, int(path.name.removeprefix("step-")) if whole else 0)
    return found


def killed(words, seconds):
    """Runs, and kills after so many seconds; returns the last step reported and the exit code, -9 if it was killed."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    reported = [0]

    def read():
        for line in process.stdout:
            # A line that the kill cut short reports nothing.
            if line.endswith("\n"):
                reported[0] = json.loads(line)["step"]

    reader = threading.Thread(target=read)
    reader.start()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    reader.join()
    return reported[0], process.returncode


def contents(run):
    files = {path.relative_to(run): path.read_bytes() for path in sorted(run.glob("checkpoints/step-*/*"))}
    metrics = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in metrics:
        del line["tokens_per_s"], line["elapsed_s"]
    samples = (run / "samples.jsonl").read_bytes()
    return files, metrics, samples


rng = random.Random(SEED)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    lines = [f"{i % 13} times {i % 7} is {(i % 13) * (i % 7)}." for i in range(400)]
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    whole, run = folder / "whole", folder / "killed"
    begun = time.monotonic()
    subprocess.run(command(folder, whole), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    undisturbed, duration = contents(whole), time.monotonic() - begun
    lost, n_kills, n_runs, before, most_steps_lost = 0, 0, 0, 0, 0
    while n_kills < N_TRIALS or run.exists():
        # Some within the first moments, most in the middle of steps, checkpoints and validations; the last run may end.
        seconds = rng.uniform(0, 0.02 if n_kills % 4 == 0 else 0.25) * duration
        reported, code = killed(command(folder, run), seconds if n_kills < N_TRIALS else None)
        if code not in (0, -9):
            sys.exit(f"after {n_kills} kills the run cannot go on: exit {code}")
        n_kills += code == -9
        # The checkpoint of step n stands before step n + 1 is reported.
        expected = max(before, (max(reported, 1) - 1) // EVERY * EVERY)
        before = newest_whole(run)
        most_steps_lost = max(most_steps_lost, reported - before)
        if before < expected:
            lost += 1
            print(f"kill {n_kills}: step {reported} was reported, the newest whole checkpoint is of step {before}")
        if code == 0:
            n_runs += 1
            if contents(run) != undisturbed:
                lost += 1
                print(f"run {n_runs} differs from the undisturbed one")
            shutil.rmtree(run)
            before = 0
    print(f"{n_kills} kills in {n_runs} runs of {STEPS} steps; at most {most_steps_lost} steps were lost at once")
    print(json.dumps({"id": "slice.train.kill_safety", "value": lost, "cases": n_kills}))
