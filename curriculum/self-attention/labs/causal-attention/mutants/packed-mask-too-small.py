def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.zeros_like(q)
    for s in range(len(q_offsets) - 1):
        rows = slice(q_offsets[s], q_offsets[s + 1])
        keys = slice(k_offsets[s], k_offsets[s + 1])
        n, m = rows.stop - rows.start, keys.stop - keys.start
        visible = np.arange(m) <= np.arange(m - n, m)[:, None]
        for h in range(q.shape[1]):
            scores = q[rows, h] @ k[keys, h].T / math.sqrt(q.shape[2])
            scores = scores + np.where(visible, np.float32(0), np.float32(-1e4))
            out[rows, h] = softmax(scores) @ v[keys, h]
    return out
