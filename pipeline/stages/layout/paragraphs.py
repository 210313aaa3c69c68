"""Lines of one column -> drafts of blocks: where a paragraph, an item, a note or a heading begins and ends."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Final

from pipeline.stages.layout.items import Flow
from pipeline.stages.layout.lines import Line, starts_note
from pipeline.types import BlockKind, Box

BULLETS: Final = frozenset("•◦▪▫‣●○■□►▶➢➤✓✔◆◇❖♦➔→⇒·∙⁃*§✦☐")
DASHES: Final = frozenset("–—-−")
_NUMBER = re.compile(r"^(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\d{1,2}(?:\.\d{1,2}){1,3}\.?|\d{1,2}\.\d{3}\.)$")
LOOSE: Final = (1.45, 1.75)
"""Font sizes from a line to the next of one sentence, at most; the second where that begins with a small letter."""
LONG: Final = 40
"""Characters of a line that is full because of its text, not because its column is narrow."""
SIGNS: Final = ("wingdings", "webdings", "dingbats", "symbol")
"""Fonts whose letters are signs."""
TERMINAL: Final = (".", "!", "?", ":", ";", ".”", '."', "؟", "۔")


@dataclass(slots=True)
class Draft:
    """A block in the making. `flow` numbers the column it stands in, `first` and `last` its place there."""

    kind: BlockKind
    lines: list[Line]
    page: int
    flow: int = 0
    first: bool = False
    last: bool = False
    card: Box | None = None
    column: Box | None = None
    level: int | None = None
    marker: str | None = None
    table: int = -1
    hidden: bool = False
    title: bool = False
    text: str = ""

    @property
    def line(self) -> Line:
        return self.lines[0]

    @property
    def box(self) -> Box:
        return Box(
            min(n.x0 for n in self.lines),
            min(n.top for n in self.lines),
            max(n.x1 for n in self.lines),
            max(n.bottom for n in self.lines),
        )


@dataclass(slots=True)
class _Column:
    """What holds for a column's lines: right edge, usual distance of baselines by size."""

    left: float
    right: float
    leading: dict[float, float] = field(default_factory=dict)

    def expected(self, size: float) -> float:
        return self.leading.get(round(size), 1.22 * size)


def paragraphs(flow: Flow, number: int, body: float) -> list[Draft]:
    """Drafts of the flow's lines, kinds `paragraph` and `item` (headings, notes and captions are told later)."""
    lines = flow.lines
    column = _column(lines)
    drafts: list[Draft] = []
    for i, line in enumerate(lines):
        following = lines[i + 1] if i + 1 < len(lines) else None
        if drafts and not _begins(drafts[-1], line, following, column, body):
            drafts[-1].lines.append(line)
            continue
        drafts.append(Draft("paragraph", [line], line.page, number, card=flow.card, column=flow.box))
    for draft in drafts:
        marker = item_marker(draft.line)
        if marker is not None:
            draft.kind, draft.marker = "item", marker
    return drafts


def item_marker(line: Line) -> str | None:
    """The bullet or number that the line begins with, if text follows it.

    A letter counts only in a font of signs, `o` in any other font than the text behind it.
    """
    if len(line.words) < 2:
        return None
    first, second = line.words[0], line.words[1]
    text = first.text
    if len(text) == 1 and (text in BULLETS or "\ue000" <= text <= "\uf8ff"):
        return text
    if len(text) == 1 and text in DASHES and not second.glued:
        return text
    other = first.style.font != second.style.font and not second.glued
    if other and len(text) == 1 and (text == "o" or any(name in first.style.font.lower() for name in SIGNS)):
        return text
    if not second.glued and _NUMBER.match(text):
        return text
    return None


def is_bullet(marker: str) -> bool:
    """A sign (a letter alone is one in its font), not a number or letter that belongs to the text."""
    return len(marker) == 1


