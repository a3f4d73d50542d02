def by_structure(sizes, levels, budget):
    edges = np.append(0, np.cumsum(sizes)).astype(int)
    strongest = levels[1:].max() if len(levels) > 1 else 0
    borders = [i for i in range(1, len(sizes)) if levels[i] == strongest]
    found = []
    for first, last in zip([0] + borders, borders + [len(sizes)]):
        found.extend(edges[first] + pack(sizes[first:last], budget))
    return rows(found)
