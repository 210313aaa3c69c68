"""Passages against the file: are the words of each printed line neighbours there too?

Layout puts words together by their places. Where two columns, cards or cells are taken for one line, words stand side
by side that the file keeps apart: such a line is no quotation of anybody. The file's own order of words tells, and it
is independent of all that layout decided. A true line may be written to the file in another order than it is read; the
price is that a few of those are doubted too. A sign that the file maps to no letter is no quotation either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from pipeline.raw import RawDocument
from pipeline.types import Passage

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufefc]")
"""Its order in the file is made anew by the reader, so that there is nothing independent to compare with."""

UNKNOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters: what a font without a map gives for a sign that a person sees on the page."""


def doubtful(raw: RawDocument, passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """The passages with a line (of a table's row: a cell) whose letters the file does not hold in this order, or with
    a sign whose meaning it does not hold.

    Pages read by OCR and right-to-left lines are not doubted; a format without pages has no lines.
    """
    pages = {p.number: "".join(letters(w.text) for w in p.words) for p in raw.pages if p.words and not p.ocr}
    return tuple(
        p for p in passages if UNKNOWN.search(p.text) or any(_apart(*line, p.notes, pages) for line in printed_lines(p))
    )


def printed_lines(passage: Passage) -> list[tuple[int, str]]:
    """`(page, words)` of each printed line; of a table's row, each cell."""
    return [
        (anchor.region.page, cell)
        for anchor in passage.anchors
        for cell in passage.text[anchor.start : anchor.end].split("\t")
    ]


def letters(text: str) -> str:
    """Only letters and digits, compatibility forms folded: what spaces, hyphens and ligatures cannot change.

    >>> letters("co-operation: 10.7 ﬁnal")
    'cooperation107final'
    """
    if text.isascii() and text.isalnum():
        return text
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def _apart(page: int, words: str, notes: tuple[str, ...], pages: dict[int, str]) -> bool:
    there = pages.get(page)
    if there is None or letters(words) in there or RIGHT_TO_LEFT.search(words):
        return False
    markers = "|".join(re.escape(letters(note)) for note in notes if letters(note))
    if not markers:
        return True
    # the marker of a footnote was taken out of the line
    pattern = f"(?:{markers})?".join(re.escape(letters(w)) for w in re.findall(r"\w+", words))
    return re.search(pattern, there) is None
