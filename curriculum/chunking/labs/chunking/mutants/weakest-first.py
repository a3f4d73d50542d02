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
            weakest = levels[first + 1 : last].min()
            borders = [i for i in range(first + 1, last) if levels[i] == weakest]
            start, end = first, borders[0]
            for border in borders[1:] + [last]:
                if edges[border] - edges[start] > budget:
                    cut(start, end)
                    start = end
                end = border
            cut(start, end)

    if len(sizes) > 0:
        cut(0, len(sizes))
    return rows(found)
