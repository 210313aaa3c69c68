"""Category, action status and support type from cue words: verbs, modality, tense, negation and trend.

`models/lexicons/cue/<language>.tsv` sorts cue words into classes ("lack", "adopted", "plan", ...);
`models/taxonomies/cues.csv` says what each class adds to the log-odds of each code. The score is the logistic of their
sum, so that it can be worked out by hand from the explanation.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

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
SATURATION: Final = (0.0, 1.0, 1.4, 1.7)
"""What one, two, three or more cues of a class count."""

FLOOR: Final = 0.05
"""Scores below are not told."""

_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_CITATION: Final = re.compile(
    r"\bet al\b|\bibid\b|\bop\. cit|\bpp?\. ?\d|\bISBN\b|\bdoi\b|https?://|\bwww\.|\bVol\. ?\d|\bResolution \d+/\d+",
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
    counts = {code: len(spans) for code, spans in found.items()}
    scores = category_scores(counts)
    table = load_cues()
    tags: list[Tag] = []
    for scheme, code in _columns():
        speaking = [c for c in found if table[c][code] > 0]
        spans = outermost(span for c in speaking for span in found[c] if span.end > span.start)
        if spans and scores[code] >= FLOOR:
            strongest = max(speaking, key=lambda c: (table[c][code] * _saturated(counts[c]), c))
            tags.append(
                Tag(
                    scheme=scheme,
                    code=code,
                    score=round(scores[code], 6),
                    by=BY,
                    evidence=spans,
                    reason=f"{strongest}: {_covers()[strongest]}",
                )
            )
    return tags


def category_scores(counts: Mapping[str, float]) -> dict[str, float]:
    """Probability of each category, status and support type from how often each class of cues stands in a passage.

    >>> scores = category_scores({"lack": 1})
    >>> scores["gap"] > 0.5 > scores["good_practice"]
    True
    """
    table = load_cues()
    return {
        code: _logistic(bias + sum(table[cue][code] * _saturated(n) for cue, n in counts.items()))
        for code, bias in table["bias"].items()
    }


def cues_of(passage: Passage, context: TagContext) -> dict[str, list[Span]]:
    """Classes of cues in a passage with their places; a denied achievement counts as `lack`.

    Two classes are read off the form of the text: `question` and `reference` (with the empty span at the end).
    """
    text = passage.text
    hits = [h for h in hits_of(text, passage_language(passage, context)) if h.term.scheme == "cue"]
    negative = [h for h in hits if h.term.sign == "-"]
    positive = [h for h in hits if h.term.sign == "+" and not _dropped(h, negative)]
    denials = [h for h in positive if h.term.code == "negation"]
    found: dict[str, list[Span]] = {}
    for hit in _longest(positive):
        denied = hit.term.code in DENIED and any(
            d.sentence == hit.sentence and (0 <= hit.start - d.end <= REACH or hit.start <= d.start < hit.end)
            for d in denials
        )
        found.setdefault("lack" if denied else hit.term.code, []).append(Span(hit.start, hit.end))
    end = Span(len(text), len(text))
    if text.rstrip().endswith(_QUESTION):
        found["question"] = [end]
    years = len(_YEAR.findall(text[:5000]))
    if (years and _CITATION.search(text[:5000])) or neutral_heading(passage.headings) is not None:
        found["reference"] = [end]
    return found


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    """Of hits of one class that overlap, the longest: "has not yet been adopted" is one cue."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start, h.term.id)):
        if not any(k.term.code == hit.term.code and k.start < hit.end and hit.start < k.end for k in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: (h.start, h.end, h.term.id))


def _dropped(hit: Hit, negative: Sequence[Hit]) -> bool:
    return any(n.term.code in ("*", hit.term.code) and n.start < hit.end and hit.start < n.end for n in negative)


def _saturated(n: float) -> float:
    return SATURATION[min(int(n), len(SATURATION) - 1)]


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, x))))


@cache
def _columns() -> tuple[tuple[Scheme, str], ...]:
    ours = [s for s in SCHEMES if s in ("category", "action_status", "support_type")]
    return tuple((scheme, code) for scheme in ours for code in load_taxonomy().codes(scheme))


@cache
def _covers() -> Mapping[str, str]:
    with resource("models", "taxonomies", "cues.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["covers"] for row in csv.DictReader(file)}


def cue_counts(passage: Passage, context: TagContext) -> Counter[str]:
    """How often each class of cues stands in a passage."""
    return Counter({code: len(spans) for code, spans in cues_of(passage, context).items()})
