"""Running heads, feet and page numbers: what repeats in the margins, digits aside. Marked, never dropped."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pipeline.raw import RawPage
from pipeline.stages.layout.lines import Line, same_baseline, starts_note
from pipeline.stages.layout.options import LayoutOptions

RANK: Final = 4
"""Only this many rows of print from the edge of the page can be furniture."""
SAME_HEIGHT: Final = 4.0
LONGEST: Final = 200
"""No running head has more characters than this."""
MOST_PAGES: Final = 0.6
"""What heads more than this share of the pages is the document's running head."""

_NUMBERS = re.compile(r"\d+|\b[ivxlc]{1,7}\b|\b[IVXLC]{1,7}\b")
_PAGE_NUMBER = re.compile(
    r"^\W*(?:(?:page|página|pagina|pág|pag|p|seite|страница|стр|صفحة|الصفحة)\b[\s.:]*)?"
    r"(?:\d{1,4}|[ivxlc]{1,7}|[IVXLC]{1,7}|[A-Z]{1,2}[-–.]\d{1,3}|\d{1,2}-\d{1,3})"
    r"(?:\s*(?:of|de|sur|/|из|من|\|)\s*\d{1,4})?[^\w.,;:]*$",
    re.IGNORECASE,
)
_SYMBOL = re.compile(r"[A-Z]{1,5}(?:/[\w.()-]+){2,}\*{0,3}")


@dataclass(slots=True)
class Row:
    """Lines on one baseline near an edge of a page; rank 0 is the outermost."""

    lines: list[Line]
    zone: str
    rank: int

    @property
    def y(self) -> float:
        return self.lines[0].baseline


def is_page_number(text: str) -> bool:
    """
    >>> [is_page_number(t) for t in ("12", "- iv -", "Page 3 of 20", "A-3", "In 2019", "1990.")]
    [True, True, True, True, False, False]
    """
    return bool(_PAGE_NUMBER.match(text.strip()))


def is_symbol(text: str) -> bool:
    """The symbol of a document of the United Nations.

    >>> [is_symbol(t) for t in ("A/80/48", "E/2025/24-E/CN.3/2025/37", "CMW/C/SLV/CO/3*", "and/or", "N/A", "Yes/No/NA")]
    [True, True, True, False, False, False]
    """
    return bool(_SYMBOL.fullmatch(text)) and any(map(str.isdigit, text))


def signature(text: str) -> str:
    """The text without numbers, case and spacing.

    >>> signature("Migration Governance  |  12") == signature("MIGRATION GOVERNANCE | 7")
    True
    """
    plain = re.sub(r"[^\w#]+|_+", " ", _NUMBERS.sub("#", text)).strip().lower()
    return plain if "#" not in plain or plain.strip("# ") else "#"


def margin_rows(page: RawPage, lines: Sequence[Line], options: LayoutOptions) -> list[Row]:
    """The outermost rows of print in the top and the bottom zone of the page, tables left out."""
    rows: list[Row] = []
    free = [n for n in lines if not n.hidden and not starts_note(n)]
    for zone in ("top", "bottom"):
        top = zone == "top"
        limit = page.height * (options.furniture_zone if top else 1 - options.furniture_zone)
        inside = [n for n in free if (n.baseline <= limit if top else n.baseline >= limit)]
        inside.sort(key=lambda n: n.baseline, reverse=not top)
        grouped: list[list[Line]] = []
        for line in inside:
            if grouped and same_baseline(grouped[-1][0], line):
                grouped[-1].append(line)
            else:
                grouped.append([line])
        rows += [Row(sorted(g, key=lambda n: n.x0), zone, rank) for rank, g in enumerate(grouped[:RANK])]
    return rows


