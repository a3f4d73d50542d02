def rotary(x, positions, base):
    half = x.shape[1] // 2
    frequencies = float(base) ** (-np.zeros(half))
    angles = positions[:, None] * frequencies  # [n, half]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    a, b = x[:, :half], x[:, half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=1)
