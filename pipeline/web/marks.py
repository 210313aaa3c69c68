"""What is drawn over text and page: evidence of the tags in the text, regions of the passage on the page image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.types import Region, Span, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text under the same evidence. `tags` are positions in the list of tags, best first."""

    text: str
    tags: tuple[int, ...] = ()


def pieces(text: str, tags: Sequence[Tag]) -> tuple[Piece, ...]:
    """Cuts a text at every edge of evidence; joined again the pieces are the text.

    >>> tag = Tag(scheme="category", code="gap", score=0.9, by="lexicon@1", evidence=(Span(2, 6),))
    >>> [(p.text, p.tags) for p in pieces("a lack of data", [tag])]
    [('a ', ()), ('lack', (0,)), (' of data', ())]
    """
    spans = [
        (max(0, span.start), min(len(text), span.end), position)
        for position, tag in enumerate(tags)
        for span in tag.evidence
    ]
    spans = [s for s in spans if s[0] < s[1]]
    cuts = sorted({0, len(text), *(s[0] for s in spans), *(s[1] for s in spans)})
    return tuple(
        Piece(text=text[start:end], tags=tuple(dict.fromkeys(n for first, last, n in spans if first <= start < last)))
        for start, end in pairwise(cuts)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A highlight in points of the page, `width` and `height` at least one point."""

    x: float
    y: float
    width: float
    height: float


def rects(regions: Sequence[Region], page: int, *, pad: float = 1.5) -> tuple[Rect, ...]:
    """The regions that lie on one page, a little wider than the print so that it stays readable.

    >>> rects([Region(1, 10, 20, 30, 40), Region(2, 0, 0, 5, 5)], 1, pad=0)
    (Rect(x=10, y=20, width=20, height=20),)
    """
    return tuple(
        Rect(
            x=r.x0 - pad,
            y=r.top - pad,
            width=max(1.0, r.x1 - r.x0 + 2 * pad),
            height=max(1.0, r.bottom - r.top + 2 * pad),
        )
        for r in regions
        if r.page == page
    )


def sentence_starts(text: str) -> tuple[int, ...]:
    """Offsets at which a reviewer may want to split: after a full stop, a semicolon or a line break.

    >>> text = "One law. Two laws; three."
    >>> [text[n:] for n in sentence_starts(text)]
    ['Two laws; three.', 'three.']
    """
    found = []
    for at in range(1, len(text) - 1):
        if text[at].isspace() and text[at - 1] in ".!?;:؟؛。\n" and not text[at + 1].isspace():
            found.append(at + 1)
    return tuple(found)


def word_starts(text: str) -> tuple[int, ...]:
    """Offsets at which a word begins, the first excluded."""
    return tuple(at for at in range(1, len(text)) if text[at - 1].isspace() and not text[at].isspace())


def shown(evidence: Sequence[Span], text: str) -> str:
    """The words of the evidence, joined by a middle dot.

    >>> shown([Span(0, 3), Span(4, 7)], "one two")
    'one · two'
    """
    return " · ".join(span.of(text) for span in evidence)
