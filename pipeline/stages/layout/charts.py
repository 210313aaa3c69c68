"""Charts: a scale (numbers at even distances that grow upwards by even steps) and the labels around it.

Labels are no text to be read: they are kept together as the caption of their chart, so that none becomes a heading or
a passage and none disturbs the order of the text around.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from pipeline.raw import RawPage
from pipeline.stages.layout.items import hull
from pipeline.stages.layout.lines import Line, same_baseline
from pipeline.types import Box

TICKS: Final = 4
"""Numbers that make a scale."""
LABEL_WORDS: Final = 4
"""A label has no more words, numbers aside."""
REACH: Final = 4.0
"""Font sizes from the scale to what belongs to it: grid lines beside, names of bars and legends below."""

_NUMBER = re.compile(r"[-–−]?\d{1,3}(?:[.,\s]\d{3})+|[-–−]?\d+(?:[.,]\d+)?")

Chart = tuple[Box, list[Line]]
"""A chart's place and its labels."""


def charts(page: RawPage, lines: Sequence[Line]) -> list[Chart]:
    """Charts of the page that have an upright scale; no line is a label of two."""
    free = [n for n in lines if len(n.words) <= LABEL_WORDS or _numbers(n) >= 0.5 * len(n.words)]
    found: list[Chart] = []
    for scale in _scales(free):
        if any(scale[0] is n for _, labels in found for n in labels):
            continue
        ground = None if _in_rows(scale, lines) else _ground(page, scale)
        taken = {id(n) for _, labels in found for n in labels}
        labels = [n for n in free if id(n) not in taken and _belongs(n, scale, ground)]
        if ground is not None:
            found.append((hull([n.box for n in labels]), labels))
    return found


def _scales(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of numbers under one another, the longest first."""
    columns: dict[tuple[bool, int], list[tuple[Line, float]]] = defaultdict(list)
    for line in lines:
        number = _value(line.text)
        if number is not None:
            columns[True, round(line.x1 / 3)].append((line, number))
            columns[False, round(line.x0 / 3)].append((line, number))
    runs: list[list[Line]] = []
    for column in columns.values():
        if len(column) < TICKS:
            continue
        run: list[tuple[Line, float]] = []
        for tick in sorted(column, key=lambda t: t[0].baseline):
            if len(run) > 1 and not _goes_on(run, tick):
                runs.append([n for n, _ in run])
                run = run[-1:]
            run.append(tick)
            if len(run) == 2 and run[1][1] >= run[0][1]:
                run = run[1:]
        runs.append([n for n, _ in run])
    return sorted((r for r in runs if len(r) >= TICKS), key=len, reverse=True)


def _in_rows(scale: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Most numbers have words beside them, or they are years: the first column of a table."""
    years = all(re.fullmatch(r"(?:19|20)\d\d", n.text) for n in scale)
    words = [n for n in lines if _value(n.text) is None]
    return years or sum(any(same_baseline(n, w) for w in words) for n in scale) > 0.5 * len(scale)


def _goes_on(run: Sequence[tuple[Line, float]], tick: tuple[Line, float]) -> bool:
    """The tick stands as far below the last one, in place and value, as the second below the first."""
    (first, top), (second, next_) = run[:2]
    distance, step = second.baseline - first.baseline, next_ - top
    last, value = run[-1]
    even = abs(tick[0].baseline - last.baseline - distance) <= max(1.5, 0.06 * distance)
    return even and abs(tick[1] - value - step) <= 0.02 * abs(step)


def _value(text: str) -> float | None:
    """
    >>> [_value(t) for t in ("70 000", "2.5%", "-5", "1,000", "3 a")]
    [70000.0, 2.5, -5.0, 1000.0, None]
    """
    plain = text.strip("$€£% ")
    if not _NUMBER.fullmatch(plain):
        return None
    if re.fullmatch(r"\D?\d{1,3}(?:[.,\s]\d{3})+", plain):
        plain = re.sub(r"[.,\s]", "", plain)
    return float(re.sub("[–−]", "-", plain).replace(",", "."))


def _numbers(line: Line) -> int:
    return sum(_value(w.text) is not None for w in line.words)


def _ground(page: RawPage, scale: Sequence[Line]) -> Box | None:
    """What is drawn beside the scale: its grid, its bars, the picture it lies on."""
    frame, reach = hull([n.box for n in scale]), REACH * scale[0].size
    drawn = [*page.pictures, *(f.box for f in page.fills), *(Box(*r) for r in page.rulings)]
    limit = 0.5 * page.width * page.height
    beside = [
        b
        for b in drawn
        if b.bottom > frame.top
        and b.top < frame.bottom
        and b.x0 < frame.x1 + reach
        and b.x1 > frame.x0 - reach
        and (b.x1 - b.x0) * (b.bottom - b.top) < limit
        and b.bottom - b.top < 2 * (frame.bottom - frame.top)
    ]
    return hull([frame, *beside]) if beside else None


def _belongs(line: Line, scale: Sequence[Line], ground: Box | None) -> bool:
    """Printed on the chart or at its edge in letters like those of the scale."""
    if any(line is n for n in scale):
        return True
    if ground is None or line.size > 1.3 * scale[0].size:
        return False
    edge = REACH * scale[0].size
    middle = (line.top + line.bottom) / 2
    across = ground.x0 - edge < line.x0 and line.x1 < ground.x1 + edge
    return across and scale[0].top - scale[0].size < middle < max(ground.bottom, scale[-1].bottom) + edge
