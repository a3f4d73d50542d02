"""Answers each product asked on stdin, `M N K LAYOUTS`, with its median seconds: `gemm_peer.py torch`, `gemm_peer.py torch-bf16` or `gemm_peer.py openblas`.

The result of a product of bf16 is bf16 there, half of what ours writes."""

import statistics
import sys
import time

if sys.argv[1].startswith("torch"):
    import torch

    torch.set_num_threads(2)

    dtype = torch.bfloat16 if sys.argv[1].endswith("bf16") else torch.float32

    def matrix(rows, columns):
        return torch.full((rows, columns), 0.5, dtype=dtype)

    def multiply(a, b, c):
        torch.mm(a, b, out=c)
else:
    import numpy

    def matrix(rows, columns):
        return numpy.full((rows, columns), 0.5, numpy.float32)

    def multiply(a, b, c):
        numpy.matmul(a, b, out=c)


for line in sys.stdin:
    m, n, k, layouts = line.split()[:4]
    m, n, k = map(int, (m, n, k))
    a = matrix(m, k) if layouts[0] == "N" else matrix(k, m).T
    b = matrix(k, n) if layouts[1] == "N" else matrix(n, k).T
    c = matrix(m, n)
    start, laps = time.perf_counter(), []
    while time.perf_counter() - start < 0.3 or len(laps) < 5:
        lap = time.perf_counter()
        multiply(a, b, c)
        laps.append(time.perf_counter() - lap)
    print(statistics.median(laps), flush=True)
