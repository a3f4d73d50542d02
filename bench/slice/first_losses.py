"""slice.shakespeare_tiny.first_losses: our first 200 losses and PyTorch's, from the same weights and batches.

`sanjie train shakespeare-tiny` takes 200 steps of its 2,000-step schedule; an example of crate `train` writes down the
weights it begins with and the batches it reads; first_losses_torch.py trains on those. The value is the largest
difference of two losses. No speed is measured, so the build is that of the tests.

Needs the data set tinyshakespeare in $SANJIE_DATA (or ../shared/data), and torch in the Python that $SANJIE_PEER_PYTHON
names (`cargo xtask prove` makes it from bench/peers/torch.txt).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

N_STEPS = 200
SCHEDULE_STEPS = 2000

root = pathlib.Path(__file__).resolve().parents[2]
peer = os.environ.get("SANJIE_PEER_PYTHON")
if not peer:
    sys.exit("$SANJIE_PEER_PYTHON is not set: start this with `cargo xtask prove slice.shakespeare_tiny.first_losses`")
data = pathlib.Path(os.environ.get("SANJIE_DATA", root.parent / "shared/data")) / "tinyshakespeare"
if not data.is_dir():
    sys.exit("the data set tinyshakespeare is neither in $SANJIE_DATA nor in ../shared/data")
for target in (["--package", "cli"], ["--package", "train", "--example", "first_batches"]):
    subprocess.run(["cargo", "build", *target], cwd=root, check=True, stdout=sys.stderr)
build = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "debug"

with tempfile.TemporaryDirectory() as folder:
    start, run = pathlib.Path(folder) / "start.safetensors", pathlib.Path(folder) / "run"
    settings = [f"train.steps={N_STEPS}", f"optim.decay_steps={SCHEDULE_STEPS}"]
    command = [build / "sanjie", "train", "shakespeare-tiny", "--data", data, "--out", run]
    command += [word for setting in settings for word in ("--set", setting)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    subprocess.run([build / "examples/first_batches", "shakespeare-tiny", data, str(N_STEPS), start], check=True)
    ours = [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    script = pathlib.Path(__file__).with_name("first_losses_torch.py")
    done = subprocess.run([peer, script, start, str(SCHEDULE_STEPS)], check=True, stdout=subprocess.PIPE, text=True)
    theirs = json.loads(done.stdout)
assert len(ours) == len(theirs) == N_STEPS, (len(ours), len(theirs))
differences = [abs(a - b) for a, b in zip(ours, theirs)]
worst = max(range(N_STEPS), key=differences.__getitem__)
print(f"loss of step 1: {ours[0]:.6f} and {theirs[0]:.6f}; of step {N_STEPS}: {ours[-1]:.6f} and {theirs[-1]:.6f}")
print(f"largest difference {differences[worst]:.2e} at step {worst + 1}")
line = {"id": "slice.shakespeare_tiny.first_losses", "value": differences[worst], "cases": N_STEPS}
line["spread"] = [min(differences), max(differences)]
print(json.dumps(line))
