"""Trains a GPT in PyTorch for some steps: `MODE WIDTH LAYERS HEADS CONTEXT BATCH VOCABULARY STEPS WARM_UP`.

MODE is eager or compiled, and f32 or bf16 (autocast), as in `compiled-bf16`. A step is batch, forward, backward, clipping and fused AdamW.
Prints the seconds of each step after the warm-up, and how many bytes of memory the process had more in them, at most, than weights, gradients
and moments take.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from resident import forget_peak, resident
from torch import nn

how, precision = sys.argv[1].split("-")
width, n_layers, n_heads, context, batch, vocabulary, steps, warm_up = map(int, sys.argv[2:])
torch.set_num_threads(2)
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (part.view(b, t, n_heads, d // n_heads).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(d, dim=2))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, d)
        x = x + self.c_proj(mixed)
        return x + self.down(F.gelu(self.up(self.ln_2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block() for _ in range(n_layers))
        self.ln_f = nn.LayerNorm(width, bias=False)

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = self.ln_f(x) @ self.wte.weight.T
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


model = Gpt()
loss_of = torch.compile(model) if how == "compiled" else model
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1, fused=True)
ids = torch.randint(vocabulary, (steps, batch, context + 1))
seconds = []
for step in range(steps):
    if step == warm_up:
        # Without gradients, and with the peak so far forgotten.
        optimizer.zero_grad(set_to_none=True)
        forget_peak()
        before = resident("VmRSS")
    begun = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        loss = loss_of(ids[step, :, :-1], ids[step, :, 1:])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    seconds.append(time.perf_counter() - begun)
gradients = sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
print(json.dumps({"seconds": seconds[warm_up:], "above_bytes": resident("VmHWM") - before - gradients}))
