def bf16(bits):
    return bits.astype(np.uint32).view(np.float32)
