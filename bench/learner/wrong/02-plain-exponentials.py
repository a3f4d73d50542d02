# believed: "The formula is e^s over the sum of e^s, so that is what I write." Floating point has no limits in his mind.
# trap: overflow
def softmax(scores):
    out = np.zeros_like(scores)
    for i, row in enumerate(scores):
        exps = [np.exp(x) for x in row]
        total = sum(exps)
        for j, x in enumerate(exps):
            out[i, j] = x / total
    return out
