"""Category, action status and support type from cue words: verbs, modality, tense, negation and trend.

`models/lexicons/cue/<language>.tsv` sorts cue words into classes ("lack", "adopted", "plan", ...);
`models/taxonomies/cues.csv` says what each class adds to the log-odds of each code. The score is the logistic of their
sum, so that it can be worked out by hand from the explanation.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from pipeline.matcher import Hit
from pipeline.resources import resource
from pipeline.stages.tag.context import TagContext, hits_of, outermost, passage_language
from pipeline.stages.tag.structure import neutral_heading
from pipeline.taxonomy import load_cues, load_taxonomy
from pipeline.types import SCHEMES, Passage, Scheme, Span, Tag

BY: Final = "cues@1"
REACH: Final = 30
"""Characters between a negation and the words that it denies."""

DENIED: Final = ("provides", "entitle", "in_place", "progress", "praise", "adopted", "ongoing")
MOST: Final = 2.5
"""Beyond this value further cues of a class say nothing new."""

DENIAL: Final = 0.7
"""Weight of a denied achievement as a sign that something is missing."""

SHAPES: Final = ("question", "reference", "long")
"""Classes that are read off the form of a text and are no evidence by themselves."""

LONG: Final = 250
"""Characters that make a passage a long one; twice and three times as many make it longer."""

FLOOR: Final = 0.05
"""Scores below are not told."""

_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_CITATION: Final = re.compile(
    r"\b(?:et al\b|ibid\b|op\. cit|pp?\. ?\d|isbn\b|doi\b|www\.|vol\. ?\d|resolution \d+/\d+)|https?://",
    re.IGNORECASE,
)
_QUESTION: Final = ("?", "؟")


def tag_cues(passages: Sequence[Passage], context: TagContext) -> list[list[Tag]]:
    """Categories, status and support types of each passage, each with the cue words that speak for it.

    >>> passage = Passage(id="p", document="d", n=0, kind="paragraph", page=1, language="en",
    ...     text="The country lacks a national migration strategy.")
    >>> [(t.code, t.evidence[0].of(passage.text)) for t in tag_cues([passage], TagContext())[0] if t.score > 0.5]
    [('gap', 'lacks')]
    """
    return [_tags(passage, context) for passage in passages]


def _tags(passage: Passage, context: TagContext) -> list[Tag]:
    found = cues_of(passage, context)
    values = _values(found)
    scores = category_scores(values)
    tags: list[Tag] = []
    for scheme, code, says in _columns():
        if scores[code] < FLOOR:
            continue
        speaking = [(says[cue] * values[cue], cue) for cue in found if cue in says]
        if not speaking:
            continue
        _, strongest = max(speaking)
        tags.append(
            Tag(
                scheme=scheme,
                code=code,
                score=round(scores[code], 6),
                by=BY,
                evidence=outermost(span for _, said in speaking for span, _ in found[said]),
                reason=f"{strongest}: {_covers()[strongest]}",
            )
        )
    return tags


def category_scores(values: Mapping[str, float]) -> dict[str, float]:
    """Probability of each category, status and support type from the value of each class of cues in a passage.

    >>> scores = category_scores({"absence": 0.9})
    >>> scores["gap"] > 0.5 > scores["good_practice"]
    True
    """
    rows = _rows()
    totals = [0.0] * len(rows["bias"])
    for cue, value in values.items():
        totals = [total + weight * value for total, weight in zip(totals, rows[cue], strict=True)]
    return {
        code: _logistic(bias + total)
        for code, bias, total in zip(load_cues()["bias"], rows["bias"], totals, strict=True)
    }


class Cue(NamedTuple):
    """A cue word at its place; `weight` is how telling it is of its class (0 to 1)."""

    span: Span
    weight: float


def cues_of(passage: Passage, context: TagContext) -> dict[str, list[Cue]]:
    """Classes of cues in a passage with their places; a denied achievement counts as `absence`.

    Three classes are read off the form of the text, with the empty span at its end: `question`, `reference` and
    `long` (once for each LONG characters: one "however" weighs less in a long passage).
    """
    reference = neutral_heading(passage.headings) is not None
    return _cues(passage.text, passage_language(passage, context), reference)


@lru_cache(maxsize=1024)
def _cues(text: str, language: str, reference: bool) -> dict[str, list[Cue]]:
    """Remembered, since the tags and the features of a passage ask for the same cues."""
    hits = [h for h in hits_of(text, language) if h.term.scheme == "cue"]
    negative = [h for h in hits if h.term.sign == "-"]
    positive = [h for h in hits if h.term.sign == "+" and not (negative and _dropped(h, negative))]
    denials = [h for h in positive if h.term.code == "negation"]
    found: dict[str, list[Cue]] = {}
    for hit in _longest(positive):
        denied = hit.term.code in DENIED and any(
            d.sentence == hit.sentence and (0 <= hit.start - d.end <= REACH or hit.start <= d.start < hit.end)
            for d in denials
        )
        cue = Cue(Span(hit.start, hit.end), DENIAL if denied else hit.term.weight)
        found.setdefault("absence" if denied else hit.term.code, []).append(cue)
    end = Span(len(text), len(text))
    if text.rstrip().endswith(_QUESTION):
        found["question"] = [Cue(end, 1.0)]
    if len(text) >= LONG:
        found["long"] = [Cue(end, 1.0)] * min(len(text) // LONG, 3)
    if reference or (_YEAR.search(text[:5000]) and _CITATION.search(text[:5000])):
        found["reference"] = [Cue(end, 1.0)]
    return found


def forget_cues() -> None:
    """Drop what is remembered of passages: the lexicons changed."""
    _cues.cache_clear()


def cue_values(passage: Passage, context: TagContext) -> dict[str, float]:
    """How strongly each class of cues speaks in a passage: the sum of its cues' weights, at most MOST."""
    return _values(cues_of(passage, context))


