"""retrieval.sync.seconds: `sanjie kb sync` of 10,000 Markdown files, ten of which have changed.

The time is that of the whole command, its start included. The value is the median of five rounds; the changed files differ.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import peers

N_FILES, N_CHANGED, ROUNDS = 10_000, 10, 5
WORDS = "tea leaf water cup green black steam kettle garden mountain spring harvest trade road market silk".split()

program = peers.release("sanjie", ["--package", "cli"])


def note(i, version):
    words = [WORDS[(i * 7 + j * (version + 3)) % len(WORDS)] for j in range(120)]
    body = "\n\n".join(" ".join(words[at : at + 30]).capitalize() + "." for at in range(0, len(words), 30))
    return f"# Note {i}\n\nVersion {version} of note {i}.\n\n{body}\n"


with tempfile.TemporaryDirectory() as folder:
    docs = pathlib.Path(folder) / "docs"
    for i in range(N_FILES):
        path = docs / f"{i // 100:02}" / f"{i}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(note(i, 0))
    env = {**os.environ, "SANJIE_HOME": str(pathlib.Path(folder) / "home")}

    def sanjie(*arguments):
        done = subprocess.run([program, *arguments], env=env, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    # Files of the last two seconds would be read again, whatever they hold.
    time.sleep(3)
    clock = time.perf_counter()
    report = sanjie("kb", "add", "notes", docs, "--json")
    assert report["added"] == N_FILES, report
    print(f"added in {time.perf_counter() - clock:.1f} s", file=sys.stderr)
    seconds = []
    for version in range(1, ROUNDS + 1):
        for i in range(N_CHANGED):
            i = (i * 997 + version * 31) % N_FILES
            (docs / f"{i // 100:02}" / f"{i}.md").write_text(note(i, version))
        clock = time.perf_counter()
        report = sanjie("kb", "sync", "notes", "--json")
        seconds.append(time.perf_counter() - clock)
        assert report["changed"] == N_CHANGED and report["unchanged"] == N_FILES - N_CHANGED, report
        time.sleep(3)
    spread = [round(min(seconds), 3), round(max(seconds), 3)]
    value = round(statistics.median(seconds), 3)
    print(json.dumps({"id": "retrieval.sync.seconds", "value": value, "spread": spread, "cases": N_FILES}))
