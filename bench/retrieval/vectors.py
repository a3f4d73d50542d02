"""retrieval.vectors.*: the exact vector index beside faiss-cpu's flat one, 100,000 vectors of 384 values, top 10, one thread each.

`one` and `batch` compare the int8 coding, which finds what f32 finds, with faiss one query at a time and 32 at once; `int8` and
`signs` compare codings with our own scan of f32, one query at a time, where a quarter and a thirty-second of the bytes are read;
`same` is the share of faiss's ten that int8 finds, `signs_recall` that of signs. Rounds alternate; the best one counts.
"""

import array
import json
import os
import pathlib
import tempfile

import peers

ROUNDS = 3


def ids(path):
    found = array.array("Q")
    found.frombytes(path.read_bytes())
    return [set(found[i : i + 10]) for i in range(0, len(found), 10)]


def share(found, expected):
    return sum(len(a & b) for a, b in zip(found, expected, strict=True)) / sum(map(len, expected))


os.environ["SANJIE_THREADS"] = "1"
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    peers.build("vectors")
    peers.program("vectors", "make", folder / "vectors")
    best = {}
    for _ in range(ROUNDS):
        for who in ("f32", "int8", "signs", "faiss"):
            if who == "faiss":
                said = peers.python("peer_vectors.py", folder / "vectors", folder / who)
            else:
                said = peers.program("vectors", who, folder / "vectors", folder / who)
            for way, per_s in json.loads(said).items():
                best[who, way] = max(best.get((who, way), 0), per_s)
    found = {who: ids(folder / who) for who in ("int8", "signs", "faiss")}

spread = {f"{who} {way}": round(per_s, 1) for (who, way), per_s in best.items()}
values = {
    "one": best["int8", "one"] / best["faiss", "one"],
    "batch": best["int8", "batch"] / best["faiss", "batch"],
    "int8": best["int8", "one"] / best["f32", "one"],
    "signs": best["signs", "one"] / best["f32", "one"],
    "same": share(found["int8"], found["faiss"]),
    "signs_recall": share(found["signs"], found["faiss"]),
}
for name, value in values.items():
    print(json.dumps({"id": f"retrieval.vectors.{name}", "value": round(value, 4), "spread": spread, "cases": 256}))
