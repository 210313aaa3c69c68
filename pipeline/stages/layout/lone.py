"""Headings that stand in one column and head both."""

from __future__ import annotations

from typing import Final

from pipeline.stages.layout.items import Item, sides

LARGE: Final = 1.15


def lone_headings(rest: list[Item], a: float, b: float) -> list[Item]:
    """Large short lines beside which the other column is empty: they head both columns.

    On the right they do so only beside notes in small print (also above the first note), else a heading there begins
    its own column. All lines of a heading must stand so.
    """
    sizes = sorted(i.line.size for i in rest if i.line is not None)
    if len(sizes) < 6:
        return []
    body = sizes[len(sizes) // 2]
    columns = sides(rest, a, b)
    prints = sorted(i.line.size for i in columns[0] if i.line is not None)
    notes = bool(prints) and prints[len(prints) // 2] < 0.95 * body
    found: list[Item] = []
    for side, other in (columns, columns[::-1]) if notes else (columns,):
        for item in side:
            if item.line is None or item.line.size < 1.25 * body:
                continue
            margin = 0.3 * item.line.size
            beside = [i for i in other if i.box.bottom > item.box.top - margin and i.box.top < item.box.bottom + margin]
            above = notes or any(i.box.bottom < item.box.top for i in other)
            around = above and any(i.box.top > item.box.bottom for i in other)
            if not beside and around:
                found.append(item)
    return [i for i in found if not any(_one_heading(i, o) for o in rest if not any(o is f for f in found))]


def second_lines(spanning: list[Item], rest: list[Item]) -> list[Item]:
    """The short last lines of headings that run over both columns, with nothing beside them."""
    found: list[Item] = []
    above = [i for i in spanning if i.line is not None and (i.line.bold or i.line.size > LARGE * _usual(rest))]
    for item in sorted(rest, key=lambda i: i.box.top) if above else ():
        heads = any(_one_heading(item, o) and item.box.top > o.box.top for o in above)
        if heads and not any(
            o.box.bottom > item.box.top and o.box.top < item.box.bottom for o in rest if o is not item
        ):
            found.append(item)
            above.append(item)
    return found


def _usual(items: list[Item]) -> float:
    sizes = sorted(i.line.size for i in items if i.line is not None)
    return sizes[len(sizes) // 2] if sizes else 0.0


def _one_heading(item: Item, other: Item) -> bool:
    """The two lines follow each other in one look."""
    a, b = item.line, other.line
    if a is None or b is None or abs(a.size - b.size) > 0.5 or a.x1 < b.x0 or b.x1 < a.x0:
        return False
    return a.bold == b.bold and abs(a.baseline - b.baseline) < 1.5 * a.size
