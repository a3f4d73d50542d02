"""Writes gpt.safetensors: a tiny GPT-2 in PyTorch, its logits, gradients and five AdamW losses.

The model is written out here in plain PyTorch operations, independent of ours: GPT-2's architecture with and
without biases, and without biases but with rotary positions (as complex factors) in place of learned ones. Weights and tokens come from a fixed seed and are stored, so nothing depends on PyTorch's generator.
Two documents of 5 and 11 tokens are packed; PyTorch computes them one by one.

    python make_gpt.py        (torch, safetensors; made with torch 2.x on a CPU)
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

V, L, H, D, T = 37, 2, 4, 32, 16
LENGTHS = [5, 11]
LR, BETAS, EPS, DECAY = 1e-2, (0.9, 0.95), 1e-8, 0.1


def make_weights(bias, rotary, generator):
    def normal(*shape, std=0.2):
        return torch.randn(*shape, generator=generator) * std

    w = {"wte.weight": normal(V, D)}
    if not rotary:
        w["wpe.weight"] = normal(T, D)
    def norm(name):
        w[f"{name}.weight"] = 1 + normal(D)
        if bias:
            w[f"{name}.bias"] = normal(D)
    def linear(name, d_in, d_out):
        w[f"{name}.weight"] = normal(d_in, d_out)
        if bias:
            w[f"{name}.bias"] = normal(d_out)
    for i in range(L):
        norm(f"h.{i}.ln_1")
        linear(f"h.{i}.attn.c_attn", D, 3 * D)
        linear(f"h.{i}.attn.c_proj", D, D)
        norm(f"h.{i}.ln_2")
        linear(f"h.{i}.mlp.c_fc", D, 4 * D)
        linear(f"h.{i}.mlp.c_proj", 4 * D, D)
    norm("ln_f")
    return w


def attention(q, k, v):
    """Causal, for heads of queries, keys and values [head, position, width]."""
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), float("-inf"))
    return scores.softmax(-1) @ v


def gelu(x):
    return F.gelu(x, approximate="tanh")


def forward(w, ids, multiply=torch.matmul, attend=attention, activate=gelu):
    def norm(name, x):
        return F.layer_norm(x, (D,), w[f"{name}.weight"], w.get(f"{name}.bias"), 1e-5)
    def linear(name, x):
        y = multiply(x, w[f"{name}.weight"])
        return y + w[f"{name}.bias"] if f"{name}.bias" in w else y
    n, rotary = len(ids), "wpe.weight" not in w
    angles = torch.arange(n)[:, None] * 10000.0 ** (-torch.arange(D // H // 2) / (D // H // 2))
    def turn(x):
        y = torch.complex(*x.chunk(2, -1)) * torch.polar(torch.ones_like(angles), angles)
        return torch.cat([y.real, y.imag], -1)
    x = w["wte.weight"][ids] if rotary else w["wte.weight"][ids] + w["wpe.weight"][:n]
    for i in range(L):
        q, k, v = linear(f"h.{i}.attn.c_attn", norm(f"h.{i}.ln_1", x)).split(D, dim=1)
        q, k, v = (t.view(n, H, D // H).transpose(0, 1) for t in (q, k, v))
        if rotary:
            q, k = turn(q), turn(k)
        mixed = attend(q, k, v).transpose(0, 1).reshape(n, D)
        x = x + linear(f"h.{i}.attn.c_proj", mixed)
        x = x + linear(f"h.{i}.mlp.c_proj", activate(linear(f"h.{i}.mlp.c_fc", norm(f"h.{i}.ln_2", x))))
    return multiply(norm("ln_f", x), w["wte.weight"].T)


def main():
    out = {}
    for tag, bias, rotary in (("bias", True, False), ("plain", False, False), ("rotary", False, True)):
        generator = torch.Generator().manual_seed(22 if rotary else 20 + bias)
        w = make_weights(bias, rotary, generator)
        ids = torch.randint(0, V, (sum(LENGTHS),), generator=generator)
        targets = torch.randint(0, V, (sum(LENGTHS),), generator=generator)
        out[f"{tag}/ids"], out[f"{tag}/targets"] = ids, targets
        out |= {f"{tag}/weight/{name}": tensor.clone() for name, tensor in w.items()}
        for tensor in w.values():
            tensor.requires_grad_()
        decayed = [t for t in w.values() if t.dim() >= 2]
        plain = [t for t in w.values() if t.dim() < 2]
        groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=LR, betas=BETAS, eps=EPS)
        losses = []
        for step in range(5):
            logits = torch.cat([forward(w, part) for part in ids.split(LENGTHS)])
            loss = F.cross_entropy(logits, targets)
            optimizer.zero_grad()
            loss.backward()
            losses.append(loss.item())
            if step == 0:
                out[f"{tag}/logits"] = logits.detach()
                out |= {f"{tag}/grad/{name}": tensor.grad.clone() for name, tensor in w.items()}
            optimizer.step()
        out[f"{tag}/losses"] = torch.tensor(losses)
    save_file({name: tensor.detach().contiguous() for name, tensor in out.items()}, Path(__file__).with_name("gpt.safetensors"))


if __name__ == "__main__":
    main()
