"""Trains shakespeare-tiny in PyTorch on given weights and batches and prints its losses: `START.safetensors STEPS`.

The model in plain operations of PyTorch, batched the usual way [batch, time, width]; PyTorch's own attention, AdamW and
clipping; the schedule of recipes/shakespeare-tiny.toml: linear warm-up, half a cosine down over STEPS.
"""

import json
import math
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

N_HEADS = 4
LR_MAX, LR_MIN, N_WARMUP = 1e-3, 1e-4, 100
BETAS, EPS, WEIGHT_DECAY, CLIP_NORM = (0.9, 0.99), 1e-8, 0.1, 1.0

torch.set_num_threads(1)  # the model is small, and threads that wait for each other on a busy machine take minutes
start, n_schedule = load_file(sys.argv[1]), int(sys.argv[2])
inputs, targets = start.pop("inputs").long(), start.pop("targets").long()
w = {name.removeprefix("weight/"): tensor.clone().requires_grad_() for name, tensor in start.items()}
n_layers = 1 + max(int(name.split(".")[1]) for name in w if name.startswith("h."))


def norm(name, x):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], None, 1e-5)


def forward(ids):
    b, t = ids.shape
    x = w["wte.weight"][ids] + w["wpe.weight"][:t]
    d = x.shape[-1]
    for i in range(n_layers):
        qkv = norm(f"h.{i}.ln_1", x) @ w[f"h.{i}.attn.c_attn.weight"]
        q, k, v = (part.view(b, t, N_HEADS, d // N_HEADS).transpose(1, 2) for part in qkv.split(d, dim=2))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, d)
        x = x + mixed @ w[f"h.{i}.attn.c_proj.weight"]
        hidden = F.gelu(norm(f"h.{i}.ln_2", x) @ w[f"h.{i}.mlp.c_fc.weight"], approximate="tanh")
        x = x + hidden @ w[f"h.{i}.mlp.c_proj.weight"]
    return norm("ln_f", x) @ w["wte.weight"].T


def learning_rate(step):
    if step <= N_WARMUP:
        return LR_MAX * step / (N_WARMUP + 1)
    progress = (step - N_WARMUP - 1) / (n_schedule - N_WARMUP - 1)
    return LR_MIN + 0.5 * (1 + math.cos(math.pi * progress)) * (LR_MAX - LR_MIN)


groups = [
    {"params": [tensor for tensor in w.values() if tensor.dim() >= 2], "weight_decay": WEIGHT_DECAY},
    {"params": [tensor for tensor in w.values() if tensor.dim() < 2], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=LR_MAX, betas=BETAS, eps=EPS)
losses = []
for step, (ids, expected) in enumerate(zip(inputs, targets), start=1):
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step)
    loss = F.cross_entropy(forward(ids).flatten(0, 1), expected.flatten())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(w.values(), CLIP_NORM)
    optimizer.step()
    losses.append(loss.item())
print(json.dumps(losses))
