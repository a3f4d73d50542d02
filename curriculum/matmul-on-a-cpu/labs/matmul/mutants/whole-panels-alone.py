def pack(b, width):
    k, n = b.shape
    panels = np.zeros((n // width, k, width), np.float32)
    for s in range(n // width):
        panels[s] = b[:, s * width : (s + 1) * width]
    return panels
