"""models.tokenizers.different_ids: ids of 1 MB of the Chinese classics and of Python that differ from those of the peers' encoders.

token_ids_peer.py writes texts, vocabularies and the peers' ids; the example `encode` of the crate `infer` encodes the same.

Needs the data sets chinese-classics, cs336-bpe-fixtures, qwen-tiktoken and llamacpp-vocab in $SANJIE_DATA (or ../shared/data), and
tiktoken, sentencepiece, tokenizers, transformers and gguf in the Python that $SANJIE_PEER_PYTHON names (`cargo xtask prove`
makes it from bench/peers/models.txt).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
peer = os.environ.get("SANJIE_PEER_PYTHON")
if not peer:
    sys.exit("$SANJIE_PEER_PYTHON is not set: start this with `cargo xtask prove models`")
data = pathlib.Path(os.environ.get("SANJIE_DATA", root.parent / "shared/data"))
for name in ("chinese-classics", "cs336-bpe-fixtures", "qwen-tiktoken", "llamacpp-vocab"):
    if not (data / name).is_dir():
        sys.exit(f"the data set {name} is neither in $SANJIE_DATA nor in ../shared/data")

build = ["cargo", "build", "--package", "infer", "--example", "encode"]
subprocess.run(build, cwd=root, check=True, stdout=sys.stderr)
encode = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "debug/examples/encode"

different = n_ids = 0
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    script = pathlib.Path(__file__).with_name("token_ids_peer.py")
    subprocess.run([peer, script, data, folder], check=True, stdout=sys.stderr)
    for path in sorted(folder.glob("*.ids")):
        vocabulary, text, _ = path.name.rsplit(".", 2)
        theirs = path.read_text().split()
        command = [encode, folder / f"{vocabulary}.gguf", folder / f"{text}.txt"]
        ours = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        wrong = sum(a != b for a, b in zip(ours, theirs)) + abs(len(ours) - len(theirs))
        print(f"{vocabulary}, {text}: {len(theirs)} ids, {wrong} different", flush=True)
        different, n_ids = different + wrong, n_ids + len(theirs)
print(json.dumps({"id": "models.tokenizers.different_ids", "value": different, "cases": n_ids}))
