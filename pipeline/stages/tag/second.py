"""The second stage: encoder, linear model and rules become one calibrated probability per label.

A logistic regression per scheme, fitted on passages that neither model saw. All labels of a scheme share the weights of
their evidence and each keeps an offset of its own, so that a label with five examples is as well calibrated as one with
two hundred. For two small schemes a label may leave the shared weights a little (`training.second.LEEWAY`): each
category weighs the cues and what the models say of the other categories, statuses and support types in its own way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline.types import Scheme

Matrix = npt.NDArray[np.float32]
Labels = Mapping[Scheme, tuple[str, ...]]

RULES: Final = ("explicit", "lexicon", "structure", "cues")

TOLD: Final[tuple[Scheme, ...]] = ("category", "action_status", "support_type")
"""Schemes whose logits are features of the passage: a gap speaks against a good practice."""

LOGIT: Final = 0.3
"""Logits are larger than cues and would be held less by the regularisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the first stage knows of `n` passages. `encoder` is None in the fast profile.

    `encoder` and `linear`: n x (all labels in a row, `migration` last); `rules`: n x labels x `RULES`;
    `extra`: n x the named extra features.
    """

    encoder: Matrix | None
    linear: Matrix
    rules: Matrix
    extra: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStage:
    """By scheme: one weight per feature (or features x labels), one offset and one threshold per label; `own`, where a
    scheme has it, is what each feature of the passage says for each label."""

    weights: Mapping[Scheme, Matrix]
    offsets: Mapping[Scheme, Matrix]
    thresholds: Mapping[Scheme, Matrix]
    own: Mapping[Scheme, Matrix] = field(default_factory=dict)

    def probabilities(self, evidence: Evidence, labels: Labels) -> dict[Scheme, Matrix]:
        """n x codes of the scheme, 0 to 1."""
        return {scheme: sigmoid(self.logits(evidence, labels, scheme)) for scheme in labels}

    def logits(self, evidence: Evidence, labels: Labels, scheme: Scheme) -> Matrix:
        """n x codes of the scheme, before the logistic."""
        seen, weights = features_of(evidence, labels, scheme), self.weights[scheme]
        found: Matrix = seen @ weights if weights.ndim == 1 else np.einsum("ncf,fc->nc", seen, weights)
        if scheme in self.own:
            found = found + passage_features(evidence, labels) @ self.own[scheme]
        return found + self.offsets[scheme]


def sigmoid(values: Matrix) -> Matrix:
    return (1 / (1 + np.exp(-np.clip(values, -30, 30)))).astype(np.float32)


def places(labels: Labels) -> dict[Scheme, slice]:
    """Where each scheme's columns are in a row of all labels.

    >>> places({"category": ("gap", "action"), "gcm": ("1",)})
    {'category': slice(0, 2, None), 'gcm': slice(2, 3, None)}
    """
    found: dict[Scheme, slice] = {}
    at = 0
    for scheme, codes in labels.items():
        found[scheme] = slice(at, at + len(codes))
        at += len(codes)
    return found


def rule_matrices(rows: Sequence[Mapping[str, float]], labels: Labels, extra: Sequence[str]) -> tuple[Matrix, Matrix]:
    """The rules' features as arrays: n x labels x `RULES`, and n x `extra` (counts as log(1 + count))."""
    column = _columns(tuple(labels.items()))
    other = {name: n for n, name in enumerate(extra)}
    total = sum(map(len, labels.values()))
    rules = np.zeros((len(rows), total, len(RULES)), np.float32)
    more = np.zeros((len(rows), len(extra)))
    for i, row in enumerate(rows):
        for name, value in row.items():
            if name in column:
                label, tagger = column[name]
                rules[i, label, tagger] = value
            elif name in other:
                more[i, other[name]] = max(value, 0.0)
    return rules, np.log1p(more).astype(np.float32)


@lru_cache(maxsize=8)
def _columns(labels: tuple[tuple[Scheme, tuple[str, ...]], ...]) -> Mapping[str, tuple[int, int]]:
    """Name of a rule's feature -> its label's place in a row of all labels, and the rule's among `RULES`."""
    row = [f"{scheme}:{code}" for scheme, codes in labels for code in codes]
    return {f"{name}:{key}": (n, t) for n, key in enumerate(row) for t, name in enumerate(RULES)}


