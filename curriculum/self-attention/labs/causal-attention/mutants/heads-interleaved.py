def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    hd = d // n_heads
    qkv = (x @ w_qkv).reshape(n, n_heads, 3, hd)
    heads = []
    for h in range(n_heads):
        heads.append(attend_causal(qkv[:, h, 0], qkv[:, h, 1], qkv[:, h, 2]))
    return np.concatenate(heads, axis=1) @ w_out
