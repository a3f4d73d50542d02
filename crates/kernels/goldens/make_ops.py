"""Writes ops.safetensors: outputs and gradients of each kernel's operation as PyTorch computes them in f32.

Inputs come from a fixed seed and are stored, so nothing depends on PyTorch's generator. Gradients are those of
sum(output * d_output) by autograd. Attention is written out with a mask for each document, independent of ours.

    python make_ops.py        (torch, safetensors; made with torch 2.x on a CPU)
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

generator = torch.Generator().manual_seed(3)
arrays = {}


def normal(*shape, std=1.0):
    return torch.randn(*shape, generator=generator) * std


def record(op, inputs, output, d_output=None, **others):
    """Stores inputs, output and, given d_output, the gradient of each input that has one."""
    values = {**inputs, "y": output, **others}
    if d_output is not None:
        output.backward(d_output)
        values["dy"] = d_output
        values |= {f"d{name}": x.grad for name, x in inputs.items() if x.requires_grad}
    for name, value in values.items():
        arrays[f"{op}.{name}"] = value.detach().clone().contiguous()


def leaf(x):
    return x.requires_grad_()


def gemm():
    a, b = leaf(normal(7, 300)), leaf(normal(300, 19))
    record("gemm", {"a": a, "b": b}, a @ b, normal(7, 19))


def layer_norm():
    x, gain, bias = leaf(normal(5, 20, std=3.0)), leaf(normal(20)), leaf(normal(20))
    y = F.layer_norm(x, (20,), gain, bias, 1e-5)
    record("layer_norm", {"x": x, "gain": gain, "bias": bias}, y, normal(5, 20))


def gelu():
    x = leaf(torch.linspace(-9, 9, 203))
    record("gelu", {"x": x}, F.gelu(x, approximate="tanh"), normal(203))


def softmax():
    x = normal(4, 37, std=8.0)
    record("softmax", {"x": x}, torch.softmax(x, -1))


def attention(case, n_heads, n_kv_heads, d_head, window, lengths, both_ways=False):
    n = sum(lengths)
    q, k, v = leaf(normal(n, n_heads * d_head)), leaf(normal(n, n_kv_heads * d_head)), leaf(normal(n, n_kv_heads * d_head))
    out, lse, start = [], [], 0
    for length in lengths:
        rows = slice(start, start + length)
        start += length
        def heads(x, count):
            return x[rows].view(length, count, d_head).transpose(0, 1)
        group = n_heads // n_kv_heads
        keys, values = (heads(x, n_kv_heads).repeat_interleave(group, 0) for x in (k, v))
        scores = heads(q, n_heads) @ keys.transpose(1, 2) / math.sqrt(d_head)
        distance = torch.arange(length)[:, None] - torch.arange(length)[None, :]
        hidden = (distance < 0) | (distance >= (window or length))
        if not both_ways:
            scores = scores.masked_fill(hidden, -math.inf)
        out.append((torch.softmax(scores, -1) @ values).transpose(0, 1).reshape(length, -1))
        lse.append(torch.logsumexp(scores, -1).transpose(0, 1))
    record(f"attention.{case}", {"q": q, "k": k, "v": v}, torch.cat(out), normal(n, n_heads * d_head), lse=torch.cat(lse))


def embedding():
    ids, table = torch.tensor([4, 0, 4, 5, 1, 4, 0, 2, 2]), leaf(normal(6, 10))
    record("embedding", {"ids": ids, "table": table}, F.embedding(ids, table), normal(9, 10))


def cross_entropy():
    logits, targets = leaf(normal(6, 33, std=4.0)), torch.tensor([0, 32, 7, 7, 19, 1])
    losses = F.cross_entropy(logits, targets, reduction="none")
    record("cross_entropy", {"logits": logits, "targets": targets}, losses, normal(6).abs(), lse=torch.logsumexp(logits, -1))


def adamw():
    w = torch.nn.Parameter(normal(43))
    start, grads, after = w.detach().clone(), normal(6, 43), []
    optimizer = torch.optim.AdamW([w], lr=0.02, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
    for grad in grads:
        w.grad = grad.clone()
        optimizer.step()
        after.append(w.detach().clone())
    record("adamw", {"w": start, "g": grads}, torch.stack(after))


def rope():
    """Rotation as multiplication by complex numbers of length 1, for two heads of width 20."""
    positions, x = torch.tensor([0, 1, 2, 300, 7]), leaf(normal(5, 40))
    angles = positions[:, None].double() * 10000.0 ** (-torch.arange(10).double() / 10)
    heads = x.view(5, 2, 20).double()
    turned = torch.complex(heads[..., :10], heads[..., 10:]) * torch.polar(torch.ones(5, 10).double(), angles)[:, None]
    record("rope", {"positions": positions, "x": x}, torch.cat([turned.real, turned.imag], -1).reshape(5, 40).float(), normal(5, 40))


def gelu_erf():
    x = leaf(torch.linspace(-9, 9, 203))
    record("gelu_erf", {"x": x}, F.gelu(x), normal(203))


def tanh():
    x = leaf(torch.linspace(-9, 9, 203))
    record("tanh", {"x": x}, torch.tanh(x), normal(203))


def swiglu():
    gate, up = leaf(normal(203, std=4.0)), leaf(normal(203))
    record("swiglu", {"gate": gate, "up": up}, F.silu(gate) * up, normal(203))


def rms_norm():
    x, gain = leaf(normal(5, 20, std=3.0)), leaf(normal(20))
    record("rms_norm", {"x": x, "gain": gain}, F.rms_norm(x, (20,), gain, 1e-5), normal(5, 20))


gemm()
layer_norm()
gelu()
softmax()
attention("grouped", 4, 2, 20, None, [70, 3])
attention("window", 2, 1, 5, 7, [65, 10])
attention("plain", 2, 2, 33, None, [66])
embedding()
cross_entropy()
adamw()
rope()
# New operations stand at the end, so that the numbers of those before stay what they are.
gelu_erf()
tanh()
swiglu()
rms_norm()
attention("both_ways", 4, 2, 20, None, [70, 3], both_ways=True)
arrays = {name: x.to(torch.float32) if x.is_floating_point() else x for name, x in arrays.items()}
save_file(arrays, str(Path(__file__).with_name("ops.safetensors")))
