"""Right-to-left pages: laid out in the mirror, so that one set of rules serves both directions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.raw import RawPage, RawTable, Word
from pipeline.types import Box

TOUCHING = 0.08
"""Words of one line that are nearer than this share of their size have no space between them."""
_RTL = re.compile("[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""All letters from right to left, and some signs beside them."""
STOPS = ".,;:!?\u060c\u061b\u061f"


def is_rtl_text(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left."""
    for ch in text:
        kind = unicodedata.bidirectional(ch)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False


def is_rtl_page(words: Iterable[Word]) -> bool:
    """More letters run from right to left than from left to right."""
    text = "".join(w.text for w in words)
    if text.isascii() or not _RTL.search(text):
        return False
    rtl = sum(unicodedata.bidirectional(ch) in ("R", "AL") for ch in text if not ch.isascii())
    return rtl > sum(ch.isascii() and ch.isalpha() for ch in text)


def mirrored(page: RawPage) -> RawPage:
    """The page as seen in a mirror; columns of its tables turned around with it."""
    width = page.width
    return replace(
        page,
        words=tuple(w._replace(x0=width - w.x1, x1=width - w.x0) for w in page.words),
        rulings=tuple(r._replace(x0=width - r.x1, x1=width - r.x0) for r in page.rulings),
        fills=tuple(f._replace(x0=width - f.x1, x1=width - f.x0) for f in page.fills),
        boxes=tuple(_flip(b, width) for b in page.boxes),
        pictures=tuple(_flip(b, width) for b in page.pictures),
        tables=tuple(_flip_table(t, width) for t in page.tables),
    )


def _flip(box: Box, width: float) -> Box:
    return Box(width - box.x1, box.top, width - box.x0, box.bottom)


def _flip_table(table: RawTable, width: float) -> RawTable:
    return replace(
        table,
        box=_flip(table.box, width),
        rows=tuple(tuple(reversed(row)) for row in table.rows),
        row_boxes=tuple(_flip(b, width) for b in table.row_boxes),
        columns=tuple(sorted(width - x for x in table.columns)),
    )


def logical(words: Sequence[Word], *, rtl: bool) -> list[Word]:
    """Words given in the direction of the page (by place) in the order in which they are read.

    Words of the other direction that follow each other are turned around; numbers go with Latin words that stand
    before them.
    """
    if rtl:
        return _reglued(_turned(list(reversed(words))))
    result: list[Word] = []
    run: list[Word] = []
    for word in words:
        if is_rtl_text(word.text):
            run.append(word)
            continue
        result.extend(reversed(run))
        run = []
        result.append(word)
    return [*result, *reversed(run)]


def _turned(visual: list[Word]) -> list[Word]:
    """`visual` is left to right on the print: turn it, but keep runs of Latin words and numbers as they are."""
    result: list[Word] = []
    run: list[Word] = []
    for word, following in zip(visual, [*visual[1:], None], strict=True):
        if _latin(word) or (run and (_number(word) or (_sign(word) and following and _latin(following)))):
            run.append(word)
            continue
        result[:0] = run
        run = []
        result.insert(0, _closed(word))
    result[:0] = run
    return result


def _reglued(words: list[Word]) -> list[Word]:
    """The file's order does not tell whether a number or a Latin word touches what is read before it: places do."""
    result = words[:1]
    for before, after in pairwise(words):
        word = after
        if not (is_rtl_text(before.text) and is_rtl_text(word.text)):
            gap = max(before.x0, word.x0) - min(before.x1, word.x1)
            word = word._replace(glued=gap < TOUCHING * word.style.size)
        result.append(word)
    return result


def _closed(word: Word) -> Word:
    """A stop that stands left of a number follows it in reading.

    >>> from pipeline.raw import Style
    >>> _closed(Word(".2021", 0, 0, 1, 1, 1, Style("f", 9, False, False, 0))).text
    '2021.'
    """
    if word.text[0] not in STOPS or not _number(word):
        return word
    figures = word.text.lstrip(STOPS)
    return word._replace(text=figures + word.text[: len(word.text) - len(figures)])


def _latin(word: Word) -> bool:
    return not is_rtl_text(word.text) and any(ch.isalpha() for ch in word.text)


def _sign(word: Word) -> bool:
    return not any(ch.isalnum() for ch in word.text)


def _number(word: Word) -> bool:
    return any(ch.isdigit() for ch in word.text) and not any(ch.isalpha() for ch in word.text)
