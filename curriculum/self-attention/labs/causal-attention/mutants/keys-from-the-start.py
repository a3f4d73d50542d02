def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.zeros_like(q)
    for s in range(len(q_offsets) - 1):
        rows = slice(q_offsets[s], q_offsets[s + 1])
        keys = slice(0, k_offsets[s + 1])
        for h in range(q.shape[1]):
            out[rows, h] = attend_causal(q[rows, h], k[keys, h], v[keys, h])
    return out
