"""Right-to-left pages: laid out in the mirror, so that one set of rules serves both directions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.raw import RawPage, RawTable, Word
from pipeline.types import Box


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
    balance = 0
    for word in words:
        if not word.text.isascii():
            balance += sum(unicodedata.bidirectional(ch) in ("R", "AL") for ch in word.text)
        balance -= sum(ch.isascii() and ch.isalpha() for ch in word.text)
    return balance > 0


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
        return _turned(list(reversed(words)))
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
    for word in visual:
        latin = not is_rtl_text(word.text) and any(ch.isalpha() for ch in word.text)
        if latin or (run and _number(word)):
            run.append(word)
            continue
        result[:0] = run
        run = []
        result.insert(0, word)
    result[:0] = run
    return result


def _number(word: Word) -> bool:
    return any(ch.isdigit() for ch in word.text) and not any(ch.isalpha() for ch in word.text)
