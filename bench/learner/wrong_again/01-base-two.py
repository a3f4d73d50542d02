# I believe: The base of the exponential does not matter, since the weights are divided by their sum anyway.
# trap: none
def softmax(scores):
    top = np.max(scores, axis=1, keepdims=True, initial=-np.inf)
    powers = np.exp2(scores - top)  # powers of two are cheaper
    return powers / np.sum(powers, axis=1, keepdims=True)
