"""Writes layers.safetensors: what PyTorch's layers give, and their gradients, for weights and inputs from a fixed seed.

An array is called LAYER.x (input), LAYER.y (output), LAYER.dy (its gradient), LAYER.dx, and LAYER.w.NAME and LAYER.g.NAME for
each weight and its gradient, by the names that our layers declare. Matrices stored by rows are `[out, in]` as in PyTorch;
those of `linear` and `mlp` are `[in, out]` as in GPT-2.

    python make_layers.py        (torch, safetensors; made with torch 2.15 on a CPU)
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

generator = torch.Generator().manual_seed(5)
arrays = {}


def normal(*shape):
    return torch.randn(*shape, generator=generator).requires_grad_()


def record(layer, x, weights, forward):
    """Runs `forward` on copies of the weights by name, and stores everything."""
    y = forward(x, weights)
    dy = torch.randn(y.shape, generator=generator)
    y.backward(dy)
    values = {"x": x, "y": y, "dy": dy} | {f"w.{name}": w for name, w in weights.items()}
    values |= {f"g.{name}": w.grad for name, w in weights.items()}
    if x.is_floating_point():
        values["dx"] = x.grad
    arrays.update({f"{layer}.{name}": value.detach().clone().contiguous() for name, value in values.items()})


record("linear", normal(5, 6), {"l.weight": normal(6, 7), "l.bias": normal(7)}, lambda x, w: x @ w["l.weight"] + w["l.bias"])
record("rows", normal(5, 6), {"l.weight": normal(7, 6), "l.bias": normal(7)}, lambda x, w: F.linear(x, w["l.weight"], w["l.bias"]))
record("embedding", torch.tensor([3, 0, 3, 8]), {"e.weight": normal(9, 6)}, lambda ids, w: F.embedding(ids, w["e.weight"]))
record("as_head", normal(4, 6), {"e.weight": normal(9, 6)}, lambda x, w: F.linear(x, w["e.weight"]))
record("layer_norm", normal(5, 6), {"n.weight": normal(6), "n.bias": normal(6)}, lambda x, w: F.layer_norm(x, (6,), w["n.weight"], w["n.bias"], 1e-5))
record("rms_norm", normal(5, 6), {"n.weight": normal(6)}, lambda x, w: F.rms_norm(x, (6,), w["n.weight"], 1e-5))
record("heads_norm", normal(5, 12), {"n.weight": normal(6)}, lambda x, w: F.rms_norm(x.view(5, 2, 6), (6,), w["n.weight"], 1e-5).reshape(5, 12))
record(
    "mlp", normal(5, 6), {"up.weight": normal(6, 24), "up.bias": normal(24), "down.weight": normal(24, 6), "down.bias": normal(6)},
    lambda x, w: F.gelu(x @ w["up.weight"] + w["up.bias"], approximate="tanh") @ w["down.weight"] + w["down.bias"],
)
record(
    "swiglu", normal(5, 6), {"m.gate_proj.weight": normal(16, 6), "m.up_proj.weight": normal(16, 6), "m.down_proj.weight": normal(6, 16)},
    lambda x, w: F.linear(F.silu(F.linear(x, w["m.gate_proj.weight"])) * F.linear(x, w["m.up_proj.weight"]), w["m.down_proj.weight"]),
)


def attention(x, weights, causal):
    """Four query heads of width 3 over two of keys and values, of a text of five tokens and one of two."""
    q, k, v = (F.linear(x, weights[f"{part}.weight"]) for part in "qkv")
    out = []
    for rows in (slice(0, 5), slice(5, 7)):
        n = rows.stop - rows.start
        heads = lambda y, h: y[rows].view(n, h, 3).transpose(0, 1)[None]
        mixed = F.scaled_dot_product_attention(heads(q, 4), heads(k, 2), heads(v, 2), is_causal=causal, enable_gqa=True)
        out.append(mixed[0].transpose(0, 1).reshape(n, 12))
    return torch.cat(out)


for layer, causal in [("attention", True), ("both_ways", False)]:
    weights = {"q.weight": normal(12, 6), "k.weight": normal(6, 6), "v.weight": normal(6, 6)}
    record(layer, normal(7, 6), weights, lambda x, w: attention(x, w, causal))

save_file(arrays, str(Path(__file__).with_name("layers.safetensors")))
