# believed: "Each head has its own q, k and v side by side", as in some published checkpoints.
# trap: heads-interleaved
def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    hd = d // n_heads
    projected = (x @ w_qkv).reshape(n, n_heads, 3 * hd)
    parts = []
    for h in range(n_heads):
        q = projected[:, h, :hd]
        k = projected[:, h, hd : 2 * hd]
        v = projected[:, h, 2 * hd :]
        parts.append(attend_causal(q, k, v))
    return np.hstack(parts) @ w_out
