"""models.loading.*: from the start of `sanjie generate` to the first token of a checkpoint of 2 GB, in bf16 and in f32.

The checkpoints are made here: a Llama of 16 layers in bf16 and one of 8 in f32 (2,048 wide, 32 heads that share 8 of keys and values, a context
of 131,072, GPT-2's vocabulary of 50,257), all weights 0 and so holes of a file that takes no room on the disk. What is measured does not
depend on the numbers: the likeliest token is the first of the vocabulary. Each is read once before, so that it stands in the system's
cache; what a disk takes is not counted. Of ROUNDS the best counts, of both files the slower.

Beside it, and alternating with it: Python with safetensors and torch, from its start until every tensor is there and was read once.

`copied_share` is the most memory that was no mapped file, over the size of the checkpoint.

Needs the data set cs336-bpe-fixtures (for the vocabulary), safetensors and torch (see peers.py).
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import threading
import time

import peers

ROUNDS = 5
WIDTH, D_FF, HEADS, KV_HEADS, VOCABULARY = 2048, 8192, 32, 8, 50257
PEER = """
import sys
from safetensors.torch import load_file
import torch
torch.set_num_threads(2)
print(sum(float(tensor.sum()) for tensor in load_file(sys.argv[1]).values()), flush=True)
"""


def write_checkpoint(folder, dtype, size, n_layers):
    kv = WIDTH * KV_HEADS // HEADS
    shapes = {"model.embed_tokens.weight": [VOCABULARY, WIDTH], "model.norm.weight": [WIDTH]}
    for i in range(n_layers):
        layer = {"input_layernorm": [WIDTH], "post_attention_layernorm": [WIDTH]}
        layer |= {f"self_attn.{x}_proj": [WIDTH, WIDTH] for x in "qo"} | {f"self_attn.{x}_proj": [kv, WIDTH] for x in "kv"}
        layer |= {"mlp.gate_proj": [D_FF, WIDTH], "mlp.up_proj": [D_FF, WIDTH], "mlp.down_proj": [WIDTH, D_FF]}
        shapes |= {f"model.layers.{i}.{name}.weight": shape for name, shape in layer.items()}
    header, end = {}, 0
    for name, shape in shapes.items():
        begin, n = end, size
        for side in shape:
            n *= side
        end += n
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    said = json.dumps(header).encode()
    said += b" " * (-len(said) % 8)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(said)) + said)
        file.truncate(8 + len(said) + end)
    rope = dict(
        rope_type="llama3", rope_theta=500000.0, factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=8192,
    )
    config = dict(
        model_type="llama", hidden_size=WIDTH, intermediate_size=D_FF, num_hidden_layers=n_layers, num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS, vocab_size=VOCABULARY, max_position_embeddings=131072, rms_norm_eps=1e-5,
        tie_word_embeddings=True, hidden_act="silu", eos_token_id=VOCABULARY - 1, rope_parameters=rope,
    )
    (folder / "config.json").write_text(json.dumps(config))
    fixtures = peers.data("cs336-bpe-fixtures")
    merges = [line for line in (fixtures / "gpt2_merges.txt").read_text(encoding="utf-8").splitlines() if line.count(" ") == 1]
    bytes_alone = dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer = dict(
        version="1.0", truncation=None, padding=None, normalizer=None, pre_tokenizer=bytes_alone, post_processor=None,
        decoder=bytes_alone, added_tokens=[],
        model=dict(type="BPE", vocab=json.loads((fixtures / "gpt2_vocab.json").read_text(encoding="utf-8")), merges=merges),
    )
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    return end


def watched(process, most):
    """Notes the most anonymous memory of a process while it runs."""
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            return
        most[0] = max([most[0], *(1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))])
        time.sleep(0.002)


def first_output(command):
    """Seconds from a command's start to the first byte that it writes, and the most memory of its own that it held."""
    two = os.environ | {"SANJIE_THREADS": "2"}
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=two)
    most = [0]
    watcher = threading.Thread(target=watched, args=(process, most))
    watcher.start()
    first = process.stdout.read(1)
    taken = time.perf_counter() - begun
    process.stdout.read()
    watcher.join()
    assert process.wait() == 0 and first, command
    return taken, most[0]


build = ["cargo", "build", "--release", "--package", "cli"]
subprocess.run(build, cwd=peers.ROOT, check=True, stdout=sys.stderr)
sanjie = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", peers.ROOT / "target")) / "release/sanjie"
slowest, most_copied, spread = 0.0, 0.0, {}
for dtype, size, n_layers in [("BF16", 2, 16), ("F32", 4, 8)]:
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        n_bytes = write_checkpoint(folder, dtype, size, n_layers)
        commands = {
            "ours": [sanjie, "generate", folder, "--prompt", "The capital of France is", "--max-tokens", "1"],
            "safetensors": [peers.PYTHON, "-c", PEER, folder / "model.safetensors"],
        }
        rounds = {who: [] for who in commands}
        copied = 0
        for turn in range(ROUNDS + 1):
            for who, command in commands.items():
                taken, most = first_output(command)
                # The first round brings the file into the system's cache.
                if turn:
                    rounds[who].append(round(taken, 3))
                if who == "ours":
                    copied = max(copied, most)
    print(f"{dtype}, {n_bytes / 1e9:.2f} GB: {rounds}, {copied / 1e6:.0f} MB of memory of its own", flush=True)
    spread |= {f"{dtype} {who}": [min(seconds), max(seconds)] for who, seconds in rounds.items()}
    slowest, most_copied = max(slowest, min(rounds["ours"])), max(most_copied, copied / n_bytes)
print(json.dumps({"id": "models.loading.first_token_seconds", "value": slowest, "spread": spread, "cases": 2}))
print(json.dumps({"id": "models.loading.copied_share", "value": round(most_copied, 4), "cases": 2}))
