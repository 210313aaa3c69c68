"""What is put in order on a page: lines, boxes, tables and pictures with their places, and the flows that come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.stages.layout.lines import Line
from pipeline.types import Box


@dataclass(slots=True)
class Item:
    """Something with a place in the order: a line, a box with its own items, a table or a picture."""

    box: Box
    line: Line | None = None
    inner: list[Item] = field(default_factory=list)
    table: int = -1
    picture: bool = False

    @property
    def boxed(self) -> bool:
        return bool(self.inner)


@dataclass(slots=True)
class Flow:
    """Lines of one column of one region, top to bottom; `table` is the number of a table instead; `box` if carded."""

    lines: list[Line]
    box: Box
    table: int = -1
    card: Box | None = None


Strip = tuple[float, float]
"""A gutter: the horizontal stretch `(a, b)` between two columns."""


def sides(band: Sequence[Item], a: float, b: float) -> tuple[list[Item], list[Item]]:
    middle = (a + b) / 2
    left: list[Item] = []
    right: list[Item] = []
    for i in band:
        on_left = i.box.x1 <= b if i.line is not None else (i.box.x0 + i.box.x1) / 2 < middle
        (left if on_left else right).append(i)
    return left, right


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box around them."""
    return Box(
        min(b.x0 for b in boxes), min(b.top for b in boxes), max(b.x1 for b in boxes), max(b.bottom for b in boxes)
    )
