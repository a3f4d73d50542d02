"""retrieval.chunking.speed, retrieval.chunking.speed_over_characters: chunks of 512 tokens beside text-splitter and
langchain-text-splitters.

The texts are those of the English sets as long documents, and the Chinese passages of CMRC 2018. A token is one of
`retrieval::tokens`, on all sides: text-splitter, a Rust program here, counts them with the fastest function we know, which is checked to
find as many in each text, langchain with a regular expression that finds as many but for one in 200,000. For the second claim the peers count characters, which is less work: 2,048 of them (of Chinese
512), about as many chunks; there text-splitter is the faster of its Rust and its Python form. Rounds alternate; the best one
counts. A value is how many times as fast as the faster peer, over the slower one of the two collections.
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


def measure(corpus, characters):
    """Bytes per second of everybody, by the unit that is counted."""
    runs = {
        ("tokens", "ours"): lambda: peers.program("chunk", corpus, "recursive:512", "3"),
        ("tokens", "text-splitter"): lambda: peers.crate("text_splitter", corpus, "tokens", "512", "3"),
        ("tokens", "langchain"): lambda: peers.python("peer_chunking.py", "langchain", corpus, "tokens", "512", "1"),
        ("characters", "text-splitter"): lambda: peers.crate("text_splitter", corpus, "characters", str(characters), "3"),
        ("characters", "text-splitter, Python"): lambda: peers.python("peer_chunking.py", "text-splitter", corpus, "characters", str(characters), "2"),
        ("characters", "langchain"): lambda: peers.python("peer_chunking.py", "langchain", corpus, "characters", str(characters), "2"),
    }
    best = dict.fromkeys(runs, 0.0)
    chunks = {}
    for _ in range(ROUNDS):
        for who, run in runs.items():
            said = json.loads(run())
            best[who] = max(best[who], said["bytes_per_s"])
            chunks[" ".join(who)] = said["chunks"]
    print(json.dumps({corpus.stem: chunks}), file=sys.stderr, flush=True)
    return best


with tempfile.TemporaryDirectory() as folder:
    peers.build("chunk")
    peers.build_crate("text_splitter")
    measured = {}
    for name, make, characters in (("english", english, 2048), ("chinese", chinese, 512)):
        corpus = pathlib.Path(folder) / f"{name}.jsonl"
        make(corpus)
        measured[name] = measure(corpus, characters)
    for claim, unit in (("speed", "tokens"), ("speed_over_characters", "characters")):
        ratios, spread = [], {}
        for name, best in measured.items():
            ours = best["tokens", "ours"]
            others = {who: value for (counted, who), value in best.items() if counted == unit and who != "ours"}
            ratios.append(ours / max(others.values()))
            spread[name] = {who: round(value / 1e6, 1) for who, value in {"ours": ours, **others}.items()}
        print(json.dumps({"id": f"retrieval.chunking.{claim}", "value": round(min(ratios), 3), "spread": spread, "cases": len(ratios)}))
