"""The linear model: one weighted sum of word features per label. Fast, and each decision can be shown word by word.

Files of a weights folder: `words.txt` (one feature a line) and `linear.safetensors` with `idf` (float16, one a
feature), `weights` (int8, features x labels), `scale` (float32, labels) and `bias` (float32, labels).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from pipeline.stages.tag.words import features

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearModel:
    """Feature `names[i]` is row `i` of `weights`, which has a column per label."""

    names: tuple[str, ...]
    rows: Mapping[str, int]
    idf: Matrix
    weights: Matrix
    bias: Matrix

    def logits(self, texts: Sequence[str]) -> Matrix:
        """One row of logits per text, one column per label."""
        out = np.empty((len(texts), len(self.bias)), np.float32)
        for row, text in enumerate(texts):
            places, values = weighed(self, text)
            out[row] = values @ self.weights.take(places, axis=0) + self.bias
        return out

    def weighing(self, text: str, label: int, *, most: int = 5) -> list[tuple[str, float]]:
        """The features that speak most for a label in this text, heaviest first; only those that speak for it."""
        places, values = weighed(self, text)
        share = values * self.weights[places, label]
        least = np.partition(share, -most)[-most] if len(share) > most else 0.0
        heavy = np.flatnonzero((share > 0) & (share >= least))
        ranked = sorted((-float(share[n]), self.names[places[n]]) for n in heavy)
        return [(name, round(-value, 3)) for value, name in ranked[:most]]


@lru_cache(maxsize=1024)
def weighed(model: LinearModel, text: str) -> tuple[npt.NDArray[np.intp], Matrix]:
    """The rows of the features of a text and how much each counts; remembered, since each proposal asks again."""
    places = np.array([row for row in map(model.rows.get, features(text)) if row is not None], np.intp)
    values = model.idf[places]
    norm = float(np.sqrt(values @ values)) or 1.0
    return places, values / np.float32(norm)


def load_linear(folder: Path) -> LinearModel:
    """Read the model of a weights folder. Raises OSError or SafetensorError where a file is missing or damaged."""
    tensors: dict[str, Any] = load_file(folder / "linear.safetensors")
    names = tuple((folder / "words.txt").read_text(encoding="utf-8").split("\n"))
    return LinearModel(
        names=names,
        rows={name: row for row, name in enumerate(names)},
        idf=tensors["idf"].astype(np.float32),
        weights=tensors["weights"].astype(np.float32) * tensors["scale"].astype(np.float32),
        bias=tensors["bias"].astype(np.float32),
    )
