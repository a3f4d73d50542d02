"""retrieval.pdf.*: the text of 200 pages in ten layouts beside pypdf and pdfminer.six.

`retrieval.pdf.f1` is how much nearer to the true text ours is than the better peer's, in F1 over characters in their order, as the
mean of the layouts; `retrieval.pdf.speed` how many times as fast it comes as the faster peer's. Everybody reads the same files, in
one process and thread. Rounds alternate; the best one counts.
"""

import json
import pathlib
import statistics
import sys
import tempfile

import peers

ROUNDS, PAGES = 3, 20
WHO = ["pypdf", "pdfminer"]

peers.build("pdf")
with tempfile.TemporaryDirectory() as folder:
    peers.python("peer_pdf.py", "make", folder, str(PAGES))
    seconds = {}
    for _ in range(ROUNDS):
        for who in ["ours", *WHO]:
            said = peers.program("pdf", folder, "3") if who == "ours" else peers.python("peer_pdf.py", who, folder)
            seconds[who] = min(seconds.get(who, float("inf")), json.loads(said)["seconds"])
    scores = json.loads(peers.python("peer_pdf.py", "score", folder, "ours", *WHO))
    cases = PAGES * len(scores)
mean = {who: statistics.mean(layout[who] for layout in scores.values()) for who in ["ours", *WHO]}
print(json.dumps({"scores": scores, "mean": mean, "seconds": seconds}), file=sys.stderr)
value = round(mean["ours"] - max(mean[who] for who in WHO), 4)
print(json.dumps({"id": "retrieval.pdf.f1", "value": value, "cases": cases}))
value = round(min(seconds[who] for who in WHO) / seconds["ours"], 2)
print(json.dumps({"id": "retrieval.pdf.speed", "value": value, "cases": cases}))
