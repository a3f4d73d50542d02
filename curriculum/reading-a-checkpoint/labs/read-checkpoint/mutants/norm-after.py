def logits(ids, embed, norms, w_q, w_k, w_v, w_o, w_gate, w_up, w_down, n_heads, n_kv_heads):
    x = embed[ids]
    x = rms_norm(x + attention(x, w_q, w_k, w_v, w_o, n_heads, n_kv_heads), norms[0], EPS)
    gate = x @ w_gate.T
    x = rms_norm(x + (gate / (1 + np.exp(-gate)) * (x @ w_up.T)) @ w_down.T, norms[1], EPS)
    return rms_norm(x, norms[2], EPS) @ embed.T
