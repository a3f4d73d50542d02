def causal_attention(q, k, v, q_offsets, k_offsets):
    wide = [part.reshape(len(part), q.shape[1] * q.shape[2]) for part in (q, k, v)]
    out = np.zeros_like(wide[0])
    for s in range(len(q_offsets) - 1):
        rows = slice(q_offsets[s], q_offsets[s + 1])
        keys = slice(k_offsets[s], k_offsets[s + 1])
        out[rows] = attend_causal(wide[0][rows], wide[1][keys], wide[2][keys])
    return out.reshape(q.shape)
