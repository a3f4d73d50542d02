"""retrieval.chunking.speed: chunks of 512 tokens beside text-splitter and langchain-text-splitters.

The texts are those of the English sets as long documents, and the Chinese passages of CMRC 2018. We count tokens; the peers
count characters, which is their fastest, 2,048 of them at most (of Chinese 512), about as many chunks. Rounds alternate; the best
one counts. The value is how many times as fast as the faster peer, over the slower one of the two collections.
"""

import json
import pathlib
import sys
import tempfile

import peers
import sets

ROUNDS = 3
TEXT_BYTES = 20_000
TEXTS = 400


def english(path):
    """Documents of some twenty thousand bytes each, made of the sets' texts in their order."""
    rows, parts = [], []
    for text in sets.english_texts():
        parts.append(text[:TEXT_BYTES])
        if sum(map(len, parts)) >= TEXT_BYTES:
            rows.append({"text": "\n\n".join(parts)})
            parts = []
        if len(rows) == TEXTS:
            break
    sets.write(path, rows)


def chinese(path):
    with tempfile.TemporaryDirectory() as folder:
        sets.cmrc(pathlib.Path(folder), "dev")
        texts = [json.loads(line)["text"] for line in (pathlib.Path(folder) / "corpus.jsonl").read_text("utf-8").splitlines()]
    sets.write(path, ({"text": "\n\n".join(texts[i : i + 20])} for i in range(0, len(texts), 20)))


with tempfile.TemporaryDirectory() as folder:
    peers.build("chunk")
    ratios, spread = [], {}
    for name, make, characters in (("english", english, 2048), ("chinese", chinese, 512)):
        corpus = pathlib.Path(folder) / f"{name}.jsonl"
        make(corpus)
        best = {}
        for _ in range(ROUNDS):
            for who in ("ours", "text-splitter", "langchain"):
                if who == "ours":
                    said = json.loads(peers.program("chunk", corpus, "recursive:512", "3"))
                else:
                    said = json.loads(peers.python("peer_chunking.py", who, corpus, str(characters), "2"))
                if said["bytes_per_s"] > best.get(who, {"bytes_per_s": 0})["bytes_per_s"]:
                    best[who] = said
        print(json.dumps({name: best}), file=sys.stderr, flush=True)
        ratios.append(best["ours"]["bytes_per_s"] / max(best[who]["bytes_per_s"] for who in ("text-splitter", "langchain")))
        spread[name] = {who: round(said["bytes_per_s"] / 1e6, 1) for who, said in best.items()}
    print(json.dumps({"id": "retrieval.chunking.speed", "value": round(min(ratios), 3), "spread": spread, "cases": len(ratios)}))
