"""retrieval.pruning.speed: the lexical index with block-max pruning beside the same index without it, queries a second, one thread.

`crates/retrieval/examples/pruning.rs` makes 2,000,000 texts, asks both ways in turn and wants the same hits of both; the best of ROUNDS
counts. `cases` is the number of texts.
"""

import json

import peers

N_TEXTS, ROUNDS = 2_000_000, 5

peers.build("pruning")
said = json.loads(peers.program("pruning", str(N_TEXTS), str(ROUNDS)))
spread = {way: round(said[way], 1) for way in ("exhaustive", "pruned")}
print(json.dumps({"id": "retrieval.pruning.speed", "value": round(said["ratio"], 3), "spread": spread, "cases": said["texts"]}))
