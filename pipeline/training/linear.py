"""Fit the linear model: one regularised logistic regression per label over word features. Needs the extra `train`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.tag.linear import LinearModel, Matrix
from pipeline.stages.tag.second import Labels
from pipeline.stages.tag.words import features
from pipeline.training.targets import Bits, wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearOptions:
    """`least`: passages a feature must occur in; `most`: features kept, the most frequent; `strength`: inverse of the
    regularisation; passages that a careful second reader could label differently weigh `unsure_weight`."""

    least: int = 2
    most: int = 36_000
    strength: float = 20.0
    unsure_weight: float = 0.7


def fit_linear(passages: Sequence[GoldPassage], labels: Labels, options: LinearOptions) -> LinearModel:
    found = [features(p.text) for p in passages]
    frequency = Counter(f for each in found for f in each)
    ranked = sorted(((n, f) for f, n in frequency.items() if n >= options.least), key=lambda pair: (-pair[0], pair[1]))
    words = {f: i for i, (_, f) in enumerate(ranked[: options.most])}
    idf = np.array([np.log((1 + len(passages)) / (1 + frequency[f])) + 1 for f in words], np.float16).astype(np.float32)
    seen = matrix(found, words, idf)
    right, counted = wanted(passages, labels)
    weight = np.array([1.0 if p.sure else options.unsure_weight for p in passages])
    return LinearModel(names=tuple(words), rows=words, idf=idf, **_fit(seen, right, counted, weight, options.strength))


def matrix(found: Sequence[Sequence[str]], words: dict[str, int], idf: Matrix) -> Any:
    """Sparse rows of unit length."""
    starts, columns, values = [0], [], []
    for each in found:
        places = sorted(words[f] for f in each if f in words)
        row = idf[places]
        columns += places
        values += (row / (float(np.sqrt(row @ row)) or 1.0)).tolist()
        starts.append(len(columns))
    return csr_matrix((values, columns, starts), shape=(len(found), len(words)), dtype=np.float64)


def _fit(seen: Any, right: Bits, counted: Bits, weight: npt.NDArray[Any], strength: float) -> dict[str, Matrix]:
    weights = np.zeros((seen.shape[1], right.shape[1]), np.float32)
    bias = np.full(right.shape[1], -7.0, np.float32)
    for label in range(right.shape[1]):
        rows = np.flatnonzero(counted[:, label])
        if right[rows, label].sum() < 2 or right[rows, label].all():
            continue
        model = LogisticRegression(C=strength, solver="liblinear", max_iter=80, intercept_scaling=3.0, random_state=0)
        model.fit(seen[rows], right[rows, label], sample_weight=weight[rows])
        weights[:, label] = model.coef_[0]
        bias[label] = model.intercept_[0]
    return {"weights": weights, "bias": bias}


def write_linear(model: LinearModel, folder: Path) -> None:
    """`words.txt` and `linear.safetensors` (int8 weights with one scale per label)."""
    scale = np.maximum(np.abs(model.weights).max(axis=0), 1e-6) / 127
    save_file(
        {
            "idf": model.idf.astype(np.float16),
            "weights": np.round(model.weights / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            "bias": model.bias.astype(np.float32),
        },
        folder / "linear.safetensors",
    )
    (folder / "words.txt").write_text("\n".join(model.names), encoding="utf-8")
