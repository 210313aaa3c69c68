"""Tables drawn with rulings or shaded cells: pdfplumber's table geometry over lines and words that pdfium has read.

pdfplumber would parse the page a second time (100 to 300 ms); its table functions are plain functions over edges, so
they get the edges that are already known.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence, Set
from itertools import pairwise
from typing import Any, Final

import numpy as np
from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

from pipeline.raw import SMALLER, Fill, RawTable, Ruling, Word, is_raised_marker, note_letters
from pipeline.stages.read.shapes import WHITE, Shapes
from pipeline.types import Box

SNAP: Final = 3.0
SHORTEST: Final = 6.0
SEEN: Final = 0.8
"""A gap narrower than this (points) between two fills of one colour is not seen."""
GROUND: Final = 0.9
"""A fill over more of the page than this is its ground: its edges are the page's."""
WIDE: Final = 5
"""With so many columns one row makes a table."""
LONG_CELL: Final = 110
"""More words than this in a cell are running text."""
MOST_EDGES: Final = 12_000
MOST_LINES: Final = 600
"""More edges than this, once those in one line are joined, are a map or a chart; the search for cells grows with their
square. A matrix of many small cells has many edges but few lines."""


def ruled_tables(words: list[Word], shapes: Shapes, width: float, height: float) -> tuple[RawTable, ...]:
    """Tables of at least two rows and two columns with text, top to bottom, on a page of this size.

    One row with many columns between rulings is a table too: the last row of a matrix that begins on the page before.
    """
    edges = _edges(shapes, GROUND * width * height)
    if len(edges) < 4 or len(edges) > MOST_EDGES:
        return ()
    merged = merge_edges(edges, SNAP, SNAP, SNAP, SNAP)
    if len(merged) > MOST_LINES:
        return ()
    cells = intersections_to_cells(edges_to_intersections(merged, SNAP, SNAP))
    if len(cells) < 3:
        return ()
    letters = note_letters(words)
    upright = [r for r in shapes.rulings if not r.horizontal]
    found = (
        _table([Box(*map(float, cell)) for cell in group], words, upright, letters) for group in cells_to_tables(cells)
    )
    return tuple(sorted((t for t in found if t is not None), key=lambda t: (t.box.top, t.box.x0)))


def _edges(shapes: Shapes, ground: float) -> list[dict[str, Any]]:
    edges: list[dict[str, Any]] = []
    for r in shapes.rulings:
        if r.horizontal and r.x1 - r.x0 >= SHORTEST:
            y = (r.top + r.bottom) / 2
            edges.append(_edge("h", r.x0, y, r.x1, y))
        elif not r.horizontal and r.bottom - r.top >= SHORTEST:
            x = (r.x0 + r.x1) / 2
            edges.append(_edge("v", x, r.top, x, r.bottom))
    tints = _tints(shapes.fills, ground)
    if 4 * sum(map(len, tints)) > MOST_EDGES:
        return []
    for tint in tints:
        edges += _outlines(tint)
    return edges


def _tints(fills: Sequence[Fill], ground: float) -> list[list[Fill]]:
    """The coloured fills, those of one colour together, without what covers the page (an area above `ground`)."""
    found: dict[int, list[Fill]] = {}
    for f in fills:
        if f.color != WHITE and f.bottom - f.top >= SHORTEST and (f.x1 - f.x0) * (f.bottom - f.top) < ground:
            found.setdefault(f.color, []).append(f)
    return list(found.values())


