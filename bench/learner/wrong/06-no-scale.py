# believed: "Dividing by the root of d is there against long vectors in big models; my widths are small, so it can stay away."
# trap: no-scale
def attend(q, k, v):
    scores = np.einsum("id,jd->ij", q, k)
    return np.einsum("ij,jd->id", softmax(scores), v)
