def multi_head(x, w_qkv, w_out, n_heads):
    q, v, k = np.split(x @ w_qkv, 3, axis=1)
    hd = x.shape[1] // n_heads
    heads = []
    for h in range(n_heads):
        columns = slice(h * hd, (h + 1) * hd)
        heads.append(attend_causal(q[:, columns], k[:, columns], v[:, columns]))
    return np.concatenate(heads, axis=1) @ w_out
