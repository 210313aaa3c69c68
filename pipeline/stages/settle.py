"""What holds for a passage: the latest decision of a person, else what the taggers propose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipeline.types import SCHEMES, Codes, Label, LabelStatus, Review, Scheme, Tag, Verdict

STATUS: Final[dict[Verdict, LabelStatus]] = {
    "accepted": "accepted",
    "changed": "changed",
    "rejected": "rejected",
    "reopened": "proposed",
}
"""Status that a verdict gives a passage. A reopened passage shows the proposals again."""

NEEDS: Final[dict[Scheme, str]] = {"action_status": "action", "support_type": "support"}
"""Schemes that mean something only beside a category."""


def settle(passage: str, tags: Sequence[Tag], reviews: Sequence[Review]) -> Label:
    """The label of one passage. `reviews` are all decisions about it, oldest first.

    Proposals of the same code by several taggers count once, with the best score. `score` is the best score among the
    proposed categories, else among all proposals, else 0; a decision does not change it. The goal of each proposed
    target is proposed too.

    >>> settle("p", [Tag(scheme="sdg_target", code="10.7", score=0.9, by="explicit@1")], []).codes["sdg_goal"]
    ('10',)
    """
    latest = reviews[-1] if reviews else None
    scores = proposals(tags)
    codes: Codes
    if latest is None or latest.verdict == "reopened":
        codes = {scheme: tuple(found) for scheme, found in scores.items()}
    else:
        codes = {scheme: tuple(latest.codes[scheme]) for scheme in SCHEMES if latest.codes.get(scheme)}
    return Label(
        passage=passage,
        status=STATUS[latest.verdict] if latest else "proposed",
        codes=codes,
        score=_score(scores),
        reviewer=latest.reviewer if latest else None,
        reviewed_at=latest.at if latest else None,
        note=latest.note if latest else "",
    )


def proposals(tags: Sequence[Tag]) -> dict[Scheme, dict[str, float]]:
    """Scheme -> code -> best score, best first; schemes in the order in which they are shown, none empty."""
    best: dict[Scheme, dict[str, float]] = {}
    for tag in tags:
        found = best.setdefault(tag.scheme, {})
        found[tag.code] = max(tag.score, found.get(tag.code, 0.0))
    for target, score in best.get("sdg_target", {}).items():
        goals = best.setdefault("sdg_goal", {})
        goal = target.split(".", 1)[0]
        goals[goal] = max(score, goals.get(goal, 0.0))
    categories = best.get("category", {})
    for scheme, category in NEEDS.items():
        if category not in categories:
            best.pop(scheme, None)
    return {
        scheme: dict(sorted(best[scheme].items(), key=lambda item: (-item[1], item[0])))
        for scheme in SCHEMES
        if best.get(scheme)
    }


def doubt(tags: Sequence[Tag]) -> float:
    """How unsure the taggers are of a passage, 0 to 1: 1 where a category or target scored one half.

    Used to show the passages first on which a decision teaches most.

    >>> doubt([Tag(scheme="category", code="gap", score=0.5, by="model@1")])
    1.0
    """
    scores = proposals(tags)
    near = [*scores.get("category", {}).values(), *scores.get("sdg_target", {}).values()]
    return max((1.0 - abs(2.0 * score - 1.0) for score in near), default=0.0)


def _score(scores: dict[Scheme, dict[str, float]]) -> float:
    if scores.get("category"):
        return max(scores["category"].values())
    return max((score for found in scores.values() for score in found.values()), default=0.0)
