# believed: "Heads are cut like a batch: reshape to [heads, n, width], done."
# trap: heads-reshaped
def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    q, k, v = np.split(x @ w_qkv, 3, axis=1)
    q = q.reshape(n_heads, n, d // n_heads)
    k = k.reshape(n_heads, n, d // n_heads)
    v = v.reshape(n_heads, n, d // n_heads)
    heads = [attend_causal(q[h], k[h], v[h]) for h in range(n_heads)]
    return np.concatenate(heads, axis=1) @ w_out
