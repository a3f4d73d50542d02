def bf16(bits):
    return bits.astype(np.uint16).view(np.float16).astype(np.float32)
