def parents(sizes, levels, parent, child):
    large = by_structure(sizes, levels, parent)
    found = []
    for first, last in by_structure(sizes, levels, child):
        start, end = large[np.searchsorted(large[:, 1], first, side="right")]
        found.append((first, last, start, end))
    return rows(found, 4)
