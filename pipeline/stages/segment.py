"""Blocks -> passages: what is tagged and reviewed, with an id that survives a re-run."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass

from pipeline.language import is_contents_title
from pipeline.types import Anchor, Block, Document, Passage, Region

_LEADERS = re.compile(r"[._·…]{5,}\s*[\divxlc]{1,5}\b|(?:\. ){4,}\s*[\divxlc]{1,5}\b|_{8,}|\d\s*(?:[.·…] ?){8,}$")
_ENDS_IN_NUMBER = re.compile(r"(?:^|\s|\D)(?:\d{1,4}|[ivxlc]{1,7})$")

KINDS = frozenset({"paragraph", "item", "box", "footnote", "table"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentOptions:
    """What becomes a passage.

    `min_letters`: shorter blocks (folios, stray labels) are left out. `footnotes`, `tables`: whether notes and table
    rows are passages. `captions`: whether captions are. `damaged`: whether text of pages whose text layer is damaged
    becomes passages (such pages are always listed). `contents`: whether lines of a table of contents do.
    """

    min_letters: int = 3
    footnotes: bool = True
    tables: bool = True
    captions: bool = False
    damaged: bool = False
    contents: bool = False


def passage_id(document_id: str, text: str, occurrence: int) -> str:
    """16 hex digits of document, text (white space aside) and how many times the text came before in it.

    >>> passage_id("d", "a  b", 0) == passage_id("d", "a b", 0) != passage_id("d", "a b", 1)
    True
    """
    plain = " ".join(text.split())
    return hashlib.sha256(f"{document_id}\n{occurrence}\n{plain}".encode()).hexdigest()[:16]


def segment(document: Document, options: SegmentOptions) -> tuple[Passage, ...]:
    """Passages in reading order; headings, furniture and hidden text are none."""
    passages: list[Passage] = []
    seen: Counter[str] = Counter()
    labels = {p.number: p.label for p in document.pages}
    damaged = {p.number for p in document.pages if p.damaged and not options.damaged}
    for block in document.blocks:
        if block.page in damaged or (not options.contents and is_contents(block)):
            continue
        for kind, text, anchors, notes in _parts(block, options):
            if sum(ch.isalpha() for ch in text) < options.min_letters:
                continue
            key = " ".join(text.split())
            page = anchors[0].region.page if anchors else block.page
            passages.append(
                Passage(
                    id=passage_id(document.id, text, seen[key]),
                    document=document.id,
                    n=len(passages),
                    kind=kind,
                    text=text,
                    page=page,
                    page_label=block.page_label if page == block.page else labels.get(page),
                    headings=block.headings,
                    language=block.language,
                    regions=block.regions if kind != "row" else _regions(anchors),
                    anchors=anchors,
                    confidence=block.confidence,
                    notes=notes,
                )
            )
            seen[key] += 1
    return tuple(passages)


def is_contents(block: Block) -> bool:
    """A line of a table of contents: leaders, or a page number at the end under the heading of such a table.

    >>> from dataclasses import replace
    >>> line = Block(document="d", n=0, kind="paragraph", text="Key findings ........ 12", page=3)
    >>> is_contents(line), is_contents(replace(line, text="See page 12.", headings=("Introduction",)))
    (True, False)
    >>> is_contents(replace(line, text="Finance 51 . . . . . . . . . . . ."))  # the number printed before the leaders
    True
    """
    if _LEADERS.search(block.text):
        return True
    return bool(block.headings and is_contents_title(block.headings[-1]) and _ENDS_IN_NUMBER.search(block.text))


_Part = tuple[str, str, tuple[Anchor, ...], tuple[str, ...]]
"""Kind, text, anchors and markers of notes of a passage."""


def _parts(block: Block, options: SegmentOptions) -> list[_Part]:
    if block.hidden or (block.kind not in KINDS and not (block.kind == "caption" and options.captions)):
        return []
    if block.kind == "footnote" and not options.footnotes:
        return []
    if block.kind != "table":
        return [(block.kind, block.text, block.anchors, block.notes)]
    if not options.tables:
        return []
    rows: list[_Part] = []
    start = 0
    for n, text in enumerate(block.text.split("\n")):
        end = start + len(text)
        here = tuple(
            Anchor(max(a.start, start) - start, min(a.end, end) - start, a.region)
            for a in block.anchors
            if a.start < end and a.end > start
        )
        rows.append(("row", text, here, block.row_notes[n] if n < len(block.row_notes) else ()))
        start = end + 1
    return rows


def _regions(anchors: tuple[Anchor, ...]) -> tuple[Region, ...]:
    return tuple(dict.fromkeys(a.region for a in anchors))
