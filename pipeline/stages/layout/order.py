"""Reading order of one page: regions are split at gutters, bands at what crosses them, cards are read as a whole.

The gutter is looked for in each region, not once a page: a heading or a figure over both columns divides the region
into bands, and the columns of a band are read one after the other.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from pipeline.stages.layout.items import Flow, Item, Strip, hull, sides
from pipeline.stages.layout.lines import Line, heal
from pipeline.stages.layout.lone import lone_headings, second_lines
from pipeline.types import Box

STEP: Final = 3.0
FLOOR_GAP: Final = 1.3
"""A pause over both columns of this many font sizes divides columns that begin with headings side by side."""
WIDE_FLOOR_GAP: Final = 2.6
"""Other columns pause at one height by chance; only a wider pause divides them."""
TOLERANCE: Final = 1.5


def reading_order(items: list[Item], known: Sequence[Strip] = (), card: Box | None = None) -> list[Flow]:
    """Flows in the order in which a person reads them; `known` are gutters that other pages have."""
    flows: list[Flow] = []
    for chunk in _split(items, known):
        flows.extend(_column(chunk, known, card))
    return flows


def gutter_of(items: list[Item]) -> Strip | None:
    """The gutter of the page's widest division, for other pages to know."""
    return _gutter(items, ()) if len(items) > 1 else None


def _column(items: list[Item], known: Sequence[Strip], card: Box | None) -> list[Flow]:
    """One column: lines top to bottom, interrupted by boxes and tables where they stand."""
    flows: list[Flow] = []
    pending: list[Line] = []
    frame = hull([i.box for i in items])

    def flush() -> None:
        if pending:
            flows.append(Flow(heal(pending), frame, card=card))
            pending.clear()

    for item in sorted(items, key=lambda i: (i.box.top, i.box.x0)):
        if item.line is not None:
            pending.append(item.line)
            continue
        if item.picture:
            continue
        flush()
        if item.boxed:
            flows.extend(reading_order(item.inner, (), item.box))
        else:
            flows.append(Flow([], item.box, table=item.table, card=card))
    flush()
    return flows


def _split(items: list[Item], known: Sequence[Strip]) -> list[list[Item]]:
    """Columns of the region in reading order, each without a gutter of its own."""
    if len(items) < 2:
        return [items] if items else []
    gutter = _gutter(items, known)
    if gutter is None:
        return [items]
    chunks = _bands(items, *gutter, known=gutter in known)
    if len(chunks) == 1 and len(chunks[0]) == len(items):
        return [items]
    return [part for chunk in chunks for part in _split(chunk, known)]


def _bands(items: list[Item], a: float, b: float, *, known: bool) -> list[list[Item]]:
    """Chunks in order: full-width parts, and for each band with two sides its left and its right side."""
    spanning: list[Item] = []
    rest: list[Item] = []
    for i in items:
        (spanning if _crosses(i.line is not None, i.box.x0, i.box.x1, a, b) else rest).append(i)
    over = lone_headings(rest, a, b)
    over += second_lines(spanning, [i for i in rest if not any(i is h for h in over)])
    spanning += over
    rest = [i for i in rest if not any(i is h for h in over)]
    spanning.sort(key=lambda i: i.box.top + i.box.bottom)
    centers = [i.box.top + i.box.bottom for i in spanning]
    bands: list[list[Item]] = [[] for _ in range(len(spanning) + 1)]
    for item in rest:
        center = item.box.top + item.box.bottom
        bands[sum(1 for c in centers if c < center)].append(item)
    chunks: list[list[Item]] = []
    plain: list[Item] = []
    for n, band in enumerate(bands):
        left, right = sides(band, a, b)
        if left and right and _two_sided(left, right, known=known):
            if plain:
                chunks.append(plain)
                plain = []
            for upper_left, upper_right in _floors(left, right):
                rows = _card_rows([*upper_left, *upper_right])
                chunks.extend(rows or [side for side in (upper_left, upper_right) if side])
        else:
            plain.extend(band)
        if n < len(spanning):
            plain.append(spanning[n])
    if plain:
        chunks.append(plain)
    return chunks


