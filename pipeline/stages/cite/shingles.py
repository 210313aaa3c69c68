"""Hashes of neighbouring content words of many texts at once: the index behind the search for borrowed text.

A word counts by its first letters (so that endings do not matter), short words not at all; a shingle is an unordered
pair of content words at most two apart, so that a paraphrase that swaps or inserts a word still shares most of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.words import fold

PREFIX: Final = 6  # letters of a word that count
MIN_LETTERS: Final = 4  # shorter words are function words, as a rule
_CODES: Final = 0x3000  # Latin, Greek, Cyrillic, Arabic lie below
_BREAK: Final = "\n"

Hashes = NDArray[np.uint64]
Owners = NDArray[np.int64]


@cache
def _folded_codes() -> NDArray[np.uint32]:
    """Code point -> code point of its folded letter, 0 where it is no letter or digit."""
    table = np.zeros(_CODES + 1, dtype=np.uint32)
    for code in range(_CODES):
        char = chr(code)
        if char.isalnum():
            plain = fold(char)
            table[code] = ord(plain[0]) if plain and plain[0].isalnum() and ord(plain[0]) < _CODES else code
    return table


def content_words(texts: Sequence[str]) -> tuple[Hashes, Owners]:
    """Hash of every content word and the number of its text, in reading order."""
    joined = _BREAK.join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", errors="replace"), dtype=np.uint32)
    letters = _folded_codes()[np.minimum(codes, _CODES)]
    inside = letters != 0
    edges = np.diff(np.concatenate(([False], inside, [False])).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    long = (ends - starts) >= MIN_LETTERS
    starts, ends = starts[long], ends[long]
    hashes = np.zeros(len(starts), dtype=np.uint64)
    padded = np.concatenate((letters, np.zeros(PREFIX, dtype=np.uint32)))
    for j in range(PREFIX):
        at = starts + j
        letter = np.where(at < ends, padded[at], 0).astype(np.uint64)
        hashes = hashes * np.uint64(0x100000001B3) + letter
    lengths = np.fromiter((len(t) + 1 for t in texts), dtype=np.int64, count=len(texts))
    owners = np.searchsorted(np.cumsum(lengths), starts, side="right").astype(np.int64)
    return _mixed(hashes), owners


def shingles(texts: Sequence[str]) -> tuple[Hashes, Owners]:
    """Every shingle of the texts with the number of its text; a shingle that stands twice in a text comes twice.

    >>> a, _ = shingles(["migrants lack access to public health care"])
    >>> b, _ = shingles(["Access of migrants to public health-care is lacking"])
    >>> len(set(a.tolist()) & set(b.tolist())) >= 5
    True
    """
    words, owners = content_words(texts)
    parts: list[Hashes] = []
    who: list[Owners] = []
    for apart in (1, 2):
        if len(words) <= apart:
            continue
        first, second = words[:-apart], words[apart:]
        same = owners[:-apart] == owners[apart:]
        parts.append(_mixed((first[same] + second[same]) ^ (first[same] * second[same])))
        who.append(owners[:-apart][same])
    if not parts:
        return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    return np.concatenate(parts), np.concatenate(who)


def _mixed(values: Any) -> Hashes:
    """Spread the bits (the finaliser of splitmix64), so that the low bits alone can be a first sieve."""
    values = np.asarray(values, dtype=np.uint64)
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = values ^ (values >> np.uint64(31))
    return mixed
