"""Paragraphs that run on over a column or page break become one; notes, boxes and tables may stand between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipeline.stages.layout.classify import in_cells
from pipeline.stages.layout.compose import HYPHENS
from pipeline.stages.layout.lines import Line
from pipeline.stages.layout.paragraphs import TERMINAL, Draft

BETWEEN: Final = frozenset({"furniture", "footnote", "caption", "table", "box"})
RUNNING: Final = frozenset({"paragraph", "item", "box", "footnote"})


def join_over_breaks(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with the second halves appended to the first, in the order of the first halves."""
    kept: list[Draft] = []
    open_: dict[str, Draft] = {}
    ends = {(d.flow, _role(d)): id(d) for d in drafts if d.flow}
    starts = {(d.flow, _role(d)): id(d) for d in reversed(drafts) if d.flow}
    for draft in drafts:
        draft.last = ends.get((draft.flow, _role(draft))) == id(draft)
        draft.first = starts.get((draft.flow, _role(draft))) == id(draft)
    for draft in drafts:
        if draft.hidden or draft.kind == "furniture":
            kept.append(draft)
            continue
        role = _role(draft)
        before = open_.get(role)
        if before is not None and draft.first and _continues(before, draft):
            before.lines.extend(draft.lines)
            before.last = draft.last
            before.column = draft.column
            continue
        kept.append(draft)
        if draft.kind in RUNNING:
            open_[role] = draft
        if draft.kind == "heading":
            open_.pop(role, None)
            if draft.card is None:
                open_.pop("footnote", None)
    return kept


def _role(draft: Draft) -> str:
    if draft.kind == "footnote":
        return "footnote"
    return "card" if draft.card is not None else "body"


def _continues(before: Draft, draft: Draft) -> bool:
    last, line = before.lines[-1], draft.line
    if not before.last or before.flow == draft.flow or draft.kind not in ("paragraph", "box", "footnote"):
        return False
    if draft.marker is not None or not 0 <= draft.page - last.page <= 1:
        return False
    if draft.kind == "box" and before.card == draft.card and before.card is not None and last.page == line.page:
        same_card = True
    else:
        same_card = (before.card is None) == (draft.card is None)
    if not same_card or abs(last.size - line.size) > 0.07 * max(last.size, line.size):
        return False
    text, following = last.text.rstrip(), line.text
    if text.endswith(HYPHENS):
        return True
    if text.rstrip('”"»)’').endswith(TERMINAL):
        return False
    start = following.lstrip("(«“\"'")[:1]
    if start.islower():
        return True
    if line.bold and last.page == line.page:
        return False  # labels, cells, calls to act: each column has its own, however full its last line
    return _full(before, line) and last.style[1:3] == line.style[1:3]


def _full(draft: Draft, following: Line) -> bool:
    """The last line reaches the right edge, or the next word had no room in it: the sentence is not over."""
    if draft.column is None or in_cells(draft.lines[-1]):
        return False
    last, word = draft.lines[-1], following.words[0]
    room = draft.column.x1 - last.x1
    width = draft.column.x1 - draft.column.x0
    fits = word.x1 - word.x0 + 0.2 * last.size <= room
    return not fits or room < (0.1 if len(draft.lines) > 1 else 0.05) * width
