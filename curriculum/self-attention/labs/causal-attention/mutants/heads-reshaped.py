def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    q, k, v = (part.reshape(n_heads, n, d // n_heads) for part in np.split(x @ w_qkv, 3, axis=1))
    heads = [attend_causal(q[h], k[h], v[h]) for h in range(n_heads)]
    return np.concatenate(heads, axis=1) @ w_out
