def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.zeros_like(q)
    for s in range(len(q_offsets) - 1):
        rows = slice(q_offsets[s], q_offsets[s + 1])
        keys = slice(k_offsets[s], k_offsets[s + 1])
        n, m = rows.stop - rows.start, keys.stop - keys.start
        visible = np.arange(m) <= np.arange(m - n, m)[:, None]
        for h in range(q.shape[1]):
            scores = q[rows, h] @ k[keys, h].T / math.sqrt(q.shape[2])
            scores = np.where(visible, scores, -np.inf)
            weights = np.exp(scores - scores.max(initial=-np.inf))
            out[rows, h] = weights / weights.sum(axis=1, keepdims=True) @ v[keys, h]
    return out
