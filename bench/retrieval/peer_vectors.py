"""Speed of faiss's flat index: `peer_vectors.py FILE FOUND`, as `vectors` of crate retrieval writes the one and the other.

One query is scanned for, 32 are multiplied by BLAS, which is each time the faster way; by itself faiss would scan for both."""

import json
import sys
import time

import faiss
import numpy

VECTORS, WIDTH, K, ROUNDS = 100_000, 384, 10, 2

faiss.omp_set_num_threads(1)
faiss.cvar.distance_compute_blas_threshold = 20
values = numpy.fromfile(sys.argv[1], "<f4").reshape(-1, WIDTH)
faiss.normalize_L2(values)
rows, queries = values[:VECTORS], values[VECTORS:]
index = faiss.IndexFlatIP(WIDTH)
index.add(rows)

per_s = []
for at_once in (1, 32):
    best = float("inf")
    for _ in range(ROUNDS):
        clock = time.perf_counter()
        found = [index.search(queries[i : i + at_once], K)[1] for i in range(0, len(queries), at_once)]
        best = min(best, time.perf_counter() - clock)
    per_s.append(len(queries) / best)
numpy.concatenate(found).astype("<u8").tofile(sys.argv[2])
print(json.dumps({"one": per_s[0], "batch": per_s[1]}))
