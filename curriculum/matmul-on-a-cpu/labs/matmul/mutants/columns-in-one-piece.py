def pack(b, width):
    k, n = b.shape
    n_panels = (n + width - 1) // width
    padded = np.zeros((k, n_panels * width), np.float32)
    padded[:, :n] = b
    return padded.T.reshape(n_panels, k, width).copy()
