"""`mgi train --from-reviews`: decisions of a workspace -> a second stage of its own, kept only if nothing falls."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.config import Config
from pipeline.errors import PipelineError
from pipeline.resources import resource
from pipeline.stages.evaluate.gold import GoldPassage, read_gold
from pipeline.stages.evaluate.measure import Proposals, evaluate
from pipeline.stages.evaluate.options import EvaluateOptions
from pipeline.stages.tag import TagContext, rule_features
from pipeline.stages.tag.model import Model, Profile, available_profile, read_model
from pipeline.stages.tag.second import read_second, write_second
from pipeline.training.adapt import AdaptOptions, adapted, mean_f1, out_of_fold, shown
from pipeline.training.proposals import kind_of, passages_of
from pipeline.types import SCHEMES, LabelledPassage, Scheme

FOLDER = "model"
"""How the folder of a workspace's own second stage begins; `-` and eight digits of its content follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """F1 by scheme before and after, on decisions that the change had not seen and on the passages that ship.

    `kept` is the folder of the new second stage, or None with the `reason`.
    """

    reviews: int
    decisions: dict[Scheme, tuple[float, float]]
    gold: dict[Scheme, tuple[float, float]]
    kept: Path | None
    reason: str


def reviewed(labelled: Sequence[LabelledPassage]) -> list[GoldPassage]:
    """Accepted and changed passages as gold: every scheme counts as labelled."""
    return [
        GoldPassage(
            id=each.passage.id,
            text=each.passage.text,
            codes={scheme: tuple(each.label.codes.get(scheme, ())) for scheme in SCHEMES},
            language=each.passage.language,
            kind=each.facts.kind,
            document=each.passage.document,
            headings=each.passage.headings,
            migration=bool(each.label.codes.get("gcm") or each.label.codes.get("mgi_domain")) or None,
        )
        for each in labelled
        if each.label.status in ("accepted", "changed")
    ]


def retrain(passages: Sequence[GoldPassage], folder: Path, config: Config, options: AdaptOptions) -> Retrained:
    """Fit on the decisions, judge, and write `folder/second.json` if it may be kept.

    Raises PipelineError where no trained weights are installed or there are too few decisions.
    """
    profile = available_profile("full")
    if profile == "rules":
        raise PipelineError("No trained weights are installed.", hint="See mgi doctor.")
    if len(passages) < options.least:
        raise PipelineError(
            f"{len(passages)} accepted or changed passages are too few to learn from.",
            hint=f"Review at least {options.least}.",
        )
    shipped = resource("models", "weights", "tagger")
    measuring = config.options(EvaluateOptions)
    gold = [p for f in sorted(resource("corpus", "gold").glob("gold*.jsonl")) for p in read_gold(f)]
    profiles: tuple[Profile, ...] = ("full", "fast") if profile == "full" else ("fast",)
    decisions: dict[Scheme, tuple[float, float]] = {}
    before_after: dict[Scheme, tuple[float, float]] = {}
    candidate = folder.with_name(folder.name + ".new")
    shutil.rmtree(candidate, ignore_errors=True)
    candidate.mkdir(parents=True)
    for each in profiles:
        model = read_model(shipped, each, shipped / "second.json")
        evidence = model.evidence([p.text for p in passages], _features(passages))
        changed = adapted(model.second, passages, evidence, model.labels, options)
        write_second(changed, candidate / "second.json", profile=each)
        if each == profile:
            first = shown(model.second, evidence, model.labels)
            second = out_of_fold(model.second, passages, evidence, model.labels, options)
            decisions = _pairs(passages, first, second, measuring)
            before_after = _on_gold(gold, model, changed_model(model, candidate, each), measuring)
    reason = _reason(decisions, before_after, measuring.tolerance)
    if reason:
        shutil.rmtree(candidate)
        return Retrained(reviews=len(passages), decisions=decisions, gold=before_after, kept=None, reason=reason)
    # named by its content: a run sees by the changed option that it must tag again
    content = hashlib.sha256((candidate / "second.json").read_bytes()).hexdigest()[:8]
    for old in folder.parent.glob(f"{folder.name}-*"):
        shutil.rmtree(old)
    folder = folder.with_name(f"{folder.name}-{content}")
    candidate.rename(folder)
    (folder / "made-from.json").write_text(json.dumps({"reviews": len(passages)}) + "\n", encoding="utf-8")
    return Retrained(reviews=len(passages), decisions=decisions, gold=before_after, kept=folder, reason="")


def changed_model(model: Model, folder: Path, profile: Profile) -> Model:
    return replace(model, second=read_second(folder / "second.json", profile=profile))


def _features(passages: Sequence[GoldPassage]) -> list[dict[str, float]]:
    return [
        rule_features([passage], TagContext(kind=kind_of(gold)))[0]
        for gold, passage in zip(passages, passages_of(passages), strict=True)
    ]


def _on_gold(
    gold: Sequence[GoldPassage], before: Model, after: Model, options: EvaluateOptions
) -> dict[Scheme, tuple[float, float]]:
    if not gold:
        return {}
    evidence = before.evidence([p.text for p in gold], _features(gold))
    first, second = (shown(model.second, evidence, model.labels) for model in (before, after))
    return _pairs(gold, first, second, options)


def _pairs(
    gold: Sequence[GoldPassage], before: Sequence[Proposals], after: Sequence[Proposals], options: EvaluateOptions
) -> dict[Scheme, tuple[float, float]]:
    quick = EvaluateOptions(resamples=1, bins=options.bins)
    first, second = (evaluate(gold, each, quick, split=False).schemes for each in (before, after))
    return {scheme: (first[scheme].micro.f1, second[scheme].micro.f1) for scheme in first}


def _reason(
    decisions: dict[Scheme, tuple[float, float]], gold: dict[Scheme, tuple[float, float]], tolerance: float
) -> str:
    """Why the change may not be kept; empty if it may."""
    was, now = (mean_f1({s: pair[n] for s, pair in decisions.items()}) for n in (0, 1))
    if now < was:
        return f"on decisions it had not seen, mean F1 would fall from {was:.3f} to {now:.3f}"
    for scheme, (before, after) in gold.items():
        if after < before - tolerance:
            return f"on the passages that ship, F1 of {scheme} would fall from {before:.3f} to {after:.3f}"
    return ""
