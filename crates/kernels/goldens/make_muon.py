"""Writes muon.safetensors: three steps of torch.optim.Muon on a wide, a tall and a square matrix.

PyTorch orthogonalises in bfloat16; for numbers to compare with, the same code runs here in double precision.

    python make_muon.py        (torch 2.9 or later, safetensors)
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

LR, DECAY, STEPS = 0.02, 0.1, 3

torch.bfloat16 = torch.float64
out = {}
for name, shape in {"wide": (6, 17), "tall": (17, 6), "square": (9, 9)}.items():
    generator = torch.Generator().manual_seed(5)
    weight = torch.nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64))
    out[f"{name}/before"] = weight.detach().clone()
    optimizer = torch.optim.Muon([weight], lr=LR, weight_decay=DECAY, momentum=0.95, adjust_lr_fn="match_rms_adamw")
    gradients = torch.randn((STEPS, *shape), generator=generator, dtype=torch.float64)
    for gradient in gradients:
        weight.grad = gradient.clone()
        optimizer.step()
    out[f"{name}/gradients"], out[f"{name}/after"] = gradients, weight.detach().clone()
save_file({name: tensor.float().contiguous() for name, tensor in out.items()}, Path(__file__).with_name("muon.safetensors"))
