"""`mgi compare`: matches and statuses against known truth, decisions of reviewers, wrong input."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from pipeline.drafting import compare_documents, decide
from pipeline.errors import ConfigError, StaleReview, StoreError
from pipeline.stages.compare import compare
from pipeline.stages.compare.assign import assign
from pipeline.stages.compare.features import features_of, likeness, likenesses, weigh
from pipeline.store.pairs import Pairs
from pipeline.words import raw_words
from pipeline.workspace import Workspace
from tests.benchmarks.compare import measure, measure_links, pairs
from tests.conftest import mgi
from tests.country import BASELINE, FOLLOWUP, country_workspace


@pytest.mark.parametrize("by", ["gold", "rules", "tagger"])
def test_truth_is_met(by: str) -> None:
    for pair in pairs(by=by):
        result = measure(pair)
        assert result.f1 >= 0.85, f"{pair.name}: {result.wrong}"
    everything = [measure(pair) for pair in pairs(by=by)]
    accuracy = sum(r.accuracy * r.findings for r in everything) / sum(r.findings for r in everything)
    assert accuracy >= 0.85


def test_links_of_gaps_with_actions_meet_their_truth() -> None:
    links = measure_links("gold")
    assert links.precision >= 0.9, links.wrong
    assert links.recall >= 0.9, links.wrong
    assert links.quiet >= 0.9, links.wrong


def test_assignment_is_the_best_there_is() -> None:
    chance = random.Random(7)
    for _ in range(60):
        n, m = chance.randint(1, 5), chance.randint(1, 5)
        given = {(i, j): chance.random() for i in range(n) for j in range(m) if chance.random() < 0.6}
        chosen = assign(given)
        assert len(set(chosen.values())) == len(chosen)
        assert sum(given[p] for p in chosen.items()) == pytest.approx(_best(given, frozenset(range(n)), frozenset()))


def test_reasons_are_words_that_stand_in_the_finding() -> None:
    for pair in pairs(by="gold")[:2]:
        for row in compare(pair.baseline, pair.followup):
            if not (row.baseline and row.followup):
                continue
            spoken = {w.lower() for w in raw_words(row.baseline.passage.text)}
            concepts = {c[1:].replace("_", " ") for c in features_of(row.baseline).concepts}
            for reason in row.why:
                if (said := reason.removeprefix("both speak of ")) != reason:
                    assert set(said.split(", ")) <= spoken | concepts, reason


def test_fast_likeness_equals_the_slow_one() -> None:
    for pair in pairs(by="rules"):
        lefts, rights = [features_of(p) for p in pair.baseline], [features_of(p) for p in pair.followup]
        weighing = weigh([*lefts, *rights])
        fast = likenesses(lefts, rights, weighing)
        for i, a in enumerate(lefts):
            for j, b in enumerate(rights):
                assert fast[i, j] == pytest.approx(likeness(a, b, weighing), abs=1e-4)


def _best(given: dict[tuple[int, int], float], lefts: frozenset[int], used: frozenset[int]) -> float:
    if not lefts:
        return 0.0
    i = min(lefts)
    rest = lefts - {i}
    options = [_best(given, rest, used)]
    options += [s + _best(given, rest, used | {j}) for (a, j), s in given.items() if a == i and j not in used]
    return max(options)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return country_workspace(tmp_path / "ws")


def test_decisions_hold_for_the_next_comparison(place: Workspace) -> None:
    with place:
        rows = compare_documents(place, BASELINE, FOLLOWUP)
        first = next(r for r in rows if r.baseline and r.followup)
        assert first.baseline
        assert first.followup
        gap, found = first.baseline.passage.id, first.followup.passage.id
        decide(place, "progress", [(gap, found)], "rejected", "Ana")
        again = next(r for r in compare_documents(place, BASELINE, FOLLOWUP) if r.baseline == first.baseline)
        assert again.followup is None or again.followup.passage.id != found
        decide(place, "progress", [(gap, found)], "accepted", "Ben", status="regressed")
        again = next(r for r in compare_documents(place, BASELINE, FOLLOWUP) if r.baseline == first.baseline)
        assert again.followup is not None
        assert (again.followup.passage.id, again.status) == (found, "regressed")
        assert "accepted by Ben" in again.why[0]
        assert [d.verdict for d in Pairs(place.store.engine).history("progress")] == ["rejected", "accepted"]


def test_decisions_on_unknown_passages_are_refused(place: Workspace) -> None:
    with place:
        with pytest.raises(StaleReview, match="No passage 'nobody'"):
            decide(place, "progress", [("nobody", "nothing")], "accepted", "Ana")
        with pytest.raises(StoreError, match=r"No document 'other\.pdf'"):
            compare_documents(place, BASELINE, "other.pdf")
        with pytest.raises(ConfigError, match="same document"):
            compare_documents(place, BASELINE, BASELINE)


def test_command_prints_rows_of_the_contract(tmp_path: Path) -> None:
    country_workspace(tmp_path / "ws").close()
    done = mgi("compare", BASELINE, FOLLOWUP[:8], "--json", "-w", str(tmp_path / "ws"))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"baseline", "followup", "status", "score"} <= set(rows[0])
    assert {"passage_id", "text", "page", "page_label", "targets"} <= set(rows[0]["baseline"])
    pair = f"{rows[0]['baseline']['passage_id']}:{rows[0]['followup']['passage_id']}:partly"
    refused = mgi("compare", BASELINE, FOLLOWUP, "--accept", pair, "-w", str(tmp_path / "ws"))
    assert (refused.returncode, "Who decides?" in refused.stderr) == (2, True)
    done = mgi(
        "compare", BASELINE, FOLLOWUP, "--accept", pair, "--reviewer", "Ana", "--json", "-w", str(tmp_path / "ws")
    )
    assert json.loads(done.stdout.splitlines()[0])["status"] == "partly"
