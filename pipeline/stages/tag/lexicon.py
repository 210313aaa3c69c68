"""Topics in the words of a passage: SDG targets and goals, GCM objectives and the MGI domain, from the lexicons.

A migration topic (`models/lexicons/topic`) leads to targets, objectives and domains through
`models/taxonomies/crosswalk_topics.csv`. GCM objectives and MGI domains are told of migration passages only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

from pipeline.lexicon import blend, load_measured
from pipeline.matcher import MAX_TEXT, Hit
from pipeline.stages.tag.context import TagContext, forget_hits, hits_of, outermost, passage_language
from pipeline.stages.tag.cues import forget_cues
from pipeline.taxonomy import Crosswalk, load_crosswalk
from pipeline.types import SCHEMES, Passage, Scheme, Span, Tag

BY: Final = "lexicon@1"
IS_MIGRATION: Final = 0.5
MGI_PRIOR: Final = 0.7
"""A passage of an MGI profile is about migration unless its words are of something else."""

SECOND: Final = 0.35
"""What a further term adds, as a share of its weight: terms of one code are seldom independent."""

_MIGRATION_ONLY: Final = ("gcm", "mgi_domain")
_TOPICAL: Final[Mapping[str, Scheme]] = {s: s for s in SCHEMES if s in ("sdg_target", "sdg_goal", "gcm", "mgi_domain")}

FLOOR: Final = 0.05
"""Scores below are not told."""


def tag_lexicon(passages: Sequence[Passage], context: TagContext) -> list[list[Tag]]:
    """Topical tags of each passage, each with the words that made it.

    >>> passage = Passage(id="p", document="d", n=0, kind="paragraph", page=1, language="en",
    ...     text="The cost of sending remittances fell.")
    >>> [t.code for t in tag_lexicon([passage], TagContext())[0] if t.scheme == "sdg_target"][:1]
    ['10.c']
    """
    return [_tags(passage, context) for passage in passages]


def _tags(passage: Passage, context: TagContext) -> list[Tag]:
    reading = read_topics(passage, context)
    group = link_group(context)
    scored: dict[tuple[Scheme, str], dict[int, tuple[float, list[Hit], str]]] = {}
    for hit in reading.hits:
        scheme = _TOPICAL.get(hit.term.scheme)
        if scheme is None or (scheme in _MIGRATION_ONLY and reading.migration < IS_MIGRATION):
            continue
        groups = scored.setdefault((scheme, hit.term.code), {})
        key = hit.term.group
        if key in groups:
            groups[key][1].append(hit)
        else:
            groups[key] = (hit.term.weight, [hit], hit.term.note)
    for number, (topic, (score, found)) in enumerate(sorted(reading.topics.items())):
        for link in _links(group).get(topic, ()):
            if link.scheme in _MIGRATION_ONLY and reading.migration < IS_MIGRATION:
                continue
            scored.setdefault((link.scheme, link.code), {})[-1 - number] = (score * link.weight, found, link.reason)
    tags = (_tag(scheme, code, groups) for (scheme, code), groups in scored.items())
    return [tag for tag in tags if tag is not None]


def _tag(scheme: Scheme, code: str, groups: Mapping[int, tuple[float, list[Hit], str]]) -> Tag | None:
    ranked = sorted(groups.values(), key=lambda g: -g[0])
    score = combine_weights([weight for weight, _, _ in ranked])
    if score < FLOOR:
        return None
    spans = outermost(Span(hit.start, hit.end) for _, hits, _ in ranked for hit in hits)
    return Tag(
        scheme=scheme,
        code=code,
        score=score,
        by=BY,
        evidence=spans,
        reason=ranked[0][2],
    )


def combine_weights(weights: Sequence[float]) -> float:
    """One score from several terms: the strongest in full, each other by a share.

    >>> round(combine_weights([0.6, 0.5]), 3), combine_weights([])
    (0.67, 0.0)
    """
    if len(weights) == 1:
        return round(weights[0], 6)
    ranked = sorted(weights, reverse=True)
    rest = 1.0 - (ranked[0] if ranked else 0.0)
    for weight in ranked[1:]:
        rest *= 1.0 - SECOND * weight
    return round(1.0 - rest, 6)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lexicons see in a passage.

    `topics`: migration topics with score and hits; `migration`: how surely the passage is about migration (0 to 1);
    `hits`: positive hits of codes (not topics) that no negative term drops and whose needs are met.
    """

    topics: Mapping[str, tuple[float, list[Hit]]]
    migration: float
    hits: tuple[Hit, ...]