def _outlines(tint: Sequence[Fill]) -> list[dict[str, Any]]:
    """Edges of the fills of one colour where a person sees them: none where the colour goes on behind the edge.

    Word shades a cell line by line and its margins apart, so rows are told by what can be seen between them: a ruling
    or a gap. Side by side, cells of one colour keep their edges (a shaded row is drawn cell by cell, and the columns
    show in the rows without shading); only a margin, narrower than any cell, and a line in the cell are one with it.
    """
    edges: list[dict[str, Any]] = []
    left, top, right, bottom = np.array([f.box for f in tint]).T
    margin = right - left < SHORTEST
    for n, f in enumerate(tint):
        beside = (left < f.x1) & (f.x0 < right)
        level = (top < f.bottom) & (f.top < bottom)
        for y, beyond in ((f.top, f.top - SEEN), (f.bottom, f.bottom + SEEN)):
            over = beside & (top <= beyond) & (beyond <= bottom)
            edges += [_edge("h", a, y, b, y) for a, b in _uncovered(f.x0, f.x1, left[over], right[over])]
        for x, beyond in ((f.x0, f.x0 - SEEN), (f.x1, f.x1 + SEEN)):
            over = level & (left <= beyond) & (beyond <= right)
            over &= margin | margin[n] | ((left < x - SEEN) & (x + SEEN < right))
            edges += [_edge("v", x, a, x, b) for a, b in _uncovered(f.top, f.bottom, top[over], bottom[over])]
    return edges


def _uncovered(start: float, end: float, begins: Any, ends: Any) -> list[tuple[float, float]]:
    """What is left of a stretch, without pieces that are only the slack of touching fills.

    >>> _uncovered(0, 100, np.array([39, 10]), np.array([60.5, 40]))
    [(0, 10), (60.5, 100)]
    """
    left: list[tuple[float, float]] = []
    for a, b in sorted(zip(begins.tolist(), ends.tolist(), strict=True)):
        if a - start > SEEN:
            left.append((start, a))
        start = max(start, b)
    if end - start > SEEN:
        left.append((start, end))
    return left


def _edge(orientation: str, x0: float, top: float, x1: float, bottom: float) -> dict[str, Any]:
    return {
        "orientation": orientation,
        "x0": x0,
        "x1": x1,
        "top": top,
        "bottom": bottom,
        "width": x1 - x0,
        "height": bottom - top,
    }


def _table(cells: list[Box], words: list[Word], upright: list[Ruling], letters: Set[str]) -> RawTable | None:
    xs = _stops([c.x0 for c in cells] + [c.x1 for c in cells])
    ys = _stops([c.top for c in cells] + [c.bottom for c in cells])
    if len(xs) < 3:
        return None
    box = Box(xs[0], ys[0], xs[-1], ys[-1])
    inside = [w for w in words if _within(w, box)]
    if not inside:
        return None
    grid = [["" for _ in xs[1:]] for _ in ys[1:]]
    filled: list[Box] = []
    taken: set[int] = set()
    notes: list[list[str]] = [[] for _ in grid]
    for cell in sorted(cells, key=lambda c: (c.top, c.x0)):
        row, column = _nearest(ys, cell.top), _nearest(xs, cell.x0)
        if row >= len(grid) or column >= len(grid[0]):
            continue
        held = [w for w in inside if _within(w, cell)]
        taken.update(map(id, held))
        text = cell_text(held, letters, notes[row])
        if text:
            grid[row][column] = f"{grid[row][column]}\n{text}".strip()
            filled.append(cell)
    for (row, column), left in _slots([w for w in inside if id(w) not in taken], xs, ys).items():
        grid[row][column] = f"{grid[row][column]}\n{cell_text(left, letters, notes[row])}".strip()
    rows = [i for i, row in enumerate(grid) if any(row)]
    columns = [j for j in range(len(xs) - 1) if len(rows) < 2 or any(grid[i][j] for i in rows)]
    if len(rows) < 2 and not _is_row(box, xs, upright):
        return None
    if len(columns) < 2 or len(filled) < 3 or _is_page_design(grid, len(columns)) or _staggered(filled):
        return None
    return RawTable(
        box=box,
        rows=tuple(tuple(grid[i][j] for j in columns) for i in rows),
        row_boxes=tuple(Box(box.x0, ys[i], box.x1, ys[i + 1]) for i in rows),
        columns=tuple(xs[j] for j in columns),
        notes=tuple(tuple(dict.fromkeys(notes[i])) for i in rows),
    )


def _is_row(box: Box, xs: list[float], upright: list[Ruling]) -> bool:
    """Many cells with rulings between them; shades alone make a strip of colours."""
    high = [r.x0 for r in upright if r.top <= box.top + SNAP and r.bottom >= box.bottom - SNAP]
    return len(xs) > WIDE and all(any(abs(x - r) <= SNAP for r in high) for x in xs[1:-1])


