def attend(q, k, v):
    scores = q @ k.T / q.shape[1]
    return softmax(scores) @ v
