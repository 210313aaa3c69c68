"""The trained tagger: what encoder, linear model and rules say becomes one calibrated probability per label.

Weights are data in `models/weights/tagger`, with a CARD.md. Where they are absent, the rules alone propose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from pipeline.errors import DataError
from pipeline.resources import resource
from pipeline.stages.tag.linear import LinearModel, load_linear
from pipeline.stages.tag.second import Evidence, Labels, SecondStage, read_second, rule_matrices, sigmoid
from pipeline.stages.tag.words import folded
from pipeline.types import Scheme, Span

Profile = Literal["full", "fast", "rules"]
"""`full`: encoder, linear model and rules; `fast`: without the encoder; `rules`: rules alone."""

FILES: Final = ("labels.json", "second.json", "words.txt", "linear.safetensors")
ENCODER_FILES: Final = ("encoder.onnx", "tokenizer.json")

LEAST: Final = 0.08
"""Probabilities below this are not looked at."""

_WORD: Final = re.compile(r"[^\W\d_]+|\d+")


class Scored(NamedTuple):
    """A calibrated probability and the threshold of its label."""

    score: float
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Loaded weights. `encoder` is None in the fast profile; `version` names the weights in `by`."""

    labels: Labels
    extra: tuple[str, ...]
    version: str
    linear: LinearModel
    second: SecondStage
    encoder: Any | None

    def scores(
        self, texts: Sequence[str], rules: Sequence[Mapping[str, float]]
    ) -> tuple[list[dict[tuple[Scheme, str], Scored]], list[float]]:
        """For each text the labels worth a look with score and threshold, and how surely it is about migration.

        `rules[i]` is what `rule_features` sees in `texts[i]`.
        """
        evidence = self.evidence(texts, rules)
        found: list[dict[tuple[Scheme, str], Scored]] = [{} for _ in texts]
        for scheme, values in self.second.probabilities(evidence, self.labels).items():
            codes, thresholds = self.labels[scheme], self.second.thresholds[scheme].tolist()
            rows, columns = np.nonzero(values >= LEAST)
            for row, column, score in zip(rows.tolist(), columns.tolist(), values[rows, columns].tolist(), strict=True):
                found[row][scheme, codes[column]] = Scored(score, thresholds[column])
        models = [evidence.linear] if evidence.encoder is None else [evidence.linear, evidence.encoder]
        moving = sigmoid(np.mean([model[:, -1] for model in models], axis=0))
        return found, [float(value) for value in moving]

    def evidence(self, texts: Sequence[str], rules: Sequence[Mapping[str, float]]) -> Evidence:
        matrices, extra = rule_matrices(rules, self.labels, self.extra)
        return Evidence(
            encoder=None if self.encoder is None else self.encoder.logits(texts),
            linear=self.linear.logits(texts),
            rules=matrices,
            extra=extra,
        )

    def column(self, scheme: Scheme, code: str) -> int:
        """The place of a label in a row of all labels."""
        at = 0
        for name, codes in self.labels.items():
            if name == scheme:
                return at + codes.index(code)
            at += len(codes)
        raise KeyError(scheme)

    def weighing(self, text: str, scheme: Scheme, code: str) -> list[tuple[str, float]]:
        """The words that speak most for a label, for people to judge a proposal by."""
        return self.linear.weighing(text, self.column(scheme, code))

    def words(self, text: str, scheme: Scheme, code: str) -> tuple[tuple[Span, ...], str]:
        """Where the weighing words stand, and a reason that names them."""
        weighing = [(word, weight) for word, weight in self.weighing(text, scheme, code) if len(word) > 3]
        told = ", ".join(word for word, _ in weighing)
        return word_spans(text, weighing), f"weighing words: {told}" if told else ""


def model_files(profile: Profile) -> tuple[str, ...]:
    if profile == "rules":
        return ()
    return FILES + ENCODER_FILES if profile == "full" else FILES


def available_profile(wanted: Profile = "full", folder: Path | None = None) -> Profile:
    """The profile that the weights at hand allow: `full`, else `fast`, else `rules`."""
    folder = folder or resource("models", "weights", "tagger")
    order: tuple[Profile, ...] = ("full", "fast", "rules")
    for profile in order[order.index(wanted) :]:
        if all((folder / name).is_file() for name in model_files(profile)):
            return profile
    return "rules"


@lru_cache(maxsize=4)
def load_model(profile: Profile = "full", retrained: str = "") -> Model | None:
    """The model of a profile, or None where only rules can run. `retrained` is a folder with a `second.json` of its
    own (see `mgi train --from-reviews`). Raises DataError for damaged weights.
    """
    folder = resource("models", "weights", "tagger")
    allowed = available_profile(profile, folder)
    if allowed == "rules":
        return None
    second = Path(retrained) / "second.json" if retrained else folder / "second.json"
    try:
        return read_model(folder, allowed, second)
    except Exception as error:  # damaged files raise whatever their library chooses
        raise DataError(
            str(folder),
            None,
            f"cannot be read ({error}).",
            hint="Install again, or --set tag.profile=rules.",
        ) from error


def read_model(folder: Path, profile: Profile, second: Path) -> Model:
    found = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    labels: dict[Scheme, tuple[str, ...]] = {scheme: tuple(codes) for scheme, codes in found["labels"].items()}
    encoder = None
    if profile == "full":
        from pipeline.stages.tag.encoder import load_encoder  # noqa: PLC0415 - onnxruntime only where it is needed

        encoder = load_encoder(folder, sum(map(len, labels.values())) + 1)
    return Model(
        labels=labels,
        extra=tuple(found["extra"]),
        version=f"model@{found['version']}",
        linear=load_linear(folder),
        second=read_second(second, profile=profile),
        encoder=encoder,
    )


def word_spans(text: str, weighing: Sequence[tuple[str, float]]) -> tuple[Span, ...]:
    """Where the weighing words stand in the text (the first occurrence of each).

    >>> word_spans("Lack of data on migrants", [("data", 0.4), ("migra-", 0.3)])
    (Span(start=8, end=12), Span(start=16, end=24))
    """
    wanted = {word for feature, _ in weighing for word in feature.split()}
    begun = {word[:-1] for word in wanted if word.endswith("-")}
    wanted -= {f"{word}-" for word in begun}
    found: set[Span] = set()
    for match in _WORD.finditer(text, 0, 20_000):
        word = folded(match[0])
        if word in wanted:
            wanted.remove(word)
            found.add(Span(*match.span()))
        if word[:5] in begun:
            begun.remove(word[:5])
            found.add(Span(*match.span()))
        if not wanted and not begun:
            break
    return tuple(sorted(found))
