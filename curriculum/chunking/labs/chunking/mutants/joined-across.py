def by_structure(sizes, levels, budget):
    edges = np.append(0, np.cumsum(sizes)).astype(int)
    pieces = []

    def cut(first, last):
        size = edges[last] - edges[first]
        if size <= budget:
            pieces.append((edges[first], edges[last]))
        elif last - first == 1:
            pieces.extend(edges[first] + windows(size, budget, 0))
        else:
            strongest = levels[first + 1 : last].max()
            start = first
            for border in [i for i in range(first + 1, last) if levels[i] == strongest] + [last]:
                cut(start, border)
                start = border

    if len(sizes) > 0:
        cut(0, len(sizes))
    found = []
    for start, end in pieces:
        if found and end - found[-1][0] <= budget:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return rows(found)
