"""Codes that the text itself names: "SDG 10.7", "target 3.8", "ODD 10", "metas 8.7 y 8.8", "indicator 10.7.2".

A number counts only behind a word that says what it is (`models/languages/*.toml`, section `explicit`), only if the
taxonomy has such a code, and not if a unit follows: "Table 10.7", "10.7 per cent" and "a target of 3.8 %" name no
target. An indicator stands for its target. "Goal 3" of a national plan is not an SDG: without another word of the SDGs
in the passage or its headings, and outside VNRs and VLRs, such a goal is not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from pipeline.language import load_languages
from pipeline.matcher import MAX_TEXT
from pipeline.stages.tag.context import TagContext
from pipeline.taxonomy import load_taxonomy
from pipeline.types import Passage, Scheme, Span, Tag

BY: Final = "explicit@1"
TARGET_SCORE: Final = 0.97
GOAL_SCORE: Final = 0.95
LONGEST_RANGE: Final = 6
"""`Goals 1 to 17` is all of them and says nothing of any."""

NEAR: Final = 120
"""Characters around "objective 10" in which the Compact must be named; more than the words before a number can have."""

_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_OTHER_DIGIT: Final = re.compile("[٠-٩۰-۹]")
_NUMBERED: Final = re.compile(r"[^\W\d_.][\s:#(\-–.°]*(?:1\d|2[0-3]|[1-9])(?!\d)")
"""A code can stand only behind a word, with no more than opening signs between them: most numbers are none."""

_LETTERS: Final = {"أ": "a", "ا": "a", "ب": "b", "ج": "c", "د": "d"}
_CODE: Final = re.compile(
    r"(?P<goal>1[0-7]|[1-9])(?!\d)"
    r"(?:(?P<dot>[.\-])(?P<target>\d{1,2}(?!\d)|[a-d](?!\w)|[أابجد](?!\w))(?:\.(?P<indicator>\d)(?!\d))?)?"
    r"(?![\w.]*\d)(?!\w)",
    re.IGNORECASE,
)
_OBJECTIVE: Final = re.compile(r"(?P<n>2[0-3]|1\d|[1-9])(?![\d.,]*\d)(?!\w)")
_OPEN: Final = re.compile(r"\s*[:#]?\s*\(?\s*[#\-–]?\s*")
_ASIDE: Final = re.compile(r"\s*\([^()]{0,80}\)")


class _Words(NamedTuple):
    marker: re.Pattern[str]
    number: re.Pattern[str]
    separator: re.Pattern[str]
    range_: re.Pattern[str]
    unit: re.Pattern[str]
    pact: re.Pattern[str]
    objective: re.Pattern[str]
    sdg: re.Pattern[str]


class Mention(NamedTuple):
    """One code that a text names, at the characters `[start, end)`; `sure` is False for a bare "Goal 3"."""

    scheme: Scheme
    code: str
    start: int
    end: int
    sure: bool


def tag_explicit(passages: Sequence[Passage], context: TagContext) -> list[list[Tag]]:
    """SDG targets, SDG goals and GCM objectives that the passages name.

    >>> passage = Passage(id="p", document="d", n=0, kind="paragraph", text="Targets 8.7 and 10.c; Table 10.7", page=1)
    >>> [(t.code, t.evidence[0].of(passage.text)) for t in tag_explicit([passage], TagContext())[0]]
    [('8.7', 'Targets 8.7'), ('10.c', '10.c')]
    """
    return [_tags(passage, context) for passage in passages]


def _tags(passage: Passage, context: TagContext) -> list[Tag]:
    text = passage.text
    spans: dict[tuple[Scheme, str], list[Span]] = {}
    mentions = list(find_mentions(text))
    known = any(not m.sure for m in mentions) and _sdg_context(passage, context)
    for mention in mentions:
        if mention.sure or known:
            spans.setdefault((mention.scheme, mention.code), []).append(Span(mention.start, mention.end))
    return [
        Tag(
            scheme=scheme,
            code=code,
            score=GOAL_SCORE if scheme == "sdg_goal" else TARGET_SCORE,
            by=BY,
            evidence=tuple(found),
            reason=f'the text names it: "{found[0].of(text)}"',
        )
        for (scheme, code), found in spans.items()
    ]


def _sdg_context(passage: Passage, context: TagContext) -> bool:
    if context.kind in ("vnr", "vlr"):
        return True
    sdg = _words().sdg
    return any(sdg.search(text) for text in (passage.text[:MAX_TEXT], *passage.headings))


def find_mentions(text: str) -> Iterator[Mention]:
    """Every code named in the text, in order.

    >>> [(m.scheme, m.code) for m in find_mentions("SDGs 3, 4 and 5; indicator 10.7.2; objective 21 of the GCM")]
    [('sdg_goal', '3'), ('sdg_goal', '4'), ('sdg_goal', '5'), ('sdg_target', '10.7'), ('gcm', '21')]
    """
    text = text[:MAX_TEXT]
    if _OTHER_DIGIT.search(text):
        text = text.translate(_DIGITS)
    if not (numbered := _NUMBERED.search(text)):
        return
    words = _words()
    for match in words.marker.finditer(text, max(0, numbered.start() - NEAR)):
        kind = match.lastgroup or ""
        # "Objectif 10" is a goal or an objective; English "Goal" is never one of the Compact's objectives.
        shared = kind == "objective" or (kind == "goal" and words.objective.fullmatch(match.group()) is not None)
        if kind == "pact" or (shared and _of_the_pact(text, match, words)):
            yield from _objectives(text, match, words)
        elif kind != "objective":
            yield from _codes(text, match, kind, words)


def _of_the_pact(text: str, match: re.Match[str], words: _Words) -> bool:
    """Whether an "objective" is one of the Compact: of the Compact and the SDGs the one named nearer decides."""
    after = re.split(r"[.;]\s", text[match.end() : match.end() + NEAR], maxsplit=1)[0]
    pact, sdg = words.pact.search(after), words.sdg.search(after)
    if pact or sdg:
        return pact is not None and (sdg is None or pact.start() < sdg.start())
    before = text[max(0, match.start() - NEAR) : match.start()]
    last_pact = max((m.end() for m in words.pact.finditer(before)), default=-1)
    last_sdg = max((m.end() for m in words.sdg.finditer(before)), default=-1)
    return last_pact > last_sdg


def _objectives(text: str, match: re.Match[str], words: _Words) -> Iterator[Mention]:
    at = _after_marker(text, match.end(), words)
    found: list[tuple[Mention, bool]] = []
    start, ranged = match.start(), False
    while number := _OBJECTIVE.match(text, at):
        if words.unit.match(text, number.end()):
            break
        found.append((Mention("gcm", number["n"], start, number.end(), True), ranged))
        separator = _separator(text, number.end(), words)
        if not separator:
            break
        at = start = separator.end()
        ranged = words.range_.fullmatch(separator.group()) is not None
    yield from _expand(found)


def _codes(text: str, match: re.Match[str], kind: str, words: _Words) -> Iterator[Mention]:
    at = _after_marker(text, match.end(), words)
    wanted = {"sdg": (1, 2, 3), "goal": (1, 2, 3), "target": (2, 3), "indicator": (3,)}[kind]
    lower = match.group()[0].islower()  # False for Arabic, which has no capitals
    found: list[tuple[Mention, bool]] = []
    start, ranged = match.start(), False
    while number := _CODE.match(text, at):
        if words.unit.match(text, number.end()) or re.match(r",\d", text[number.end() : number.end() + 2]):
            break
        code = _code_of(number)
        resolved = load_taxonomy().resolve(code) if code else None
        if code is None or resolved is None:
            break
        parts = code.count(".") + 1
        bare = kind == "goal" and parts == 1
        if parts in wanted and not (bare and lower and not words.sdg.search(text)):
            found.append((Mention(*resolved, start, number.end(), not bare), ranged))
        separator = _separator(text, number.end(), words)
        if not separator:
            break
        at = start = separator.end()
        ranged = words.range_.fullmatch(separator.group()) is not None
    yield from _expand(found)


def _separator(text: str, at: int, words: _Words) -> re.Match[str] | None:
    aside = _ASIDE.match(text, at)  # "Goals 3 (health), 4 (education) and 8"
    return words.separator.match(text, aside.end() if aside else at)


def _expand(found: list[tuple[Mention, bool]]) -> Iterator[Mention]:
    """The mentions with "3 to 5" filled up; a range of more than LONGEST_RANGE is dropped with both its ends."""
    n = 0
    while n < len(found):
        first = found[n][0]
        last, ranged = found[n + 1] if n + 1 < len(found) else (first, False)
        if ranged and first.code.isdigit() and last.code.isdigit():
            low, high = int(first.code), int(last.code)
            if low < high and high - low < LONGEST_RANGE:
                for code in range(low, high + 1):
                    yield first._replace(code=str(code), end=last.end)
            n += 2
        else:
            yield first
            n += 1


def _code_of(found: re.Match[str]) -> str | None:
    goal, dot, target, indicator = found["goal"], found["dot"], found["target"], found["indicator"]
    if target is None:
        return goal
    if dot == "-" and not re.search("[\u0600-\u06ff]", found.string[max(0, found.start() - 40) : found.start()]):
        return None
    target = _LETTERS.get(target, target.lower())
    return f"{goal}.{target}" + (f".{indicator}" if indicator else "")


def _after_marker(text: str, at: int, words: _Words) -> int:
    opening = _OPEN.match(text, at)
    at = opening.end() if opening else at
    number = words.number.match(text, at)
    return number.end() if number else at


@cache
def _words() -> _Words:
    languages = load_languages().values()

    def any_of(key: str) -> str:
        words = {word for language in languages for word in language.explicit.get(key, ())}
        return "|".join(sorted(words, key=lambda w: (-len(w), w)))

    def pattern(text: str) -> re.Pattern[str]:
        return re.compile(text, re.IGNORECASE)

    # "target" stands before "goal" and "objective" last: in French and Spanish a goal and an objective share a word.
    marker = "|".join(
        f"(?P<{name}>{any_of(key)})"
        for name, key in (
            ("indicator", "indicator"),
            ("target", "target"),
            ("sdg", "sdg"),
            ("pact", "pact"),
            ("goal", "goal"),
            ("objective", "objective"),
        )
    )
    joint = rf"\s*(?:[,;/&،]|\+)\s*(?:(?:{any_of('and')})\s+|و\s*)?|\s+(?:{any_of('and')})\s+|\s+و\s*|\s*[–—-]\s*"
    return _Words(
        marker=pattern(rf"(?<!\w)(?:{marker})(?=\W|\d)"),
        number=pattern(rf"(?:{any_of('number')})\s*"),
        separator=pattern(joint),
        range_=pattern(rf"\s*[–—-]\s*|\s+(?:{any_of('range')})\s+"),
        unit=pattern(rf"\s*(?:%|‰|°|[$€£])|\s+(?:{any_of('unit')})(?!\w)"),
        pact=pattern(rf"(?<!\w)(?:{any_of('pact')})(?!\w)"),
        objective=pattern(any_of("objective")),
        sdg=pattern(rf"(?<!\w)(?:{any_of('sdg')}|{any_of('of_sdg')}|2030 agenda|agenda 2030)(?!\w)"),
    )
