"""Words -> lines: stretches of print on one baseline without a wide gap."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from pipeline.raw import Style, Word
from pipeline.stages.layout.direction import is_rtl_text, logical
from pipeline.types import Box, Region

GAP: Final = 0.65
"""A gap wider than this share of the font size may be a gutter: the line is cut there (and healed in one column)."""
NARROWEST_GAP: Final = 4.5
OCR_GAP: Final = 1.6
"""OCR has cut the line at columns itself, and its boxes are less exact."""
SPACE: Final = 0.45
"""A space is narrower than this share of the font size where the line is not justified."""
WIDEST: Final = 3.0
"""No space of a justified line is wider than this many font sizes."""
TAB: Final = 4.0
"""Widest distance, in font sizes, between a bullet or item number and its text."""
RAISED: Final = 0.86
"""The number of a note is smaller than this share of its text."""

_NUMBER = re.compile(r"^(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\d{1,2}(?:\.\d{1,2}){1,3}\.?|\d{1,2}\.\d{3}\.)$")


@dataclass(slots=True)
class Line:
    """Words on one baseline, left to right. `page` counts from 1."""

    words: list[Word]
    page: int
    x0: float = 0.0
    top: float = 0.0
    x1: float = 0.0
    bottom: float = 0.0
    baseline: float = 0.0
    style: Style = field(default_factory=lambda: Style("", 0.0, False, False, 0))
    order: int = 0
    mirror: float = 0.0
    letters: Set[str] = frozenset()
    """Raised letters that mark footnotes of the document."""
    uniform: bool = False
    """All words have one style. Set with the box by `measure`, which follows every change of `words`."""
    _text: str | None = None

    def __post_init__(self) -> None:
        self.measure()

    def measure(self) -> None:
        """Set the box and the ruling style (that of most characters)."""
        words = self.words
        self._text = None
        self.x0, self.x1 = min([w.x0 for w in words]), max([w.x1 for w in words])
        first = words[0].style
        main = words
        self.uniform = all(w.style is first or w.style == first for w in words)
        if not self.uniform:
            weights: Counter[Style] = Counter()
            for w in words:
                weights[w.style] += len(w.text)
            first = weights.most_common(1)[0][0]
            main = [w for w in words if w.style == first]
        self.style = first
        self.baseline = sorted([w.baseline for w in main])[len(main) // 2]
        self.top, self.bottom = min([w.top for w in main]), max([w.bottom for w in main])

    def arrange(self) -> None:
        """Put the words in the order of reading: by place, runs of the other direction turned around."""
        ascii_ = "".join([w.text for w in self.words]).isascii()
        if self.mirror or (not ascii_ and any(is_rtl_text(w.text) for w in self.words)):
            self.words.sort(key=lambda w: w.x0)
            self.words = logical(self.words, rtl=bool(self.mirror))
            self._text = None

    @property
    def box(self) -> Box:
        return Box(self.x0, self.top, self.x1, self.bottom)

    @property
    def region(self) -> Region:
        """Where the line is printed, on the page as it is shown."""
        x0, x1 = (self.mirror - self.x1, self.mirror - self.x0) if self.mirror else (self.x0, self.x1)
        return Region(self.page, *(round(v, 1) for v in (x0, self.top, x1, self.bottom)))

    @property
    def size(self) -> float:
        return self.style.size

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = text_of(self.words)
        return self._text

    @property
    def bold(self) -> bool:
        return self.share(lambda s: s.bold) > 0.8

    def share(self, test: Callable[[Style], bool]) -> float:
        """The share of the characters whose style passes the test."""
        if self.uniform and self.text:
            return float(test(self.style))
        total = sum(len(w.text) for w in self.words)
        return sum(len(w.text) for w in self.words if test(w.style)) / max(total, 1)

    @property
    def hidden(self) -> bool:
        return self.words[0].hidden and all(w.hidden for w in self.words)


def text_of(words: Iterable[Word]) -> str:
    """The words' text with spaces where the print has them.

    >>> s = Style("", 10, False, False, 0)
    >>> text_of([Word("war.", 0, 0, 9, 9, 8, s), Word("2", 9, 0, 11, 5, 5, s, True), Word("In", 14, 0, 20, 9, 8, s)])
    'war.2 In'
    """
    return "".join([w.text if w.glued else " " + w.text for w in words]).removeprefix(" ")


Edge = tuple[float, float, float]
"""An upright edge on the page, `(x, top, bottom)`: a side of a panel or a ruling."""


def build_lines(
    words: Iterable[Word],
    page: int,
    mirror: float = 0.0,
    edges: Sequence[Edge] = (),
    letters: Set[str] = frozenset(),
) -> list[Line]:
    """Lines of upright words; those cut at wide gaps stay separate, and no line runs over one of the `edges`.

    `mirror`: the width of a mirrored page, else 0. `letters`: raised letters that mark footnotes.
    """
    chains: list[list[Word]] = []
    for word in words:
        if chains and _continues(chains[-1][-1], word) and not _parted(chains[-1][-1], word, edges):
            chains[-1].append(word)
        else:
            chains.append([word])
    pieces = [piece for chain in chains for piece in _cut(chain)]
    lines = _merged(
        [Line(piece, page, order=n, mirror=mirror, letters=letters) for n, piece in enumerate(pieces)], edges
    )
    for line in lines:
        line.arrange()
    return lines


def _continues(before: Word, word: Word) -> bool:
    size_before, size = before.style.size, word.style.size
    larger = size_before if size_before > size else size
    if not -0.6 * larger <= word.x0 - before.x1 < WIDEST * larger:
        return False
    return same_baseline(before, word) and before.hidden == word.hidden and before.artifact == word.artifact


def _parted(left: Word | Line, right: Word | Line, edges: Sequence[Edge]) -> bool:
    """An edge that is higher than a line stands between the two, in a gap wider than a space."""
    if not edges or right.x0 - left.x1 < SPACE * max(left.style.size, right.style.size):
        return False
    top, bottom = min(left.top, right.top), max(left.bottom, right.bottom)
    return any(left.x1 - 1 <= x <= right.x0 + 1 and a <= top + 1 and b >= bottom - 1 for x, a, b in edges)


def _cut(chain: list[Word]) -> list[list[Word]]:
    """The chain cut at gaps that may be gutters: wide, and wider than the other spaces of the line.

    In a justified line all spaces are wide; none of them is a gutter then.
    """
    gaps = [b.x0 - a.x1 for a, b in pairwise(chain)]
    if not gaps or max(gaps) < NARROWEST_GAP:
        return [chain]
    spaces = sorted(g for g, w in zip(gaps, chain[1:], strict=True) if not w.glued)
    usual = spaces[(len(spaces) - 1) // 2] if len(spaces) >= 3 else 0.0
    pieces = [[chain[0]]]
    for gap, before, word in zip(gaps, chain, chain[1:], strict=False):
        size = max(before.style.size, word.style.size)
        widest = OCR_GAP if word.style.font == "ocr" else GAP
        if gap >= max(widest * size, NARROWEST_GAP, 1.5 * usual):
            pieces.append([word])
        else:
            pieces[-1].append(word)
    return pieces


def same_baseline(a: Word | Line, b: Word | Line) -> bool:
    """On one line of print; a smaller word may be raised or lowered within the larger one's height."""
    size_a, size_b = a.style.size, b.style.size
    least, most = (size_a, size_b) if size_a <= size_b else (size_b, size_a)
    if abs(a.baseline - b.baseline) <= 0.2 * max(least, 1.0):
        return True
    if least > 0.85 * most:
        return False
    small, large = (a, b) if size_a <= size_b else (b, a)
    height = max(small.bottom - small.top, 0.1)
    return min(small.bottom, large.bottom) - max(small.top, large.top) > 0.6 * height


