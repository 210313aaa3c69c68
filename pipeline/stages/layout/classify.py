"""Which drafts are headings, of which level, which are notes, captions, boxes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from pipeline.raw import OutlineEntry
from pipeline.stages.layout.levels import contents_entries, depth_of, set_levels
from pipeline.stages.layout.lines import Line, starts_note
from pipeline.stages.layout.options import LayoutOptions
from pipeline.stages.layout.paragraphs import TERMINAL, Draft
from pipeline.types import BlockKind, Box

LONGEST_HEADING: Final = 220
NARROW: Final = 30
"""Characters: in a column of such short lines a heading may take more than four of them."""
TALL: Final = 150.0
"""Points: a title page may hold an address in columns, but no table as high as this."""
_CAPTION = re.compile(
    r"^(?:figure|fig\.|table|tableau|tabla|cuadro|gráfico|gráfica|graphique|graph|chart|map|carte|mapa|figura|tabela"
    r"|quadro|photo|foto|source|sources|fuente|fonte|الشكل|الجدول|المصدر|شكل|جدول)\s*(?:\d|[:.(–-]|[IVX]+\b)",
    re.IGNORECASE,
)


def body_size(lines: Sequence[Line]) -> float:
    """The size of most characters, in steps of half a point; 10 where there is no text."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size * 2) / 2] += sum(len(w.text) for w in line.words)
    return weights.most_common(1)[0][0] if weights else 10.0


class Classifier:
    """Kinds and levels for the drafts of one document."""

    def __init__(
        self,
        drafts: Sequence[Draft],
        options: LayoutOptions,
        outline: Sequence[OutlineEntry],
        labels: Mapping[int, str | None],
    ) -> None:
        self.drafts = drafts
        self.labels = labels
        self.options = options
        lines = [n for d in drafts if d.kind in ("paragraph", "item") for n in d.lines]
        self.body = body_size(lines)
        colors: Counter[int] = Counter()
        bold = 0
        total = 0
        for line in lines:
            if abs(line.size - self.body) < 0.6:
                length = sum(len(w.text) for w in line.words)
                colors[line.style.color] += length
                total += length
                bold += length if line.style.bold else 0
        self.color = colors.most_common(1)[0][0] if colors else 0
        self.bold = bold > 0.5 * max(total, 1)
        self.text_sizes = self._text_sizes()
        self.outline = [e for e in outline if e.title] if options.outline else []

    def _text_sizes(self) -> set[float]:
        """Sizes in which the document sets running text: letters of such a size alone make no heading."""
        weights: Counter[float] = Counter()
        for draft in self.drafts:
            if draft.kind in ("paragraph", "item") and len(draft.lines) >= 3:
                weights[round(draft.line.size * 2) / 2] += sum(len(n.text) for n in draft.lines)
        total = sum(weights.values())
        return {size for size, weight in weights.items() if weight > 0.08 * total}

    def run(self) -> None:
        heights = _page_bottoms(self.drafts)
        self._on_page: dict[int, list[Draft]] = defaultdict(list)
        for draft in self.drafts:
            self._on_page[draft.page].append(draft)
        for n, draft in enumerate(self.drafts):
            if draft.kind not in ("paragraph", "item") or draft.hidden:
                continue
            draft.text = " ".join(line.text for line in draft.lines)
            draft.kind = self._kind(draft, n, heights)
        self._open_strips()
        self._levels()

    def _open_strips(self) -> None:
        """A coloured strip with nothing but headings in it is no box: it heads what follows."""
        inside: dict[tuple[int, Box], list[Draft]] = defaultdict(list)
        for draft in self.drafts:
            if draft.card is not None:
                inside[draft.page, draft.card].append(draft)
        for drafts in inside.values():
            if all(d.kind == "heading" for d in drafts):
                for draft in drafts:
                    draft.card = None

    def _kind(self, draft: Draft, n: int, bottoms: dict[int, float]) -> BlockKind:
        text, size = draft.text, draft.line.size
        if self._is_note(draft, bottoms):
            return "footnote"
        if _CAPTION.match(text) and len(text) < 300 and size <= 1.35 * self.body:
            return "caption"
        if self._is_heading(draft, n):
            return "heading"
        if draft.kind == "item":
            return "item"
        return "box" if draft.card is not None else "paragraph"

    def _is_note(self, draft: Draft, bottoms: dict[int, float]) -> bool:
        line = draft.line
        if len(line.words) < 2 or draft.card is not None:
            return False
        if line.size > 0.95 * self.body:  # endnotes in the size of the text
            draft.marker = line.words[0].text.strip(".)[]") if starts_note(line, self.body) else draft.marker
            return starts_note(line, self.body)
        first = line.words[0]
        mark = first.text.strip(".)[]")
        raised = first.style.size < 0.86 * line.size or (first.baseline < line.baseline - 0.1 * line.size)
        if (mark.isdigit() and (raised or self._low(draft))) or (starts_note(line) and mark in line.letters):
            draft.marker = mark
            return True
        if mark in ("*", "**", "†", "‡") and self._low(draft):
            draft.marker = mark
            return True
        return False

    def _low(self, draft: Draft) -> bool:
        """No body text of the page stands below in the same column."""
        top = draft.box.top
        below = [
            d
            for d in self.drafts_of(draft.page)
            if d is not draft
            and d.box.top > top
            and d.line.size > 0.95 * self.body
            and d.box.x0 < draft.box.x1
            and d.box.x1 > draft.box.x0
        ]
        return not below

    def drafts_of(self, page: int) -> list[Draft]:
        return [d for d in self._on_page[page] if d.lines and d.kind not in ("furniture", "table")]

    def _is_heading(self, draft: Draft, n: int) -> bool:
        text = draft.text
        if len(text) > LONGEST_HEADING:  # before anything is counted: most text is in paragraphs
            return False
        letters = sum(map(str.isalpha, text))
        if letters < 2 or letters < 0.4 * len(text.replace(" ", "")):
            return False
        narrow = draft.card is None and len(text) < NARROW * len(draft.lines) and not _alike(draft.lines)
        if (len(draft.lines) > 4 and not narrow) or text.rstrip().endswith((",", ";")):
            return False
        line = draft.line
        if any(in_cells(x) for x in draft.lines):
            return False
        if any(_tabular(n) for n in draft.lines):
            return False
        if "...." in text or "…" * 2 in text or " . . ." in text:
            return False
        running = round(line.size * 2) / 2 in self.text_sizes
        if line.size >= self.options.heading_ratio * self.body and not running:
            return not (draft.kind == "item" and draft.marker and not draft.marker[0].isalnum())
        if draft.kind == "item" and draft.marker and not draft.marker[0].isalnum():
            return False
        ends = text.rstrip().endswith(TERMINAL) and not text.rstrip().endswith((":", "?"))
        bold = all(x.bold for x in draft.lines) and not self.bold
        least = 0.85 if bold and depth_of(text) > 1 else 0.93
        if line.size < least * self.body or ends:
            return False
        follows = self.drafts[n + 1] if n + 1 < len(self.drafts) else None
        colored = line.style.color != self.color and all(_one_color(x) for x in draft.lines)
        caps = text.upper() == text and text.lower() != text and letters > 3
        italic = all(x.share(lambda s: s.italic) > 0.9 for x in draft.lines)
        if bold and len(text) <= 180:
            return True
        short = len(draft.lines) <= 2 and len(text) <= 120 and draft.line.x1 < _right(draft) - 0.5 * line.size
        alone = follows is not None and follows.kind != "furniture" and _styled(follows) != _styled(draft)
        if (colored or caps) and short:
            return True
        return italic and short and alone and len(draft.lines) == 1 and len(text) > 3 and text[:1].isupper()

    def _levels(self) -> None:
        found = [d for d in self.drafts if d.kind == "heading"]
        cover = self._cover(found)
        for draft in cover:
            draft.title, draft.level = True, 1
        contents = contents_entries(self.drafts) if self.options.outline else []
        set_levels([d for d in found if not d.title], self.outline, contents, self.labels)

    def _cover(self, headings: Sequence[Draft]) -> list[Draft]:
        """The lines of a title page, or the title above the first text: they head the whole, no part of it."""
        first = min((d.page for d in self.drafts if d.lines), default=1)
        early = [d for d in headings if d.page == first]
        if not early:
            return []
        last = max(d.page for d in self.drafts)
        prose = sum(len(d.text) for d in self.drafts if d.page == first and d.kind in ("paragraph", "item", "box"))
        tables = any(
            d.column is not None and d.column.bottom - d.column.top > TALL
            for d in self.drafts
            if d.page == first and d.kind == "table"
        )
        if last > first and prose < 500 and not tables:
            return early
        largest = max(d.line.size for d in headings)
        top = [d for d in early if d.line.size >= largest - 0.3]
        elsewhere = [d for d in headings if d.line.size >= largest - 0.3 and d not in top]
        if elsewhere or not top or len(headings) == len(top):
            return []
        return top if len(top) == 1 and largest > 1.1 * max(d.line.size for d in headings if d not in top) else []


