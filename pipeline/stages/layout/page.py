"""One raw page -> its lines, its items for the reading order, its flows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence, Set
from typing import Final

from pipeline.raw import Fill, RawPage, Word
from pipeline.stages.layout.charts import Chart
from pipeline.stages.layout.items import Item, Strip
from pipeline.stages.layout.lines import Edge, Line, build_lines
from pipeline.stages.layout.order import gutter_of
from pipeline.types import Box

MOST_SHAPES: Final = 600
WHITE: Final = 0xFFFFFF
HIGH: Final = 48.0
"""Points: a panel or ruling as high as a few lines of print."""
UNSEEN: Final = 0.98
"""Of a panel that lies so far in another of its colour nobody sees the edges."""
SMALLEST_CARD: Final = 0.004
"""Of the page: what is filled or framed and smaller is no box in the text."""
WHOLE_PAGE: Final = 0.5
"""A panel that covers more of the page than this is its ground, not a box in the text."""


def lines_of(page: RawPage, *, rtl: bool = False, letters: Set[str] = frozenset()) -> list[Line]:
    """Lines of the page outside its tables, hidden ones included; `rtl`: the page is mirrored; `letters` mark notes."""
    mirror = page.width if rtl else 0.0
    words: Sequence[Word] = page.words
    if page.tables:
        words = [w for w in words if not any(_inside(w, t.box) for t in page.tables) or w.hidden]
    return build_lines(words, page.number, mirror, _edges(page), letters)


def _edges(page: RawPage) -> list[Edge]:
    """Upright rulings and sides of panels that are higher than a few lines of print: what stands on both sides of one
    is never one line."""
    sides = [(x, f.top, f.bottom) for f in page.fills if not is_white(f) for x in (f.x0, f.x1)]
    rules = [((r.x0 + r.x1) / 2, r.top, r.bottom) for r in page.rulings if not r.horizontal]
    high = [e for e in (*sides, *rules) if e[2] - e[1] >= HIGH]
    return high if len(high) <= MOST_SHAPES else []


def table_lines(page: RawPage) -> list[Line]:
    if not page.tables:
        return []
    words = [w for w in page.words if any(_inside(w, t.box) for t in page.tables) and not w.hidden]
    return build_lines(words, page.number)


def items_of(page: RawPage, lines: Sequence[Line], figures: Sequence[Chart] = ()) -> list[Item]:
    """What is to be put in order: lines (furniture and hidden ones taken out), charts, tables, pictures, boxes."""
    labels = {id(n) for _, on in figures for n in on}
    items = [Item(n.box, line=n) for n in lines if id(n) not in labels]
    items += [Item(box, inner=[Item(n.box, line=n) for n in on]) for box, on in figures]
    items += [Item(t.box, table=i) for i, t in enumerate(page.tables)]
    pictures = [Item(p, picture=True) for p in _pictures(page, lines)]
    return _nested([*items, *pictures], cards(page, lines))


def known_gutters(pages: Sequence[Sequence[Item]]) -> tuple[Strip, ...]:
    """Gutters that at least three pages have (two of a short document), the most frequent first."""
    found = [g for g in (gutter_of(list(items)) for items in pages) if g is not None]
    groups: list[list[Strip]] = []
    for strip in sorted(found, key=lambda g: g[1]):
        if groups and abs(groups[-1][0][1] - strip[1]) <= 4:
            groups[-1].append(strip)
        else:
            groups.append([strip])
    least = 3 if len(pages) > 6 else 2
    kept = sorted((g for g in groups if len(g) >= least), key=len, reverse=True)
    return tuple((statistics.median(a for a, _ in g), min(b for _, b in g)) for g in kept[:3])


def cards(page: RawPage, lines: Sequence[Line]) -> list[Box]:
    """Filled or framed boxes that hold at least two lines, smallest first; not tables, not the page's ground."""
    area = page.width * page.height
    found: list[Box] = []
    places: list[Box] = []
    for box in [*_stacked(page), *page.boxes]:
        if not SMALLEST_CARD * area < _size(box) < WHOLE_PAGE * area:
            continue
        if any(share(box, t.box) > 0.5 for t in page.tables):
            continue
        places = places or [n.box for n in lines]
        near = [p for p in places if p.bottom >= box.top and p.top <= box.bottom]
        inside = [p for p in near if holds(box, p)]
        if len(inside) < 2 or len(inside) > 0.8 * len(lines) > 8:
            continue
        if any(share(p, box) > 0.25 and not holds(box, p) for p in near):
            continue
        if not any(_same(box, other) for other in found):
            found.append(box)
    return sorted(found, key=_size)


