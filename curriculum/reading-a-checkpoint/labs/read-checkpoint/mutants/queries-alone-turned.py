def attention(y, w_q, w_k, w_v, w_o, n_heads, n_kv_heads):
    q, k, v = y @ w_q.T, y @ w_k.T, y @ w_v.T
    hd = len(w_q) // n_heads
    positions = np.arange(len(y))
    hidden = positions > positions[:, None]
    heads = []
    for h in range(n_heads):
        g = h // (n_heads // n_kv_heads)  # the head of keys and values that it shares
        own, shared = slice(h * hd, (h + 1) * hd), slice(g * hd, (g + 1) * hd)
        turned_q, turned_k = rotary(q[:, own], positions, BASE), k[:, shared]
        scores = turned_q @ turned_k.T / math.sqrt(hd)
        scores[hidden] = -np.inf
        heads.append(softmax(scores) @ v[:, shared])
    return np.concatenate(heads, axis=1) @ w_o.T
