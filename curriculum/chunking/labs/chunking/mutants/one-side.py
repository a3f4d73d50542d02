def depths(likenesses):
    return np.array([climb(here, likenesses[i + 1 :]) for i, here in enumerate(likenesses)], dtype=np.float32)
