"""kernels.gemm.*: the product of matrices beside PyTorch, OpenBLAS (in NumPy) and the crate `gemm`, two threads each.

Each side is a process that stays; a product is asked of one after the other, in rounds, and the medians of a side's rounds count.
`squares` is the least ratio (the best peer's seconds by ours) over squares of 256 to 4,096 as NN, NT and TN, `shapes` that over the
products of the models of area `train`, forward and backward. `peak` is the least share of this machine's multiply-adds over the
squares, `gemv` the least share of the bandwidth of memory over products with one row and weights that no cache holds; both roofs are
measured in every round. `bf16` is the least ratio over all of these products in bf16, PyTorch alone beside ours; its result is bf16, ours f32.
The spread holds every product: ours in seconds, its ratio, its share.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PYTHON = os.environ["SANJIE_PEER_PYTHON"]
ROUNDS = 3

SQUARES = [f"{n} {n} {n} {layouts}" for n in (256, 512, 1024, 2048, 4096) for layouts in ("NN", "NT", "TN")]


def layer(rows, inputs, outputs):
    """A linear layer's product, that of its input's gradient, that of its weight's."""
    return [f"{rows} {outputs} {inputs} NN", f"{rows} {inputs} {outputs} NT", f"{inputs} {outputs} {rows} TN"]


def model(rows, width):
    """The layers of a block: queries, keys and values; output; up; down."""
    return [product for ratio in ((1, 3), (1, 1), (1, 4), (4, 1)) for product in layer(rows, width * ratio[0], width * ratio[1])]


SHAPES = [*model(768, 128), *model(2048, 128), *model(2048, 384), *model(256, 768), *layer(2048, 128, 8192), *layer(256, 768, 50257)]
# Weights of 64 MB and more, as they lie in a layer and in a tied head.
DECODE = [f"{m} {n} {k} {layouts}" for m in (1, 4, 16) for n, k in ((4096, 4096), (49152, 576)) for layouts in ("NN", "NT")]


def build():
    subprocess.run(["cargo", "build", "--release", "--package", "kernels", "--example", "products"], cwd=ROOT, check=True, stdout=sys.stderr)
    crate = ["--manifest-path", HERE / "gemm_crate/Cargo.toml", "--target-dir", TARGET / "peers"]
    subprocess.run(["cargo", "build", "--release", "--locked", *crate], check=True, stdout=sys.stderr)


def start(*command):
    two = {**os.environ, "SANJIE_THREADS": "2", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "RAYON_NUM_THREADS": "2"}
    # A wrong core type would slow the peer down.
    two.pop("OPENBLAS_CORETYPE", None)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=two)


def ask(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def flops(product):
    m, n, k = map(int, product.split()[:3])
    return 2 * m * n * k


def moved(product):
    m, n, k = map(int, product.split()[:3])
    return 4 * (m * k + k * n + m * n)


build()
ours = start(TARGET / "release/examples/products")
peers = {
    "torch": start(PYTHON, HERE / "gemm_peer.py", "torch"),
    "openblas": start(PYTHON, HERE / "gemm_peer.py", "openblas"),
    "gemm": start(TARGET / "peers/release/gemm-crate-speed"),
}
torch_bf16 = start(PYTHON, HERE / "gemm_peer.py", "torch-bf16")
seconds, peak, peak_bf16, read = {}, [], [], []
for turn in range(ROUNDS):
    peak.append(ask(ours, "peak"))
    peak_bf16.append(ask(ours, "peak bf16"))
    read.append(ask(ours, "read"))
    for product in [*SQUARES, *SHAPES, *DECODE]:
        for name, process in {"ours": ours, **peers}.items():
            seconds.setdefault((product, name), []).append(ask(process, product))
        for name, process in {"ours-bf16": ours, "torch-bf16": torch_bf16}.items():
            seconds.setdefault((product, name), []).append(ask(process, f"{product} bf16"))
    print(f"round {turn + 1} of {ROUNDS}", file=sys.stderr)
for process in (ours, torch_bf16, *peers.values()):
    process.stdin.close()
    process.wait()

peak, peak_bf16, read = map(statistics.median, (peak, peak_bf16, read))
median = {key: statistics.median(laps) for key, laps in seconds.items()}
ratio = {product: min(median[product, name] for name in peers) / median[product, "ours"] for product, name in median if name == "ours"}
of_peak = {product: 1e-9 * flops(product) / median[product, "ours"] / peak for product in ratio}
of_read = {product: 1e-9 * moved(product) / median[product, "ours"] / read for product in DECODE}


def shown(products, share):
    return {product: [round(median[product, "ours"], 6), round(ratio[product], 3), round(share[product], 3)] for product in products}


def claim(name, value, products, share):
    spread = {"peak GFLOP/s": round(peak, 1), "read GB/s": round(read, 1), **shown(products, share)}
    print(json.dumps({"id": f"kernels.gemm.{name}", "value": round(value, 3), "spread": spread, "cases": len(products)}))


claim("squares", min(ratio[product] for product in SQUARES), SQUARES, of_peak)
claim("peak", min(of_peak[product] for product in SQUARES), SQUARES, of_peak)
claim("shapes", min(ratio[product] for product in SHAPES), SHAPES, of_peak)
one_row = [product for product in DECODE if product.startswith("1 ")]
claim("gemv", min(of_read[product] for product in one_row), DECODE, of_read)

ratio_bf16 = {product: median[product, "torch-bf16"] / median[product, "ours-bf16"] for product in ratio}
spread = {"peak GFLOP/s": round(peak_bf16, 1), **{product: [round(median[product, "ours-bf16"], 6), round(value, 3)] for product, value in ratio_bf16.items()}}
print(json.dumps({"id": "kernels.gemm.bf16", "value": round(min(ratio_bf16.values()), 3), "spread": spread, "cases": len(ratio_bf16)}))
