"""One-to-one assignment of the greatest sum, island by island."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Pair = tuple[int, int]

LARGEST = 300
"""Lefts or rights of an island that is solved exactly; a larger one (hundreds of near-copies) is taken best first."""


def assign(pairs: Mapping[Pair, float]) -> dict[int, int]:
    """Left -> right so that the sum of scores is greatest; only the pairs given may be chosen.

    >>> assign({(0, 0): 0.9, (0, 1): 0.8, (1, 0): 0.7})
    {0: 1, 1: 0}
    """
    chosen: dict[int, int] = {}
    for lefts, rights in _islands(pairs):
        small = min(len(lefts), len(rights)) <= LARGEST
        chosen |= _best(lefts, rights, pairs) if small else _greedy(lefts, pairs)
    return dict(sorted(chosen.items()))


def _greedy(lefts: list[int], pairs: Mapping[Pair, float]) -> dict[int, int]:
    """The best pair first, then the best of what is left."""
    mine = set(lefts)
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for (i, j), _ in sorted(pairs.items(), key=lambda p: (-p[1], p[0])):
        if i in mine and i not in chosen and j not in taken:
            chosen[i] = j
            taken.add(j)
    return chosen


def _islands(pairs: Mapping[Pair, float]) -> list[tuple[list[int], list[int]]]:
    """Lefts and rights that hang together through pairs: each group can be decided by itself."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for i, j in pairs:
        parent[root(("a", i))] = root(("b", j))
    groups: dict[tuple[str, int], tuple[list[int], list[int]]] = {}
    for node in sorted(parent):
        side, number = node
        groups.setdefault(root(node), ([], []))[0 if side == "a" else 1].append(number)
    return list(groups.values())


def _best(lefts: list[int], rights: list[int], pairs: Mapping[Pair, float]) -> dict[int, int]:
    """The Hungarian method with potentials (Kuhn 1955, Munkres 1957), O(n^2 m); a pair not given costs 0, as nobody."""
    if len(lefts) > len(rights):
        turned = {(j, i): s for (i, j), s in pairs.items()}
        return {i: j for j, i in _best(rights, lefts, turned).items()}
    n, m = len(lefts), len(rights)
    cost = np.zeros((n + 1, m + 1))
    for a, i in enumerate(lefts, start=1):
        for b, j in enumerate(rights, start=1):
            cost[a, b] = -pairs.get((i, j), 0.0)
    u, v = np.zeros(n + 1), np.zeros(m + 1)
    match = np.zeros(m + 1, dtype=int)
    for a in range(1, n + 1):
        match[0] = a
        column, way = 0, np.zeros(m + 1, dtype=int)
        least, used = np.full(m + 1, np.inf), np.zeros(m + 1, dtype=bool)
        while True:
            used[column] = True
            row = match[column]
            reduced = cost[row] - u[row] - v
            better = ~used & (reduced < least)
            least[better], way[better] = reduced[better], column
            free = np.where(used, np.inf, least)
            free[0] = np.inf
            nearest = int(np.argmin(free))
            delta = free[nearest]
            u[match[used]] += delta
            v[used] -= delta
            least[~used] -= delta
            column = nearest
            if match[column] == 0:
                break
        while column:
            match[column] = match[way[column]]
            column = int(way[column])
    found = {lefts[match[b] - 1]: rights[b - 1] for b in range(1, m + 1) if match[b]}
    return {i: j for i, j in found.items() if (i, j) in pairs}
