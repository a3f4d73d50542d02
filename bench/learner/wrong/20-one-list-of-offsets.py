# believed: "Keys and queries of a text lie at the same places, so one list of offsets is enough."
# trap: keys-by-query-offsets
def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.empty_like(q)
    for start, end in zip(q_offsets[:-1], q_offsets[1:]):
        for h in range(q.shape[1]):
            out[start:end, h] = attend_causal(q[start:end, h], k[start:end, h], v[start:end, h])
    return out