def find_furniture(
    pages: Sequence[RawPage], lines: Mapping[int, Sequence[Line]], body: float, options: LayoutOptions
) -> set[int]:
    """`id()` of every line that is furniture."""
    rows = {p.number: margin_rows(p, lines[p.number], options) for p in pages}
    least = options.furniture_repeats if len(pages) >= 6 else 2
    seen: dict[tuple[str, str], list[tuple[int, Line, int]]] = defaultdict(list)
    for number, margin in rows.items():
        for row in margin:
            for line in row.lines:
                seen[row.zone, signature(line.text)].append((number, line, row.rank))
    found: set[int] = set()
    places: Counter[tuple[str, int, float, int]] = Counter()
    for (zone, sign), uses in seen.items():
        if not sign or len(sign) > LONGEST:
            continue
        heights = [u[1].baseline if zone == "top" else u[1].baseline - _height(pages, u[0]) for u in uses]
        places_of = _Places(uses, heights, SAME_HEIGHT if len(sign) < 20 else 7 * SAME_HEIGHT)
        for (_number, line, _rank), height in zip(uses, heights, strict=True):
            near = places_of.near(height, line.size)
            if len(near) < least:
                continue
            if sign == "#" and not (is_page_number(line.text) or places_of.times[line.text] >= 3):
                continue
            same = places_of.same(height, line)
            if sign != "#" and len(same) < least and not places_of.counted(height, line.size):
                continue
            large = line.size > options.heading_ratio * body and sign != "#"
            if large and not (len(same) >= least and _runs(same, len(pages))):
                continue
            found.add(id(line))
            places[zone, round(height / 3), line.size, line.style.color] += 1
    most = max(MOST_PAGES * len(pages), options.furniture_repeats)
    everywhere: set[str] = set()
    for (zone, sign), uses in seen.items():
        if zone == "top" and len({u[0] for u in uses}) > most:
            everywhere.update(u[1].text for u in uses)
        elif zone == "top" and "#" in sign:
            again = Counter(text for text, _ in {(u[1].text, u[0]) for u in uses})
            everywhere.update(text for text, n in again.items() if n > options.furniture_repeats)
    for number, margin in rows.items():
        page_height = _height(pages, number)
        for zone in ("top", "bottom"):
            inner = [r for r in margin if r.zone == zone]
            _outermost(inner, zone, page_height, found, places, body, 4 if len(pages) >= 8 else 2)
            if zone == "top":
                _heads_the_page(inner, found, body, everywhere)
    return found


def _outermost(
    rows: list[Row],
    zone: str,
    page_height: float,
    found: set[int],
    places: Counter[tuple[str, int, float, int]],
    body: float,
    enough: int,
) -> None:
    """Walk inwards: keep what is furniture or stands where and as furniture stands; stop at the first body row."""
    open_ = True
    for n, row in enumerate(rows):
        inner = rows[n + 1] if n + 1 < len(rows) else None
        apart = inner is None or abs(inner.y - row.y) > 1.7 * row.lines[0].size
        if zone == "top" and n and _heads_the_text(row, rows[n - 1], inner, found, body):
            open_ = False
        for line in row.lines:
            if not open_:
                found.discard(id(line))
                continue
            if line.words[0].artifact or (zone == "top" and is_symbol(line.text)):
                found.add(id(line))
            height = line.baseline if zone == "top" else line.baseline - page_height
            like = sum(places[zone, round(height / 3) + d, line.size, line.style.color] for d in (-1, 0, 1))
            unlike_body = line.size < 0.95 * body or (line.size <= 1.02 * body and apart)
            sentence = line.text.rstrip().endswith((".", ",", ";"))
            if (like >= enough and unlike_body and not sentence) or (is_page_number(line.text) and like >= 2):
                found.add(id(line))
        if open_ and not any(id(n) in found for n in row.lines):
            open_ = not any(ch.isalpha() for n in row.lines for ch in n.text)
        elif open_ and not all(id(n) in found for n in row.lines):
            # A number beside a running head that changes: the row as a whole stands in the margin.
            loose = [n for n in row.lines if id(n) not in found]
            if all((n.size < 0.95 * body or (n.size <= 1.02 * body and apart)) and len(n.text) < 120 for n in loose):
                found.update(id(n) for n in loose)
            else:
                open_ = False


