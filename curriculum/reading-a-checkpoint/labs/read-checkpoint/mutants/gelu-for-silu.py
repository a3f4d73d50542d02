def logits(ids, embed, norms, w_q, w_k, w_v, w_o, w_gate, w_up, w_down, n_heads, n_kv_heads):
    x = embed[ids]
    x = x + attention(rms_norm(x, norms[0], EPS), w_q, w_k, w_v, w_o, n_heads, n_kv_heads)
    y = rms_norm(x, norms[1], EPS)
    gate = y @ w_gate.T
    x = x + (gate / (1 + np.exp(np.float32(-1.702) * gate)) * (y @ w_up.T)) @ w_down.T
    return rms_norm(x, norms[2], EPS) @ embed.T
