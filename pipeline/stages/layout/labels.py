"""Printed page labels: numbers seen in the margins as a sequence over pages; the file's own labels where they agree."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pipeline.raw import RawPage
from pipeline.stages.layout.furniture import margin_rows
from pipeline.stages.layout.lines import Line
from pipeline.stages.layout.options import LayoutOptions

_ROMAN: Final = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_WORD = r"(?:page|página|pagina|pág|pag|p|seite|стр|صفحة|الصفحة)"
_LABEL = r"(?P<label>\d{1,4}|[ivxlc]{1,8}|[IVXLC]{1,8}|(?:[A-Z]{1,2}|\d{1,2})[-–.]\d{1,3})"
_WHOLE = re.compile(rf"^\W*(?:{_WORD}\b[\s.:]*)?{_LABEL}(?:\s*(?:of|de|sur|/|из|من)\s*\d{{1,4}})?\W*$", re.IGNORECASE)
_FIRST = re.compile(rf"^{_LABEL}\s*(?:[|•·–—]\s*|\s+)\S")
_LAST = re.compile(rf"\S(?:\s*[|•·–—]\s*|\s+)(?:{_WORD}\b[\s.:]*)?{_LABEL}$", re.IGNORECASE)
_OF = re.compile(rf"{_WORD}\b[\s.:]*{_LABEL}\s*(?:of|de|sur|/)\s*\d{{1,4}}$", re.IGNORECASE)
_ARABIC_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


class Seen(NamedTuple):
    """A number in the margin: `series` tells sequences apart, `value` counts within it."""

    series: tuple[str, str]
    value: int
    text: str
    alone: bool
    place: tuple[str, int, float] = ("", 0, 0.0)


def roman(text: str) -> int | None:
    """The value of a well-formed roman number.

    >>> roman("xiv"), roman("IX"), roman("iiii"), roman("civil")
    (14, 9, None, None)
    """
    digits = [_ROMAN.get(ch, 0) for ch in text.lower()]
    if not digits or 0 in digits:
        return None
    value = sum(-d if d < max(digits[i + 1 :], default=0) else d for i, d in enumerate(digits))
    return value if as_roman(value) == text.lower() else None


def as_roman(value: int) -> str:
    """
    >>> as_roman(44)
    'xliv'
    """
    steps = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
    text = ""
    for step, letters in steps:
        while value >= step:
            text += letters
            value -= step
    return text


def read_label(text: str) -> Seen | None:
    """The label that a line of the margin carries, if its form allows one.

    >>> read_label("Page 7 of 20").text, read_label("12 | Key findings").value, read_label("A-3").series
    ('7', 12, ('chapter', 'A-'))
    """
    plain = " ".join(text.translate(_ARABIC_DIGITS).split())
    alone = True
    match = _WHOLE.match(plain)
    if match is None:
        alone = False
        match = _OF.search(plain) or _FIRST.match(plain) or _LAST.search(plain)
    if match is None:
        return None
    label = match.group("label")
    if label.isdigit():
        return Seen(("arabic", ""), int(label), label, alone)
    chapter = re.match(r"^(.+[-–.])(\d+)$", label)
    if chapter:
        return Seen(("chapter", chapter.group(1)), int(chapter.group(2)), label, alone)
    value = roman(label)
    if value is None or not (label.islower() or label.isupper()):
        return None
    return Seen(("roman", "i" if label.islower() else "I"), value, label, alone)


def page_labels(
    pages: Sequence[RawPage], lines: Mapping[int, Sequence[Line]], options: LayoutOptions
) -> dict[int, str | None]:
    """Page number -> printed label, None where none can be told."""
    seen: dict[int, list[Seen]] = {}
    for page in pages:
        found = []
        for row in margin_rows(page, lines[page.number], options):
            texts = [n.text for n in row.lines]
            whole = " ".join(texts)
            height = row.y if row.zone == "top" else row.y - page.height
            place = (row.zone, round(height), row.lines[0].size)
            found += [s._replace(place=place) for t in dict.fromkeys([*texts, whole]) if (s := read_label(t))]
        seen[page.number] = found
    runs = _sequences(seen, len(pages))
    _add_lone(runs, seen)
    printed: dict[int, str | None] = {p.number: runs.get(p.number) for p in pages}
    own = {p.number: p.label for p in pages}
    if any(own.values()):
        agree = sum(1 for n, label in printed.items() if label is not None and _same(own[n], label))
        differ = sum(1 for n, label in printed.items() if label is not None and not _same(own[n], label))
        plain = all(label == str(n) for n, label in own.items())
        if agree == differ == 0 and not plain:
            return own
        if agree > 0 and differ <= 0.05 * agree:
            for n, labels in seen.items():
                fitting = [s.text for s in labels if _same(own[n], s.text)]
                if printed[n] is None and fitting:
                    printed[n] = fitting[0]
            inner = [n for n, label in printed.items() if label is not None]
            return {n: label or (own[n] if inner[0] < n < inner[-1] else None) for n, label in printed.items()}
    return _filled(printed, seen)


def _sequences(seen: Mapping[int, list[Seen]], count: int) -> dict[int, str]:
    """For each page the label that continues the best supported sequence."""
    support: Counter[tuple[tuple[str, str], int]] = Counter()
    alone: Counter[tuple[tuple[str, str], int]] = Counter()
    for number, labels in seen.items():
        for series, value in {(s.series, s.value) for s in labels}:
            support[series, value - number] += 1
        for series, value in {(s.series, s.value) for s in labels if s.alone}:
            alone[series, value - number] += 1
    least = 3 if count >= 6 else 2
    chosen: dict[int, str] = {}
    for number, labels in seen.items():
        best: tuple[int, int, str] | None = None
        for s in labels:
            key = (s.series, s.value - number)
            enough = 2 if s.series[0] in ("roman", "chapter") and alone[key] >= 2 else least
            if support[key] < enough or not _beside(seen, number, s):
                continue
            rank = (support[key], alone[key], s.text)
            if best is None or rank[:2] > best[:2]:
                best = rank
        if best is not None:
            chosen[number] = best[2]
    return chosen


def _add_lone(chosen: dict[int, str], seen: Mapping[int, list[Seen]]) -> None:
    """A page out of sequence (an excerpt, an annex) whose number stands just where the other pages have theirs."""
    places = Counter(s.place for n, label in chosen.items() for s in seen[n] if s.text == label and s.alone)
    for number, labels in seen.items():
        if number in chosen:
            continue
        fitting = {s.text for s in labels if s.alone and places[s.place] >= 3}
        if len(fitting) == 1:
            chosen[number] = fitting.pop()


def _beside(seen: Mapping[int, list[Seen]], number: int, label: Seen) -> bool:
    """A page within four before or after carries the fitting number of the same sequence."""
    return any(
        other.series == label.series and other.value - n == label.value - number
        for n in range(number - 4, number + 5)
        if n != number
        for other in seen.get(n, ())
    )


def _filled(printed: dict[int, str | None], seen: Mapping[int, list[Seen]]) -> dict[int, str | None]:
    """Pages without a number between two pages of one sequence get the number that is left out."""
    known = {n: s for n, label in printed.items() if label for s in seen[n] if s.text == label}
    result = dict(printed)
    numbers = sorted(known)
    by_series: dict[tuple[tuple[str, str], int], list[int]] = defaultdict(list)
    for n in numbers:
        by_series[known[n].series, known[n].value - n].append(n)
    for (series, offset), members in by_series.items():
        for a, b in itertools.pairwise(members):
            if all(result.get(n) is None for n in range(a + 1, b)):
                for n in range(a + 1, b):
                    result[n] = _written(series, n + offset)
    return result


def _written(series: tuple[str, str], value: int) -> str | None:
    if value < 1:
        return None
    if series[0] == "arabic":
        return str(value)
    if series[0] == "roman":
        return as_roman(value) if series[1] == "i" else as_roman(value).upper()
    return f"{series[1]}{value}"


def _same(own: str | None, printed: str) -> bool:
    return own is not None and own.strip().lower() == printed.strip().lower()
