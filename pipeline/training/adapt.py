"""Let a user's decisions improve the next proposals: a small, safe change of the second stage.

Each scheme gets a slope and each label an offset, drawn towards "as it was": ten decisions change little, five hundred
much. It needs no extra library, runs in seconds, and is kept only if it helps on decisions it has not seen and does not
hurt on the passages that ship with the project.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.evaluate.measure import Proposals
from pipeline.stages.tag.second import Evidence, Labels, Matrix, SecondStage, places, sigmoid
from pipeline.training.targets import Bits, folds, wanted
from pipeline.types import Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptOptions:
    """`offset_prior`, `slope_prior`: how strongly a label's offset and a scheme's slope are held where they were;
    `folds`: decisions are judged by changes made without their document's; `least`: fewer decisions change nothing."""

    offset_prior: float = 4.0
    slope_prior: float = 20.0
    folds: int = 5
    least: int = 20


STEPS: Final = 40


def adapted(
    stage: SecondStage, passages: Sequence[GoldPassage], evidence: Evidence, labels: Labels, options: AdaptOptions
) -> SecondStage:
    """The stage after these decisions."""
    right, counted = wanted(passages, labels)
    weights: dict[Scheme, Matrix] = {}
    offsets: dict[Scheme, Matrix] = {}
    own: dict[Scheme, Matrix] = {}
    for scheme, place in places(labels).items():
        logits = stage.logits(evidence, labels, scheme)
        slope, shift = _fit(logits, right[:, place], counted[:, place], options)
        weights[scheme] = (stage.weights[scheme] * slope).astype(np.float32)
        offsets[scheme] = (stage.offsets[scheme] * slope + shift).astype(np.float32)
        if scheme in stage.own:
            own[scheme] = (stage.own[scheme] * slope).astype(np.float32)
    return SecondStage(weights=weights, offsets=offsets, thresholds=stage.thresholds, own=own)


def out_of_fold(
    stage: SecondStage, passages: Sequence[GoldPassage], evidence: Evidence, labels: Labels, options: AdaptOptions
) -> list[Proposals]:
    """What a stage that had not seen a passage's document would propose for it, passage by passage."""
    found: list[Proposals] = [{} for _ in passages]
    fold = folds(passages, options.folds)
    for n in range(options.folds):
        inside, out = np.flatnonzero(fold != n), np.flatnonzero(fold == n)
        if len(out):
            changed = adapted(stage, [passages[i] for i in inside.tolist()], taken(evidence, inside), labels, options)
            for i, proposed in zip(out.tolist(), shown(changed, taken(evidence, out), labels), strict=True):
                found[i] = proposed
    return found


def shown(stage: SecondStage, evidence: Evidence, labels: Labels) -> list[Proposals]:
    """Codes at or above their thresholds, best first."""
    found: list[dict[Scheme, list[tuple[str, float]]]] = [{} for _ in evidence.linear]
    for scheme, values in stage.probabilities(evidence, labels).items():
        for row, column in zip(*np.nonzero(values >= stage.thresholds[scheme]), strict=True):
            found[row].setdefault(scheme, []).append((labels[scheme][column], float(values[row, column])))
    for each in found:
        for proposed in each.values():
            proposed.sort(key=lambda pair: (-pair[1], pair[0]))
    return list(found)


def taken(evidence: Evidence, rows: npt.NDArray[np.intp]) -> Evidence:
    """The evidence of some passages."""
    return Evidence(
        encoder=None if evidence.encoder is None else evidence.encoder[rows],
        linear=evidence.linear[rows],
        rules=evidence.rules[rows],
        extra=evidence.extra[rows],
    )


def _fit(logits: Matrix, right: Bits, counted: Bits, options: AdaptOptions) -> tuple[float, npt.NDArray[np.float64]]:
    """Slope and offsets by Newton steps, one coordinate block after the other (the problem is convex)."""
    z = np.clip(logits.astype(np.float64), -12, 12)
    y, keep = right.astype(np.float64), counted.astype(np.float64)
    slope, shift = 1.0, np.zeros(z.shape[1])
    for _ in range(STEPS):
        p = sigmoid((slope * z + shift).astype(np.float32)).astype(np.float64)
        curve = p * (1 - p) * keep
        force = ((p - y) * keep).sum(axis=0) + options.offset_prior * shift
        shift = shift - 0.8 * force / (curve.sum(axis=0) + options.offset_prior)
        p = sigmoid((slope * z + shift).astype(np.float32)).astype(np.float64)
        curve = p * (1 - p) * keep
        gradient = ((p - y) * keep * z).sum() + options.slope_prior * (slope - 1)
        slope -= 0.8 * gradient / ((curve * z * z).sum() + options.slope_prior)
        slope = float(np.clip(slope, 0.5, 2.0))
    return slope, shift


def mean_f1(schemes: Mapping[Scheme, float]) -> float:
    """One number to compare two versions by: the mean of the schemes' micro-F1."""
    return float(np.mean(list(schemes.values()))) if schemes else 0.0