def _merged(lines: list[Line], edges: Sequence[Edge]) -> list[Line]:
    """Join pieces that stand side by side on one baseline (their order in the file was another)."""
    done = _Rows()
    for line in sorted(lines, key=lambda n: (n.x0, n.order)):
        best: Line | None = None
        for other in done.at(line):
            gap = line.x0 - other.x1
            size = max(line.size, other.size)
            if -0.6 * size <= gap < max(GAP * size, NARROWEST_GAP) and same_baseline(other, line):
                hidden = other.words[-1].hidden != line.words[0].hidden
                artifact = other.words[-1].artifact != line.words[0].artifact
                nearer = best is None or other.x1 > best.x1
                if not hidden and not artifact and nearer and not _parted(other, line, edges):
                    best = other
        if best is None:
            done.add(line)
        else:
            best.words.extend(line.words)
            best.order = min(best.order, line.order)
            best.measure()
            done.place(best)
    return _with_markers(sorted(done.lines, key=lambda n: n.order))


class _Rows:
    """Lines by the strips of the page that they touch, so that each is compared with those at its height alone."""

    STEP: Final = 12.0
    MOST: Final = 50
    """Lines that touch more strips (turned or huge print) are looked at for every other line."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._rows: dict[int, dict[int, Line]] = {}
        self._tall: dict[int, Line] = {}

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.place(line)

    def place(self, line: Line) -> None:
        touched = self._touched(line)
        if touched is None:
            self._tall[id(line)] = line
            return
        for row in touched:
            self._rows.setdefault(row, {})[id(line)] = line

    def at(self, line: Line) -> Iterable[Line]:
        """Lines that share a height with `line`."""
        touched = self._touched(line)
        if touched is None:
            near: Iterable[Line] = self.lines
        else:
            near = {k: n for row in touched for k, n in self._rows.get(row, {}).items()}.values()
            if self._tall:
                near = [*near, *self._tall.values()]
        return [n for n in near if n.bottom >= line.top and n.top <= line.bottom]

    def _touched(self, line: Line) -> range | None:
        first, last = line.top // self.STEP, line.bottom // self.STEP
        if not last - first <= self.MOST:  # also where a broken file has placed the line nowhere
            return None
        return range(int(first), int(last) + 1)


def _with_markers(lines: list[Line]) -> list[Line]:
    """A bullet or an item's number joins the text behind it, however wide the tab between them."""
    left: list[Line] = []
    for line in lines:
        if len(line.words) == 1 and ((mark := is_marker(line.words[0].text)) or _is_raised(line)):
            beside = [n for n in lines if n is not line and same_baseline(n, line)]
            behind = [
                n for n in beside if 0 < n.x0 - line.x1 < TAB * max(n.size, line.size) and (mark or _raises(line, n))
            ]
            if behind and (mark or not any(n.x1 <= line.x0 + 1 for n in beside)):
                text = min(behind, key=lambda n: n.x0)
                text.words = [line.words[0], *text.words]
                text.measure()
                continue
        left.append(line)
    return left