def _values(found: Mapping[str, Sequence[Cue]]) -> dict[str, float]:
    return {code: min(MOST, sum(cue.weight for cue in cues)) for code, cues in found.items()}


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    """Of hits of one class that overlap, the longest: "has not yet been adopted" is one cue."""
    kept: list[Hit] = []
    taken: dict[str, bytearray] = {}
    length = max((hit.end for hit in hits), default=0)
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start, h.term.id)):
        covered = taken.setdefault(hit.term.code, bytearray(length))
        if not any(covered[hit.start : hit.end]):
            covered[hit.start : hit.end] = b"\x01" * (hit.end - hit.start)
            kept.append(hit)
    return sorted(kept, key=lambda h: (h.start, h.end, h.term.id))


def _dropped(hit: Hit, negative: Sequence[Hit]) -> bool:
    return any(n.term.code in ("*", hit.term.code) and n.start < hit.end and hit.start < n.end for n in negative)


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, x))))


@cache
def _rows() -> Mapping[str, tuple[float, ...]]:
    """Class of cues -> what it says of each code, in the order of the table."""
    return {cue: tuple(row.values()) for cue, row in load_cues().items()}


@cache
def _columns() -> tuple[tuple[Scheme, str, Mapping[str, float]], ...]:
    """Each code with the classes of cues that speak for it."""
    ours = [s for s in SCHEMES if s in ("category", "action_status", "support_type")]
    table = {cue: row for cue, row in load_cues().items() if cue not in SHAPES}
    return tuple(
        (scheme, code, {cue: row[code] for cue, row in table.items() if row[code] > 0})
        for scheme in ours
        for code in load_taxonomy().codes(scheme)
    )


@cache
def _covers() -> Mapping[str, str]:
    with resource("models", "taxonomies", "cues.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["covers"] for row in csv.DictReader(file)}
