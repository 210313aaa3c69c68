"""Drafts -> blocks: text, anchors, regions, heading paths, page facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from pipeline.language import detect_language, is_contents_title
from pipeline.raw import RawDocument, RawTable
from pipeline.stages.layout.compose import clean, compose, joined
from pipeline.stages.layout.direction import mirrored
from pipeline.stages.layout.levels import depth_of, same_title
from pipeline.stages.layout.paragraphs import Draft, is_bullet
from pipeline.types import Anchor, Block, Box, Document, PageFacts, Region

LONG_ENOUGH: Final = 200
"""Shorter blocks are in the document's language unless their script says otherwise: short text is guessed badly."""
SAME_EDGE: Final = 4.0

_STARS: Final = frozenset({"*", "**", "***", "†", "‡"})
_STARRED = re.compile(r"(?<=[\w.,;:)\]”\"’])(?:\*{1,3}|[†‡])(?![\w*])")
_ANNEX = re.compile(r"(?i)(?:annexe?|anexo|appendix|appendice|ap[ée]ndice|приложение|ال?ملحق|ال?مرفق)\b")
MARK = re.compile(r"^\W?[\w*†‡]{1,4}[.)\]]?\s*")


def finish(
    raw: RawDocument,
    drafts: Sequence[Draft],
    labels: Mapping[int, str | None],
    words: Counter[str],
    rtl: AbstractSet[int] = frozenset(),
) -> Document:
    """The document of these drafts; `rtl` names the pages that are mirrored."""
    pages = {p.number: p for p in raw.pages}
    path = HeadingPath(carded=_carded(drafts))
    blocks: list[Block] = []
    edges: dict[int, tuple[float, ...]] = {}
    for draft in drafts:
        if draft.kind == "table":
            page = pages[draft.page]
            if page.number in rtl:
                page = mirrored(page)  # back to the print, columns in the order of reading
            table = page.tables[draft.table]
            rows = pages[draft.page].tables[draft.table].rows
            block = _table_block(raw.id, len(blocks), draft, replace(table, rows=rows), words)
            edges[block.n] = table.columns
        else:
            block = _text_block(raw.id, len(blocks), draft, words)
        if not block.text:
            continue
        if draft.kind == "table" and (above := _table_above(blocks, block)) is not None:
            repeated = blocks[above].cells[0] == block.cells[0]
            if repeated or (_same_columns(edges[above], edges[block.n]) and not _has_header(block)):
                blocks[above] = _continued(blocks[above], block, headers=int(repeated))
                edges[above] = edges.pop(block.n)
                continue
        headings = path.of(draft, block)
        blocks.append(replace(block, headings=headings, page_label=labels.get(block.page)))
    stars = {
        page: frozenset(b.marker for b in blocks if b.page == page and b.kind == "footnote" and b.marker in _STARS)
        for page in {b.page for b in blocks if b.kind == "footnote" and b.marker in _STARS}
    }
    facts = tuple(
        PageFacts(
            number=p.number,
            width=p.width,
            height=p.height,
            label=labels.get(p.number),
            text="",
            has_text=p.has_text,
            damaged=p.damaged,
            ocr=p.ocr,
            rotation=p.rotation,
        )
        for p in raw.pages
    )
    blocks = [_with_stars(b, stars.get(b.page, frozenset())) for b in _with_languages(blocks)]
    texts = page_texts(blocks)
    return Document(
        id=raw.id,
        path=raw.path,
        media_type=raw.media_type,
        pages=tuple(replace(f, text="\n".join(texts.get(f.number, ()))) for f in facts),
        blocks=tuple(blocks),
        title=_title(raw, blocks),
        metadata=raw.metadata,
        failures=raw.failures,
    )


