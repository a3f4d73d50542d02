# I believe: The heads take the columns in turn, like dealt cards: head 0 gets columns 0, h, 2h and so on.
# trap: none
def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    hd = d // n_heads
    q, k, v = (part.reshape(n, hd, n_heads) for part in np.split(x @ w_qkv, 3, axis=1))
    out = np.empty((n, hd, n_heads), dtype=np.float32)
    for h in range(n_heads):
        out[:, :, h] = attend_causal(q[:, :, h], k[:, :, h], v[:, :, h])
    return out.reshape(n, d) @ w_out
