def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.zeros_like(q)
    for h in range(q.shape[1]):
        out[:, h] = attend_causal(q[:, h], k[:, h], v[:, h])
    return out
