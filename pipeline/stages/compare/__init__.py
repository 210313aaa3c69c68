"""Baseline findings against those of a follow-up: which belong together, and what became of each gap.

features    what of a finding is compared            (words, concepts, names, codes)
assign      one-to-one, the best sum                 (Hungarian method per island)
progress    closed, partly, unchanged, regressed     (label and cue words)
link        a gap and the actions that answer it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.errors import ConfigError
from pipeline.stages.compare.assign import assign
from pipeline.stages.compare.features import Features, Weighing, features_of, likenesses, reasons, weigh
from pipeline.stages.compare.link import Link, link_actions
from pipeline.stages.compare.progress import Progress, judge
from pipeline.types import LabelledPassage, Scheme

__all__ = ["STATUSES", "CompareOptions", "Comparison", "Link", "MatchStatus", "Progress", "compare", "link_actions"]

MatchStatus = Literal["closed", "partly", "unchanged", "regressed", "not_found", "new"]

STATUSES: Final[tuple[MatchStatus, ...]] = ("closed", "partly", "unchanged", "regressed", "not_found", "new")

FINDINGS: Final = ("good_practice", "gap", "action", "support")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """How alike (0 to 1) two findings must be to belong together, in one language and across two; and a gap and an
    action. Chosen on `tests/cases/compare_kelmara.json` (`python -m tests.benchmarks.compare`)."""

    match: float = 0.30
    match_across: float = 0.26
    link: float = 0.30

    def __post_init__(self) -> None:
        for name in ("match", "match_across", "link"):
            if not 0 < getattr(self, name) <= 1:
                raise ConfigError(f"compare.{name} = {getattr(self, name)} is not above 0 and up to 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One gap of the baseline and what the follow-up says of it.

    `baseline` is None for a new gap, `followup` for one that the follow-up does not come back to. `score` is how
    alike the two are (0 to 1; 0 where there is only one), `why` what the match and the status rest on, in words.
    """

    baseline: LabelledPassage | None
    followup: LabelledPassage | None
    status: MatchStatus
    score: float
    why: tuple[str, ...] = ()


def compare(
    baseline: Sequence[LabelledPassage],
    followup: Sequence[LabelledPassage],
    options: CompareOptions | None = None,
    *,
    refused: frozenset[tuple[str, str]] = frozenset(),
    fixed: Mapping[str, str] | None = None,
) -> list[Comparison]:
    """Each gap of the baseline with its finding of the follow-up, in the baseline's order; then the new gaps.

    Takes all passages of both documents and looks at those that carry a category now and were not rejected.
    `fixed` are pairs (baseline id -> follow-up id) that a reviewer accepted, `refused` those that were rejected.
    """
    options = options or CompareOptions()
    gaps = [p for p in baseline if _is(p, "gap")]
    found = [p for p in followup if _is(p, *FINDINGS)]
    ours, theirs = [features_of(p) for p in gaps], [features_of(p) for p in found]
    others = [features_of(p) for p in baseline if _is(p, *FINDINGS) and not _is(p, "gap")]
    weighing = weigh([*ours, *theirs, *others])
    pairs = _pairs(ours, theirs, weighing, options, refused, fixed or {})
    _rivals(pairs, others, theirs, weighing)
    chosen = assign(pairs)
    rows: list[Comparison] = []
    for i, gap in enumerate(gaps):
        j = chosen.get(i)
        if j is None:
            rows.append(
                Comparison(
                    baseline=gap,
                    followup=None,
                    status="not_found",
                    score=0.0,
                    why=("no finding of the follow-up is alike enough",),
                )
            )
            continue
        progress = judge(found[j], gap)
        why = (*reasons(ours[i], theirs[j], weighing), *progress.why)
        score = min(1.0, round(pairs[i, j], 4))
        rows.append(Comparison(baseline=gap, followup=found[j], status=progress.status, score=score, why=why))
    taken = set(chosen.values())
    rows += [
        Comparison(baseline=None, followup=p, status="new", score=0.0, why=("a gap that the baseline does not name",))
        for j, p in enumerate(found)
        if j not in taken and _is(p, "gap")
    ]
    return rows


def _is(labelled: LabelledPassage, *categories: str) -> bool:
    if labelled.label.status == "rejected":
        return False
    held = labelled.label.codes.get(_CATEGORY, ())
    return any(c in held for c in categories)


_CATEGORY: Final[Scheme] = "category"


def _pairs(
    ours: Sequence[Features],
    theirs: Sequence[Features],
    weighing: Weighing,
    options: CompareOptions,
    refused: frozenset[tuple[str, str]],
    fixed: Mapping[str, str],
) -> dict[tuple[int, int], float]:
    """Pairs that are alike enough; a pair that a reviewer accepted counts as certain."""
    pairs: dict[tuple[int, int], float] = {}
    places = {b.passage: j for j, b in enumerate(theirs)}
    bound = {j for f in fixed.values() if (j := places.get(f)) is not None}
    scores = likenesses(ours, theirs, weighing)
    for i, a in enumerate(ours):
        if (j := places.get(fixed.get(a.passage, ""))) is not None:
            pairs[i, j] = 1.0
            continue
        for j, b in enumerate(theirs):
            score = float(scores[i, j])
            if score < (options.match if a.language == b.language else options.match_across):
                continue
            if j not in bound and (a.passage, b.passage) not in refused:
                pairs[i, j] = score
    return pairs


def _rivals(
    pairs: dict[tuple[int, int], float], others: Sequence[Features], theirs: Sequence[Features], weighing: Weighing
) -> None:
    """A follow-up finding that repeats a good practice of the baseline more closely does not answer a gap."""
    if not others:
        return
    best = likenesses(others, theirs, weighing).max(axis=0)
    for pair in [p for p, score in pairs.items() if score < 1.0 and score < best[p[1]]]:
        del pairs[pair]