def _is_raised(line: Line) -> bool:
    """Perhaps the number of a footnote, set apart from its text."""
    text = line.words[0].text.strip(".)")
    return text.isdigit() and len(text) <= 3


def _raises(line: Line, text: Line) -> bool:
    return line.size < RAISED * text.size and line.baseline < text.baseline - 0.08 * text.size


def is_marker(text: str) -> bool:
    """A sign or number that begins an item.

    >>> [is_marker(t) for t in ("•", "\uf0b7", "3.", "(iv)", "b)", "2019", "Law")]
    [True, True, True, True, True, False, False]
    """
    return (len(text) == 1 and not text.isalnum() and text not in "()[]\"'%$€£+=&|/") or bool(_NUMBER.match(text))


def _in_the_corner(a: Line, b: Line) -> bool:
    """Small words far from a large title on its height ("July 2025"): another piece of print."""
    small, large = (a, b) if a.size < b.size else (b, a)
    gap = max(a.x0, b.x0) - min(a.x1, b.x1)
    words = all(sum(map(str.isalpha, n.text)) > 2 for n in (a, b))
    return words and small.size < RAISED * large.size and gap > TAB * large.size


def starts_note(line: Line, body: float = math.inf) -> bool:
    """Begins with a small number, or a letter that marks notes: a footnote. In print as large as the text (`body`),
    which endnotes may have, it must be raised too."""
    first = line.words[0]
    mark = first.text.strip(".)")
    if len(line.words) < 2 or first.style.size >= RAISED * line.size or not (mark.isdigit() or mark in line.letters):
        return False
    return line.size <= 0.95 * body or first.baseline < line.baseline - 0.1 * line.size


def heal(lines: list[Line]) -> list[Line]:
    """Lines of one column: pieces on one baseline become one line again, lines sorted top to bottom."""
    healed: list[Line] = []
    for line in sorted(lines, key=lambda n: (n.baseline, n.x0)):
        for other in reversed(healed[-4:]):
            aside = line.x0 >= other.x1 - 2 or line.x1 <= other.x0 + 2
            if aside and same_baseline(other, line) and not _in_the_corner(other, line):
                if line.x0 < other.x0 and line.words[0].glued:
                    line.words[0] = line.words[0]._replace(glued=False)
                other.words.extend(line.words)
                other.words.sort(key=lambda w: w.x0)
                other.arrange()
                other.measure()
                break
        else:
            healed.append(line)
    return sorted(healed, key=lambda n: n.baseline)
