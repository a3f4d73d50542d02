# believed: "Cutting needs the axes swapped; putting together is one reshape."
# trap: heads-joined
def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    hd = d // n_heads
    qkv = (x @ w_qkv).reshape(n, 3, n_heads, hd).transpose(1, 2, 0, 3)
    q, k, v = qkv
    y = np.stack([attend_causal(q[h], k[h], v[h]) for h in range(n_heads)])
    return y.reshape(n, d) @ w_out
