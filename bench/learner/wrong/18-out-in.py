# believed: "Weights are stored [out, in], as in PyTorch, so the last product needs a transpose."
# trap: weights-turned
def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    hd = d // n_heads
    q, k, v = np.split(x @ w_qkv, 3, axis=1)
    y = np.zeros_like(x)
    for h in range(n_heads):
        part = slice(h * hd, (h + 1) * hd)
        y[:, part] = attend_causal(q[:, part], k[:, part], v[:, part])
    return y @ w_out.T
