# I believe: On the key axis the caches of all texts come first, one after the other, and then the new keys in the order of the queries.
# trap: none
def causal_attention(q, k, v, q_offsets, k_offsets):
    cached = np.diff(k_offsets) - np.diff(q_offsets)
    cache_at = np.concatenate([[0], np.cumsum(cached)])
    first_new = cache_at[-1]
    out = np.zeros_like(q)
    for s in range(len(cached)):
        rows = np.arange(q_offsets[s], q_offsets[s + 1])
        keys = np.concatenate([np.arange(cache_at[s], cache_at[s + 1]), first_new + rows])
        for h in range(q.shape[1]):
            out[rows, h] = attend_causal(q[rows, h], k[keys, h], v[keys, h])
    return out
