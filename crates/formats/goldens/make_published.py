"""Writes published/: the same small model as a GGUF file and as a sharded Hugging Face folder, by the peers' own writers.

`every_type.gguf` holds two rows of each type that is read, filled with random blocks whose scales are finite, and
metadata of every kind. `sharded/` holds two safetensors shards in three types, their index, a configuration and a card.
`make_dequantised.py` of the crate `kernels` stores what the blocks mean.

    python make_published.py        (gguf, safetensors, torch; made with gguf 0.19 and safetensors 0.8)
"""

import json
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from safetensors.torch import save_file

HERE = Path(__file__).parent / "published"
BLOCKS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"]
# Where the half-precision scales of a block stand, in bytes.
SCALES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0],
}


def blocks(name, n_values, rng):
    """Random blocks; scales of both signs from subnormal to large."""
    per_block, size = GGML_QUANT_SIZES[Type[name]]
    raw = rng.integers(0, 256, (n_values // per_block, size), dtype=np.uint8)
    for at in SCALES[name]:
        scale = (rng.standard_normal(len(raw)) * 10.0 ** rng.integers(-7, 3, len(raw))).astype(np.float16)
        raw[:, at : at + 2] = scale.view(np.uint8).reshape(-1, 2)
    return raw


def write_gguf():
    rng = np.random.default_rng(6)
    writer = gguf.GGUFWriter(HERE / "every_type.gguf", "llama")
    writer.add_name("Every type")
    writer.add_license("mit")
    writer.add_context_length(64)
    writer.add_vocab_size(5)
    writer.add_chat_template("{{ messages[0]['content'] }}")
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["a", "b", "三", "", "<|end|>"])
    writer.add_token_scores([0.0, -1.5, 2.5, 0.0, 0.0])
    writer.add_bool("test.bool", True)
    writer.add_int8("test.int8", -7)
    writer.add_uint16("test.uint16", 65535)
    writer.add_int64("test.int64", -(1 << 40))
    writer.add_float64("test.float64", 0.1)
    writer.add_tensor("F32", rng.standard_normal((2, 8)).astype(np.float32))
    writer.add_tensor("F16", rng.standard_normal((2, 8)).astype(np.float16))
    bf16 = rng.standard_normal((2, 8)).astype(np.float32).view(np.uint32) >> 16
    writer.add_tensor("BF16", bf16.astype(np.uint16).view(np.uint8).reshape(2, 16), raw_dtype=Type.BF16)
    for name in BLOCKS:
        raw = blocks(name, 512, rng)
        writer.add_tensor(name, raw.reshape(2, -1), raw_dtype=Type[name])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_folder():
    folder = HERE / "sharded"
    folder.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(6)
    normal = lambda *shape: torch.randn(*shape, generator=generator)
    shards = [
        {"model.embed_tokens.weight": normal(5, 4), "model.norm.weight": normal(4).half()},
        {"lm_head.weight": normal(5, 4).bfloat16(), "model.steps": torch.arange(3)},
    ]
    index = {}
    for i, shard in enumerate(shards):
        name = f"model-{i + 1:05}-of-00002.safetensors"
        save_file(shard, folder / name, metadata={"format": "pt"})
        index |= {key: name for key in shard}
    total = sum(tensor.nbytes for shard in shards for tensor in shard.values())
    index = {"metadata": {"total_size": total}, "weight_map": index}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")
    config = {"model_type": "llama", "vocab_size": 5, "max_position_embeddings": 32}
    (folder / "config.json").write_text(json.dumps(config) + "\n")
    template = {"chat_template": [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "yes"}]}
    (folder / "tokenizer_config.json").write_text(json.dumps(template) + "\n")
    (folder / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\nA card.\n")


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    write_gguf()
    write_folder()
