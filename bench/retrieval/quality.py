"""retrieval.scifact.*, retrieval.cmrc.*: quality of the lexical index beside bm25s, which is tuned the same way.

SciFact: k1, b and the title's weight of both are chosen on the training queries; ours are the program's own, since they were
chosen there. CMRC 2018 dev: nothing is configured; bm25s has jieba's words, then pairs of characters.
"""

import json
import pathlib
import random
import sys
import tempfile

import peers
import sets

RESAMPLES = 2000


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def ours(folder, judged):
    return json.loads(peers.program("lexical", folder / "corpus.jsonl", folder / "queries.jsonl", folder / judged))


def say(name, value, n, spread=None):
    print(json.dumps({"id": f"retrieval.{name}", "value": round(value, 4), "spread": spread, "cases": n}), flush=True)


def say_difference(name, mine, theirs):
    """The mean difference over the questions and its interval: questions are drawn again, each with both values."""
    differences = [value - theirs["by_query"][query] for query, value in mine["by_query"].items()]
    n, draw = len(differences), random.Random(5)
    means = sorted(sum(draw.choices(differences, k=n)) / n for _ in range(RESAMPLES))
    low, high = (means[round((RESAMPLES - 1) * share)] for share in (0.025, 0.975))
    say(name, sum(differences) / n, n, [round(low, 4), round(high, 4)])


with tempfile.TemporaryDirectory() as folder:
    scifact, cmrc = pathlib.Path(folder) / "scifact", pathlib.Path(folder) / "cmrc"
    scifact.mkdir(), cmrc.mkdir()
    sets.scifact(scifact)
    sets.cmrc(cmrc, "dev")
    peers.build("lexical")
    mine = ours(scifact, "test.tsv")["ndcg@10"]
    say("scifact.ndcg10", mine["value"], len(mine["by_query"]), mine["ci95"])
    theirs = json.loads(peers.python("peer_quality.py", "scifact", scifact))
    print(f"SciFact test: bm25s {theirs['value']:.4f} with {theirs['chosen']}, ours {mine['value']:.4f}", file=sys.stderr)
    say_difference("scifact.ndcg10_over_bm25s", mine, theirs)
    mine = ours(cmrc, "test.tsv")["mrr@10"]
    for words in ("jieba", "pairs"):
        theirs = json.loads(peers.python("peer_quality.py", words, cmrc))
        print(f"CMRC 2018 dev: bm25s with {words} {theirs['value']:.4f}, ours {mine['value']:.4f}", file=sys.stderr)
        say_difference(f"cmrc.mrr10_over_{words}", mine, theirs)
