def bf16(bits):
    return bits.astype(np.float32)
