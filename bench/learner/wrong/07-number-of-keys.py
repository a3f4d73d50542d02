# believed: "The scale is the length of the key: len(k)." In NumPy that is how many keys there are.
# trap: none
def attend(q, k, v):
    scores = (q @ k.T) / math.sqrt(len(k))
    return softmax(scores) @ v
