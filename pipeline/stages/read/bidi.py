"""The characters of one printed word in logical order, told from where they stand and not from the file's order.

pdfium turns right-to-left text around line by line and with it the letters of a ligature (lam-alef becomes
alef-lam), so the order is made again from the places.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

LAM, ALEFS = "\u0644", frozenset("\u0622\u0623\u0625\u0627")


RTL: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufefc]")


class Placed(NamedTuple):
    """A character and the horizontal stretch that it fills."""

    text: str
    x0: float
    x1: float


def is_rtl(character: str) -> bool:
    """A letter of a script written from right to left.

    >>> [is_rtl(c) for c in "ا5aא"]
    [True, False, False, True]
    """
    return ("\u0590" <= character <= "\u08ff" and unicodedata.bidirectional(character) in ("R", "AL")) or (
        "\ufb1d" <= character <= "\ufefc"
    )


def logical_text(glyphs: Sequence[Placed]) -> str:
    """The word as it is read: letters right to left, numbers and Latin letters inside it left to right.

    >>> logical_text([Placed("ا", 0, 5), Placed("ل", 0, 5), Placed("ك", 6, 9)])
    'كلا'
    >>> logical_text([Placed("ل", 0, 5), Placed("ا", 0, 5), Placed("ك", 6, 9)])
    'كلا'
    >>> logical_text([Placed("ب", 20, 25), Placed("1", 0, 4), Placed("2", 4, 8)])
    'ب12'
    """
    clusters: list[list[Placed]] = []
    marks: list[Placed] = []
    for glyph in glyphs:
        if unicodedata.combining(glyph.text[0]):
            marks.append(glyph)
        elif clusters and glyph.x0 == clusters[-1][0].x0 and glyph.x1 == clusters[-1][0].x1 and is_rtl(glyph.text):
            # One glyph for several letters: pdfium has reversed them, unless it took a Unicode ligature apart itself.
            in_order = clusters[-1][-1].text == LAM and glyph.text in ALEFS
            clusters[-1].insert(len(clusters[-1]) if in_order else 0, glyph)
        else:
            clusters.append([glyph])
    clusters.sort(key=lambda c: -(c[0].x0 + c[0].x1))
    for mark in marks:
        middle = (mark.x0 + mark.x1) / 2
        base = min(clusters, key=lambda c: abs((c[0].x0 + c[0].x1) / 2 - middle), default=None)
        if base is None:
            clusters.append([mark])
        else:
            base.append(mark)
    text = ""
    forward: list[str] = []
    for cluster in clusters:
        piece = "".join(g.text for g in cluster)
        if is_rtl(piece[0]) or not (piece[0].isalnum() or forward):
            text += "".join(reversed(forward))
            forward = []
            text += piece
        else:
            forward.append(piece)
    return text + "".join(reversed(forward))
