# I believe: w_qkv is three d by d matrices lying one behind the other, so a reshape to [3, d, d] gives them back.
# trap: none
def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    hd = d // n_heads
    w_q, w_k, w_v = w_qkv.reshape(3, d, d)
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    out = np.zeros((n, d), dtype=np.float32)
    for start in range(0, d, hd):
        c = slice(start, start + hd)
        out[:, c] = attend_causal(q[:, c], k[:, c], v[:, c])
    return out @ w_out
