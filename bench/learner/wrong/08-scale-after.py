# believed: "The weights are divided by the root of d": he scales after the softmax what should have been scaled before.
# trap: scale-after-softmax
def attend(q, k, v):
    d = q.shape[-1]
    weights = softmax(q @ k.T)
    return (weights / math.sqrt(d)) @ v
