"""The linear model: one weighted sum of word features per label. Fast, and each decision can be shown word by word.

Files of a weights folder: `words.txt` (one feature a line) and `linear.safetensors` with `idf` (float16, one a
feature), `weights` (int8, features x labels), `scale` (float32, labels) and `bias` (float32, labels).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from pipeline.stages.tag.words import features

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearModel:
    """`words[feature]` is a row of `weights`."""

    words: dict[str, int]
    idf: Matrix
    weights: Matrix
    bias: Matrix

    def logits(self, texts: Sequence[str]) -> Matrix:
        """One row of logits per text, one column per label."""
        out = np.empty((len(texts), len(self.bias)), np.float32)
        for row, text in enumerate(texts):
            places, values = self._weighed(text)
            out[row] = values @ self.weights[places] + self.bias if len(places) else self.bias
        return out

    def weighing(self, text: str, label: int, *, most: int = 5) -> list[tuple[str, float]]:
        """The features that speak most for a label in this text, heaviest first; only those that speak for it."""
        names = [f for f in known_features(text) if f in self.words]
        places, values = self._weighed(text)
        share = values * self.weights[places, label] if len(places) else np.empty(0, np.float32)
        ranked = sorted(zip(names, share.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
        return [(name, round(value, 3)) for name, value in ranked[:most] if value > 0]

    def _weighed(self, text: str) -> tuple[npt.NDArray[np.intp], Matrix]:
        known = self.words
        places = np.array([known[feature] for feature in known_features(text) if feature in known], np.intp)
        values = self.idf[places]
        norm = float(np.sqrt(values @ values)) or 1.0
        return places, values / np.float32(norm)


@lru_cache(maxsize=1024)
def known_features(text: str) -> tuple[str, ...]:
    """The features of a text; remembered, since each proposal of a passage asks for them again."""
    return tuple(features(text))


def load_linear(folder: Path) -> LinearModel:
    """Read the model of a weights folder. Raises OSError or SafetensorError where a file is missing or damaged."""
    tensors: dict[str, Any] = load_file(folder / "linear.safetensors")
    words = (folder / "words.txt").read_text(encoding="utf-8").split("\n")
    return LinearModel(
        words={w: i for i, w in enumerate(words)},
        idf=tensors["idf"].astype(np.float32),
        weights=tensors["weights"].astype(np.float32) * tensors["scale"].astype(np.float32),
        bias=tensors["bias"].astype(np.float32),
    )
