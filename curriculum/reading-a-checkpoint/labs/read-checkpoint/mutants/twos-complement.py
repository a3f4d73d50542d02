def q4_0(blocks):
    raw = blocks.astype(np.uint8)
    scales = raw[:, :2].copy().view("<f2").astype(np.float32)  # [b, 1]
    packed = raw[:, 2:]
    numbers = np.concatenate([packed & 15, packed >> 4], axis=1)
    return scales * np.where(numbers > 7, numbers.astype(np.float32) - 16, numbers.astype(np.float32))
