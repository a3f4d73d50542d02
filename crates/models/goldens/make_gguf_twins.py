"""Makes twins of the checkpoints below as GGUF files: as llama.cpp's converter names and lays them out.

The names of arrays are those of the `gguf` package's own map, the values stay F32, so the expectation of each is that of
its folder, which make_families.py wrote with `transformers`. Of Llama the pairs of heads are neighbours; its file says the
scaling of Llama 3 by a factor for each wavelength (`rope_freqs.weight`), and the linear one by its name.

    python make_gguf_twins.py        (gguf 0.19, numpy, safetensors)
"""

import json
import math
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

HERE = Path(__file__).parent / "families"

TWINS = {
    "qwen2": gguf.MODEL_ARCH.QWEN2,
    "qwen3": gguf.MODEL_ARCH.QWEN3,
    "llama-3": gguf.MODEL_ARCH.LLAMA,
    "llama-linear": gguf.MODEL_ARCH.LLAMA,
}


def neighbours(weights, n_heads):
    n, d = weights.shape
    return weights.reshape(n_heads, 2, n // n_heads // 2, d).swapaxes(1, 2).reshape(n, d)


def llama_3_factors(rope, d_head):
    """What convert_hf_to_gguf.py writes for Llama 3's scaling."""
    low, high = (rope["original_max_position_embeddings"] / rope[key] for key in ("low_freq_factor", "high_freq_factor"))
    factors = []
    for i in range(0, d_head, 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (i / d_head)
        if wavelength < high:
            factors.append(1.0)
        elif wavelength > low:
            factors.append(rope["factor"])
        else:
            smooth = (rope["original_max_position_embeddings"] / wavelength - rope["low_freq_factor"]) / (
                rope["high_freq_factor"] - rope["low_freq_factor"]
            )
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return np.array(factors, np.float32)


for name, architecture in TWINS.items():
    config = json.loads((HERE / name / "config.json").read_text(encoding="utf-8"))
    writer = gguf.GGUFWriter(HERE / f"{name}.gguf", gguf.MODEL_ARCH_NAMES[architecture])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config.get("rope_parameters") or config
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope.get("rope_type") == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope.get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", llama_3_factors(rope, config["head_dim"]))
    if "head_dim" in config:
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    writer.add_token_list([f"w{i}" for i in range(config["vocab_size"])])
    names = gguf.get_tensor_name_map(architecture, config["num_hidden_layers"])
    for theirs, values in sorted(load_file(HERE / name / "model.safetensors").items()):
        heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
        for projection, n_heads in heads.items():
            if architecture == gguf.MODEL_ARCH.LLAMA and projection in theirs:
                values = neighbours(values, n_heads)
        writer.add_tensor(names.get_name(theirs, try_suffixes=(".weight", ".bias")), values.astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
