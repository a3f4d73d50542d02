def q4_0(blocks):
    raw = blocks.astype(np.uint8)
    scales = raw[:, :2].copy().view("<f2").astype(np.float32)  # [b, 1]
    packed = raw[:, 2:]
    numbers = np.concatenate([packed >> 4, packed & 15], axis=1)
    return scales * (numbers.astype(np.float32) - 8)
