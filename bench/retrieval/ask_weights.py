"""Fits the weights of what speaks for an answer (crates/retrieval/src/answer.rs) and prints them.

Logistic regression by Newton's method on the evidence of answers to questions of CMRC 2018's trial part, SciFact's training claims and
half of HotpotQA's and MuSiQue's questions, in collections of several sizes. An answer is right if its first citation is of a document that answers.
Of each set, questions with and without an answer weigh the same. What speaks against one is weighed by hand (docs/log/2026-11-30-ask.md).
"""

import math
import pathlib
import tempfile

import ask_sets
import peers
import sets

SETS = [
    (lambda: ask_sets.cmrc("trial", 5), 1.0),
    (lambda: ask_sets.cmrc("trial", 30), 1.0),
    (lambda: ask_sets.cmrc("trial", 128), 1.0),
    (lambda: ask_sets.scifact("train", 5), 1.0),
    (lambda: ask_sets.scifact("train", 400), 1.0),
    # Few questions, and hard ones.
    (lambda: ask_sets.hops("train", 5), 0.5),
    (lambda: ask_sets.hops("train", 1000), 0.5),
]
PENALTY = 1e-3
FOR = ["sentence", "context", "answer", "together", "unknown", "size", "words", "chinese"]


def solve(matrix, values):
    """Gauss's elimination."""
    rows = [row + [value] for row, value in zip(matrix, values, strict=True)]
    n = len(rows)
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(n):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def fit(rows):
    """Weights for rows of (values, 1 or 0, what the row counts)."""
    n = len(rows[0][0])
    weights = [0.0] * n
    for _ in range(20):
        slope = [-PENALTY * w if i else 0.0 for i, w in enumerate(weights)]
        curve = [[PENALTY * (i == j) for j in range(n)] for i in range(n)]
        for values, right, counts in rows:
            likely = 1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, values, strict=True))))
            bend = counts * likely * (1 - likely)
            for i in range(n):
                slope[i] += counts * (right - likely) * values[i]
                for j in range(n):
                    curve[i][j] += bend * values[i] * values[j]
        weights = [w + step for w, step in zip(weights, solve(curve, slope), strict=True)]
    return weights


peers.build("ask")
rows = []
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "collections"
    for make, counts in SETS:
        sets.write(path, make())
        said = list(ask_sets.outcomes(peers.program("ask", path, "0")))
        n_of = {answerable: sum(a == answerable for _, a, _ in said) for answerable in (True, False)}
        for row, is_answerable, is_right in said:
            if row["cited"]:
                rows.append(([1.0, *(row["evidence"][name] for name in FOR)], is_right, counts / n_of[is_answerable]))
for name, weight in zip(["bias", *FOR], fit(rows), strict=True):
    print(f"{name:10} {weight:6.2f}")
