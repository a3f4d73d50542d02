"""retrieval.kill_safety: `kb add`, `kb sync` and `kb rm` killed at random moments, 200 times; the share of the kills after which

- `kb check` finds every index and the store to agree (no orphan, no chunk without its text),
- no document is gone that stood there before, but for the one that is being removed,
- a document that was removed, once `rm` says so, is in no file of the knowledge base.

The chunks have vectors of an encoder (the small BERT of the tests), so that the index of vectors is met by the kills as well.

The moments are spread over the time that the command takes when it is let be, so that all of its parts are met.
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import peers

KILLS, N_FILES, CHANGED = 200, 400, 60
ENCODER = peers.ROOT / "crates/models/goldens/families/bert"
program = peers.release("sanjie", ["--package", "cli"])
rng = random.Random(7)


def note(i, version):
    filling = " ".join(f"word{(i * 31 + j * version) % 997}" for j in range(80))
    return f"# Note {i}\n\nThe serial number is SN{i:05}V{version:04}. 第{i}号笔记。\n\n{filling}.\n"


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    docs = folder / "docs"
    docs.mkdir()
    env = {**os.environ, "SANJIE_HOME": str(folder / "home")}
    versions = [0] * N_FILES
    for i in range(N_FILES):
        (docs / f"{i}.md").write_text(note(i, 0), "utf-8")

    def sanjie(*arguments, kill_after=None):
        process = subprocess.Popen([program, *arguments], env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if kill_after is not None:
            time.sleep(kill_after)
            process.send_signal(signal.SIGKILL)
        said = process.communicate()[0].decode()
        return process.returncode, said

    def documents():
        code, said = sanjie("kb", "ls", "notes", "--json")
        assert code == 0, said
        return {json.loads(line)["document"] for line in said.splitlines()}

    def traces(text):
        return [path.name for path in (folder / "home/kb/notes").rglob("*") if path.is_file() and text in path.read_bytes()]

    assert sanjie("kb", "add", "notes", "docs", "--embedder", ENCODER)[0] == 0
    whole, landed = 0, 0
    for round in range(KILLS):
        kind = ("add", "sync", "rm")[round % 3]
        before = documents()
        target = None
        if kind == "rm":
            target = rng.choice(sorted(before))
            command = ["kb", "rm", "notes", target]
        else:
            for i in rng.sample(range(N_FILES), CHANGED):
                versions[i] += 1
                (docs / f"{i}.md").write_text(note(i, versions[i]), "utf-8")
            command = ["kb", "add", "notes", "docs"] if kind == "add" else ["kb", "sync", "notes"]
        # A command takes some 20 to 300 ms.
        code, _ = sanjie(*command, kill_after=rng.uniform(0.002, 0.25 if kind != "rm" else 0.08))
        landed += code == -signal.SIGKILL
        checked, faults = sanjie("kb", "check", "notes", "--json")
        lost = before - documents() - {target}
        good = checked == 0 and not lost
        if kind == "rm":
            # Whatever the kill left, the removal can be asked for again, and then nothing is left.
            if target in documents():
                good &= sanjie("kb", "rm", "notes", target)[0] == 0
            i = int(pathlib.Path(target).stem)
            left = traces(f"SN{i:05}V{versions[i]:04}".encode())
            good &= target not in documents() and not left
            if left:
                print(f"round {round}: {target} is still in {left}", file=sys.stderr)
        if not good:
            print(f"round {round}, {kind}: {checked} {faults.strip()}, lost {sorted(lost)[:5]}", file=sys.stderr)
        whole += good
    code, said = sanjie("kb", "add", "notes", "docs", "--json")
    assert code == 0 and len(documents()) == N_FILES, said
    code, said = sanjie("kb", "sync", "notes", "--json")
    assert code == 0 and json.loads(said)["embedded"] == 0, f"texts embedded twice: {said}"
    print(f"{landed} of {KILLS} kills came before the command's own end", file=sys.stderr)
    print(json.dumps({"id": "retrieval.kill_safety", "value": whole / KILLS, "cases": KILLS}))
