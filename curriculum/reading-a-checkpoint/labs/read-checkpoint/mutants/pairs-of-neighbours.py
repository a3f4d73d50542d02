def rotary(x, positions, base):
    half = x.shape[1] // 2
    frequencies = float(base) ** (-np.arange(half) / half)
    angles = positions[:, None] * frequencies  # [n, half]
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    a, b = x[:, 0::2], x[:, 1::2]
    return np.stack([a * cos - b * sin, b * cos + a * sin], axis=2).reshape(x.shape)
