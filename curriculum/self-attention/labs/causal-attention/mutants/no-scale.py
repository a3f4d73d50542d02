def attend(q, k, v):
    scores = q @ k.T
    return softmax(scores) @ v