class HeadingPath:
    """The headings above a block.

    A box floats in its section: its title heads nothing outside and is no part of the path, unless the document is
    laid out in cards (`carded`), where a card's title holds inside the card.
    """

    def __init__(self, *, carded: bool) -> None:
        self._carded = carded
        self._stack: list[tuple[int, str]] = []
        self._inner: list[tuple[int, str]] = []
        self._card: Box | None = None
        self._listed = 0
        """The page of the last table of contents."""

    def of(self, draft: Draft, block: Block) -> tuple[str, ...]:
        if block.kind == "furniture" or block.hidden:
            return ()
        if draft.card != self._card:
            self._card, self._inner = draft.card, []
        stack = self._stack if draft.card is None else self._inner
        if block.kind == "heading":
            if stack and draft.page > self._listed and not block.text[-1:].isdigit():
                self._close_contents()
            level = block.level or 1
            while stack and stack[-1][0] >= level:
                stack.pop()
            if stack and same_title(stack[-1][1], block.text):
                stack.pop()
            if _ANNEX.match(block.text):  # stands beside the numbered chapters, however small its print
                first = next((n for n, (_, text) in enumerate(stack) if depth_of(text) == 1), len(stack))
                del stack[first:]
        above = tuple(text for _, text in (self._stack if draft.card is None else [*self._stack, *self._inner]))
        if draft.title:
            stack.clear()
            return ()
        if block.kind == "heading" and (draft.card is None or self._carded):
            stack.append((block.level or 1, block.text))
            if is_contents_title(block.text):
                self._listed = draft.page
        return above

    def _close_contents(self) -> None:
        """A table of contents heads its own lines alone: headings of later pages stand beside it."""
        first = next((n for n, (_, text) in enumerate(self._stack) if is_contents_title(text)), len(self._stack))
        del self._stack[first:]


def _with_stars(block: Block, stars: AbstractSet[str | None]) -> Block:
    """The block linked with the page's notes marked by stars, which print no smaller than the words they follow."""
    if not stars or block.kind in ("footnote", "furniture"):
        return block
    found = [m.group() for m in _STARRED.finditer(block.text) if m.group() in stars]
    return replace(block, notes=tuple(dict.fromkeys((*block.notes, *found)))) if found else block


def _with_languages(blocks: Sequence[Block]) -> list[Block]:
    """The language of each long block, of the others that of the document."""
    sample = " ".join(b.text for b in blocks if b.kind in ("paragraph", "item", "box"))
    language = detect_language(sample[:6000]) or detect_language(" ".join(b.text for b in blocks)[:6000])
    return [
        replace(b, language=detect_language(b.text, language) if len(b.text) > LONG_ENOUGH else language)
        for b in blocks
    ]


def _carded(drafts: Sequence[Draft]) -> bool:
    """Most of the text stands in cards."""
    inside = sum(len(n.words) for d in drafts if d.card is not None for n in d.lines)
    return inside > 0.5 * sum(len(n.words) for d in drafts for n in d.lines)


def page_texts(blocks: Sequence[Block]) -> dict[int, list[str]]:
    """What each page shows, in reading order: the parts of the blocks that stand on it."""
    texts: dict[int, list[str]] = {}
    for block in blocks:
        if block.hidden:
            continue
        spans: dict[int, tuple[int, int]] = {}
        for anchor in block.anchors:
            start, end = spans.get(anchor.region.page, (anchor.start, anchor.end))
            spans[anchor.region.page] = (min(start, anchor.start), max(end, anchor.end))
        for page, (start, end) in spans.items():
            texts.setdefault(page, []).append(block.text[start:end])
    return texts


def regions_of(anchors: Sequence[Anchor]) -> tuple[Region, ...]:
    """The anchors' boxes merged into one rectangle per column and page."""
    merged: list[Region] = []
    for anchor in anchors:
        r = anchor.region
        if merged:
            m = merged[-1]
            apart = r.x0 >= m.x1 or r.x1 <= m.x0
            if m.page == r.page and not apart and r.bottom > m.top and r.top > m.top - 1:
                merged[-1] = Region(
                    m.page, min(m.x0, r.x0), min(m.top, r.top), max(m.x1, r.x1), max(m.bottom, r.bottom)
                )
                continue
        merged.append(r)
    return tuple(merged)


def _text_block(document: str, n: int, draft: Draft, words: Counter[str]) -> Block:
    text, anchors, notes = compose(draft.lines, words)
    cut = 0
    if draft.kind == "footnote" and draft.marker:
        match = MARK.match(text)
        cut = match.end() if match and draft.marker in match.group() else 0
    elif draft.kind == "item" and draft.marker and is_bullet(draft.marker):
        cut = len(text) - len(text[len(clean(draft.marker)) :].lstrip()) if text.startswith(clean(draft.marker)) else 0
    if cut:
        text = text[cut:]
        anchors = tuple(Anchor(max(a.start - cut, 0), a.end - cut, a.region) for a in anchors if a.end > cut)
    if draft.kind == "heading":
        text, anchors = _unspaced(text, anchors)
    return Block(
        document=document,
        n=n,
        kind=draft.kind,
        text=text,
        page=draft.page,
        level=draft.level if draft.kind == "heading" else None,
        regions=regions_of(anchors),
        anchors=anchors,
        hidden=draft.hidden,
        confidence=_confidence(draft),
        marker=draft.marker,
        notes=notes if draft.kind != "footnote" else (),
    )


