# I believe: Heads differ only in what they ask, so all of them look into the same keys and values, the first hd columns.
# trap: none
def multi_head(x, w_qkv, w_out, n_heads):
    d = x.shape[1]
    hd = d // n_heads
    qkv = x @ w_qkv
    q, k, v = qkv[:, :d], qkv[:, d : d + hd], qkv[:, 2 * d : 2 * d + hd]
    asked = [attend_causal(part, k, v) for part in np.split(q, n_heads, axis=1)]
    return np.hstack(asked) @ w_out
