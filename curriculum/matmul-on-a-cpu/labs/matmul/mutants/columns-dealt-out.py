def pack(b, width):
    k, n = b.shape
    n_panels = (n + width - 1) // width
    panels = np.zeros((n_panels, k, width), np.float32)
    for column in range(n):
        panels[column % n_panels, :, column // n_panels] = b[:, column]
    return panels