def _page_bottoms(drafts: Sequence[Draft]) -> dict[int, float]:
    bottoms: dict[int, float] = {}
    for d in drafts:
        if d.lines and d.kind != "furniture":
            bottoms[d.page] = max(bottoms.get(d.page, 0.0), d.box.bottom)
    return bottoms


def _right(draft: Draft) -> float:
    return draft.column.x1 if draft.column is not None else draft.box.x1


def _alike(lines: Sequence[Line]) -> bool:
    """Half of the lines begin with one word: a list."""
    return Counter(n.words[0].text for n in lines).most_common(1)[0][1] > 0.5 * len(lines)


def in_cells(line: Line) -> bool:
    """Words in three or more places far apart: the head of a table without rulings."""
    gaps = (b.x0 - a.x1 for a, b in pairwise(line.words))
    return sum(gap > 1.8 * line.size for gap in gaps) >= 2


def _tabular(line: Line) -> bool:
    """Two or more wide gaps: the row of a table without rulings."""
    gaps = [b.x0 - a.x1 for a, b in pairwise(line.words)]
    return sum(1 for g in gaps if g > 1.5 * line.size) >= 2


def _one_color(line: Line) -> bool:
    return line.share(lambda s: s.color == line.style.color) > 0.9


def _styled(draft: Draft) -> tuple[object, ...]:
    if not draft.lines:
        return ()
    s = draft.line.style
    return (round(s.size), s.bold, s.italic, s.color)
