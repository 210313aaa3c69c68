"""A gap and the actions that answer it: from the same report, the follow-up or other documents of the country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.stages.compare.features import features_of, likenesses, reasons, weigh
from pipeline.types import LabelledPassage, Scheme

_CATEGORY: Final[Scheme] = "category"
_STATUS: Final[Scheme] = "action_status"

MOST: Final = 3
"""Actions that are shown with one gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An action that answers a gap; `status` is `taken`, `planned`, or both with ` and `; `why` is for people."""

    gap: LabelledPassage
    action: LabelledPassage
    status: str
    score: float
    why: tuple[str, ...]


def link_actions(
    passages: Sequence[LabelledPassage],
    *,
    at_least: float = 0.30,
    refused: frozenset[tuple[str, str]] = frozenset(),
    fixed: frozenset[tuple[str, str]] = frozenset(),
) -> list[Link]:
    """Up to three actions for each gap, best first; takes all passages of one country.

    An action answers gaps of its own time or before: never a gap of a report that came out later. A passage that is
    gap and action at once is not its own answer. `fixed` and `refused` are pairs that a reviewer decided on: they hold
    whatever the years say.
    """
    held = [p for p in passages if p.label.status != "rejected"]
    gaps = [p for p in held if "gap" in p.label.codes.get(_CATEGORY, ())]
    actions = [p for p in held if "action" in p.label.codes.get(_CATEGORY, ())]
    features = {p.passage.id: features_of(p) for p in [*gaps, *actions]}
    weighing = weigh(list(features.values()))
    links: list[Link] = []
    ours, theirs = ([features[p.passage.id] for p in side] for side in (gaps, actions))
    scores = likenesses(ours, theirs, weighing)
    for i, gap in enumerate(gaps):
        near: list[Link] = []
        for j, action in enumerate(actions):
            pair = (gap.passage.id, action.passage.id)
            score = 1.0 if pair in fixed else float(scores[i, j])
            if pair[0] == pair[1] or pair in refused:
                continue
            if pair not in fixed and (score < at_least or _earlier(action, gap)):
                continue
            status = " and ".join(action.label.codes.get(_STATUS, ()))
            near.append(Link(gap=gap, action=action, status=status, score=round(score, 4), why=()))
        near.sort(key=lambda link: -link.score)
        for link in near[:MOST]:
            why = reasons(features[gap.passage.id], features[link.action.passage.id], weighing)
            links.append(replace(link, why=tuple(why)))
    return links


def _earlier(action: LabelledPassage, gap: LabelledPassage) -> bool:
    first, last = action.facts.year, gap.facts.year
    return first is not None and last is not None and first < last
