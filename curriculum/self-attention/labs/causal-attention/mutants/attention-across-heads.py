def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    q, k, v = (part.reshape(n, n_heads, d // n_heads) for part in np.split(x @ w_qkv, 3, axis=1))
    tokens = [attend_causal(q[i], k[i], v[i]).reshape(1, d) for i in range(n)]
    return np.concatenate([x[:0], *tokens]) @ w_out
