def add_tile(c, rows, panel, i, j):
    (k, h), w = rows.shape, panel.shape[1]
    sums = np.zeros((h, w), np.float32)
    for p in range(k):
        sums += rows[p][:, None] * panel[p]
    out = c.copy()
    part = out[i : i + h, j : j + w]
    part[:] = sums[: part.shape[0], : part.shape[1]]
    return out
