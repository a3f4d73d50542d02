"""The float forward for conversation.py: `conversation_torch.py WEIGHTS TURNS` prints what it finds of each turn.

An answer is encoded again, as the next turn's prompt holds it. `margin` is how much less likely than its own choice it finds a token of ours, at most.
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

weights, turns = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
source = {"pretrained_model_name_or_path": weights.parent, "gguf_file": weights.name}
tokenizer = AutoTokenizer.from_pretrained(**source)
model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32, attn_implementation="eager").eval()
found = []
for turn in turns:
    expected = tokenizer.apply_chat_template(turn["messages"], add_generation_prompt=True, return_dict=False)
    answer = tokenizer(turn["answer"], add_special_tokens=False).input_ids
    with torch.no_grad():
        logits = model(torch.tensor([turn["prompt"] + answer])).logits[0, len(turn["prompt"]) - 1 : -1]
    logprobs = logits.log_softmax(-1)
    margins = logprobs.max(-1).values - logprobs.gather(1, torch.tensor(answer)[:, None])[:, 0]
    found.append({
        "same_prompt": expected == turn["prompt"],
        "n": len(answer),
        "same": int((margins == 0).sum()),
        "margin": float(margins.max()),
    })
json.dump(found, sys.stdout)
