"""Tables told by alignment alone: lists of names and dates, indicators and figures, terms and what they mean.

A stretch of rows whose pieces keep the same columns is a table where its cells are short or its rows begin side by
side. Columns of running text are none: their lines go on in small letters and fill their column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pipeline.raw import RawPage, RawTable, Word
from pipeline.stages.layout.compose import line_text
from pipeline.stages.layout.lines import Line, same_baseline
from pipeline.stages.layout.page import share
from pipeline.stages.layout.paragraphs import BULLETS
from pipeline.types import Box

NARROWEST: Final = 0.3
"""Free space between two columns over all rows, in font sizes; in one row the pieces stand farther apart."""
FARTHEST: Final = 4.5
"""A pause of more font sizes than this ends the table."""
WIDE_ENOUGH: Final = 0.6
"""A header names this share of the columns."""
FEWEST_ROWS: Final = 5
SAME_EDGE: Final = 4.0
BESIDE: Final = 0.15
"""A column begins where pieces begin in this share of the rows, with another piece before them."""
TIGHT: Final = 1.35
"""Lines nearer than this many font sizes belong to one row where rows stand well apart."""
SHORT_CELL: Final = 7
LOWER: Final = 0.2
"""More cells than this share that begin with a small letter are running text."""
TERM: Final = 0.5
"""Terms stand in a column narrower than this share of the column of their meanings."""
OVER_PICTURE: Final = 0.3
"""Words of which so much lies on a picture are its labels."""

Strip = tuple[float, float]
_NUMBER = re.compile(r"^\d{1,4}$|^[ivxlc]{1,6}$")


@dataclass(slots=True)
class _Band:
    """Rows of print that follow each other, and the columns that all of them keep; `lines` as they were found."""

    rows: list[list[Line]]
    columns: list[Strip]
    lines: list[Line]


def aligned_tables(
    page: RawPage, lines: Sequence[Line], margin: Sequence[Line] = ()
) -> list[tuple[RawTable, list[Line]]]:
    """Tables of the page with the lines they are made of; `lines` are neither furniture nor hidden nor in boxes.

    `margin` are lines taken for running heads: those in which the header of a table goes on upwards are none.
    """
    found: list[tuple[RawTable, list[Line]]] = []
    for band in _bands(_rows(lines)):
        records = _records(band)
        if records is not None:
            above = _head_above(band, band.rows[0], [*lines, *margin])
            _add(band, records[0], above)
            top: Sequence[Line] = [] if above else band.rows[0]
            while top and (top := _row_in_margin(band, top, margin)):
                records.insert(0, [[] for _ in band.columns])
                cells = [*top, *_head_above(band, top, margin)]
                _add(band, records[0], cells)
                above += cells
                top = cells[-1:]
            table = _table(band, records)
            if not any(share(table.box, p) > OVER_PICTURE for p in page.pictures):
                found.append((table, [*band.lines, *above]))
    return found


def _head_above(band: _Band, row: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """Lines right above the row, in its look, that stand in the band's columns: the longest cell of a header begins
    higher than the others. Nearest first."""
    first = min(row, key=lambda n: n.baseline)
    found: list[Line] = []
    size, top = first.size, first.baseline
    for above in reversed(_rows([n for n in lines if n.baseline < top - 0.5 * size])):
        like = all(n.style[1:4] == first.style[1:4] for n in above)
        if not like or not _in_columns(band, above) or top - above[0].baseline > TIGHT * size:
            break
        found += above
        top = above[0].baseline
    return found


def _add(band: _Band, record: list[list[Line]], lines: Sequence[Line]) -> None:
    """Put the lines, nearest first, above what their cells of the record hold."""
    for line in lines:
        record[_column_of(band.columns, line)].insert(0, line)


def _row_in_margin(band: _Band, row: Sequence[Line], margin: Sequence[Line]) -> list[Line]:
    """The row above that was taken for a running head since it stands so on each page: a header, or cells that are
    alike on many pages. Its cells begin where the columns do."""
    size, baseline = row[0].size, row[0].baseline
    rows = _rows([n for n in margin if n.baseline < baseline - 0.5 * size])
    if not rows or len(rows[-1]) < max(2, WIDE_ENOUGH * len(band.columns)) or not _in_columns(band, rows[-1]):
        return []
    return rows[-1] if baseline - rows[-1][0].baseline <= FARTHEST * size else []


def _in_columns(band: _Band, row: Sequence[Line]) -> bool:
    """Each line begins with a column of its own and ends before the next, and not only with the first column."""
    ends = [*(a for a, _ in band.columns[1:]), math.inf]
    starts = {i for n in row for i, (a, _) in enumerate(band.columns) if abs(n.x0 - a) <= SAME_EDGE}
    return len(starts) == len(row) and bool(starts - {0}) and all(n.x1 < ends[_column_of(band.columns, n)] for n in row)


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda n: (n.baseline, n.x0)):
        for row in reversed(rows[-3:]):
            if same_baseline(row[0], line):
                row.append(line)
                break
        else:
            rows.append([line])
    return [sorted(row, key=lambda n: n.x0) for row in rows]


def _bands(rows: list[list[Line]]) -> list[_Band]:
    """Longest stretches of rows that keep at least two columns, each begun by a row with two pieces or more."""
    found: list[_Band] = []
    n = 0
    while n < len(rows):
        if len(rows[n]) < 2:
            n += 1
            continue
        columns = _with([], rows[n])
        end = n + 1
        while end < len(rows) and len(columns) >= 2:
            size = rows[end][0].size
            if rows[end][0].baseline - rows[end - 1][0].baseline > FARTHEST * size:
                break
            merged = _with(columns, rows[end])
            crosses = len(merged) < len(columns) and len(rows[end]) < 2
            if crosses or len(merged) < 2 or _unlike(rows[n], rows[end]):
                break
            columns = merged
            end += 1
        while end > n and len(rows[end - 1]) < 2 and _loose(rows[end - 2 : end]):
            end -= 1
        if len(columns) >= 2 and end - n >= 3:
            columns = _refined(rows[n:end], columns)
            cut = [[part for line in row for part in _parts(line, columns)] for row in rows[n:end]]
            found.append(_Band(cut, columns, [line for row in rows[n:end] for line in row]))
            n = end
        else:
            n += 1
    return found


def _with(columns: Sequence[Strip], row: Sequence[Line]) -> list[Strip]:
    """The columns that are left when the row is printed over them."""
    gap = NARROWEST * max(n.size for n in row)
    merged: list[Strip] = []
    for a, b in sorted([*columns, *((n.x0, n.x1) for n in row)]):
        if merged and a - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged


def _refined(rows: Sequence[Sequence[Line]], columns: Sequence[Strip]) -> list[Strip]:
    """The columns, split where many pieces begin at one place: a long cell or a header may reach over two of them."""
    found: list[Strip] = []
    size = rows[0][0].size
    for a, b in columns:
        starts: list[list[Line]] = []
        for line in sorted((n for row in rows for n in row if a <= n.x0 < b), key=lambda n: n.x0):
            if starts and line.x0 - starts[-1][0].x0 <= SAME_EDGE:
                starts[-1].append(line)
            else:
                starts.append([line])
        edges = [a]
        for group in starts:
            first, last = group[0].x0, group[-1].x0
            beside = sum(
                any(first <= n.x0 <= last for n in row) and any(a <= n.x0 < first - size for n in row) for row in rows
            )
            if first - edges[-1] > 2 * size and beside >= max(3, BESIDE * len(rows)):
                edges.append(first)
        found += [(x, y - size) for x, y in zip(edges, [*edges[1:], b + size], strict=True)]
    return found


def _parts(line: Line, columns: Sequence[Strip]) -> list[Line]:
    """The line, cut where one of its words stands at the beginning of a column: a narrow gap is no space there."""
    pieces: list[list[Word]] = []
    for word in line.words:
        at_edge = not word.glued and any(abs(word.x0 - a) <= SAME_EDGE / 2 for a, _ in columns[1:])
        if not pieces or at_edge:
            pieces.append([])
        pieces[-1].append(word)
    if len(pieces) < 2:
        return [line]
    return [Line(words, line.page, order=line.order, mirror=line.mirror, letters=line.letters) for words in pieces]


def _unlike(first: Sequence[Line], row: Sequence[Line]) -> bool:
    """Print of quite another size is no row of this table."""
    return not 0.7 < row[0].size / max(first[0].size, 1.0) < 1.4


def _loose(rows: Sequence[Sequence[Line]]) -> bool:
    """The last row stands apart from the one before, or alone in the first column: it follows the table."""
    return len(rows) < 2 or rows[-1][0].baseline - rows[-2][0].baseline > 1.6 * rows[-1][0].size


def _column_of(columns: Sequence[Strip], line: Line) -> int:
    return max((i for i, (a, _) in enumerate(columns) if a <= line.x0 + SAME_EDGE), default=0)


def _records(band: _Band) -> list[list[list[Line]]] | None:
    """The rows of the table, each a list of lines a column; None where the band is no table."""
    count = len(band.columns)
    pieces = [n for row in band.rows for n in row]
    full = [row for row in band.rows if len({_column_of(band.columns, n) for n in row}) >= 2]
    if len(full) < 3 or (count == 2 and len(full) < FEWEST_ROWS):
        return None
    later = [n for n in pieces if _column_of(band.columns, n) > 0]
    if sum(n.words[0].text in BULLETS for n in later) > 0.2 * len(later) or _is_contents(band):
        return None
    lower = sum(n.text[:1].islower() for n in pieces) / len(pieces)
    words = sum(len(n.words) for n in pieces) / len(pieces)
    short = lower < LOWER and words < SHORT_CELL and len(full) >= 0.6 * len(band.rows)
    if short and (count > 2 or _figures(band) >= 0.4 or _is_list(band)):
        return _simple(band)
    return _terms(band)


def _is_contents(band: _Band) -> bool:
    """Page numbers that rise at the end of the rows."""
    last = [row[-1].text.strip() for row in band.rows if len(row) > 1]
    if sum(bool(_NUMBER.match(t)) for t in last) < 0.8 * len(last):
        return False
    numbers = [int(t) for t in last if t.isdigit()]
    rising = sum(a <= b for a, b in pairwise(numbers))
    return len(numbers) < 3 or rising > 0.8 * (len(numbers) - 1)


def _figures(band: _Band) -> float:
    """Share of the cells behind the first column that are numbers, dates or signs."""
    later = [n.text for row in band.rows for n in row if _column_of(band.columns, n) > 0]
    return sum(any(map(str.isdigit, t)) or not any(map(str.isalpha, t)) for t in later) / max(len(later), 1)


def _is_list(band: _Band) -> bool:
    """Short marks on the left (abbreviations), one look that the words on the right do not have."""
    left = [n for row in band.rows for n in row if _column_of(band.columns, n) == 0]
    right = [n for row in band.rows for n in row if _column_of(band.columns, n) > 0]
    if sum(len(n.words) for n in left) > 1.6 * len(left):
        return False
    capitals = sum(sum(map(str.isupper, n.text)) > 0.4 * len(n.text) for n in left) > 0.6 * len(left)
    return capitals or (all(n.bold for n in left) and not any(n.bold for n in right))


def _simple(band: _Band) -> list[list[list[Line]]]:
    """A record for each row with a first cell; other rows go on with the record above."""
    records: list[list[list[Line]]] = []
    pitch = _pitch(band.rows)
    above = 0.0
    for row in band.rows:
        cells: list[list[Line]] = [[] for _ in band.columns]
        for line in row:
            cells[_column_of(band.columns, line)].append(line)
        gap, size = row[0].baseline - above, row[0].size
        near = gap < 0.8 * pitch
        tight = gap < TIGHT * size and pitch > 1.2 * TIGHT * size
        filled = sum(map(bool, cells))
        above = row[0].baseline
        headless = len(records) == 1 and not records[0][0]  # the header's longer cells begin a line higher
        part = not cells[0] and (tight or 2 * filled <= len(cells))
        goes_on = records and near and (headless or part or filled == 1)
        if goes_on:
            for old, new in zip(records[-1], cells, strict=True):
                old.extend(new)
        else:
            records.append(cells)
    return records


def _pitch(rows: Sequence[Sequence[Line]]) -> float:
    """The usual distance of rows in which at least two cells begin."""
    full = [row[0].baseline for row in rows if len(row) > 1]
    gaps = sorted(b - a for a, b in pairwise(full))
    return gaps[len(gaps) // 2] if gaps else 0.0


def _terms(band: _Band) -> list[list[list[Line]]] | None:
    """Terms and meanings: both begin side by side, a pause before each, the terms in the narrower column."""
    if len(band.columns) != 2:
        return None
    (a0, a1), (b0, b1) = band.columns
    if a1 - a0 > TERM * (b1 - b0):
        return None
    records: list[list[list[Line]]] = []
    inner: list[float] = []
    pauses: list[float] = []
    above: list[Line] = []
    for row in band.rows:
        cells: list[list[Line]] = [[], []]
        for line in row:
            cells[_column_of(band.columns, line)].append(line)
        gap = row[0].baseline - above[0].baseline if above else 99.0
        if cells[0] and cells[1] and (not records or gap > 1.35 * _leading(inner, row[0].size)):
            records.append(cells)
            if above:
                pauses.append(gap)
        elif not records:
            return None
        else:
            inner.append(gap)
            for old, new in zip(records[-1], cells, strict=True):
                old.extend(new)
        above = row
    usual = sorted(inner)[len(inner) // 2] if inner else band.rows[0][0].size * 1.2
    if len(records) < 3 or min(pauses, default=0.0) < 1.25 * usual or max(inner, default=0.0) > 1.25 * usual:
        return None
    short = sum(len(n.words) for r in records for n in r[0]) / len(records)
    return records if short <= 8 else None


def _leading(inner: Sequence[float], size: float) -> float:
    return min(inner) if inner else 1.15 * size


def _table(band: _Band, records: list[list[list[Line]]]) -> RawTable:
    x0, x1 = band.columns[0][0], max(b for _, b in band.columns)
    boxes = []
    for record in records:
        lines = [n for cell in record for n in cell]
        boxes.append(Box(x0, min(n.top for n in lines), x1, max(n.bottom for n in lines)))
    printed = [[[line_text(n) for n in cell] for cell in record] for record in records]
    rows = [tuple("\n".join(text for text, _ in cell) for cell in record) for record in printed]
    return RawTable(
        box=Box(x0, boxes[0].top, x1, boxes[-1].bottom),
        rows=tuple(rows),
        row_boxes=tuple(boxes),
        columns=tuple(a for a, _ in band.columns),
        notes=tuple(tuple(m for cell in record for _, marks in cell for m in marks) for record in printed),
    )
