# I believe: A slice of an array is a copy, so I may scale it in place.
# trap: none
def causal_attention(q, k, v, q_offsets, k_offsets):
    out = np.zeros_like(q)
    hd = q.shape[2]
    for s in range(len(q_offsets) - 1):
        for h in range(q.shape[1]):
            qs = q[q_offsets[s] : q_offsets[s + 1]]
            ks = k[k_offsets[s] : k_offsets[s + 1]]
            vs = v[k_offsets[s] : k_offsets[s + 1]]
            qs *= hd**-0.5
            n, m = len(qs), len(ks)
            scores = qs[:, h] @ ks[:, h].T
            scores[~np.tri(n, m, m - n, dtype=bool)] = -np.inf
            out[q_offsets[s] : q_offsets[s + 1], h] = softmax(scores) @ vs[:, h]
    return out
