"""retrieval.scifact.*, retrieval.cmrc.*: quality of the lexical index beside bm25s, which is tuned the same way.

SciFact: k1, b and the title's weight of both are chosen on the training queries; ours are the program's own, since they were
chosen there. CMRC 2018 dev: nothing is configured; bm25s has jieba's words, then pairs of characters.
"""

import json
import pathlib
import sys
import tempfile

import peers
import sets


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def ours(folder, judged):
    return json.loads(peers.program(folder / "corpus.jsonl", folder / "queries.jsonl", folder / judged))


def say(name, value, n, spread=None):
    print(json.dumps({"id": f"retrieval.{name}", "value": round(value, 4), "spread": spread, "cases": n}), flush=True)


with tempfile.TemporaryDirectory() as folder:
    scifact, cmrc = pathlib.Path(folder) / "scifact", pathlib.Path(folder) / "cmrc"
    scifact.mkdir(), cmrc.mkdir()
    sets.scifact(scifact)
    sets.cmrc(cmrc, "dev")
    peers.build()
    mine = ours(scifact, "test.tsv")
    value = mine["ndcg@10"]["value"]
    say("scifact.ndcg10", value, mine["n"], mine["ndcg@10"]["ci95"])
    theirs = json.loads(peers.python("peer_quality.py", "scifact", scifact))
    print(f"bm25s on SciFact test {theirs}, ours {value:.4f}", file=sys.stderr)
    say("scifact.ndcg10_over_bm25s", value - theirs["value"], mine["n"])
    mine = ours(cmrc, "test.tsv")
    value = mine["mrr@10"]["value"]
    for words in ("jieba", "pairs"):
        theirs = json.loads(peers.python("peer_quality.py", words, cmrc))
        print(f"bm25s with {words} on CMRC 2018 dev {theirs}, ours {value:.4f}", file=sys.stderr)
        say(f"cmrc.mrr10_over_{words}", value - theirs["value"], mine["n"], mine["mrr@10"]["ci95"])
