"""Writes sampling.safetensors: logits and texts, and what `transformers` makes of them before it draws.

For each case `N/logits` [v], `N/text` (token ids), `N/settings` (repetition_penalty, temperature, top_k, top_p), then
`N/penalised` (RepetitionPenaltyLogitsProcessor alone) and `N/probabilities` (its whole chain, in its own order).

    python make_sampling.py        (transformers, torch, safetensors; made with transformers 5.24)
"""

from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

CASES = [
    (1.1, 0.2, 50, 0.9), (1.3, 0.7, 20, 0.8), (2.0, 1.0, 3, 0.999), (0.8, 1.5, 40, 0.5), (1.05, 0.7, 1, 0.9),
    (1.1, 1.0, 64, 0.6),
]

generator = torch.Generator().manual_seed(4)
arrays = {}
for number, (penalty, temperature, top_k, top_p) in enumerate(CASES):
    logits = 4 * torch.randn(1, 64, generator=generator)
    # Some tokens several times, as in any text.
    text = torch.randint(0, 40, (1, 30), generator=generator)
    penalised = RepetitionPenaltyLogitsProcessor(penalty)
    chain = LogitsProcessorList(
        [penalised, TemperatureLogitsWarper(temperature), TopKLogitsWarper(top_k), TopPLogitsWarper(top_p)]
    )
    arrays |= {
        f"{number}/logits": logits[0],
        f"{number}/text": text[0].to(torch.float32),
        f"{number}/settings": torch.tensor([penalty, temperature, top_k, top_p]),
        f"{number}/penalised": penalised(text, logits.clone())[0],
        f"{number}/probabilities": chain(text, logits.clone()).softmax(-1)[0],
    }
save_file({name: array.contiguous() for name, array in arrays.items()}, Path(__file__).parent / "sampling.safetensors")
