def depths(likenesses):
    return (1 - likenesses).astype(np.float32)
