def attend_masked(q, k, v, first):
    """Query i sees the keys 0..=first + i."""
    n, m = len(q), len(k)
    scores = q @ k.T / math.sqrt(q.shape[1])
    visible = np.arange(m) <= first + np.arange(n)[:, None]
    return softmax(np.where(visible, scores, -np.inf)) @ v


def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.zeros_like(q)
    for s in range(len(q_offsets) - 1):
        rows = slice(q_offsets[s], q_offsets[s + 1])
        keys = slice(k_offsets[s], k_offsets[s + 1])
        for h in range(q.shape[1]):
            out[rows, h] = attend_masked(q[rows, h], k[keys, h], v[keys, h], 0)
    return out
