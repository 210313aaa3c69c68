"""From what the taggers say to what a reviewer is shown: one score per code, thresholds, laws between schemes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pipeline.stages.tag.context import outermost
from pipeline.taxonomy import load_taxonomy, sort_key
from pipeline.types import SCHEMES, Scheme, Tag

if TYPE_CHECKING:
    from pipeline.stages.tag.model import Model, Scored

AT_MOST: Final[dict[Scheme, int]] = {"sdg_target": 4, "gcm": 3, "mgi_domain": 1}
"""A passage is about few things; more codes than these are a list, not a topic."""

PARENTS: Final[dict[Scheme, str]] = {"action_status": "action", "support_type": "support"}


OPPOSITE: Final = {"gap": "good_practice", "good_practice": "gap"}
"""A finding that a profile lists as the one is not the other."""


def combine_tags(tags: Sequence[Tag], thresholds: dict[Scheme, float], migration: bool) -> tuple[Tag, ...]:
    """The proposals for one passage, best first within each scheme.

    Scores of several taggers for a code are joined as independent witnesses (noisy or). Each target brings its goal;
    a status or support type needs its category; objectives and domains need a passage about migration.

    >>> tag = Tag(scheme="sdg_target", code="10.7", score=0.9, by="explicit@1")
    >>> [(t.scheme, t.code) for t in combine_tags([tag], {"sdg_target": 0.5}, False)]
    [('sdg_target', '10.7'), ('sdg_goal', '10')]
    """
    joined: dict[tuple[Scheme, str], Tag] = {}
    for tag in tags:
        key = (tag.scheme, tag.code)
        joined[key] = _join(joined[key], tag) if key in joined else tag
    kept: dict[Scheme, list[Tag]] = {scheme: [] for scheme in SCHEMES}
    for (scheme, _), tag in joined.items():
        if tag.score >= thresholds.get(scheme, 0.5) and (migration or scheme not in ("gcm", "mgi_domain")):
            kept[scheme].append(tag)
    for scheme, found in kept.items():
        found.sort(key=lambda t: (-t.score, sort_key(t.code)))
        del found[AT_MOST.get(scheme, len(found)) :]
    _obey_parents(kept)
    _bring_goals(kept)
    return tuple(tag for scheme in SCHEMES for tag in kept[scheme])


def combine_scores(
    text: str,
    tags: Sequence[Tag],
    scores: Mapping[tuple[Scheme, str], Scored],
    model: Model,
    thresholds: Mapping[Scheme, float],
    migration: bool,
    profile: bool = False,
) -> tuple[Tag, ...]:
    """The proposals for one passage where a model scores every label: its probability decides, rules give evidence.

    A code that the text names stands whatever the model says; so does, in an MGI `profile`, what its own headings say
    of its findings: there the authors have classified them. `thresholds` of 0 leave each label its own.
    """
    witnesses: dict[tuple[Scheme, str], Tag] = {}
    for tag in tags:
        key = (tag.scheme, tag.code)
        witnesses[key] = _join(witnesses[key], tag) if key in witnesses else tag
    named = {(t.scheme, t.code): t.score for t in tags if t.by.startswith("explicit@") or (profile and _classified(t))}
    against = {OPPOSITE[code] for scheme, code in named if scheme == "category" and code in OPPOSITE}
    chosen: dict[Scheme, list[tuple[float, str]]] = {scheme: [] for scheme in SCHEMES}
    for key in {**scores, **named}:
        scheme, code = key
        if scheme == "category" and code in against and key not in named:
            continue
        score, threshold = scores.get(key, (0.0, 0.5))
        sure = max(score, named.get(key, 0.0))
        if sure < (thresholds[scheme] or (0.5 if key in named else threshold)):
            continue
        if scheme in ("gcm", "mgi_domain") and not (migration or key in named):
            continue
        chosen[scheme].append((round(sure, 6), code))
    kept: dict[Scheme, list[Tag]] = {}
    for scheme, codes in chosen.items():
        codes.sort(key=lambda c: (-c[0], sort_key(c[1])))
        told = codes[: AT_MOST.get(scheme)]
        kept[scheme] = [_told(text, scheme, code, sure, witnesses.get((scheme, code)), model) for sure, code in told]
    _obey_parents(kept)
    _bring_goals(kept)
    return tuple(tag for scheme in SCHEMES for tag in kept[scheme])


def _told(text: str, scheme: Scheme, code: str, score: float, witness: Tag | None, model: Model) -> Tag:
    """The tag of a chosen code: a rule's evidence where there is one, else the words that weigh most."""
    if witness is not None:
        return replace(witness, score=score, by=f"{witness.by}+{model.version}")
    evidence, reason = model.words(text, scheme, code)
    return Tag(scheme=scheme, code=code, score=score, by=model.version, evidence=evidence, reason=reason)


def _classified(tag: Tag) -> bool:
    return tag.by.startswith("structure@") and tag.scheme in ("category", "mgi_domain")


def _obey_parents(kept: dict[Scheme, list[Tag]]) -> None:
    """A status or support type without its category goes."""
    categories = {t.code for t in kept["category"]}
    for name, parent in PARENTS.items():
        if parent not in categories:
            kept[name].clear()


def _bring_goals(kept: dict[Scheme, list[Tag]]) -> None:
    """Each target brings its goal, at least as sure as the target."""
    for target in kept["sdg_target"]:
        goal = load_taxonomy().goal_of(target.code)
        at = next((n for n, t in enumerate(kept["sdg_goal"]) if t.code == goal), None)
        implied = replace(target, scheme="sdg_goal", code=goal, reason=f"goal of target {target.code}")
        if at is None:
            kept["sdg_goal"].append(implied)
        elif kept["sdg_goal"][at].score < target.score:
            kept["sdg_goal"][at] = _join(kept["sdg_goal"][at], implied)
    kept["sdg_goal"].sort(key=lambda t: (-t.score, sort_key(t.code)))


def _join(first: Tag, second: Tag) -> Tag:
    strong, weak = (first, second) if first.score >= second.score else (second, first)
    spans = outermost((*first.evidence, *second.evidence))
    return replace(strong, score=round(1 - (1 - strong.score) * (1 - weak.score), 6), evidence=spans)
