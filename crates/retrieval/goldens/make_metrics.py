"""metrics.safetensors: recall, nDCG and reciprocal rank of random rankings by pytrec_eval (pytrec-eval-terrier).

Arrays: grades [q, d] (0 = judged irrelevant, -1 = not judged), rankings [q, r] (document numbers, -1 = the ranking is over),
values [q, 9] in the order recall, ndcg, mrr at 1, 5, 10, as micro-units in i64 pairs (value = hi * 1e-6 + lo * 1e-12).
"""

import pathlib

import numpy
import pytrec_eval
from safetensors.numpy import save_file

rng = numpy.random.default_rng(7)
q, d, r = 60, 30, 20
grades = rng.choice([-1, 0, 1, 2, 3], size=(q, d), p=[0.55, 0.2, 0.15, 0.06, 0.04]).astype(numpy.int64)
grades[0] = 0  # nothing is relevant
rankings = numpy.full((q, r), -1, dtype=numpy.int64)
for row in rankings:
    n = rng.integers(1, r + 1)
    row[:n] = rng.permutation(d)[:n]
values = numpy.zeros((q, 9))
for i in range(q):
    qrels = {"q": {f"d{j}": int(g) for j, g in enumerate(grades[i]) if g >= 0}}
    for column, k in enumerate((1, 5, 10)):
        run = {"q": {f"d{j}": float(100 - rank) for rank, j in enumerate(rankings[i][:k]) if j >= 0}}
        found = pytrec_eval.RelevanceEvaluator(qrels, {f"recall.{k}", f"ndcg_cut.{k}", "recip_rank"}).evaluate(run)["q"]
        values[i, column] = found[f"recall_{k}"]
        values[i, 3 + column] = found[f"ndcg_cut_{k}"]
        values[i, 6 + column] = found["recip_rank"]
# f32 would not carry 1e-9: two integers do.
hi = numpy.floor(values * 1e6).astype(numpy.int64)
lo = numpy.round((values * 1e6 - hi) * 1e6).astype(numpy.int64)
save_file({"grades": grades, "rankings": rankings, "hi": hi, "lo": lo}, pathlib.Path(__file__).parent / "metrics.safetensors")
