"""Writes perplexity.safetensors: a tiny byte-level GPT-2 in PyTorch and what the suite `perplexity` must find for it.

The model is that of ../../models/goldens/make_gpt.py with 256 tokens. The three numbers are computed here in double
precision from the definition: windows side by side, each read alone, its first token given.

    python make_perplexity.py        (torch, safetensors; made with torch 2.x on a CPU)
"""

import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1] / "models/goldens"))
import make_gpt

START, LENGTH = "The cat sat. 猫坐下了。", 90
WINDOW = 10

make_gpt.V = 256
weights = make_gpt.make_weights(False, torch.Generator().manual_seed(3))
weights = {name: tensor.double() for name, tensor in weights.items()}
# A text of which the model foresees a part: its likeliest byte wherever that is a character, else a letter.
text = list(START.encode())
while len(text) < LENGTH:
    window = text[len(text) // WINDOW * WINDOW :]
    likeliest = make_gpt.forward(weights, torch.tensor(window))[-1].argmax().item() if window else 0
    text.append(likeliest if 32 <= likeliest < 127 else ord("a") + len(text) % 26)
ids = torch.tensor(text)
losses, hits = [], []
for window in ids.split(WINDOW):
    if len(window) > 1:
        logits = make_gpt.forward(weights, window[:-1])
        losses += torch.nn.functional.cross_entropy(logits, window[1:], reduction="none").tolist()
        hits += (logits.argmax(-1) == window[1:]).tolist()
mean = sum(losses) / len(losses)
expected = [math.exp(mean), mean / math.log(2), sum(hits) / len(hits), len(losses)]
out = {f"weight/{name}": tensor.float() for name, tensor in weights.items()}
out |= {"text": ids.float(), "expected": torch.tensor(expected)}
save_file(out, here / "perplexity.safetensors")
print(expected)
