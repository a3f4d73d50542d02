def q4_0(blocks):
    raw = blocks.astype(np.uint8)
    scales = bf16(raw[:, :2].copy().view("<u2"))  # [b, 1]
    packed = raw[:, 2:]
    numbers = np.concatenate([packed & 15, packed >> 4], axis=1)
    return scales * (numbers.astype(np.float32) - 8)