def features_of(evidence: Evidence, labels: Labels, scheme: Scheme) -> Matrix:
    """What the scheme's regression sees: n x codes of the scheme x features.

    Per label: each rule tagger's score, the strongest and how far it is behind the passage's strongest; each model's
    logit, how far it is behind the passage's highest, and the logit for migration; the best of its relatives.
    """
    where = places(labels)
    own = where[scheme]
    models = [evidence.linear] if evidence.encoder is None else [evidence.linear, evidence.encoder]
    count, width = len(evidence.linear), own.stop - own.start
    rules = evidence.rules[:, own]
    parts = [rules[..., t] for t in range(len(RULES))]
    strongest = _strongest(rules)
    parts += [strongest, strongest - strongest.max(axis=1, keepdims=True)]
    for model in models:
        logits = model[:, own]
        parts += [logits, logits - logits.max(axis=1, keepdims=True)]
        parts.append(np.broadcast_to(model[:, -1:], (count, width)))
    if kin := _kin(labels, scheme):
        starts = np.cumsum([0, *map(len, kin[:-1])])
        columns = [column for each in kin for column in each]
        for scores in (*models, _strongest(evidence.rules)):
            parts.append(np.maximum.reduceat(scores[:, columns], starts, axis=1))
    result: Matrix = np.stack(parts, axis=2).astype(np.float32)
    return result


def passage_features(evidence: Evidence, labels: Labels) -> Matrix:
    """n x features that are the same for every label: cues and topics, and the models' logits of `TOLD`."""
    where = places(labels)
    models = [evidence.linear] if evidence.encoder is None else [evidence.linear, evidence.encoder]
    parts = [evidence.extra, *(LOGIT * model[:, where[scheme]] for model in models for scheme in TOLD)]
    result: Matrix = np.hstack(parts).astype(np.float32)
    return result


def _strongest(rules: Matrix) -> Matrix:
    """The highest score of any rule; maxima of whole columns, since numpy takes one over a short axis slowly."""
    strongest: Matrix = np.maximum.reduce([rules[..., t] for t in range(len(RULES))])
    return strongest


def _kin(labels: Labels, scheme: Scheme) -> list[list[int]]:
    """Columns of the goal of each target, or of the targets of each goal; each has some."""
    where = places(labels)
    if scheme == "sdg_target":
        goals = {code: where["sdg_goal"].start + n for n, code in enumerate(labels["sdg_goal"])}
        return [[goals[code.partition(".")[0]]] for code in labels[scheme]]
    if scheme == "sdg_goal":
        targets: dict[str, list[int]] = {code: [] for code in labels[scheme]}
        for n, code in enumerate(labels["sdg_target"], start=where["sdg_target"].start):
            targets[code.partition(".")[0]].append(n)
        return list(targets.values())
    return []


def write_second(stage: SecondStage, file: Path, *, profile: str) -> None:
    """Add one profile (`full` or `fast`) to the JSON file."""
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known[profile] = {
        scheme: {
            "weights": _rounded(stage.weights[scheme]),
            "offsets": _rounded(stage.offsets[scheme]),
            "thresholds": _rounded(stage.thresholds[scheme]),
            **({"own": _rounded(stage.own[scheme])} if scheme in stage.own else {}),
        }
        for scheme in stage.weights
    }
    file.write_text(json.dumps(known, separators=(",", ":")) + "\n", encoding="utf-8")


def read_second(file: Path, *, profile: str) -> SecondStage:
    found = json.loads(file.read_text(encoding="utf-8"))[profile]
    parts: dict[str, dict[Scheme, Matrix]] = {"weights": {}, "offsets": {}, "thresholds": {}, "own": {}}
    for scheme, values in found.items():
        for part in values:
            parts[part][scheme] = np.array(values[part], np.float32)
    return SecondStage(
        weights=parts["weights"], offsets=parts["offsets"], thresholds=parts["thresholds"], own=parts["own"]
    )


def _rounded(values: Matrix) -> list[Any]:
    rounded: list[Any] = np.round(values.astype(float), 4).tolist()
    return rounded