def _column(lines: list[Line]) -> _Column:
    ends = sorted((n.x1 for n in lines), reverse=True)
    right = ends[1] if len(ends) > 8 and ends[0] - ends[1] > 3 * lines[0].size else ends[0]
    gaps: dict[float, list[float]] = {}
    for a, b in itertools.pairwise(lines):
        distance = b.baseline - a.baseline
        if abs(a.size - b.size) < 0.5 and 0.85 * a.size < distance < 2.2 * a.size:
            gaps.setdefault(round(a.size), []).append(distance)
    leading = {size: min(sorted(v)[len(v) // 4], 1.75 * size) for size, v in gaps.items() if v}
    return _Column(min(n.x0 for n in lines), right, leading)


def _begins(draft: Draft, line: Line, following: Line | None, column: _Column, body: float) -> bool:
    """Whether a new block begins with `line`."""
    before = draft.lines[-1]
    size = max(before.size, line.size, 1.0)
    distance = line.baseline - before.baseline
    if 0 <= distance < 1.5 * size and _display(draft, line, body):
        return False
    if _runs_on(before, line, column):
        return False
    if distance > column.expected(line.size) + 0.22 * size or distance < 0:
        return True
    if abs(before.size - line.size) > 0.07 * size:
        return True
    if before.bold != line.bold and not _inline_bold(before, line, full=not _short(before, line, column)):
        return True
    if before.words[-1].style.color != line.style.color != before.style.color and _plain(before) and _plain(line):
        return True
    large = line.size > 1.1 * body
    finished = _finished(before)
    marker = item_marker(line)
    if marker is not None and _starts_item(draft, line, marker, finished=finished, column=column):
        return True
    if starts_note(line, body) and (finished or starts_note(draft.line, body)):
        return True
    if large:
        return False
    return _indented(draft, line, following, column, finished=finished) or (
        finished and _short(before, line, column) and not _centred(before, column)
    )


def _display(draft: Draft, line: Line, body: float) -> bool:
    """One sentence in a panel, set in letters of several sizes, all larger than the text ("a los / 795 MILLONES / de
    personas"): it is not over, and goes on in a small letter or a figure."""
    before = draft.lines[-1]
    if draft.card is None or min(before.size, line.size) < 1.1 * body or _finished(before):
        return False
    starts = line.text[:1]
    return starts.islower() or (starts.isdigit() and item_marker(line) is None)


def _runs_on(before: Line, line: Line, column: _Column) -> bool:
    """One sentence, however far its lines stand apart (items are often set looser or tighter than the text around):
    the line before is full and not over, and its last word looks like the next."""
    if _finished(before) or _short(before, line, column) or item_marker(line) is not None or starts_note(line):
        return False
    lower = line.text[:1].islower()
    last, first = before.words[-1].style, line.words[0].style
    alike = last[2:] == first[2:] and last.font == first.font
    same = abs(last.size - first.size) <= (0.1 if lower else 0.01) * first.size
    near = 0 <= line.baseline - before.baseline < LOOSE[lower] * max(before.size, line.size)
    return alike and same and near and (lower or len(before.text) >= LONG)


def _starts_item(draft: Draft, line: Line, marker: str, *, finished: bool, column: _Column) -> bool:
    if is_bullet(marker) and marker not in DASHES:
        return True
    if marker[-1].isdigit() and line.words[1].text[:1].islower() and not finished:
        return False  # "1.4 billion" at the beginning of a line
    opener = item_marker(draft.line)
    same_place = abs(draft.line.x0 - line.x0) < 0.6 * line.size
    if opener is not None and same_place and is_bullet(opener) == is_bullet(marker):
        return True
    left_of = line.x0 < draft.lines[-1].x0 - 0.5 * line.size
    return finished or _short(draft.lines[-1], line, column) or (left_of and opener is not None)


def _inline_bold(before: Line, line: Line, *, full: bool) -> bool:
    """Bold words inside a sentence that happen to fill a line (`full`: it had no room for the next word)."""
    if _finished(before):
        return False
    if before.bold:  # a bold beginning that runs on into the next line, or ends with the line or shortly before
        return line.words[0].style.bold or not before.words[-1].style.bold or (full and line.text[:1].islower())
    return before.words[-1].style.bold or (line.text[:1].islower() and not _short_of_words(line))


def _short_of_words(line: Line) -> bool:
    return len(line.words) < 2


def _plain(line: Line) -> bool:
    return line.share(lambda s: s.color == line.style.color) > 0.9


def _finished(line: Line) -> bool:
    return line.text.rstrip('”"»)’0123456789').endswith(TERMINAL) or line.text.endswith(TERMINAL)


def _short(before: Line, line: Line, column: _Column) -> bool:
    """The first word of the line would have fitted behind the line before: the break was wanted."""
    word = line.words[0]
    return column.right - before.x1 > (word.x1 - word.x0) + 0.8 * line.size


def _centred(line: Line, column: _Column) -> bool:
    return abs((line.x0 - column.left) - (column.right - line.x1)) < line.size and line.x0 > column.left + 2 * line.size


def _indented(draft: Draft, line: Line, following: Line | None, column: _Column, *, finished: bool) -> bool:
    """A first line that is set in, or a return to the margin after hanging lines."""
    before = draft.lines[-1]
    step = 0.7 * line.size
    if line.x0 > before.x0 + step and len(draft.lines) > 1 and finished and not _centred(line, column):
        return following is None or following.x0 < line.x0 - step
    if line.x0 < before.x0 - step and finished:
        if len(draft.lines) > 1:
            return True
        return item_marker(draft.line) is not None or before.x0 < column.left + step
    return False
