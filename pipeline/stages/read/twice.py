"""Characters that are printed twice at nearly the same place: candidates, found with one sort of whole numbers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

Numbers = Any
"""A one-dimensional numpy array."""

NEAR: Final = 0.1
"""Nearer than this share of the size in both directions."""
FINE: Final = 64
"""Steps of a point in which places are sorted at first."""
PLACE_BITS, ROW_BITS = 24, 16


def close_pairs(
    code: Numbers, x0: Numbers, y0: Numbers, size: Numbers, of: Numbers, index: Numbers
) -> list[tuple[int, int]]:
    """Pairs of equal characters at nearly one place, looked for in two rasters of rows.

    `of` numbers the characters' text objects, `index` is their place in the text: neighbours in one object that lie on
    each other are letters of one glyph (the ligature ff), no pair.
    """
    pairs: list[tuple[int, int]] = []
    near = NEAR * size
    steps = np.clip(FINE * (x0 - x0.min(initial=0.0)), 0, (1 << PLACE_BITS) - 1)
    places = np.nan_to_num(steps).astype(np.int64)
    for shift in (0.0, 0.5):
        row = np.floor(y0 / 2 + shift)
        rows = np.nan_to_num(np.clip(row - row.min(initial=0.0), 0, (1 << ROW_BITS) - 1)).astype(np.int64)
        among = _candidates((code << ROW_BITS) | rows, places, near)
        if not len(among):
            continue
        order = among[np.lexsort((x0[among], row[among], code[among]))]
        a, b = order[:-1], order[1:]
        close = (
            (code[a] == code[b])
            & (row[a] == row[b])
            & (x0[b] - x0[a] < near[b])
            & (np.abs(y0[b] - y0[a]) < near[b])
            & ~((of[a] == of[b]) & (np.abs(index[a] - index[b]) == 1))
        )
        pairs += zip(a[close].tolist(), b[close].tolist(), strict=True)
    return pairs


def _candidates(kind: Numbers, places: Numbers, near: Numbers) -> Numbers:
    """All characters of those kinds (character and row) in which any two neighbours may be close enough."""
    key = (kind << PLACE_BITS) | places
    order = np.argsort(key)
    sorted_key, reach = key[order], FINE * near[order] + 1
    apart = np.diff(sorted_key)
    same = np.diff(sorted_key >> PLACE_BITS) == 0
    close = same & ((apart == 0) | (apart <= np.maximum(reach[:-1], reach[1:])))
    if not close.any():
        return order[:0]
    kinds = np.unique(sorted_key[:-1][close] >> PLACE_BITS)
    return np.flatnonzero(np.isin(kind, kinds))
