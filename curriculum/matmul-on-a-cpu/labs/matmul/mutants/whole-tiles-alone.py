def add_tile(c, rows, panel, i, j):
    (k, h), w = rows.shape, panel.shape[1]
    out = c.copy()
    if i + h <= len(c) and j + w <= c.shape[1]:
        for p in range(k):
            out[i : i + h, j : j + w] += rows[p][:, None] * panel[p]
    return out
