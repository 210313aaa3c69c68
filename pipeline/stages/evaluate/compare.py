"""Two versions of the proposals for the same gold: what was won, what was lost, passage by passage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from pipeline.errors import DataError
from pipeline.stages.evaluate.gold import GoldPassage
from pipeline.stages.evaluate.measure import Proposals, evaluate
from pipeline.stages.evaluate.options import EvaluateOptions
from pipeline.types import SCHEMES, Scheme

ANSWER_KEYS: Final[dict[Scheme, str]] = {
    "category": "categories",
    "action_status": "action_status",
    "support_type": "support_types",
    "sdg_target": "sdg_targets",
    "sdg_goal": "sdg_goals",
    "gcm": "gcm",
    "mgi_domain": "mgi_domain",
}
"""Scheme -> key of a line of `mgi tag --json`, which is also the form of a baseline."""


Kind = Literal["found", "dropped", "lost", "added"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One code that is now right and was not, or the other way round: `found`, `dropped` a wrong one, `lost`, `added`
    a wrong one."""

    passage: str
    scheme: Scheme
    code: str
    change: Kind

    @property
    def gain(self) -> bool:
        return self.change in ("found", "dropped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`micro[scheme]` is (F1 before, F1 now); `fallen` names the schemes that lost more than the tolerance."""

    changes: tuple[Change, ...]
    micro: Mapping[Scheme, tuple[float, float]]
    fallen: tuple[Scheme, ...]
    unknown: int


def compare_versions(
    gold: Sequence[GoldPassage],
    before: Mapping[str, Proposals],
    now: Sequence[Proposals],
    options: EvaluateOptions | None = None,
) -> Comparison:
    """Gains and losses of `now[i]` over `before[gold[i].id]`; passages that the baseline does not know are left out.

    >>> gold = [GoldPassage(id="a", text="x", codes={"category": ("gap",)})]
    >>> compare_versions(gold, {"a": {}}, [{"category": [("gap", 0.9)]}]).changes[0].change
    'found'
    """
    options = options or EvaluateOptions()
    rows = [i for i, passage in enumerate(gold) if passage.id in before]
    known = [gold[i] for i in rows]
    old, new = [before[p.id] for p in known], [now[i] for i in rows]
    changes: list[Change] = []
    for passage, was, is_now in zip(known, old, new, strict=True):
        for scheme in SCHEMES:
            if scheme in passage.codes:
                changes += _changes(passage, scheme, _codes(was, scheme), _codes(is_now, scheme))
    quick = EvaluateOptions(resamples=1, bins=options.bins)
    first, second = (evaluate(known, each, quick, split=False).schemes for each in (old, new))
    micro = {scheme: (first[scheme].micro.f1, second[scheme].micro.f1) for scheme in second if scheme in first}
    return Comparison(
        changes=tuple(changes),
        micro=micro,
        fallen=tuple(s for s, (was_f1, now_f1) in micro.items() if now_f1 < was_f1 - options.tolerance),
        unknown=len(gold) - len(known),
    )


def _codes(proposals: Proposals, scheme: Scheme) -> set[str]:
    return {code for code, _ in proposals.get(scheme, ())}


def _changes(passage: GoldPassage, scheme: Scheme, was: set[str], now: set[str]) -> list[Change]:
    right, optional = set(passage.codes[scheme]), passage.optional.get(scheme, frozenset())
    found: list[Change] = []
    for code in sorted((was ^ now) - optional):
        kinds: tuple[Kind, Kind] = ("found", "lost") if code in right else ("added", "dropped")
        kind = kinds[0] if code in now else kinds[1]
        found.append(Change(passage=passage.id, scheme=scheme, code=code, change=kind))
    return found


def proposals_of(answer: Mapping[str, Any]) -> Proposals:
    """The proposals in one line of `mgi tag --json`."""
    found: dict[Scheme, list[tuple[str, float]]] = {}
    for scheme, key in ANSWER_KEYS.items():
        value = answer.get(key) or []
        rows = [value] if isinstance(value, dict) else value
        found[scheme] = [(r["code"], float(r["score"])) if isinstance(r, dict) else (str(r), 1.0) for r in rows]
    return found


def read_baseline(file: Path) -> dict[str, Proposals]:
    """Proposals by passage id from a file written by `mgi tag --json` or `mgi evaluate --save`."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            str(file), None, f"cannot be read ({error}).", hint="Write one: mgi evaluate --save F"
        ) from error
    found: dict[str, Proposals] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                answer = json.loads(line)
                if "text" in answer:
                    raise ValueError("it holds passages with labels")
                found[str(answer["id"])] = proposals_of(answer)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                why = f"no {error}" if isinstance(error, KeyError) else error
                hint = "Write a baseline with an earlier version: mgi evaluate --save FILE."
                raise DataError(str(file), number, f"is not an answer of mgi tag ({why}).", hint=hint) from error
    return found


def beyond_chance(
    gold: Sequence[GoldPassage],
    before: Mapping[str, Proposals],
    now: Sequence[Proposals],
    *,
    resamples: int = 500,
) -> dict[Scheme, tuple[float, float]]:
    """By scheme the 95 % interval of F1 now minus F1 before, both on the same resampled passages (paired bootstrap).

    A scheme has fallen beyond chance where the upper end is below 0. Passages unknown to `before` are left out.

    >>> gold = [GoldPassage(id=str(n), text="x", codes={"category": ("gap",)}) for n in range(9)]
    >>> right: Proposals = {"category": [("gap", 0.9)]}
    >>> beyond_chance(gold, {p.id: right for p in gold}, [{}] * 9)["category"]
    (-1.0, -1.0)
    """
    rows = [i for i, passage in enumerate(gold) if passage.id in before]
    chance = np.random.default_rng(7)
    drawn = chance.integers(0, len(rows), (resamples, len(rows))) if rows else np.zeros((1, 0), int)
    found: dict[Scheme, tuple[float, float]] = {}
    for scheme in SCHEMES:
        if any(scheme in gold[i].codes for i in rows):
            old = np.array([_counts(gold[i], scheme, _codes(before[gold[i].id], scheme)) for i in rows])
            new = np.array([_counts(gold[i], scheme, _codes(now[i], scheme)) for i in rows])
            difference = _f1s(new[drawn].sum(axis=1)) - _f1s(old[drawn].sum(axis=1))
            low, high = np.quantile(difference, (0.025, 0.975))
            found[scheme] = (float(low), float(high))
    return found


def _counts(passage: GoldPassage, scheme: Scheme, given: set[str]) -> tuple[int, int]:
    """Right proposals; wrong and missing ones. Codes that are neither right nor wrong do not count."""
    if scheme not in passage.codes:
        return 0, 0
    optional = set(passage.optional.get(scheme, ()))
    right = set(passage.codes[scheme]) - optional
    return len(given & right), len((given ^ right) - optional)


def _f1s(counts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    result: npt.NDArray[Any] = 2 * counts[:, 0] / np.maximum(2 * counts[:, 0] + counts[:, 1], 1)
    return result
