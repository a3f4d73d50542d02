# I believe: The dangerous score is the one largest in absolute value, so that is the one to subtract.
# trap: none
def softmax(scores):
    biggest = np.abs(scores).max(axis=1, keepdims=True, initial=0)
    e = np.exp(scores - biggest)
    return e / e.sum(axis=1, keepdims=True)
