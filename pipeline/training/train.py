"""Fit linear model and second stage and write a weights folder. Needs the extra `train`; the encoder is not touched.

The first stage learns from `passages`; the second from `held`, which the first (and the encoder) must not have seen. At
the end the linear model is fitted once more on both, since more passages only help it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.tag import TagContext, rule_features
from pipeline.stages.tag.encoder import load_encoder
from pipeline.stages.tag.linear import LinearModel
from pipeline.stages.tag.model import ENCODER_FILES
from pipeline.stages.tag.second import RULES, Evidence, Labels, SecondStage, rule_matrices, write_second
from pipeline.taxonomy import load_taxonomy
from pipeline.training.linear import LinearOptions, fit_linear, write_linear
from pipeline.training.proposals import kind_of, passages_of
from pipeline.training.second import SecondOptions, fit_second
from pipeline.types import SCHEMES, Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """How many passages, and the out-of-fold figures that thresholds were chosen on, by profile."""

    train: int
    held: int
    profiles: dict[str, SecondStage]


def all_labels() -> dict[Scheme, tuple[str, ...]]:
    """Every code of every scheme, in the taxonomies' order."""
    taxonomy = load_taxonomy()
    return {scheme: taxonomy.codes(scheme) for scheme in SCHEMES}


def train(
    passages: Sequence[GoldPassage],
    held: Sequence[GoldPassage],
    folder: Path,
    *,
    encoder: Path | None,
    version: str,
    linear_options: LinearOptions,
    second_options: SecondOptions,
) -> Trained:
    """Write labels.json, words.txt, linear.safetensors and second.json into `folder` (and copy the encoder's files)."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = encoder_labels(encoder) if encoder is not None else all_labels()
    model = fit_linear(passages, labels, linear_options)
    features = rule_rows(held)
    extra = sorted({name for row in features for name in row if name.partition(":")[0] not in RULES})
    evidence = evidence_of(held, features, labels, extra, model, encoder)
    second = folder / "second.json"
    second.unlink(missing_ok=True)
    profiles: dict[str, SecondStage] = {}
    fast = Evidence(encoder=None, linear=evidence.linear, rules=evidence.rules, extra=evidence.extra)
    for profile, seen in (("fast", fast), ("full", evidence)):
        if profile == "full" and encoder is None:
            continue
        profiles[profile], _ = fit_second(held, seen, labels, second_options)
        write_second(profiles[profile], second, profile=profile)
    write_linear(fit_linear([*passages, *held], labels, linear_options), folder)
    found = {"version": version, "extra": extra, "labels": labels}
    (folder / "labels.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    if encoder is not None and encoder != folder:
        for name in ENCODER_FILES:
            shutil.copyfile(encoder / name, folder / name)
    return Trained(train=len(passages), held=len(held), profiles=profiles)


def encoder_labels(folder: Path) -> dict[Scheme, tuple[str, ...]]:
    """The labels in the order of the encoder's outputs."""
    found: dict[str, Any] = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    return {scheme: tuple(found["labels"][scheme]) for scheme in SCHEMES}


def rule_rows(passages: Sequence[GoldPassage]) -> list[dict[str, float]]:
    return [
        rule_features([passage], TagContext(kind=kind_of(gold)))[0]
        for gold, passage in zip(passages, passages_of(passages), strict=True)
    ]


def evidence_of(
    held: Sequence[GoldPassage],
    features: Sequence[dict[str, float]],
    labels: Labels,
    extra: Sequence[str],
    model: LinearModel,
    encoder: Path | None,
) -> Evidence:
    texts = [p.text for p in held]
    rules, more = rule_matrices(features, labels, extra)
    logits = None
    if encoder is not None:
        logits = np.asarray(load_encoder(encoder, len(model.bias)).logits(texts), np.float32)
    return Evidence(encoder=logits, linear=model.logits(texts), rules=rules, extra=more)
