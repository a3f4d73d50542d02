def pack(b, width):
    k, n = b.shape
    n_panels = (n + width - 1) // width
    panels = np.zeros((n_panels, k, width), np.float32)
    for s in range(n_panels):
        first = max(min(s * width, n - width), 0)
        columns = b[:, first : first + width]
        panels[s, :, : columns.shape[1]] = columns
    return panels
