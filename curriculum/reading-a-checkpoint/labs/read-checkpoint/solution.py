import json
import math

import numpy as np

EPS, BASE = 1e-5, 10000  # rms_norm_eps and rope_theta of many a config.json


def bf16(bits):
    """bits i32[n], each from 0 to 65535 -> f32[n]: the numbers whose upper halves these are."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def read_array(file, which):
    """file i32[n], bytes of a safetensors file, which int -> f32[rows, columns]: the array called w0, w1 or w2."""
    data = file.astype(np.uint8).tobytes()
    first = 8 + int.from_bytes(data[:8], "little")  # where the data section begins
    entry = json.loads(data[8:first])[f"w{which}"]
    start, end = entry["data_offsets"]
    raw = data[first + start : first + end]
    if entry["dtype"] == "BF16":
        values = bf16(np.frombuffer(raw, dtype="<u2"))
    else:
        values = np.frombuffer(raw, dtype="<f4")
    return values.reshape(entry["shape"])


def q4_0(blocks):
    """blocks i32[b, 18], a row the bytes of a block -> f32[b, 32]."""
    raw = blocks.astype(np.uint8)
    scales = raw[:, :2].copy().view("<f2").astype(np.float32)  # [b, 1]
    packed = raw[:, 2:]
    numbers = np.concatenate([packed & 15, packed >> 4], axis=1)
    return scales * (numbers.astype(np.float32) - 8)


def rms_norm(x, gain, eps):
    """x f32[n, d], gain f32[d], eps f32[1] -> f32[n, d]."""
    squares = (x * x).mean(axis=1, keepdims=True)
    return x / np.sqrt(squares + eps) * gain


def rotary(x, positions, base):
    """x f32[n, hd], positions i32[n], base int -> f32[n, hd]: number i turns together with number i + hd / 2."""
    half = x.shape[1] // 2
    frequencies = float(base) ** (-np.arange(half) / half)
    angles = positions[:, None] * frequencies  # [n, half]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    a, b = x[:, :half], x[:, half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=1)


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def attention(y, w_q, w_k, w_v, w_o, n_heads, n_kv_heads):
    """y f32[n, d], matrices [out, in] -> f32[n, d]: causal, with rotary positions and shared heads of keys and values."""
    q, k, v = y @ w_q.T, y @ w_k.T, y @ w_v.T
    hd = len(w_q) // n_heads
    positions = np.arange(len(y))
    hidden = positions > positions[:, None]
    heads = []
    for h in range(n_heads):
        g = h // (n_heads // n_kv_heads)  # the head of keys and values that it shares
        own, shared = slice(h * hd, (h + 1) * hd), slice(g * hd, (g + 1) * hd)
        turned_q, turned_k = rotary(q[:, own], positions, BASE), rotary(k[:, shared], positions, BASE)
        scores = turned_q @ turned_k.T / math.sqrt(hd)
        scores[hidden] = -np.inf
        heads.append(softmax(scores) @ v[:, shared])
    return np.concatenate(heads, axis=1) @ w_o.T


def logits(ids, embed, norms, w_q, w_k, w_v, w_o, w_gate, w_up, w_down, n_heads, n_kv_heads):
    """ids i32[n], embed f32[v, d], norms f32[3, d], matrices [out, in] -> f32[n, v]."""
    x = embed[ids]
    x = x + attention(rms_norm(x, norms[0], EPS), w_q, w_k, w_v, w_o, n_heads, n_kv_heads)
    y = rms_norm(x, norms[1], EPS)
    gate = y @ w_gate.T
    x = x + (gate / (1 + np.exp(-gate)) * (y @ w_up.T)) @ w_down.T
    return rms_norm(x, norms[2], EPS) @ embed.T


def logits_transformers(ids, embed, norms, w_q, w_k, w_v, w_o, w_gate, w_up, w_down, n_heads, n_kv_heads):
    """As logits, by a LlamaForCausalLM that gets these arrays under their published names."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(embed),
        hidden_size=embed.shape[1],
        intermediate_size=len(w_gate),
        num_hidden_layers=1,
        num_attention_heads=n_heads,
        num_key_value_heads=n_kv_heads,
        head_dim=len(w_q) // n_heads,
        rms_norm_eps=EPS,
        rope_parameters={"rope_type": "default", "rope_theta": float(BASE)},
        tie_word_embeddings=True,
        pad_token_id=None,
        bos_token_id=None,
        eos_token_id=None,
    )
    model = LlamaForCausalLM(config).eval()
    block = "model.layers.0."
    arrays = {
        "model.embed_tokens.weight": embed,
        block + "input_layernorm.weight": norms[0],
        block + "self_attn.q_proj.weight": w_q,
        block + "self_attn.k_proj.weight": w_k,
        block + "self_attn.v_proj.weight": w_v,
        block + "self_attn.o_proj.weight": w_o,
        block + "post_attention_layernorm.weight": norms[1],
        block + "mlp.gate_proj.weight": w_gate,
        block + "mlp.up_proj.weight": w_up,
        block + "mlp.down_proj.weight": w_down,
        "model.norm.weight": norms[2],
    }
    state = {name: torch.from_numpy(array) for name, array in arrays.items()}
    missing, surplus = model.load_state_dict(state, strict=False)
    # The head is the embedding, so no array of its own comes for it.
    assert set(missing) <= {"lm_head.weight"} and not surplus, (missing, surplus)
    with torch.no_grad():
        found = model(input_ids=torch.from_numpy(ids).long()[None]).logits
    return found[0].float().numpy()