def _unspaced(text: str, anchors: tuple[Anchor, ...]) -> tuple[str, tuple[Anchor, ...]]:
    return text, anchors


def _confidence(draft: Draft) -> float | None:
    known = [w.confidence for n in draft.lines for w in n.words if w.confidence is not None]
    return round(sum(known) / len(known), 3) if known else None


def _table_block(document: str, n: int, draft: Draft, table: RawTable, words: Counter[str]) -> Block:
    cells = tuple(tuple(_cell(c, words) for c in row) for row in table.rows)
    text = ""
    anchors: list[Anchor] = []
    marks = table.notes or ((),) * len(cells)
    notes: list[tuple[str, ...]] = []
    for row, box, found in zip(cells, table.row_boxes, marks, strict=True):
        printed = "\t".join(c for c in row if c)
        if not printed:
            continue
        if text:
            text += "\n"
        anchors.append(Anchor(len(text), len(text) + len(printed), Region(draft.page, *(round(v, 1) for v in box))))
        text += printed
        notes.append(found)
    return Block(
        document=document,
        n=n,
        kind="table",
        text=text,
        page=draft.page,
        regions=(Region(draft.page, *(round(v, 1) for v in table.box)),),
        anchors=tuple(anchors),
        cells=cells,
        row_pages=tuple(draft.page for _ in cells),
        notes=tuple(dict.fromkeys(m for found in notes for m in found)),
        row_notes=tuple(notes),
    )


def _table_above(blocks: Sequence[Block], block: Block) -> int | None:
    """Where the table stands that this one may continue: last on the page before, as wide, with as many columns."""
    for n in range(len(blocks) - 1, -1, -1):
        other = blocks[n]
        if other.kind in ("furniture", "footnote") or other.hidden:
            continue
        if other.kind != "table" or not block.cells or not other.cells or other.row_pages[-1] != block.page - 1:
            return None
        a, b = other.regions[-1], block.regions[0]
        as_wide = abs(a.x0 - b.x0) < 6 and (abs(a.x1 - b.x1) < 6 or len(block.cells[0]) > 2)
        return n if as_wide and len(other.cells[0]) == len(block.cells[0]) else None
    return None


def _same_columns(one: Sequence[float], two: Sequence[float]) -> bool:
    """Columns that begin at the same places: without a repeated header they must tell that a table goes on."""
    return len(one) == len(two) and all(abs(a - b) < SAME_EDGE for a, b in zip(one, two, strict=True))


def _has_header(block: Block) -> bool:
    """The first row names columns (short words, no figure) and the others are unlike it: a table of its own."""
    first, others = block.cells[0], block.cells[1:]
    if not all(first) or any(any(map(str.isdigit, c)) or len(c.split()) > 4 for c in first):
        return False
    unlike = sum(any(any(map(str.isdigit, c)) or len(c.split()) > 6 for c in row) for row in others)
    return unlike > 0.5 * len(others)


def _continued(table: Block, more: Block, *, headers: int) -> Block:
    """The table with the rows of its continuation, the repeated header (`headers` rows) left out."""
    cut = more.text.find("\n") + 1 if headers else 0
    shift = len(table.text) + 1 - cut
    anchors = [Anchor(a.start + shift, a.end + shift, a.region) for a in more.anchors if a.start >= cut]
    return replace(
        table,
        text=f"{table.text}\n{more.text[cut:]}",
        anchors=(*table.anchors, *anchors),
        regions=(*table.regions, *more.regions),
        cells=(*table.cells, *more.cells[headers:]),
        row_pages=(*table.row_pages, *more.row_pages[headers:]),
        notes=tuple(dict.fromkeys((*table.notes, *more.notes))),
        row_notes=(*table.row_notes, *more.row_notes[headers:]),
    )


def _cell(text: str, words: Counter[str]) -> str:
    """One cell's lines as one text, hyphens decided as in running text."""
    whole = ""
    for line in text.split("\n"):
        piece = clean(line)
        if not whole:
            whole = piece
            continue
        cut = joined(whole, piece, words)
        whole = f"{whole} {piece}" if cut is None else cut[0] + piece
    return whole


def _title(raw: RawDocument, blocks: Sequence[Block]) -> str:
    """The largest heading of the first two sound pages, else what the file calls itself."""
    sound = [p.number for p in raw.pages if not p.damaged][:2] or [1]
    early = [b for b in blocks if b.kind == "heading" and b.page in sound and not b.hidden]
    if early:
        return min(
            early, key=lambda b: (b.page, b.level or 9, -b.anchors[0].region.bottom + b.anchors[0].region.top)
        ).text
    return raw.title
