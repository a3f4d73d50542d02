import numpy as np

# The sides of a tile of C and the length of a block of the sums. Real ones are larger; these make small cases full of edges.
HEIGHT, WIDTH, DEPTH = 2, 4, 3


def product(a, b):
    """a f32[m, k], b f32[k, n] -> f32[m, n]: every element is the sum over p of a[i, p] * b[p, j]."""
    (m, k), n = a.shape, b.shape[1]
    c = np.zeros((m, n), np.float32)
    for i in range(m):
        for j in range(n):
            for p in range(k):
                c[i, j] += a[i, p] * b[p, j]
    return c


def by_rows(a, b):
    """a f32[m, k], b f32[k, n] -> f32[m, k, n]: what stands in row i of the product after step p of its sums."""
    (m, k), n = a.shape, b.shape[1]
    states = np.zeros((m, k, n), np.float32)
    for i in range(m):
        row = np.zeros(n, np.float32)
        for p in range(k):
            row += a[i, p] * b[p]
            states[i, p] = row
    return states


def pack(b, width):
    """b f32[k, n] -> f32[panels, k, width]: neighbouring columns together, the last panel filled up with zeros."""
    k, n = b.shape
    n_panels = (n + width - 1) // width
    panels = np.zeros((n_panels, k, width), np.float32)
    for s in range(n_panels):
        columns = b[:, s * width : (s + 1) * width]
        panels[s, :, : columns.shape[1]] = columns
    return panels


def add_tile(c, rows, panel, i, j):
    """c f32[m, n], rows f32[k, h], panel f32[k, w] -> c with their tile added at (i, j), as far as c reaches."""
    (k, h), w = rows.shape, panel.shape[1]
    sums = np.zeros((h, w), np.float32)
    for p in range(k):
        sums += rows[p][:, None] * panel[p]
    out = c.copy()
    part = out[i : i + h, j : j + w]
    part += sums[: part.shape[0], : part.shape[1]]
    return out


def blocked(a, b, a_turned, b_turned):
    """a as [m, k], or [k, m] if turned; b as [k, n], or [n, k] if turned -> f32[m, n]."""
    a = a.T if a_turned else a
    b = b.T if b_turned else b
    (m, k), n = a.shape, b.shape[1]
    c = np.zeros((m, n), np.float32)
    for p in range(0, k, DEPTH):
        rows = pack(a[:, p : p + DEPTH].T, HEIGHT)
        panels = pack(b[p : p + DEPTH], WIDTH)
        for s, panel in enumerate(panels):
            for r, some in enumerate(rows):
                c = add_tile(c, some, panel, r * HEIGHT, s * WIDTH)
    return c
