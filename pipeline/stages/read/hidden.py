"""Text that a person looking at the page would not see: kept, marked, never tagged."""

from __future__ import annotations

from typing import Final

from pipeline.raw import Word
from pipeline.stages.read.shapes import Shapes
from pipeline.types import Box

OCR_PICTURE_SHARE: Final = 0.5
"""Invisible words mostly lying on pictures that cover this share of the page are its OCR layer: what one sees."""
SMALLEST: Final = 1.5
NEAR_WHITE: Final = 0xF8
DRAWN: Final = 0.6
"""Share of an invisible word's width over which its letters are drawn as outlines."""


def mark_hidden(words: list[Word], shapes: Shapes, width: float, height: float) -> tuple[list[Word], bool]:
    """The words with `hidden` set, and whether their layer is an OCR layer under the picture of the page."""
    invisible = [w for w in words if w.hidden]
    covering = [p for p in shapes.pictures if _area(p) >= OCR_PICTURE_SHARE * width * height]
    ocr = bool(invisible) and bool(covering) and len(invisible) > 0.5 * len(words)
    pale = {style: style.size < SMALLEST or _near_white(style.color) for style in {w.style for w in words}}
    marked: list[Word] = []
    for word in words:
        hidden = word.hidden and not ocr and not (shapes.areas and _drawn(word, shapes))
        if not hidden:
            x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
            hidden = not (-1 <= x <= width + 1 and -1 <= y <= height + 1)
            if not hidden and pale[word.style]:
                hidden = word.style.size < SMALLEST or not _dark_below(word, shapes, x, y)
        marked.append(word if hidden == word.hidden else word._replace(hidden=hidden))
    return marked, ocr


def _near_white(color: int) -> bool:
    return min(color >> 16, (color >> 8) & 255, color & 255) >= NEAR_WHITE


def _dark_below(word: Word, shapes: Shapes, x: float, y: float) -> bool:
    """Something that is not white lies under the word's middle: a fill of any other colour, a picture, a thick line."""
    return (
        any(f.x0 <= x <= f.x1 and f.top <= y <= f.bottom and not _near_white(f.color) for f in shapes.fills)
        or any(p.x0 <= x <= p.x1 and p.top <= y <= p.bottom for p in shapes.pictures)
        or any(a.x0 <= x <= a.x1 and a.top <= y <= a.bottom for a in shapes.areas)
    )


def _drawn(word: Word, shapes: Shapes) -> bool:
    """Invisible letters under a drawing just as high that covers most of the word: text effects are drawn as outlines,
    and the letters lie there to be copied."""
    size, width = word.style.size, max(word.x1 - word.x0, 0.1)
    covered = sum(
        max(min(a.x1, word.x1) - max(a.x0, word.x0), 0.0)
        for a in shapes.areas
        if 0.3 * size <= a.bottom - a.top <= 1.3 * size and a.top >= word.top - 2 and a.bottom <= word.bottom + 2
    )
    return covered > DRAWN * width


def _area(box: Box) -> float:
    return max(box.x1 - box.x0, 0.0) * max(box.bottom - box.top, 0.0)
