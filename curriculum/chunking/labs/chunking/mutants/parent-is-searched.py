def parents(sizes, levels, parent, child):
    edges = np.append(0, np.cumsum(sizes))
    found = []
    for start, end in by_structure(sizes, levels, parent):
        inside = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
        is_in = inside > 0
        children = start + by_structure(inside[is_in], levels[is_in], child)
        found += [(start, end, first, last) for first, last in children]
    return rows(found, 4)
