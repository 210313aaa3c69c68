"""Levels of headings: from the bookmarks, from the table of contents, else from looks and numbers.

The table of contents says which heading stands under which; its lines are found again as headings on the pages that
they name, and a look takes the level that most of its headings have there.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from pipeline.raw import OutlineEntry
from pipeline.stages.layout.lines import Line
from pipeline.stages.layout.paragraphs import Draft

DEEPEST: Final = 9
ALIKE: Final = 90
"""Of 100: how much a heading must be like its bookmark or its line in the table of contents."""
FEWEST: Final = 4
SHARE: Final = 0.25
"""Fewer entries found again, or a smaller share of all, tell nothing."""
SAME_INDENT: Final = 4.0

_NUMBERED = re.compile(
    r"^(?:(?:chapter|chapitre|capítulo|capitulo|part|partie|parte|section|sección|domain|domaine|dominio|domínio|annex"
    r"|annexe|anexo|الفصل|المجال)\s+)?(\d{1,2}(?:\.\d{1,2}){0,4}|[IVX]{1,5}|[A-Z])[.):]?\s+\S",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"^(.{3,}?)(?:\s*[._·…]{3,}|(?:\s\.){3,})[\s._·…]*([\divxlc]{1,5})$", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:(?:chapter|chapitre|cap[ií]tulo|part|partie|parte|section|annex|annexe|anexo) )?(?:(?:\d+|[ivx]+|[a-z]) )+"
)
_CAPTION = re.compile(r"^(?:figure|fig|table|tableau|tabla|cuadro|graph|graphique|gráfico|chart|box|encadré|map) \d")

Look = tuple[float, bool, bool, bool]
Key = tuple[float, ...]


class Entry(NamedTuple):
    """One line of a table of contents: the title, the printed page that it names, how it is printed."""

    title: str
    label: str
    line: Line


def look_of(draft: Draft) -> Look:
    """Size, weight, capitals, slant: the more prominent look sorts first."""
    line = draft.line
    italic = line.share(lambda s: s.italic) > 0.9
    return (-round(line.size * 2) / 2, not line.bold, draft.text.upper() != draft.text, italic)


def depth_of(text: str) -> int:
    """How deep the heading's number goes: `2` 1, `2.1` 2; 0 without a number.

    >>> [depth_of(t) for t in ("2.1 Law", "Domain 3: Partnerships", "IV. Data", "Law")]
    [2, 1, 1, 0]
    """
    match = _NUMBERED.match(text)
    return match.group(1).count(".") + 1 if match else 0


def set_levels(
    headings: Sequence[Draft],
    outline: Sequence[OutlineEntry],
    contents: Sequence[Entry],
    labels: Mapping[int, str | None],
) -> None:
    """Set the level of each heading; the paths that follow from the levels are those of the looks or of the entries."""
    ranks = _ranks(headings)
    known = _by_outline(headings, outline) or _by_contents(headings, contents, labels)
    keys: list[Key] = [(float(r),) for r in ranks]
    if known:
        keys = _adopted(headings, ranks, known)
    for draft, level in zip(headings, nested(keys), strict=True):
        draft.level = min(level, DEEPEST)


def nested(keys: Sequence[Key]) -> list[int]:
    """Levels such that what stands under what stays, with as few levels as that takes.

    >>> nested([(1.0,), (5.0,), (7.0,), (5.0,), (1.0,), (7.0,)])
    [1, 2, 3, 2, 1, 3]
    """
    parents: dict[Key, set[Key]] = defaultdict(set)
    stack: list[Key] = []
    for key in keys:
        while stack and stack[-1] >= key:
            stack.pop()
        if stack:
            parents[key].add(stack[-1])
        stack.append(key)
    levels: dict[Key, int] = {}
    least = 1
    for key in sorted(set(keys)):
        least = max(least, 1 + max((levels[p] for p in parents[key]), default=0))
        levels[key] = least
    return [levels[key] for key in keys]


def contents_entries(drafts: Sequence[Draft]) -> list[Entry]:
    """The lines of tables of contents among the drafts: a title, leaders, a page. A title may begin a line higher."""
    found: list[Entry] = []
    for draft in drafts:
        if draft.kind in ("furniture", "table") or draft.hidden:
            continue
        before: Line | None = None
        for line in draft.lines:
            match = _ENTRY.match(line.text.strip())
            if match is None:
                before = line if before is None else before
                continue
            title, first = match.group(1), line
            if before is not None and before.style == line.style and not before.text.rstrip().endswith("."):
                title, first = f"{before.text} {title}", before
            if not _CAPTION.match(_folded(title)):
                found.append(Entry(_folded(title), match.group(2).lower(), first))
            before = None
    return found


def _ranks(headings: Sequence[Draft]) -> list[int]:
    """The rank of each heading's look; numbers of different depth in one look make ranks of their own."""
    depths: dict[Look, Counter[int]] = defaultdict(Counter)
    for draft in headings:
        depths[look_of(draft)][depth_of(draft.text)] += 1

    def ranked(draft: Draft) -> tuple[Look, int]:
        look = look_of(draft)
        seen = {depth for depth in depths[look] if depth}
        return look, (depth_of(draft.text) or max(seen) + 1) if len(seen) > 1 else 0

    order = {key: n for n, key in enumerate(sorted({ranked(d) for d in headings}))}
    return [order[ranked(d)] for d in headings]