def _floors(left: list[Item], right: list[Item]) -> list[tuple[list[Item], list[Item]]]:
    """The band's storeys: it is cut where both columns pause at one height and begin again side by side.

    Without a right column below, only columns that begin with headings of their own side by side are cut there.
    """
    lines = [i.line for i in (*left, *right) if i.line is not None]
    if not lines:
        return [(left, right)]
    size = sorted(n.size for n in lines)[len(lines) // 2]
    parallel = _parallel(left, right, size)
    storeys: list[tuple[list[Item], list[Item]]] = []
    for top in sorted({i.box.top for i in (*left, *right)}):
        above_left, below_left = _cut(left, top)
        above_right, below_right = _cut(right, top)
        if not above_left or not above_right or not (below_left or below_right):
            continue
        if all(i.line is not None and i.line.size < 0.92 * size for i in (*below_left, *below_right)):
            break  # footnotes belong to their columns
        bottom = max(i.box.bottom for i in (*above_left, *above_right))
        begins = [min(i.box.top for i in side) for side in (below_left, below_right) if side]
        least = FLOOR_GAP if parallel else WIDE_FLOOR_GAP
        if min(begins) - bottom < least * size or not _ended(above_left) or not _ended(above_right):
            continue
        side_by_side = len(begins) == 2 and abs(begins[0] - begins[1]) <= 0.5 * size
        if side_by_side or (len(begins) == 1 and parallel):
            storeys.append((above_left, above_right))
            left, right = below_left, below_right
            parallel = bool(left and right) and _parallel(left, right, size)
    return [*storeys, (left, right)]


def _cut(side: list[Item], top: float) -> tuple[list[Item], list[Item]]:
    return [i for i in side if i.box.top < top - 0.1], [i for i in side if i.box.top >= top - 0.1]


def _parallel(left: list[Item], right: list[Item], size: float) -> bool:
    """Both columns begin at one height with a heading of one look; a short text over both may stand above one."""
    start = max(min(i.box.top for i in side) for side in (left, right))
    first, second = (
        next((i.line for i in side if i.line is not None and abs(i.box.top - start) <= 0.3 * size), None)
        for side in (left, right)
    )
    if first is None or second is None:
        return False
    return first.style[1:3] == second.style[1:3] and (first.bold or first.size > 1.1 * size)


def _ended(side: list[Item]) -> bool:
    last = max(side, key=lambda i: i.box.bottom).line
    return last is None or last.text.rstrip('”"»)’0123456789 ').endswith((".", "!", "?", ":", ";")) or last.bold


def _card_rows(items: list[Item]) -> list[list[Item]] | None:
    """Cards in a grid are read row by row: two or more beside each other in each row but the last, what stands above
    all of them (the end of an introduction) first."""
    boxes = sorted((i for i in items if i.boxed), key=lambda i: i.box.top)
    rest = [i for i in items if not i.boxed and not i.picture]
    if not boxes or any(i.box.bottom > boxes[0].box.top for i in rest):
        return None
    rows: list[list[Item]] = []
    for item in boxes:
        if rows and abs(rows[-1][0].box.top - item.box.top) <= 8:
            rows[-1].append(item)
        else:
            rows.append([item])
    if any(len(row) < 2 for row in rows[:-1]):
        return None
    return [*([rest] if rest else []), *([i] for row in rows for i in sorted(row, key=lambda i: i.box.x0))]


def _crosses(is_line: bool, x0: float, x1: float, a: float, b: float) -> bool:
    """Text in the strip; of what is drawn only what reaches over it: frames and pictures may stick out a little."""
    if is_line:
        return x0 < b - TOLERANCE and x1 > a + TOLERANCE
    return x0 < a - TOLERANCE and x1 > b + TOLERANCE


def _two_sided(left: Sequence[Item], right: Sequence[Item], *, known: bool) -> bool:
    """Both sides hold running text, cards or tables beside each other, not labels with their explanations."""
    if any(i.boxed or i.table >= 0 for i in (*left, *right)):
        return _overlap(left, right) > 8
    left_lines = [i.line for i in left if i.line is not None]
    right_lines = [i.line for i in right if i.line is not None]
    if not left_lines or not right_lines:
        return False
    size = max(min(n.size for n in left_lines), 4.0)
    few = len(left_lines) + len(right_lines) < 5 or min(len(left_lines), len(right_lines)) < 2
    if few and not (known and not _one_row(left_lines, right_lines)):
        return False
    if not known and _overlap(left, right) < 1.6 * size:
        return False
    return not _labels(left_lines, right_lines)


def _one_row(left: list[Line], right: list[Line]) -> bool:
    """One line on both sides in the same style: a label and its value, a title and its page."""
    return len(left) == len(right) == 1 and left[0].style[1:] == right[0].style[1:]


def _labels(left: list[Line], right: list[Line]) -> bool:
    """Rows of a list or table without rulings: most lines of the sparser side stand on a baseline of the other."""
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    heights = [-math.inf, *sorted(m.baseline for m in many), math.inf]
    matched = 0
    for n in few:
        above = bisect_left(heights, n.baseline, 1, len(heights) - 1)
        nearest = min(n.baseline - heights[above - 1], heights[above] - n.baseline)
        matched += nearest < 0.25 * n.size
    if matched < 0.75 * len(few):
        return False
    words = sum(len(n.words) for n in few) / len(few)
    width_few = max(n.x1 for n in few) - min(n.x0 for n in few)
    width_many = max(n.x1 for n in many) - min(n.x0 for n in many)
    if words <= 1.6 or width_few < 2.5 * few[0].size:
        return True
    lower = sum(1 for n in few if n.text[:1].islower()) / len(few)
    if words <= 3.5 and width_few < 0.6 * width_many and lower < 0.25:
        return True
    spread = sum(n.x1 - n.x0 for n in few) / len(few) / max(width_few, 1.0)
    lower_many = sum(1 for n in many if n.text[:1].islower()) / len(many)
    return lower < 0.15 and lower_many < 0.15 and words < 5 and spread < 0.7


def _overlap(left: Sequence[Item], right: Sequence[Item]) -> float:
    return min(max(i.box.bottom for i in left), max(i.box.bottom for i in right)) - max(
        min(i.box.top for i in left), min(i.box.top for i in right)
    )


def _gutter(items: list[Item], known: Sequence[Strip]) -> Strip | None:
    """The free vertical strip with the most text standing on both of its sides at the same height, if any."""
    best: tuple[float, tuple[float, float]] | None = None
    in_order = sorted(items, key=lambda i: i.box.top + i.box.bottom)
    places = [(i, i.line is not None, i.box.x0, i.box.x1, (i.box.top + i.box.bottom) / 2) for i in in_order]
    for a, b in [*known, *_candidates(items)]:
        told = (a, b) in known
        score = 0.0
        band: list[Item] = []
        rest: list[tuple[Item, float]] = []
        crossing: list[Item] = []
        spanning: list[float] = []
        for item, is_line, x0, x1, center in places:
            if _crosses(is_line, x0, x1, a, b):
                crossing.append(item)
                spanning.append(center)
            else:
                rest.append((item, center))
        k = 0
        for item, center in rest:
            if k < len(spanning) and center > spanning[k]:
                score += _score(band, a, b, known=told)
                band = []
                while k < len(spanning) and center > spanning[k]:
                    k += 1
            band.append(item)
        score += _score(band, a, b, known=told)
        if score <= 0:
            continue
        # What crosses a strip speaks against it: a line that runs a little long belongs to its column.
        score -= 0.4 * sum(i.box.bottom - i.box.top for i in crossing)
        if best is None or score > best[0] + 1 or (score > best[0] - 1 and b - a > best[1][1] - best[1][0]):
            best = (score, (a, b))
    return best[1] if best else None


def _score(band: list[Item], a: float, b: float, *, known: bool) -> float:
    left, right = sides([i for i in band if not i.picture], a, b)
    if not left or not right or not _two_sided(left, right, known=known):
        return 0.0
    return max(_overlap(left, right), 1.0)


def _candidates(items: list[Item]) -> list[tuple[float, float]]:
    """Strips `(a, b)` between the ends of what stands on the left and a frequent left edge."""
    solid = [i for i in items if not i.picture]
    found: list[tuple[float, float]] = []
    edges = _frequent([i.box.x0 for i in solid])
    for b in [*edges, *(i.box.x0 for i in solid if i.boxed or i.table >= 0)]:
        starts = [i for i in solid if abs(i.box.x0 - b) <= 4]
        top, bottom = min(i.box.top for i in starts), max(i.box.bottom for i in starts)
        ends = sorted(
            (
                i.box.x1
                for i in solid
                if i.box.x1 <= b + TOLERANCE and i.box.bottom > top - STEP and i.box.top < bottom + STEP
            ),
            reverse=True,
        )
        if not ends:
            continue
        anywhere = max(i.box.x1 for i in solid if i.box.x1 <= b + TOLERANCE)
        for a in dict.fromkeys((anywhere, ends[0], ends[len(ends) // 12], ends[len(ends) // 4])):
            if b - a >= NARROWEST and (a, b) not in found:
                found.append((a, b))
    return found


NARROWEST: Final = 5.0


def _frequent(values: list[float]) -> list[float]:
    """Left edges shared by at least two items (or any, among few), the leftmost of each cluster of 4 points."""
    clusters: list[list[float]] = []
    for value in sorted(values):
        if clusters and value - clusters[-1][0] <= 4:
            clusters[-1].append(value)
        else:
            clusters.append([value])
    least = 2 if len(values) > 6 else 1
    kept = [c[0] for c in clusters if len(c) >= least]
    return kept[1:] if kept and kept[0] == min(values, default=0) else kept
