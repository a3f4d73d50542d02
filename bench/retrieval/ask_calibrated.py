"""What `sanjie kb calibrate` makes of `sanjie ask`, on the larger collections of ask_sets.py: a line each to standard output.

Each fifth of a collection's questions is judged with the threshold that the other four fifths gave; `before` is the threshold without
any of them. Here both kinds of question count as often as they come.
"""

import json
import os
import pathlib
import subprocess
import tempfile

import ask_sets
import sets

SETS = {
    "CMRC 2018 dev, 424 passages": lambda: ask_sets.cmrc("dev", 424),
    "SciFact test, 150 claims": lambda: ask_sets.scifact("test", 150),
    "HotpotQA, MuSiQue, all passages": lambda: ask_sets.hops("test", 1000),
}
RIGHT = ("0.5", "0.8", "0.9")

program = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", sets.ROOT / "target")) / "debug/sanjie"


def sanjie(home, *arguments):
    done = subprocess.run([program, *arguments], env={**os.environ, "SANJIE_HOME": home}, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


for name, make in SETS.items():
    for at, collection in enumerate(make()):
        with tempfile.TemporaryDirectory() as home:
            documents, questions = pathlib.Path(home) / "d.jsonl", pathlib.Path(home) / "q.jsonl"
            sets.write(documents, collection["documents"])
            rows = []
            for i, question in enumerate(collection["questions"]):
                kind, gold, _ = question["id"].split("|", 2)
                rows.append({"id": i, "question": question["question"], "relevant": gold.split("~") if kind == "a" else []})
            sets.write(questions, rows)
            sanjie(home, "kb", "add", "kb", documents, "--json")
            for right in RIGHT:
                [found] = sanjie(home, "kb", "calibrate", "kb", questions, "--owner", "--right", right, "--json")
                before, after = found["before"], found["after"]
                shown = [f"{rates['coverage']:.3f} {rates['precision'] or 0:.3f}" for rates in (before, after)]
                print(f"{name} {at}: n {found['n']}, asked for {right}: threshold {found['threshold']:.3f}, coverage and precision {shown[0]} -> {shown[1]}", flush=True)
