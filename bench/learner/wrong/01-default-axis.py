# believed: "A softmax divides by the total; NumPy's sum and max take care of the rest." He never asked along which axis.
# trap: softmax-axis
def softmax(scores):
    shifted = scores - scores.max() if scores.size else scores
    e = np.exp(shifted)
    return e / e.sum(axis=0)