def read_topics(passage: Passage, context: TagContext) -> Reading:
    """The lexicons' view of a passage; remembered, since several steps ask for it."""
    return _read(passage.text[:MAX_TEXT], passage_language(passage, context), context.kind == "mgi")


@lru_cache(maxsize=1024)
def _read(text: str, language: str, mgi: bool) -> Reading:
    needed: set[str] = set()
    negative: dict[str, list[Hit]] = {}
    positive: list[Hit] = []
    against = 0.0
    for hit in hits_of(text, language):
        term = hit.term
        if term.sign == "+":
            positive.append(hit)
        elif term.sign == "?":
            needed.add(term.code)
        elif term.sign == "-":
            negative.setdefault(term.scheme, []).append(hit)
        elif term.scheme == "topic":
            against = max(against, term.weight)
    valid: list[Hit] = []
    free: list[Hit] = []
    bound: list[Hit] = []
    for hit in positive:
        if negative and _dropped(hit, negative.get(hit.term.scheme)):
            continue
        wanted_topics, wanted_words = needs_of(hit.term.needs)
        if wanted_words and wanted_words.isdisjoint(needed):
            continue
        if hit.term.scheme != "topic":
            valid.append(hit)
        else:
            (bound if wanted_topics else free).append(hit)
    topics = _scored(free)
    sure = max((score for score, _ in topics.values()), default=0.0)
    sure = max(sure, MGI_PRIOR if mgi else 0.0) * (1.0 - against)
    # Words such as "health" are a topic of migration only where something else tells that it is about migration.
    if bound:
        topics = _scored([*free, *(h for h in bound if _has_topic(h, topics, sure))])
    return Reading(topics, sure, tuple(h for h in valid if _has_topic(h, topics, sure)))


def _scored(hits: Sequence[Hit]) -> dict[str, tuple[float, list[Hit]]]:
    by_topic: dict[str, dict[int, list[Hit]]] = {}
    for hit in hits:
        by_topic.setdefault(hit.term.code, {}).setdefault(hit.term.group, []).append(hit)
    return {
        topic: (combine_weights([g[0].term.weight for g in groups.values()]), [h for g in groups.values() for h in g])
        for topic, groups in by_topic.items()
    }


def _dropped(hit: Hit, negative: Sequence[Hit] | None) -> bool:
    if not negative:
        return False
    return any(n.start < hit.end and hit.start < n.end and n.term.code in (hit.term.code, "*") for n in negative)


@cache
def needs_of(needs: str) -> tuple[frozenset[str], frozenset[str]]:
    """The topics and the words of a `needs` column.

    >>> [sorted(part) for part in needs_of("@migration; access to")]
    [['migration'], ['access to']]
    """
    parts = [part for part in map(str.strip, needs.split(";")) if part]
    return frozenset(p[1:] for p in parts if p[0] == "@"), frozenset(p for p in parts if p[0] != "@")


def _has_topic(hit: Hit, topics: Mapping[str, object], migration: float) -> bool:
    if not hit.term.needs:
        return True
    wanted, _ = needs_of(hit.term.needs)
    return not wanted or any(migration >= IS_MIGRATION if n == "migration" else n in topics for n in wanted)


def link_group(context: TagContext) -> str:
    """Crosswalk links weigh differently in MGI profiles, where every passage is about migration governance."""
    return "mgi" if context.kind == "mgi" else "other"


@cache
def _links(group: str) -> Mapping[str, tuple[Crosswalk, ...]]:
    measured = load_measured()
    found: dict[str, list[Crosswalk]] = {}
    for link in load_crosswalk("topics"):
        figures = measured.get(("crosswalk", group, f"{link.scheme}/{link.code}", link.source))
        found.setdefault(link.source, []).append(replace(link, weight=blend(link.weight, figures)))
    return {topic: tuple(links) for topic, links in found.items()}


def forget_rules() -> None:
    """Drop what is remembered of terms, links and passages: the lexicons changed."""
    _links.cache_clear()
    _read.cache_clear()
    forget_hits()
    forget_cues()
