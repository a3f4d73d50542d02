"""What `sanjie kb calibrate` makes of `sanjie ask`, on the larger collections of ask_sets.py: a line each to standard output.

Each fifth of a collection's questions is judged with the threshold that the other four fifths gave; `before` is the threshold without
any of them. Here both kinds of question count as often as they come.
"""

import pathlib
import tempfile

import ask_sets
import peers
import sets

SETS = {
    "CMRC 2018 dev, 424 passages": lambda: ask_sets.cmrc("dev", 424),
    "SciFact test, 150 claims": lambda: ask_sets.scifact("test", 150),
    "HotpotQA, MuSiQue, all passages": lambda: ask_sets.hops("test", 1000),
}
RIGHT = ("0.5", "0.8", "0.9")

peers.release("sanjie", ["--package", "cli"])
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
            peers.sanjie(home, "kb", "add", "kb", documents, "--json")
            for right in RIGHT:
                [found] = peers.sanjie(home, "kb", "calibrate", "kb", questions, "--owner", "--right", right, "--json")
                before, after = found["before"], found["after"]
                shown = [f"{rates['coverage']:.3f} {rates['precision'] or 0:.3f}" for rates in (before, after)]
                print(f"{name} {at}: n {found['n']}, asked for {right}: threshold {found['threshold']:.3f}, coverage and precision {shown[0]} -> {shown[1]}", flush=True)
