def rms_norm(x, gain, eps):
    squares = (x * x).mean(axis=1, keepdims=True)
    return x / (np.sqrt(squares) + eps) * gain