def _slots(words: list[Word], xs: list[float], ys: list[float]) -> dict[tuple[int, int], list[Word]]:
    """Words that lie in no cell (a side of theirs is not drawn) by the row and column in which they stand: a table
    loses no word."""
    slots: dict[tuple[int, int], list[Word]] = {}
    for w in words:
        row = max(bisect_right(ys, (w.top + w.bottom) / 2) - 1, 0)
        column = max(bisect_right(xs, (w.x0 + w.x1) / 2) - 1, 0)
        slots.setdefault((min(row, len(ys) - 2), min(column, len(xs) - 2)), []).append(w)
    return slots


def _staggered(filled: list[Box]) -> bool:
    """Below the first row two columns have text, and never do two cells begin at one height: panels, not rows."""
    first = min(c.top for c in filled)
    below = [c for c in filled if c.top > first + SNAP]
    apart = all(b - a > SNAP for a, b in pairwise(sorted(c.top for c in below)))
    return apart and len(_stops([c.x0 for c in below])) > 1


def _is_page_design(grid: list[list[str]], columns: int) -> bool:
    """Cells that hold running text in a few columns divide the page; they are no table."""
    counts = [len(cell.split()) for row in grid for cell in row if cell]
    long = sum(n for n in counts if n > LONG_CELL)
    return columns <= 3 and long > 0.6 * sum(counts) and max(counts) > 1.3 * LONG_CELL


def cell_text(words: list[Word], letters: Set[str], notes: list[str]) -> str:
    """The words' lines, top to bottom, separated by line breaks (the layout decides on hyphens).

    Markers of footnotes go to `notes`; `letters` are those of the page that mark them. A cell whose words are all
    turned the same way is read as one sees it with the page turned.
    """
    if words and (angle := words[0].angle) in (90, 270) and all(w.angle == angle for w in words):
        words = [_upright(w) for w in words]
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.top + w.bottom):
        for line in reversed(lines[-3:]):
            first = line[0]
            if min(first.bottom, word.bottom) - max(first.top, word.top) > 0.5 * min(
                first.bottom - first.top, word.bottom - word.top
            ):
                line.append(word)
                break
        else:
            lines.append([word])
    parts: list[str] = []
    for line in lines:
        line.sort(key=lambda w: w.x0)
        text = "".join(
            ("" if w.glued or i == 0 else " ") + w.text for i, w in enumerate(_unmarked(line, letters, notes))
        )
        if text:
            parts.append(text)
    return "\n".join(parts)


def _unmarked(line: list[Word], letters: Set[str], notes: list[str]) -> list[Word]:
    """The line's words without markers of footnotes, which are added to `notes`."""
    largest = max(line, key=lambda w: w.style.size)
    size, baseline = largest.style.size, largest.baseline
    if line[0].angle or all(w.style.size > SMALLER * size for w in line):
        return line
    kept: list[Word] = []
    for word in line:
        if kept and is_raised_marker(word, kept[-1], size, baseline, letters):
            notes += [m for m in re.split(r"[,;\s]+", word.text.strip(",;.")) if m]
        else:
            kept.append(word)
    return kept


def _upright(word: Word) -> Word:
    """The word of a turned cell where it would stand if the cell were turned back (about the page's origin)."""
    if word.angle == 90:
        return word._replace(x0=-word.bottom, top=word.x0, x1=-word.top, bottom=word.x1)
    return word._replace(x0=word.top, top=-word.x1, x1=word.bottom, bottom=-word.x0)


def _within(word: Word, box: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return box.x0 <= x <= box.x1 and box.top <= y <= box.bottom


def _stops(values: list[float]) -> list[float]:
    stops: list[float] = []
    for value in sorted(values):
        if not stops or value - stops[-1] > SNAP:
            stops.append(value)
    return stops


def _nearest(stops: list[float], value: float) -> int:
    return min(range(len(stops)), key=lambda i: abs(stops[i] - value))
