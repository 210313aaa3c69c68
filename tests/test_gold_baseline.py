"""Gains and losses against the accepted baselines of corpus/gold: no scheme may fall by more than chance explains.

Accept new ones with `mgi evaluate --gold corpus/gold/gold.jsonl --save corpus/gold/baseline.jsonl` and
`mgi evaluate --gold corpus/gold/plain.jsonl --save corpus/gold/plain_baseline.jsonl`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.stages.evaluate.compare import beyond_chance, compare_versions, read_baseline
from pipeline.stages.evaluate.gold import GoldPassage, read_gold
from pipeline.stages.evaluate.measure import Proposals
from pipeline.stages.tag import TagOptions
from pipeline.stages.tag.model import available_profile
from pipeline.training.proposals import propose

FOLDER = Path(__file__).resolve().parent.parent / "corpus" / "gold"


FILES = {"gold.jsonl": "baseline.jsonl", "plain.jsonl": "plain_baseline.jsonl"}


@pytest.fixture(scope="module", params=FILES)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def gold(name: str) -> list[GoldPassage]:
    return list(read_gold(FOLDER / name))


@pytest.fixture(scope="module")
def now(gold: list[GoldPassage]) -> list[Proposals]:
    if available_profile() != "full":
        pytest.skip("the weights are not here: the baseline was made with them")
    return list(propose(gold, TagOptions()))


def fallen(gold: list[GoldPassage], before: dict[str, Proposals], now: list[Proposals]) -> dict[str, float]:
    return {scheme: high for scheme, (_, high) in beyond_chance(gold, before, now).items() if high < 0}


def test_no_scheme_falls_below_the_accepted_baseline(name: str, gold: list[GoldPassage], now: list[Proposals]) -> None:
    before = read_baseline(FOLDER / FILES[name])
    comparison = compare_versions(gold, before, now)
    told = [f"{c.change} {c.passage} {c.scheme} {c.code}" for c in comparison.changes if not c.gain]
    assert comparison.unknown == 0, "new passages: accept a new baseline"
    assert fallen(gold, before, now) == {}, "\n".join(told)


def test_a_version_that_loses_proposals_is_noticed(gold: list[GoldPassage], now: list[Proposals]) -> None:
    before = {passage.id: found for passage, found in zip(gold, now, strict=True)}
    worse: list[Proposals] = [{} if n % 5 == 0 else found for n, found in enumerate(now)]
    assert {"category", "sdg_target", "sdg_goal", "gcm", "mgi_domain"} <= set(fallen(gold, before, worse))
