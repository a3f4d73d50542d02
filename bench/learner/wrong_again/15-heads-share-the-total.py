# I believe: A token has a total of 1 to hand out among all its heads together, so one softmax runs over the scores of all heads.
# trap: none
def multi_head(x, w_qkv, w_out, n_heads):
    n, d = x.shape
    hd = d // n_heads
    q, k, v = np.split(x @ w_qkv, 3, axis=1)
    future = np.triu(np.ones((n, n), dtype=bool), k=1)
    tables = []
    for h in range(n_heads):
        c = slice(h * hd, (h + 1) * hd)
        tables.append(np.where(future, -np.inf, q[:, c] @ k[:, c].T / math.sqrt(hd)).astype(np.float32))
    weights = softmax(np.concatenate(tables, axis=1))  # [n, heads * n]
    out = np.zeros((n, d), dtype=np.float32)
    for h in range(n_heads):
        c = slice(h * hd, (h + 1) * hd)
        out[:, c] = weights[:, h * n : (h + 1) * n] @ v[:, c]
    return out @ w_out
