"""Topics in the words of a passage: SDG targets and goals, GCM objectives and the MGI domain, from the lexicons.

A migration topic (`models/lexicons/topic`) leads to targets, objectives and domains through
`models/taxonomies/crosswalk_topics.csv`. GCM objectives and MGI domains are told of migration passages only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from pipeline.lexicon import blend, load_measured
from pipeline.matcher import Hit
from pipeline.stages.tag.context import TagContext, forget_hits, hits_of, outermost, passage_language
from pipeline.taxonomy import Crosswalk, load_crosswalk
from pipeline.types import SCHEMES, Passage, Scheme, Span, Tag

BY: Final = "lexicon@1"
IS_MIGRATION: Final = 0.5
MGI_PRIOR: Final = 0.7
"""A passage of an MGI profile is about migration unless its words are of something else."""

SECOND: Final = 0.35
"""What a further term adds, as a share of its weight: terms of one code are seldom independent."""

_MIGRATION_ONLY: Final = ("gcm", "mgi_domain")
_TOPICAL: Final[tuple[Scheme, ...]] = tuple(s for s in SCHEMES if s in ("sdg_target", "sdg_goal", "gcm", "mgi_domain"))


def tag_lexicon(passages: Sequence[Passage], context: TagContext) -> list[list[Tag]]:
    """Topical tags of each passage, each with the words that made it.

    >>> passage = Passage(id="p", document="d", n=0, kind="paragraph", page=1, language="en",
    ...     text="The cost of sending remittances fell.")
    >>> [t.code for t in tag_lexicon([passage], TagContext())[0] if t.scheme == "sdg_target"][:1]
    ['10.c']
    """
    return [_tags(passage, context) for passage in passages]


def _tags(passage: Passage, context: TagContext) -> list[Tag]:
    hits = hits_of(passage.text, passage_language(passage, context))
    topics, migration = topics_of(hits, context)
    links = _links(link_group(context))
    scored: dict[tuple[Scheme, str], dict[int, tuple[float, list[Hit], str]]] = {}
    for hit in valid_hits(hits, topics, migration):
        scheme = next((s for s in _TOPICAL if s == hit.term.scheme), None)
        if scheme is None or (scheme in _MIGRATION_ONLY and migration < IS_MIGRATION):
            continue
        groups = scored.setdefault((scheme, hit.term.code), {})
        key = hit.term.group
        if key in groups:
            groups[key][1].append(hit)
        else:
            groups[key] = (hit.term.weight, [hit], hit.term.note)
    for number, (topic, (score, found)) in enumerate(sorted(topics.items())):
        for link in links.get(topic, ()):
            if link.scheme in _MIGRATION_ONLY and migration < IS_MIGRATION:
                continue
            scored.setdefault((link.scheme, link.code), {})[-1 - number] = (score * link.weight, found, link.reason)
    return [_tag(scheme, code, groups) for (scheme, code), groups in scored.items()]


def _tag(scheme: Scheme, code: str, groups: Mapping[int, tuple[float, list[Hit], str]]) -> Tag:
    ranked = sorted(groups.values(), key=lambda g: -g[0])
    spans = outermost(Span(hit.start, hit.end) for _, hits, _ in ranked for hit in hits)
    return Tag(
        scheme=scheme,
        code=code,
        score=combine_weights(weight for weight, _, _ in ranked),
        by=BY,
        evidence=spans,
        reason=ranked[0][2],
    )


def combine_weights(weights: Iterable[float]) -> float:
    """One score from several terms: the strongest in full, each other by a share.

    >>> round(combine_weights([0.6, 0.5]), 3), combine_weights([])
    (0.67, 0.0)
    """
    ranked = sorted(weights, reverse=True)
    rest = 1.0 - (ranked[0] if ranked else 0.0)
    for weight in ranked[1:]:
        rest *= 1.0 - SECOND * weight
    return round(1.0 - rest, 6)


def topics_of(hits: Sequence[Hit], context: TagContext) -> tuple[dict[str, tuple[float, list[Hit]]], float]:
    """Migration topics with score and hits, and how surely the passage is about migration (0 to 1)."""
    kept = [h for h in hits if h.term.scheme == "topic"]
    negative = [h for h in kept if h.term.sign == "-"]
    by_topic: dict[str, dict[int, list[Hit]]] = {}
    for hit in kept:
        if hit.term.sign == "+" and not _dropped(hit, negative) and _has_words(hit, hits):
            by_topic.setdefault(hit.term.code, {}).setdefault(hit.term.group, []).append(hit)
    topics = {
        topic: (combine_weights(g[0].term.weight for g in groups.values()), [h for g in groups.values() for h in g])
        for topic, groups in by_topic.items()
    }
    against = max((h.term.weight for h in kept if h.term.sign == "!"), default=0.0)
    sure = max((score for score, _ in topics.values()), default=0.0)
    if context.kind == "mgi":
        sure = max(sure, MGI_PRIOR)
    return topics, sure * (1.0 - against)


def valid_hits(hits: Sequence[Hit], topics: Mapping[str, tuple[float, list[Hit]]], migration: float) -> list[Hit]:
    """Positive hits of codes (not topics) that no negative term drops and whose needs are met."""
    negative = [h for h in hits if h.term.sign == "-" and h.term.scheme != "topic"]
    return [
        hit
        for hit in hits
        if hit.term.sign == "+"
        and hit.term.scheme != "topic"
        and not _dropped(hit, negative)
        and _has_words(hit, hits)
        and _has_topic(hit, topics, migration)
    ]


def _dropped(hit: Hit, negative: Iterable[Hit]) -> bool:
    return any(
        n.term.scheme == hit.term.scheme
        and n.term.code in ("*", hit.term.code)
        and n.start < hit.end
        and hit.start < n.end
        for n in negative
    )


def _has_words(hit: Hit, hits: Sequence[Hit]) -> bool:
    words = [n for n in map(str.strip, hit.term.needs.split(";")) if n and not n.startswith("@")]
    return not words or any(h.term.sign == "?" and h.term.code in words for h in hits)


def _has_topic(hit: Hit, topics: Mapping[str, object], migration: float) -> bool:
    wanted = [n[1:] for n in map(str.strip, hit.term.needs.split(";")) if n.startswith("@")]
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
    forget_hits()