def _by_outline(headings: Sequence[Draft], outline: Sequence[OutlineEntry]) -> dict[int, int]:
    """`id(draft)` -> level in the outline, where a bookmark of the page has the heading's text as its title."""
    titles: dict[int, list[OutlineEntry]] = defaultdict(list)
    for entry in outline:
        if entry.page is not None:
            titles[entry.page].append(entry)
    found: dict[int, int] = {}
    for draft in headings:
        for entry in titles.get(draft.page, ()):
            if fuzz.ratio(_folded(entry.title), _folded(draft.text)) >= ALIKE:
                found[id(draft)] = entry.level
                break
    return found if len(found) >= 3 and len(found) >= 0.5 * len(outline) else {}


def _by_contents(
    headings: Sequence[Draft], contents: Sequence[Entry], labels: Mapping[int, str | None]
) -> dict[int, int]:
    """`id(draft)` -> level in the table of contents, where a line of it names the heading and its printed page."""
    levels = _entry_levels(contents)
    by_label: dict[str, list[int]] = defaultdict(list)
    for n, entry in enumerate(contents):
        by_label[entry.label].append(n)
    found: dict[int, int] = {}
    used: set[int] = set()
    for draft in headings:
        label = (labels.get(draft.page) or "").lower()
        text = _folded(draft.text)
        for n in by_label.get(label, ()):
            if n not in used and fuzz.ratio(_bare(contents[n].title), _bare(text)) >= ALIKE:
                found[id(draft)] = levels[n]
                used.add(n)
                break
    return found if len(found) >= FEWEST and len(found) >= SHARE * len(contents) else {}


def _entry_levels(contents: Sequence[Entry]) -> list[int]:
    """By their indents where there are several, else by the depth of their numbers, else by their looks."""
    edges = sorted(e.line.x0 for e in contents)
    starts = [x for n, x in enumerate(edges) if n == 0 or x - edges[n - 1] > SAME_INDENT]
    indents = [max((i for i, x in enumerate(starts) if x <= e.line.x0 + 0.1), default=0) for e in contents]
    if sum(n >= 2 for n in Counter(indents).values()) > 1:
        return nested([(float(i),) for i in indents])
    depths = [depth_of(e.title) for e in contents]
    if len({d for d in depths if d}) > 1:
        return nested([(float(d or 1),) for d in depths])
    looks = [(-round(e.line.size * 2) / 2, float(not e.line.bold), float(e.title.upper() != e.title)) for e in contents]
    return nested(looks)


def _adopted(headings: Sequence[Draft], ranks: Sequence[int], known: Mapping[int, int]) -> list[Key]:
    """Keys by the known levels; a look that they know takes its usual level, other looks stand just below the
    deepest known look that is more prominent than they are."""
    of_rank: dict[int, Counter[int]] = defaultdict(Counter)
    for draft, rank in zip(headings, ranks, strict=True):
        if id(draft) in known:
            of_rank[rank][known[id(draft)]] += 1
    usual = {rank: levels.most_common(1)[0][0] for rank, levels in of_rank.items()}
    keys: list[Key] = []
    for draft, rank in zip(headings, ranks, strict=True):
        if id(draft) in known:
            keys.append((float(known[id(draft)]), 0.0))
        elif rank in usual:
            keys.append((float(usual[rank]), 0.0))
        else:
            above = max((level for r, level in usual.items() if r < rank), default=0)
            keys.append((float(above), 1.0 + rank))
    return keys


def same_title(one: str, other: str) -> bool:
    """The same heading once more, as on a divider and above its text; one of the two may lack its number.

    >>> same_title("INTRODUCTION", "Chapter 1: Introduction"), same_title("2. Progress", "2.1 Progress")
    (True, False)
    """
    a, b = _folded(one), _folded(other)
    return a == b or (_bare(a) == _bare(b) and not (_bare(a) != a and _bare(b) != b))


def _bare(folded: str) -> str:
    """Without its number, which one of the two may lack.

    >>> _bare("chapter ii the rectangular strategy"), _bare("2 1 law")
    ('the rectangular strategy', 'law')
    """
    return _LEADING.sub("", folded) or folded


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()
