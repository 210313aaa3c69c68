"""A gap and the actions that answer it: from the same report, the follow-up or other documents of the country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipeline.stages.compare.features import features_of, likenesses, reasons, weigh
from pipeline.types import LabelledPassage, Scheme

_CATEGORY: Final[Scheme] = "category"
_STATUS: Final[Scheme] = "action_status"

MOST: Final = 3
"""Actions that are shown with one gap."""
NEAR_GAP: Final = 0.7
NEAR_ACTION: Final = 0.8
"""A pair stays out where its gap, or its action, has another that is so much more alike (share of the best). Chosen on
`tests/cases/links_tervel.json`."""


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
    ours, theirs = ([features[p.passage.id] for p in side] for side in (gaps, actions))
    scores = likenesses(ours, theirs, weighing)
    decided = fixed | refused
    near: dict[tuple[int, int], float] = {}
    for i, j in np.argwhere(scores >= at_least).tolist():
        gap, action = gaps[i], actions[j]
        pair = (gap.passage.id, action.passage.id)
        if pair[0] != pair[1] and pair not in decided and not _earlier(action, gap):
            near[i, j] = float(scores[i, j])
    of_gap, of_action = ([0.0] * len(side) for side in (gaps, actions))
    for (i, j), score in near.items():
        of_gap[i], of_action[j] = max(of_gap[i], score), max(of_action[j], score)
    chosen: dict[int, list[tuple[float, int]]] = {}
    for (i, j), score in near.items():
        if score >= NEAR_GAP * of_gap[i] and score >= NEAR_ACTION * of_action[j]:
            chosen.setdefault(i, []).append((-round(score, 4), j))
    row, column = ({p.passage.id: n for n, p in enumerate(side)} for side in (gaps, actions))
    for left, right in fixed:
        if left in row and right in column:
            chosen.setdefault(row[left], []).append((-1.0, column[right]))
    links: list[Link] = []
    for i, found in sorted(chosen.items()):
        for score, j in sorted(found)[:MOST]:
            why = tuple(reasons(ours[i], theirs[j], weighing))
            status = " and ".join(actions[j].label.codes.get(_STATUS, ()))
            links.append(Link(gap=gaps[i], action=actions[j], status=status, score=-score, why=why))
    return links


def _earlier(action: LabelledPassage, gap: LabelledPassage) -> bool:
    first, last = action.facts.year, gap.facts.year
    return first is not None and last is not None and first < last
