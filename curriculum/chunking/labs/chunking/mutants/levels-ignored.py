def by_structure(sizes, levels, budget):
    return pack(sizes, budget)
