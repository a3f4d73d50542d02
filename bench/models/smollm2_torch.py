"""The float forward for smollm2.py: `smollm2_torch.py WEIGHTS TEXT WINDOW N_TOKENS` prints ids, likeliest
tokens and losses."""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

weights, text, window, n_tokens = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
source = {"pretrained_model_name_or_path": weights.parent, "gguf_file": weights.name}
tokenizer = AutoTokenizer.from_pretrained(**source)
model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32, attn_implementation="eager").eval()
ids = tokenizer(pathlib.Path(text).read_text(encoding="utf-8")[: 8 * n_tokens], add_special_tokens=False).input_ids[:n_tokens]
assert len(ids) == n_tokens, len(ids)
top, losses = [], []
for start in range(0, n_tokens, window):
    part = torch.tensor([ids[start : start + window]])
    with torch.no_grad():
        logits = model(part).logits[0, :-1]
    top += [tokenizer.decode([i]) for i in logits.argmax(-1).tolist()]
    losses += torch.nn.functional.cross_entropy(logits, part[0, 1:], reduction="none").tolist()
json.dump({"ids": ids, "top": top, "losses": losses}, sys.stdout)
