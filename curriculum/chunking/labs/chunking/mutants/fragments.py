def by_structure(sizes, levels, budget):
    edges = np.append(0, np.cumsum(sizes)).astype(int)
    found = []

    def cut(first, last):
        size = edges[last] - edges[first]
        if size <= budget:
            found.append((edges[first], edges[last]))
        elif last - first == 1:
            found.extend(edges[first] + windows(size, budget, 0))
        else:
            strongest = levels[first + 1 : last].max()
            start = first
            for border in [i for i in range(first + 1, last) if levels[i] == strongest] + [last]:
                cut(start, border)
                start = border

    if len(sizes) > 0:
        cut(0, len(sizes))
    return rows(found)
