"""retrieval.*.queries_per_s, retrieval.*.texts_per_s: speed of the lexical index beside bm25s (numba) and tantivy.

One thread each, text in and ids out, so analysis counts; rounds alternate between the three, the best round counts. The value
is how many times as fast as the faster peer.
"""

import json
import pathlib
import sys
import tempfile

import peers
import sets

ROUNDS = 5

with tempfile.TemporaryDirectory() as folder:
    peers.build("lexical")
    for name, make in (("scifact", sets.scifact), ("sentences", lambda path: sets.sentences(path, 200_000))):
        path = pathlib.Path(folder) / name
        path.mkdir()
        make(path)
        n = {
            "queries_per_s": len({line.split("\t")[0] for line in (path / "test.tsv").read_text().splitlines()[1:]}),
            "texts_per_s": len((path / "corpus.jsonl").read_text("utf-8").splitlines()),
        }
        best = {who: {"texts_per_s": 0.0, "queries_per_s": 0.0} for who in ("ours", "bm25s", "tantivy")}
        for _ in range(ROUNDS):
            for who, values in best.items():
                if who == "ours":
                    said = peers.program("lexical", path / "corpus.jsonl", path / "queries.jsonl", path / "test.tsv", "rounds=2")
                else:
                    said = peers.python("peer_speed.py", who, path)
                for key in values:
                    values[key] = max(values[key], json.loads(said)[key])
        print(json.dumps({name: best}), file=sys.stderr, flush=True)
        for key in ("queries_per_s", "texts_per_s"):
            ratio = best["ours"][key] / max(best["bm25s"][key], best["tantivy"][key])
            spread = {who: round(values[key]) for who, values in best.items()}
            said = {"id": f"retrieval.{name}.{key}", "value": round(ratio, 3), "spread": spread, "cases": n[key]}
            print(json.dumps(said), flush=True)
