"""Writes bf16.safetensors: values as PyTorch rounds them to bf16, and products of rounded matrices in f64.

Inputs are stored, so nothing depends on PyTorch's generator.

    python make_bf16.py        (torch, safetensors; made with torch 2.x on a CPU)
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

SHAPES = {"small": (3, 8, 4), "odd": (5, 33, 7), "deep": (2, 521, 17)}


def main():
    generator = torch.Generator().manual_seed(7)
    values = torch.randn(4000, generator=generator) * 10.0 ** torch.randint(-38, 38, (4000,), generator=generator)
    # Ties either way, the edge of infinity, numbers below the normal ones.
    upper = torch.tensor([0x3F80, 0x3F81, 0x7F7E, 0x7F7F, 0x0000, 0x0001, 0x007F, 0x0080])
    lower = torch.tensor([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF])
    edges = (upper[:, None] * 65536 + lower).flatten().to(torch.int32).view(torch.float32)
    values = torch.cat([values, edges, -edges, torch.tensor([float("inf"), float("-inf")])])
    out = {"values": values, "rounded": values.bfloat16().float()}
    for name, (m, k, n) in SHAPES.items():
        a, b = torch.randn(m, k, generator=generator), torch.randn(k, n, generator=generator)
        out |= {f"{name}/a": a, f"{name}/b": b, f"{name}/product": (a.bfloat16().double() @ b.bfloat16().double()).float()}
    save_file(out, Path(__file__).with_name("bf16.safetensors"))


if __name__ == "__main__":
    main()
