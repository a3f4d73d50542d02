"""Writes bf16.safetensors: gradients and five AdamW losses of the GPT with biases of make_gpt.py, in mixed precision.

`operands`: what linear layers and the head multiply is rounded to bf16, forward and backward, and so is what GELU is taken of and its
gradient; all else is f32, sums among it; that is what we do on a CPU without units for bf16. `attention`: the same, and what attention multiplies is rounded as well, which is what we do with
such units. `autocast`: PyTorch's own mixed precision, which rounds the results of these products, too. Weights, tokens and targets
are those that make_gpt.py stored.

    python make_bf16.py        (torch, safetensors; made with torch 2.x on a CPU)
"""

import math
from contextlib import nullcontext
from pathlib import Path

import torch
import torch.nn.functional as F
from make_gpt import BETAS, DECAY, EPS, LENGTHS, LR, attention, forward, gelu
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent


def rounded(x):
    return x.bfloat16().float()


class Product(torch.autograd.Function):
    """The product of rounded matrices, and its gradients by rounded ones."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(rounded(x), rounded(w))
        return rounded(x) @ rounded(w)

    @staticmethod
    def backward(ctx, d):
        x, w = ctx.saved_tensors
        return rounded(d) @ w.T, x.T @ rounded(d)


class Rounded(torch.autograd.Function):
    """A value rounded, and its gradient."""

    @staticmethod
    def forward(ctx, x):
        return rounded(x)

    @staticmethod
    def backward(ctx, d):
        return rounded(d)


def gelu_of_rounded(x):
    return gelu(Rounded.apply(x))


class Attention(torch.autograd.Function):
    """Causal attention whose five products are of rounded factors: queries times the scale, keys, values, weights before they are
    normalised (after, in the backward pass), the gradients of outputs and of scores."""

    @staticmethod
    def forward(ctx, q, k, v):
        scale = 1 / math.sqrt(q.shape[-1])
        q, k, v = rounded(q * scale), rounded(k), rounded(v)
        scores = q @ k.transpose(1, 2)
        scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), float("-inf"))
        weights = (scores - scores.amax(-1, keepdim=True)).exp()
        out = rounded(weights) @ v / weights.sum(-1, keepdim=True)
        ctx.scale = scale
        ctx.save_for_backward(q, k, v, scores.softmax(-1), out)
        return out

    @staticmethod
    def backward(ctx, d):
        q, k, v, weights, out = ctx.saved_tensors
        d_scores = rounded(weights * (rounded(d) @ v.transpose(1, 2) - (d * out).sum(-1, keepdim=True)))
        d_v = rounded(weights).transpose(1, 2) @ rounded(d)
        return d_scores @ k * ctx.scale, d_scores.transpose(1, 2) @ q, d_v


def main():
    stored, out = load_file(HERE / "gpt.safetensors"), {}
    ids, targets = stored["bias/ids"], stored["bias/targets"]
    modes = {
        "operands": ((Product.apply, attention, gelu_of_rounded), nullcontext),
        "attention": ((Product.apply, Attention.apply, gelu_of_rounded), nullcontext),
        "autocast": ((torch.matmul, attention, gelu), lambda: torch.autocast("cpu", torch.bfloat16)),
    }
    for mode, (ways, context) in modes.items():
        prefix = "bias/weight/"
        w = {name.removeprefix(prefix): x.clone().requires_grad_() for name, x in stored.items() if name.startswith(prefix)}
        decayed, plain = [t for t in w.values() if t.dim() >= 2], [t for t in w.values() if t.dim() < 2]
        groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=LR, betas=BETAS, eps=EPS)
        losses = []
        for step in range(5):
            with context():
                logits = torch.cat([forward(w, part, *ways) for part in ids.split(LENGTHS)])
            loss = F.cross_entropy(logits.float(), targets)
            optimizer.zero_grad()
            loss.backward()
            losses.append(loss.item())
            if step == 0:
                out |= {f"{mode}/grad/{name}": tensor.grad.clone() for name, tensor in w.items()}
            optimizer.step()
        out[f"{mode}/losses"] = torch.tensor(losses)
    save_file(out, HERE / "bf16.safetensors")


if __name__ == "__main__":
    main()
