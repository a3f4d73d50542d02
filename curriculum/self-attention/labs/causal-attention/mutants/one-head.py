def multi_head(x, w_qkv, w_out, n_heads):
    q, k, v = np.split(x @ w_qkv, 3, axis=1)
    return attend_causal(q, k, v) @ w_out