def _heads_the_text(row: Row, outer: Row, inner: Row | None, found: set[int], body: float) -> bool:
    """A heading that many pages begin with ("Well-developed areas"): near the text below, far from the running head."""
    line = row.lines[0]
    if inner is None or all(id(n) in found for n in inner.lines) or line.size < 0.98 * body or not line.bold:
        return False
    if any(ch.isdigit() for n in row.lines for ch in n.text) or not all(id(n) in found for n in outer.lines):
        return False
    return inner.y - row.y < 2.2 * line.size and row.y - outer.y > 1.5 * (inner.y - row.y)


def _heads_the_page(rows: list[Row], found: set[int], body: float, everywhere: set[str]) -> None:
    """A bold or large line right above the text is the heading of the page, however often its words return.

    Not so what stands `everywhere`: on most pages, or with the same number (a symbol, a title with a year) on some.
    """
    marked = [r for r in rows if all(id(n) in found for n in r.lines)]
    inner = [r for r in rows if r not in marked]
    if not marked or not inner or marked[-1].rank > inner[0].rank:
        return
    last = marked[-1]
    if any(n.text in everywhere for n in last.lines):
        return
    size = last.lines[0].size
    near = inner[0].y - last.y < 2.2 * max(size, inner[0].lines[0].size)
    if near and all(n.bold or n.size > 1.05 * body for n in last.lines) and not is_page_number(last.lines[0].text):
        found.difference_update(id(n) for n in last.lines)


class _Places:
    """Where the lines of one wording stand; each question is worked out once for all lines that stand alike."""

    def __init__(self, uses: list[tuple[int, Line, int]], heights: list[float], reach: float) -> None:
        self._uses, self._heights, self._reach = uses, heights, reach
        self.times = Counter(u[1].text for u in uses)
        self._pages: dict[str, set[int]] = defaultdict(set)
        for number, line, _rank in uses:
            self._pages[line.text].add(number)
        self._near: dict[tuple[float, float], frozenset[int]] = {}
        self._same: dict[tuple[float, float, str], frozenset[int]] = {}
        self._counted: dict[tuple[float, float], bool] = {}

    def near(self, height: float, size: float) -> frozenset[int]:
        """Pages with a line of the wording at nearly this height in nearly this size."""
        if (height, size) not in self._near:
            self._near[height, size] = frozenset(
                u[0]
                for u, h in zip(self._uses, self._heights, strict=True)
                if abs(h - height) <= self._reach and abs(u[1].size - size) <= 0.1 * size
            )
        return self._near[height, size]

    def same(self, height: float, line: Line) -> frozenset[int]:
        """Those of them that have just the text of `line`, numbers included."""
        key = (height, line.size, line.text)
        if key not in self._same:
            self._same[key] = self.near(height, line.size) & self._pages[line.text]
        return self._same[key]

    def counted(self, height: float, size: float) -> bool:
        """The lines differ by a number that counts the pages."""
        if (height, size) not in self._counted:
            near = self.near(height, size)
            offsets: Counter[int] = Counter()
            for number, line, _rank in self._uses:
                if number in near:
                    offsets.update({int(digits) - number for digits in re.findall(r"\d{1,4}", line.text)})
            enough = bool(offsets) and offsets.most_common(1)[0][1] >= 0.6 * len(near)
            self._counted[height, size] = enough
        return self._counted[height, size]


@lru_cache(maxsize=256)
def _runs(numbers: frozenset[int], pages: int) -> bool:
    """A large line that repeats is furniture only on four pages in a row, or on two fifths of all."""
    ordered = sorted(numbers)
    run = longest = 1
    for a, b in itertools.pairwise(ordered):
        run = run + 1 if b - a <= 2 else 1
        longest = max(longest, run)
    return longest >= 4 or len(ordered) >= 0.4 * pages


def _height(pages: Sequence[RawPage], number: int) -> float:
    return pages[number - 1].height
