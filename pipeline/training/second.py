"""Fit the second stage and choose thresholds, on passages that the first stage did not see. Needs the extra `train`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.tag.second import SHARED, Evidence, Labels, Matrix, SecondStage, features_of, places, sigmoid
from pipeline.training.targets import Bits, folds, wanted
from pipeline.types import Scheme

MACRO: Final[tuple[Scheme, ...]] = ("category", "action_status", "support_type")
"""Schemes whose few labels matter equally: thresholds serve macro-F1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOptions:
    """`strength`: inverse of the regularisation; `offset_strength`: how freely a label may leave the shared weights;
    `prior`: a label's own threshold counts as much as the scheme's at this many examples; `folds` by document."""

    strength: float = 1.0
    own_strength: float = 0.1
    offset_strength: float = 0.5
    prior: float = 25.0
    folds: int = 6
    unsure_weight: float = 0.7


def fit_second(
    passages: Sequence[GoldPassage], evidence: Evidence, labels: Labels, options: SecondOptions
) -> tuple[SecondStage, dict[Scheme, Matrix]]:
    """The stage, and for each scheme the out-of-fold probabilities that thresholds were chosen on."""
    right, counted = wanted(passages, labels)
    weight = np.array([1.0 if p.sure else options.unsure_weight for p in passages])
    fold = folds(passages, options.folds)
    weights: dict[Scheme, Matrix] = {}
    offsets: dict[Scheme, Matrix] = {}
    thresholds: dict[Scheme, Matrix] = {}
    outside: dict[Scheme, Matrix] = {}
    for scheme, place in places(labels).items():
        seen = features_of(evidence, labels, scheme)
        y, c = right[:, place], counted[:, place]
        fit = _fit_shared if scheme in SHARED else _fit_own
        outside[scheme] = np.zeros(y.shape, np.float32)
        for n in range(options.folds):
            inside, out = np.flatnonzero(fold != n), np.flatnonzero(fold == n)
            if len(out):
                w, b = fit(seen[inside], y[inside], c[inside], weight[inside], options)
                outside[scheme][out] = sigmoid(seen[out] @ w + b)
        weights[scheme], offsets[scheme] = fit(seen, y, c, weight, options)
        thresholds[scheme] = choose_thresholds(outside[scheme], y, c, macro=scheme in MACRO, prior=options.prior)
    return SecondStage(weights=weights, offsets=offsets, thresholds=thresholds), outside


def choose_thresholds(scores: Matrix, right: Bits, counted: Bits, *, macro: bool, prior: float) -> Matrix:
    """One threshold per label: the best for its F1, drawn towards the scheme's best the rarer the label is.

    >>> scores = np.array([[0.9], [0.6], [0.2]], np.float32)
    >>> right = np.array([[True], [True], [False]])
    >>> bool(0.2 < choose_thresholds(scores, right, np.ones_like(right), macro=False, prior=1.0)[0] <= 0.6)
    True
    """
    grid = np.round(np.arange(0.12, 0.72, 0.02), 2)
    f1 = np.stack([_f1(scores >= t, right, counted) for t in grid])
    occurring = (right & counted).any(axis=0)
    if macro:
        overall = f1[:, occurring].mean(axis=1) if occurring.any() else np.zeros(len(grid))
    else:
        overall = np.array([_micro(scores >= t, right, counted) for t in grid])
    common = float(grid[_middle_of_best(overall)])
    found = np.full(scores.shape[1], common, np.float32)
    for label in np.flatnonzero(occurring):
        support = int((right & counted)[:, label].sum())
        own = float(grid[_middle_of_best(f1[:, label])])
        found[label] = (support * own + prior * common) / (support + prior)
    return found


def _middle_of_best(values: npt.NDArray[Any]) -> int:
    """The middle of the plateau within half a point of the best: less chance than the single best place."""
    near = np.flatnonzero(values >= values.max() - 0.005)
    return int(near[len(near) // 2])


def _f1(given: Bits, right: Bits, counted: Bits) -> npt.NDArray[Any]:
    hits = (given & right & counted).sum(axis=0)
    wrong = ((given != right) & counted).sum(axis=0)
    result: npt.NDArray[Any] = 2 * hits / np.maximum(2 * hits + wrong, 1)
    return result


def _micro(given: Bits, right: Bits, counted: Bits) -> float:
    hits = int((given & right & counted).sum())
    wrong = int(((given != right) & counted).sum())
    return 2 * hits / max(2 * hits + wrong, 1)


def _fit_own(
    seen: Matrix, right: Bits, counted: Bits, weight: npt.NDArray[Any], options: SecondOptions
) -> tuple[Matrix, Matrix]:
    weights = np.zeros((seen.shape[1], right.shape[1]), np.float32)
    offsets = np.full(right.shape[1], -4.0, np.float32)
    for label in range(right.shape[1]):
        rows = np.flatnonzero(counted[:, label])
        if not 2 <= right[rows, label].sum() < len(rows):
            continue
        model = LogisticRegression(C=options.own_strength, max_iter=300)
        model.fit(seen[rows], right[rows, label], sample_weight=weight[rows])
        weights[:, label], offsets[label] = model.coef_[0], model.intercept_[0]
    return weights, offsets


def _fit_shared(
    seen: Matrix, right: Bits, counted: Bits, weight: npt.NDArray[Any], options: SecondOptions
) -> tuple[Matrix, Matrix]:
    rows, columns = np.nonzero(counted)
    dense = csr_matrix(seen[rows, columns].astype(np.float64))
    own = csr_matrix(
        (np.full(len(rows), options.offset_strength), (np.arange(len(rows)), columns)), (len(rows), right.shape[1])
    )
    model = LogisticRegression(C=options.strength, max_iter=200)
    model.fit(hstack([dense, own]).tocsr(), right[rows, columns], sample_weight=weight[rows])
    width = seen.shape[2]
    shared = model.coef_[0, :width].astype(np.float32)
    offsets = model.intercept_[0] + model.coef_[0, width:] * options.offset_strength
    return shared, offsets.astype(np.float32)
