# I believe: `d ** 1/2` is the root of d.
# trap: none
def attend(q, k, v):
    root = q.shape[-1] ** 1/2
    weights = softmax(np.matmul(q, k.T) / root)
    return np.matmul(weights, v)
