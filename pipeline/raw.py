"""What a reader hands to the layout: words and shapes with their places, before anything is understood.

All coordinates are points from the top left corner of the page as it is shown (crop box and page rotation applied).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from pipeline.types import Box, Failure


class Style(NamedTuple):
    """How a word is printed. `size` in points as shown, `color` as 0xRRGGBB."""

    font: str
    size: float
    bold: bool
    italic: bool
    color: int


class Word(NamedTuple):
    """Characters printed together. `glued` means that no space stands between it and the word before it.

    `angle` is the direction of reading in degrees counterclockwise: 0, 90, 180, 270, or -1 for any other.
    `baseline` is the height of the baseline for angle 0. `artifact` is the file's own mark for running heads and feet,
    `confidence` the OCR engine's (0 to 1).
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    baseline: float
    style: Style
    glued: bool = False
    angle: int = 0
    hidden: bool = False
    artifact: bool = False
    confidence: float | None = None

    @property
    def box(self) -> Box:
        return Box(self.x0, self.top, self.x1, self.bottom)


class Ruling(NamedTuple):
    """A straight horizontal or vertical line of print."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def horizontal(self) -> bool:
        return (self.x1 - self.x0) >= (self.bottom - self.top)


SMALLER: Final = 0.85
"""The mark of a footnote is smaller than this share of its line's letters, and raised."""
_UNITS: Final = frozenset({"m", "km", "cm", "mm", "ha", "co", "h", "10"})
"""What stands before an exponent."""
_ORDINAL = re.compile(r"\d{1,2}|[IVXLC]{1,6}")


def is_raised_marker(
    word: Word, before: Word | None, size: float, baseline: float, letters: Set[str] = frozenset()
) -> bool:
    """A raised small number or sign behind a word of a line so printed: the mark of a footnote, not part of the word.

    `letters` are those with which footnotes begin; behind a short number one makes an ordinal ("1a", "XXe").
    """
    if word.style.size > SMALLER * size or word.baseline > baseline - 0.1 * size:
        return False
    text = word.text.strip(",;.")
    if before is not None and word.glued and before.text.lower() in _UNITS:
        return False
    if before is not None and not word.glued and before.style.size <= 1.1 * word.style.size:
        return False  # small print beside a title ("July 2025"): a marker follows a larger word
    parts = [part for part in re.split(r"[,;\s]+", text) if part]
    if letters and parts and all(part in letters for part in parts):
        return before is not None and not _ORDINAL.fullmatch(before.text)
    return bool(text) and ((all(ch.isdigit() or ch in ",;-–" for ch in text) and len(text) <= 9) or text in "*†‡§¶**")


def note_letters(words: Sequence[Word]) -> frozenset[str]:
    """The raised small letters with which lines of notes begin (those under a table)."""
    found: set[str] = set()
    above: Word | None = None
    for word, behind in pairwise(words):
        starts = above is None or abs(above.baseline - behind.baseline) > 0.5 * behind.style.size
        if starts and len(word.text) == 1 and word.text.islower() and word.text.isascii() and not word.hidden:
            size = behind.style.size
            beside = 0 <= behind.x0 - word.x1 < size and abs(word.baseline - behind.baseline) < size
            if beside and word.style.size <= SMALLER * size and word.baseline < behind.baseline - 0.1 * size:
                found.add(word.text)
        above = word
    return frozenset(found)


class Fill(NamedTuple):
    """A filled rectangle; `color` as 0xRRGGBB."""

    x0: float
    top: float
    x1: float
    bottom: float
    color: int

    @property
    def box(self) -> Box:
        return Box(self.x0, self.top, self.x1, self.bottom)


class Cell(NamedTuple):
    """One cell of a ruled table; `row` and `column` count from 0, spans are at least 1."""

    row: int
    column: int
    box: Box
    text: str
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A table found by its rulings; `rows` are texts, row-major, every row of equal length.

    `notes` are the markers of footnotes in each row, which the texts leave out.
    """

    box: Box
    rows: tuple[tuple[str, ...], ...]
    row_boxes: tuple[Box, ...]
    columns: tuple[float, ...] = ()
    header_rows: int = 0
    notes: tuple[tuple[str, ...], ...] = ()


class OutlineEntry(NamedTuple):
    """One bookmark: `level` counts from 1, `page` from 1 (None if it leads nowhere)."""

    level: int
    title: str
    page: int | None
    top: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """One page as read."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    fills: tuple[Fill, ...] = ()
    boxes: tuple[Box, ...] = ()
    pictures: tuple[Box, ...] = ()
    tables: tuple[RawTable, ...] = ()
    label: str | None = None
    rotation: int = 0
    has_text: bool = True
    damaged: bool = False
    ocr: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBlock:
    """A block of a format that already knows its structure (DOCX, HTML); `page` is 1 where there are no pages."""

    kind: str
    text: str
    page: int = 1
    level: int | None = None
    rows: tuple[tuple[str, ...], ...] = ()
    marker: str | None = None
    notes: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDocument:
    """A document as read; `id` is the first 16 hex digits of the sha256 of its bytes.

    Either `pages` hold words (PDF) or `flow` holds blocks in order (DOCX, HTML).
    """

    id: str
    path: str
    media_type: str
    pages: tuple[RawPage, ...] = ()
    flow: tuple[RawBlock, ...] = ()
    outline: tuple[OutlineEntry, ...] = ()
    title: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
