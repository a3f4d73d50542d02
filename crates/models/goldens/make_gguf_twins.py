"""Makes families/qwen2.gguf and families/qwen3.gguf: the checkpoints qwen2 and qwen3 as llama.cpp names and lays them out.

The names of arrays are those of the `gguf` package's own map, the values stay F32, so the expectation of each is that of
its folder, which make_families.py wrote with `transformers`.

    python make_gguf_twins.py        (gguf 0.19, numpy, safetensors)
"""

import json
from pathlib import Path

import gguf
from safetensors.numpy import load_file

HERE = Path(__file__).parent / "families"

for name, architecture in [("qwen2", gguf.MODEL_ARCH.QWEN2), ("qwen3", gguf.MODEL_ARCH.QWEN3)]:
    config = json.loads((HERE / name / "config.json").read_text(encoding="utf-8"))
    writer = gguf.GGUFWriter(HERE / f"{name}.gguf", gguf.MODEL_ARCH_NAMES[architecture])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base((config.get("rope_parameters") or config)["rope_theta"])
    if "head_dim" in config:
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    writer.add_token_list([f"w{i}" for i in range(config["vocab_size"])])
    names = gguf.get_tensor_name_map(architecture, config["num_hidden_layers"])
    for theirs, values in sorted(load_file(HERE / name / "model.safetensors").items()):
        writer.add_tensor(names.get_name(theirs, try_suffixes=(".weight", ".bias")), values.astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
