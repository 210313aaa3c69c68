"""Tables drawn with rulings or shaded cells: pdfplumber's table geometry over lines and words that pdfium has read.

pdfplumber would parse the page a second time (100 to 300 ms); its table functions are plain functions over edges, so
they get the edges that are already known.
"""

from __future__ import annotations

from typing import Any, Final

from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

from pipeline.raw import RawTable, Word
from pipeline.stages.read.shapes import WHITE, Shapes
from pipeline.types import Box

SNAP: Final = 3.0
SHORTEST: Final = 6.0
LONG_CELL: Final = 110
"""More words than this in a cell are running text."""
MOST_EDGES: Final = 12_000
MOST_LINES: Final = 600
"""More edges than this, once those in one line are joined, are a map or a chart; the search for cells grows with their
square. A matrix of many small cells has many edges but few lines."""


def ruled_tables(words: list[Word], shapes: Shapes) -> tuple[RawTable, ...]:
    """Tables of at least two rows and two columns with text, top to bottom."""
    edges = _edges(shapes)
    if len(edges) < 4 or len(edges) > MOST_EDGES:
        return ()
    merged = merge_edges(edges, SNAP, SNAP, SNAP, SNAP)
    if len(merged) > MOST_LINES:
        return ()
    cells = intersections_to_cells(edges_to_intersections(merged, SNAP, SNAP))
    if len(cells) < 3:
        return ()
    found = (_table([Box(*map(float, cell)) for cell in group], words) for group in cells_to_tables(cells))
    return tuple(sorted((t for t in found if t is not None), key=lambda t: (t.box.top, t.box.x0)))


def _edges(shapes: Shapes) -> list[dict[str, Any]]:
    edges: list[dict[str, Any]] = []
    for r in shapes.rulings:
        if r.horizontal and r.x1 - r.x0 >= SHORTEST:
            y = (r.top + r.bottom) / 2
            edges.append(_edge("h", r.x0, y, r.x1, y))
        elif not r.horizontal and r.bottom - r.top >= SHORTEST:
            x = (r.x0 + r.x1) / 2
            edges.append(_edge("v", x, r.top, x, r.bottom))
    for f in shapes.fills:
        if f.color != WHITE and f.x1 - f.x0 >= SHORTEST and f.bottom - f.top >= SHORTEST:
            edges.append(_edge("h", f.x0, f.top, f.x1, f.top))
            edges.append(_edge("h", f.x0, f.bottom, f.x1, f.bottom))
            edges.append(_edge("v", f.x0, f.top, f.x0, f.bottom))
            edges.append(_edge("v", f.x1, f.top, f.x1, f.bottom))
    return edges


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


def _table(cells: list[Box], words: list[Word]) -> RawTable | None:
    xs = _stops([c.x0 for c in cells] + [c.x1 for c in cells])
    ys = _stops([c.top for c in cells] + [c.bottom for c in cells])
    if len(xs) < 3 or len(ys) < 3:
        return None
    box = Box(xs[0], ys[0], xs[-1], ys[-1])
    inside = [w for w in words if _within(w, box)]
    if not inside:
        return None
    grid = [["" for _ in xs[1:]] for _ in ys[1:]]
    filled = 0
    for cell in sorted(cells, key=lambda c: (c.top, c.x0)):
        row, column = _nearest(ys, cell.top), _nearest(xs, cell.x0)
        if row >= len(grid) or column >= len(grid[0]):
            continue
        text = cell_text([w for w in inside if _within(w, cell)])
        if text:
            grid[row][column] = f"{grid[row][column]}\n{text}".strip()
            filled += 1
    rows = [i for i, row in enumerate(grid) if any(row)]
    columns = [j for j in range(len(xs) - 1) if any(grid[i][j] for i in rows)]
    if len(rows) < 2 or len(columns) < 2 or filled < 3 or _is_page_design(grid, len(columns)):
        return None
    return RawTable(
        box=box,
        rows=tuple(tuple(grid[i][j] for j in columns) for i in rows),
        row_boxes=tuple(Box(box.x0, ys[i], box.x1, ys[i + 1]) for i in rows),
        columns=tuple(xs[j] for j in columns),
    )


def _is_page_design(grid: list[list[str]], columns: int) -> bool:
    """Cells that hold running text in a few columns divide the page; they are no table."""
    counts = [len(cell.split()) for row in grid for cell in row if cell]
    long = sum(n for n in counts if n > LONG_CELL)
    return columns <= 3 and long > 0.6 * sum(counts) and max(counts) > 1.3 * LONG_CELL


def cell_text(words: list[Word]) -> str:
    """The words' lines, top to bottom, separated by line breaks (the layout decides on hyphens).

    A cell whose words are all turned the same way is read as one sees it with the page turned.
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
        parts.append("".join(("" if w.glued or i == 0 else " ") + w.text for i, w in enumerate(line)))
    return "\n".join(parts)


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