def _stacked(page: RawPage) -> list[Box]:
    """Fills of one colour that touch vertically and share their sides are one panel; one in another is not seen.

    Those too small for a card are left out: a table shaded line by line has thousands.
    """
    merged: list[tuple[Box, int]] = []
    for fill in sorted(page.fills, key=lambda f: (f.color, f.x0, f.top)):
        if is_white(fill):
            continue
        if merged:
            box, color = merged[-1]
            touching = abs(box.x0 - fill.x0) < 2 and abs(box.x1 - fill.x1) < 2 and fill.top <= box.bottom + 1.5
            if color == fill.color and touching:
                merged[-1] = (Box(box.x0, box.top, box.x1, max(box.bottom, fill.bottom)), color)
                continue
        merged.append((fill.box, fill.color))
    if len(merged) > MOST_SHAPES:
        return [box for box, _ in merged]
    large = [(b, color) for b, color in merged if _size(b) > UNSEEN * SMALLEST_CARD * page.width * page.height]
    return [b for b, color in large if not any(c == color and o != b and share(b, o) > UNSEEN for o, c in large)]


def is_white(fill: Fill) -> bool:
    """White or so nearly white that nobody sees a panel."""
    return min(fill.color >> 16, fill.color >> 8 & 255, fill.color & 255) >= 0xFC


def _nested(items: list[Item], boxes: list[Box]) -> list[Item]:
    """Items inside a card become its inner items; cards inside cards nest."""
    left = items
    for box in boxes:
        inner = [i for i in left if holds(box, i.box)]
        if sum(1 for i in inner if not i.picture) < 1:
            continue
        taken = {id(i) for i in inner}
        left = [i for i in left if id(i) not in taken]
        left.append(Item(box, inner=inner))
    return left


def _pictures(page: RawPage, lines: Sequence[Line]) -> list[Box]:
    """Pictures and drawings that stand for themselves: not a background, not under running text."""
    area = page.width * page.height
    kept = []
    running = [n.box for n in lines if len(n.words) > 4]
    for picture in [*page.pictures, *_drawings(page)]:
        if not 0.01 * area <= _size(picture) <= 0.85 * area:
            continue
        if any(share(box, picture) > 0.3 for box in running):
            continue
        if any(share(picture, t.box) > 0.3 for t in page.tables):
            continue
        kept.append(picture)
    return kept


def _drawings(page: RawPage) -> list[Box]:
    """Shapes that touch or nearly touch, as one box each: charts, diagrams, maps drawn with lines and fills."""
    shapes = [f.box for f in page.fills if f.color != WHITE] + list(page.boxes) + [Box(*r) for r in page.rulings]
    if not 1 <= len(shapes) <= MOST_SHAPES:
        return []
    groups: list[Box] = []
    for shape in sorted(shapes, key=lambda b: (b.top, b.x0)):
        merged = shape
        rest = []
        for group in groups:
            if _near(group, merged):
                merged = Box(
                    min(group.x0, merged.x0),
                    min(group.top, merged.top),
                    max(group.x1, merged.x1),
                    max(group.bottom, merged.bottom),
                )
            else:
                rest.append(group)
        groups = [*rest, merged]
    return [g for g in groups if g.bottom - g.top > 20 and g.x1 - g.x0 > 20]


def _near(a: Box, b: Box) -> bool:
    return a.x0 - 4 < b.x1 and b.x0 - 4 < a.x1 and a.top - 4 < b.bottom and b.top - 4 < a.bottom


def _inside(word: Word, box: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return box.x0 <= x <= box.x1 and box.top <= y <= box.bottom


def holds(box: Box, other: Box) -> bool:
    return (
        other.x0 >= box.x0 - 3
        and other.x1 <= box.x1 + 3
        and (other.top + other.bottom) / 2 >= box.top
        and (other.top + other.bottom) / 2 <= box.bottom
        and other != box
    )


def share(part: Box, whole: Box) -> float:
    """How much of `part` lies in `whole`."""
    width = min(part.x1, whole.x1) - max(part.x0, whole.x0)
    height = min(part.bottom, whole.bottom) - max(part.top, whole.top)
    size = _size(part)
    return max(width, 0.0) * max(height, 0.0) / size if size > 0 else 0.0


def _size(box: Box) -> float:
    return (box.x1 - box.x0) * (box.bottom - box.top)


def _same(a: Box, b: Box) -> bool:
    return all(abs(x - y) < 4 for x, y in zip(a, b, strict=True))
