"""Text layers that cannot be what the page shows: no Unicode map, a wrong one, words printed over each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from pipeline.raw import Word

FEWEST: Final = 40
"""Fewer characters than this are no ground for a judgement."""
ODD_SHARE: Final = 0.08
BROKEN_SHARE: Final = 0.2
OVERPRINTED_SHARE: Final = 0.3
CELL: Final = 2.0
"""Side in points of the squares in which printed words are counted."""
PATTERN_SHARE: Final = 0.5
PATTERN_KINDS: Final = 0.4
"""Fewer different words than this share of the slanted ones: a pattern, no labels of a chart or names on a map."""

_ODD = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]")
_RUN = re.compile(r"([\u0621-\u064a])\1{2,}")
_ARABIC = re.compile("[\u0621-\u064a]")
_LATIN_WORD = re.compile(r"^[(«“\"'‘\[]*([A-Za-zÀ-ÿ]{4,})[)»”\"'’\],.;:!?]*$")
_VOWEL = re.compile("[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýœ]", re.IGNORECASE)
_INNER_SIGN = re.compile(r"[A-Za-z][!\"#$%&*+<=>@^`{|}~\\][a-z]")


def is_damaged(words: Sequence[Word]) -> bool:
    """Whether the page's text layer is too suspicious to be tagged.

    True where more than 8 % of the characters have no meaning, where Arabic letters repeat three times and more (a
    stroke that joins letters taken for a letter), or where a fifth of the Latin words have no vowel or a sign between
    their letters.
    """
    text = " ".join(w.text for w in words)
    total = len(text) - text.count(" ")
    if total < FEWEST:
        return False
    if len(_ODD.findall(text)) > ODD_SHARE * total:
        return True
    arabic = len(_ARABIC.findall(text))
    if arabic > FEWEST:
        runs = len(_RUN.findall(text))
        if runs >= 3 and runs > 0.002 * arabic:
            return True
    long = [w.text for w in words if len(w.text) >= 4]
    plain = [m.group(1) for t in long if (m := _LATIN_WORD.match(t)) and not m.group(1).isupper()]
    broken = sum(1 for t in plain if not _VOWEL.search(t)) + sum(1 for t in long if _INNER_SIGN.search(t))
    return len(long) >= 20 and broken > BROKEN_SHARE * len(long)


def is_overprinted(words: Sequence[Word], width: float, height: float) -> bool:
    """Whether other words lie on a third of the printed ones (shades of a title, two layers of text on one page), or
    most are the same few printed over and over on a slant (a backdrop of words, cut where it meets its edge).

    Each word inks the middle half of its line, so that tight lines never touch; a word far larger than the page's
    usual ones (a number behind the text) counts for nothing.
    """
    flat = [w for w in words if w.angle == 0]
    slanted = [w.text for w in words if w.angle < 0]
    if len(slanted) > max(PATTERN_SHARE * len(words), FEWEST) and len({*slanted}) < PATTERN_KINDS * len(slanted):
        return True
    if sum(len(w.text) for w in flat) < FEWEST:
        return False
    largest = 3 * sorted(w.style.size for w in flat)[len(flat) // 2]
    boxes = np.array([w[1:5] for w in flat if w.style.size <= largest])
    quarter = (boxes[:, 3] - boxes[:, 1]) / 4
    rows, columns = int(height / CELL) + 2, int(width / CELL) + 2
    x0, x1 = (np.clip(v / CELL, 0, columns - 1).astype(int) for v in (boxes[:, 0] + CELL, boxes[:, 2]))
    top, bottom = (
        np.clip(v / CELL, 0, rows - 1).astype(int) for v in (boxes[:, 1] + quarter, boxes[:, 3] - quarter + CELL)
    )
    # one stretch of squares for each row that a word inks; where stretches begin and end, the layers of ink change
    high = np.maximum(bottom - top, 0)
    row = np.arange(high.sum()) - np.repeat(high.cumsum() - high - top, high)
    begins = row * columns + np.repeat(x0, high)
    ends = np.maximum(begins, row * columns + np.repeat(x1, high))
    changes = np.concatenate((begins, ends))
    order = np.argsort(changes)
    layers = np.cumsum(np.where(order < len(begins), 1, -1))[:-1]
    lengths = np.diff(changes[order])
    printed, over = lengths[layers > 0].sum(), lengths[layers > 1].sum()
    return bool(over > OVERPRINTED_SHARE * printed)
