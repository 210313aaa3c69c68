"""Figures: per label precision, recall, F1 and support with bootstrap intervals; calibration; the first three targets.

A code that is `optional` in the gold counts neither right nor wrong. GCM and MGI domain are measured on migration
passages (gold `migration`, or any gold code of the scheme). Intervals resample passages, with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.evaluate.options import EvaluateOptions
from pipeline.types import SCHEMES, Scheme

Proposals = Mapping[Scheme, Sequence[tuple[str, float]]]
"""What is proposed for one passage: codes with their scores, best first."""

Bits = npt.NDArray[np.bool_]

MIGRATION_SCHEMES: Final[tuple[Scheme, ...]] = ("gcm", "mgi_domain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Precision, recall, F1 (0 to 1) with the 95 % interval of F1; `support` gold codes."""

    precision: float
    recall: float
    f1: float
    low: float
    high: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeReport:
    """One scheme: micro figure over all codes, macro-F1 over the labels that occur, each label, and the rest.

    `none_recall`: share of passages without any code for which nothing is proposed; `accuracy`: the one MGI domain is
    right; `first_three`: one of the first three codes is right, of passages that have one; `calibration_error` over
    what is proposed. None where nothing can be measured.
    """

    passages: int
    micro: Figure
    macro_f1: float
    labels: Mapping[str, Figure]
    none_recall: float | None = None
    accuracy: float | None = None
    first_three: float | None = None
    calibration_error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All schemes over all passages, and the same by language and by kind of document."""

    passages: int
    schemes: Mapping[Scheme, SchemeReport]
    calibration_error: float | None
    by_language: Mapping[str, Report] = field(default_factory=dict)
    by_kind: Mapping[str, Report] = field(default_factory=dict)


def evaluate(
    gold: Sequence[GoldPassage],
    proposed: Sequence[Proposals],
    options: EvaluateOptions | None = None,
    *,
    split: bool = True,
) -> Report:
    """Measure `proposed[i]` against `gold[i]`.

    >>> gold = [GoldPassage(id="a", text="x", codes={"category": ("gap",)})]
    >>> evaluate(gold, [{"category": [("gap", 0.9)]}]).schemes["category"].micro.f1
    1.0
    """
    options = options or EvaluateOptions()
    schemes: dict[Scheme, SchemeReport] = {}
    pairs: list[tuple[float, bool]] = []
    for scheme in SCHEMES:
        rows = [i for i, p in enumerate(gold) if scheme in p.codes and _counted(p, scheme)]
        if rows:
            report, own = _scheme([gold[i] for i in rows], [proposed[i] for i in rows], scheme, options)
            schemes[scheme] = report
            pairs += own
    by_language: dict[str, Report] = {}
    by_kind: dict[str, Report] = {}
    if split:
        by_language = _by(gold, proposed, options, lambda p: p.language)
        by_kind = _by(gold, proposed, options, lambda p: p.kind)
    return Report(
        passages=len(gold),
        schemes=schemes,
        calibration_error=calibration_error(pairs, options.bins),
        by_language=by_language,
        by_kind=by_kind,
    )


def calibration_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float | None:
    """Mean distance between score and share of right proposals over equal-width bins, weighted by their size.

    >>> calibration_error([(0.8, True)] * 4 + [(0.8, False)])
    0.0
    """
    if not pairs:
        return None
    scores = np.array([s for s, _ in pairs])
    right = np.array([r for _, r in pairs], float)
    place = np.minimum((scores * bins).astype(int), bins - 1)
    total = sum(
        abs(float(scores[place == b].mean()) - float(right[place == b].mean())) * int((place == b).sum())
        for b in np.unique(place)
    )
    return round(total / len(pairs), 4)


def as_json(report: Report) -> dict[str, Any]:
    """Plain dictionaries, figures rounded to three places."""
    found: dict[str, Any] = {
        "passages": report.passages,
        "calibration_error": report.calibration_error,
        "schemes": {
            scheme: {
                "passages": s.passages,
                "micro": _figure_json(s.micro),
                "macro_f1": round(s.macro_f1, 3),
                "none_recall": _rounded(s.none_recall),
                "accuracy": _rounded(s.accuracy),
                "first_three": _rounded(s.first_three),
                "calibration_error": s.calibration_error,
                "labels": {code: _figure_json(f) for code, f in s.labels.items()},
            }
            for scheme, s in report.schemes.items()
        },
    }
    for name, part in (("by_language", report.by_language), ("by_kind", report.by_kind)):
        if part:
            found[name] = {key: as_json(value) for key, value in part.items()}
    return found


def _counted(passage: GoldPassage, scheme: Scheme) -> bool:
    return scheme not in MIGRATION_SCHEMES or passage.migration is not False or bool(passage.codes[scheme])


def _by(
    gold: Sequence[GoldPassage],
    proposed: Sequence[Proposals],
    options: EvaluateOptions,
    key: Callable[[GoldPassage], str | None],
) -> dict[str, Report]:
    found: dict[str, Report] = {}
    for value in sorted({key(p) or "unknown" for p in gold}):
        rows = [i for i, p in enumerate(gold) if (key(p) or "unknown") == value]
        found[value] = evaluate([gold[i] for i in rows], [proposed[i] for i in rows], options, split=False)
    return found


def _scheme(
    gold: Sequence[GoldPassage], proposed: Sequence[Proposals], scheme: Scheme, options: EvaluateOptions
) -> tuple[SchemeReport, list[tuple[float, bool]]]:
    codes = sorted({c for p in gold for c in p.codes[scheme]} | {c for q in proposed for c, _ in q.get(scheme, ())})
    place = {c: i for i, c in enumerate(codes)}
    wanted, given, free = (np.zeros((len(gold), len(codes)), bool) for _ in range(3))
    pairs: list[tuple[float, bool]] = []
    for i, (passage, proposals) in enumerate(zip(gold, proposed, strict=True)):
        optional = passage.optional.get(scheme, frozenset())
        for code in passage.codes[scheme]:
            wanted[i, place[code]] = True
        for code in optional & place.keys():
            free[i, place[code]] = True
        for code, score in proposals.get(scheme, ()):
            given[i, place[code]] = True
            if code not in optional:
                pairs.append((score, code in passage.codes[scheme]))
    wanted, given = wanted & ~free, given & ~free
    hits, false, missed = wanted & given, given & ~wanted, wanted & ~given
    figures = _figures(hits, false, missed, options.resamples)
    labels = {code: figures[i] for i, code in enumerate(codes) if figures[i].support or false[:, i].any()}
    occurring = [f.f1 for f in labels.values() if f.support]
    empty = ~(wanted | free).any(axis=1)
    return SchemeReport(
        passages=len(gold),
        micro=_figures(_summed(hits), _summed(false), _summed(missed), options.resamples)[0],
        macro_f1=float(np.mean(occurring)) if occurring else 0.0,
        labels=labels,
        none_recall=float((~given[empty].any(axis=1)).mean()) if empty.any() else None,
        accuracy=_accuracy(gold, proposed, scheme) if scheme == "mgi_domain" else None,
        first_three=_first_three(gold, proposed, scheme),
        calibration_error=calibration_error(pairs, options.bins),
    ), pairs


def _summed(bits: Bits) -> npt.NDArray[Any]:
    total: npt.NDArray[Any] = bits.sum(axis=1, keepdims=True)
    return total


def _figures(hits: npt.NDArray[Any], false: npt.NDArray[Any], missed: npt.NDArray[Any], resamples: int) -> list[Figure]:
    """One figure per column."""
    count = hits.shape[0]
    chance = np.random.default_rng(1)
    draws = chance.multinomial(count, np.full(count, 1 / count), size=resamples).astype(np.float64)
    h, f, m = (draws @ part.astype(np.float64) for part in (hits, false, missed))
    spread = 2 * h / np.maximum(2 * h + f + m, 1)
    low, high = np.percentile(spread, [2.5, 97.5], axis=0)
    found = []
    for i in range(hits.shape[1]):
        right, wrong, lost = int(hits[:, i].sum()), int(false[:, i].sum()), int(missed[:, i].sum())
        found.append(
            Figure(
                precision=right / max(1, right + wrong),
                recall=right / max(1, right + lost),
                f1=2 * right / max(1, 2 * right + wrong + lost),
                low=float(low[i]),
                high=float(high[i]),
                support=right + lost,
            )
        )
    return found


def _accuracy(gold: Sequence[GoldPassage], proposed: Sequence[Proposals], scheme: Scheme) -> float | None:
    right = [
        bool(q.get(scheme)) and q[scheme][0][0] in {*p.codes[scheme], *p.optional.get(scheme, ())}
        for p, q in zip(gold, proposed, strict=True)
        if p.codes[scheme]
    ]
    return float(np.mean(right)) if right else None


def _first_three(gold: Sequence[GoldPassage], proposed: Sequence[Proposals], scheme: Scheme) -> float | None:
    right = [
        any(c in p.codes[scheme] or c in p.optional.get(scheme, ()) for c, _ in list(q.get(scheme, ()))[:3])
        for p, q in zip(gold, proposed, strict=True)
        if set(p.codes[scheme]) - p.optional.get(scheme, frozenset())
    ]
    return float(np.mean(right)) if right else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _figure_json(figure: Figure) -> dict[str, float | int]:
    return {
        "precision": round(figure.precision, 3),
        "recall": round(figure.recall, 3),
        "f1": round(figure.f1, 3),
        "interval": [round(figure.low, 3), round(figure.high, 3)],  # type: ignore[dict-item]
        "support": figure.support,
    }
