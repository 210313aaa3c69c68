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
from pipeline.stages.tag.second import (
    Evidence,
    Labels,
    Matrix,
    SecondStage,
    features_of,
    passage_features,
    places,
    sigmoid,
)
from pipeline.training.adapt import taken
from pipeline.training.targets import Bits, folds, wanted
from pipeline.types import Scheme

MACRO: Final[tuple[Scheme, ...]] = ("category", "action_status", "support_type")
"""Schemes whose few labels matter equally: thresholds serve macro-F1."""

FEW: Final = 6

SILENT: Final[dict[Scheme, float]] = {"category": 0.85, "sdg_target": 0.78, "sdg_goal": 0.84}
"""On this share of the passages without any code of the scheme nothing may be proposed."""

LEEWAY: Final[dict[Scheme, tuple[float, float]]] = {"category": (0.0, 0.3), "action_status": (0.15, 0.0)}
"""How freely a label may leave the shared weights, and how freely it may weigh the features of the passage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOptions:
    """`strength`: inverse of the regularisation; `offset_strength`: how freely a label may leave the shared weights;
    `prior`: a label's own threshold counts as much as the scheme's at this many examples; `folds` by document;
    `made_weight`: passages made for this purpose are few and weigh more, documents' passages weigh 1."""

    strength: float = 1.0
    offset_strength: float = 1.0
    prior: float = 25.0
    folds: int = 6
    unsure_weight: float = 0.7
    made_weight: float = 2.0


def fit_second(
    passages: Sequence[GoldPassage], evidence: Evidence, labels: Labels, options: SecondOptions
) -> tuple[SecondStage, dict[Scheme, Matrix]]:
    """The stage, and for each scheme the out-of-fold probabilities that thresholds were chosen on."""
    right, counted = wanted(passages, labels)
    weight = np.array([1.0 if p.sure else options.unsure_weight for p in passages])
    weight *= [options.made_weight if p.document in ("", "synthetic") else 1.0 for p in passages]
    fold = folds(passages, options.folds)
    parts: dict[str, dict[Scheme, Matrix]] = {"weights": {}, "offsets": {}, "own": {}, "thresholds": {}}
    outside: dict[Scheme, Matrix] = {}
    passage = passage_features(evidence, labels)
    for scheme, place in places(labels).items():
        seen = features_of(evidence, labels, scheme)
        y, c = right[:, place], counted[:, place]

        def fitted(
            rows: npt.NDArray[np.intp], scheme: Scheme = scheme, seen: Matrix = seen, y: Bits = y, c: Bits = c
        ) -> SecondStage:
            return _fit(scheme, seen[rows], passage[rows], y[rows], c[rows], weight[rows], options)

        outside[scheme] = np.zeros(y.shape, np.float32)
        for n in range(options.folds):
            inside, out = np.flatnonzero(fold != n), np.flatnonzero(fold == n)
            if len(out):
                outside[scheme][out] = sigmoid(fitted(inside).logits(taken(evidence, out), labels, scheme))
        whole = fitted(np.arange(len(y)))
        for part, known in (("weights", whole.weights), ("offsets", whole.offsets), ("own", whole.own)):
            parts[part].update(known)
        chosen = choose_thresholds(outside[scheme], y, c, macro=scheme in MACRO, prior=options.prior)
        parts["thresholds"][scheme] = raised(outside[scheme], y, c, chosen, SILENT.get(scheme, 0.0))
    stage = SecondStage(
        weights=parts["weights"], offsets=parts["offsets"], thresholds=parts["thresholds"], own=parts["own"]
    )
    return stage, outside


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


def raised(scores: Matrix, right: Bits, counted: Bits, thresholds: Matrix, silent: float) -> Matrix:
    """Thresholds raised until that share of the passages without a code is left alone.

    Where labels are few, step by step the label whose higher threshold silences most for the F1 it costs; where they
    are many, all together.

    >>> scores, none = np.array([[0.6], [0.3]], np.float32), np.zeros((2, 1), bool)
    >>> raised(scores, none, ~none, np.array([0.5], np.float32), 1.0).tolist() > [0.6]
    True
    """
    empty = ~right.any(axis=1) & counted.all(axis=1)
    found = thresholds.copy()
    steps = np.eye(len(found), dtype=np.float32) if len(found) <= FEW else np.ones((1, len(found)), np.float32)
    while empty.any() and _silent(scores[empty], found) < silent and found.max() < 0.95:
        options = [found + np.float32(0.01) * size * step for step in steps for size in (1, 3, 6)]
        before, quiet = float(_f1(scores >= found, right, counted).mean()), _silent(scores[empty], found)

        def worth(option: Matrix, before: float = before, quiet: float = quiet) -> float:
            won = _silent(scores[empty], option) - quiet
            return won / (max(0.0, before - float(_f1(scores >= option, right, counted).mean())) + 0.002)

        found = max(options, key=worth)
    return found


def _silent(scores: Matrix, thresholds: Matrix) -> float:
    return float((scores < thresholds).all(axis=1).mean())


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


def _fit(
    scheme: Scheme,
    seen: Matrix,
    passage: Matrix,
    right: Bits,
    counted: Bits,
    weight: npt.NDArray[Any],
    options: SecondOptions,
) -> SecondStage:
    """Weights of one scheme; the thresholds are for the caller to choose."""
    rows, columns = np.nonzero(counted)
    width, codes = seen.shape[2], right.shape[1]
    if len(np.unique(right[rows, columns])) < 2:  # a scheme without examples proposes nothing
        silent = np.full(codes, -6.0, np.float32)
        return SecondStage(weights={scheme: np.zeros(width, np.float32)}, offsets={scheme: silent}, thresholds={})
    leave, tell = LEEWAY.get(scheme, (0.0, 0.0))
    every = seen[rows, columns].astype(np.float64)
    blocks = [csr_matrix(every), _by_label(np.full((len(rows), 1), options.offset_strength), columns, codes)]
    if leave:
        blocks.append(_by_label(leave * every, columns, codes))
    if tell:
        blocks.append(_by_label(tell * passage[rows].astype(np.float64), columns, codes))
    model = LogisticRegression(C=options.strength, max_iter=300)
    model.fit(hstack(blocks).tocsr(), right[rows, columns], sample_weight=weight[rows])
    found = model.coef_[0]
    shared, at = found[:width], width + codes
    offsets = model.intercept_[0] + found[width:at] * options.offset_strength
    if leave:
        shared = shared[:, None] + leave * found[at : at + codes * width].reshape(codes, width).T
        at += codes * width
    own = {scheme: (tell * found[at:].reshape(codes, -1).T).astype(np.float32)} if tell else {}
    return SecondStage(
        weights={scheme: shared.astype(np.float32)},
        offsets={scheme: offsets.astype(np.float32)},
        thresholds={},
        own=own,
    )


def _by_label(values: npt.NDArray[np.float64], columns: npt.NDArray[np.intp], codes: int) -> csr_matrix:
    """Rows whose values stand in the block of the row's label and are 0 elsewhere."""
    count, width = values.shape
    places_of = (columns[:, None] * width + np.arange(width)).ravel()
    return csr_matrix((values.ravel(), (np.repeat(np.arange(count), width), places_of)), (count, codes * width))
