"""Figures against counts done by hand, gains and losses, and the command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DataError
from pipeline.stages.evaluate.compare import compare_versions, proposals_of
from pipeline.stages.evaluate.gold import GoldPassage, parse_gold, read_gold
from pipeline.stages.evaluate.measure import as_json, calibration_error, evaluate

GOLD = parse_gold(
    json.dumps(row)
    for row in (
        {"id": "a", "text": "x", "language": "en", "categories": ["gap"], "targets": ["10.7", "8.8"], "migration": True,
         "mgi_domain": 1},
        {"id": "b", "text": "x", "language": "fr", "categories": [], "targets": ["3.8"], "migration": False},
        {"id": "c", "text": "x", "language": "fr", "categories": ["action"], "optional": {"targets": ["4.1"]},
         "targets": [], "migration": True, "mgi_domain": 6},
    )
)  # fmt: skip
PROPOSED: list[Any] = [
    {"category": [("gap", 0.9)], "sdg_target": [("16.9", 0.7), ("10.7", 0.6)], "mgi_domain": [("1", 0.8)]},
    {"category": [("gap", 0.6)], "sdg_target": []},
    {"category": [("action", 0.9)], "sdg_target": [("4.1", 0.9)], "mgi_domain": [("2", 0.5)]},
]


def test_figures_by_hand() -> None:
    schemes = evaluate(GOLD, PROPOSED).schemes
    category = schemes["category"]
    assert (category.micro.precision, category.micro.recall, category.micro.support) == (2 / 3, 1.0, 2)
    assert category.labels["gap"].f1 == pytest.approx(2 / 3)
    assert category.none_recall == 0.0
    target = schemes["sdg_target"]
    # 4.1 is optional in c: neither right nor wrong; c has no target that must be found
    assert (target.micro.precision, target.micro.recall) == (1 / 2, 1 / 3)
    assert target.first_three == 1 / 2
    # an optional code makes c no passage without a target
    assert target.none_recall is None
    assert schemes["mgi_domain"].accuracy == 1 / 2
    assert schemes["mgi_domain"].passages == 2


def test_by_language_adds_up() -> None:
    report = evaluate(GOLD, PROPOSED)
    assert {k: r.passages for k, r in report.by_language.items()} == {"en": 1, "fr": 2}
    assert json.loads(json.dumps(as_json(report)))["by_language"]["fr"]["passages"] == 2


@given(st.lists(st.sets(st.sampled_from(["gap", "action", "support"])), min_size=1, max_size=12), st.data())
def test_perfect_proposals_have_perfect_figures(rows: list[set[str]], data: st.DataObject) -> None:
    gold = [GoldPassage(id=str(i), text="", codes={"category": tuple(r)}) for i, r in enumerate(rows)]
    report = evaluate(gold, [{"category": [(c, 1.0) for c in r]} for r in rows])
    scheme = report.schemes["category"]
    assert scheme.micro.f1 == (1.0 if any(rows) else 0.0)
    assert scheme.none_recall in (None, 1.0)
    assert all(f.low <= f.f1 <= f.high or f.support < 3 for f in scheme.labels.values())
    assert report.calibration_error in (None, 0.0)


def test_calibration_error_counts_distance() -> None:
    assert calibration_error([(0.95, False), (0.95, False)]) == 0.95
    assert calibration_error([]) is None


def test_gains_and_losses() -> None:
    before = {
        "a": {"category": [("gap", 1.0), ("action", 1.0)], "sdg_target": [("8.8", 1.0)]},
        "b": {"category": []},
    }
    comparison = compare_versions(GOLD, before, PROPOSED)
    assert {(c.passage, c.code, c.change) for c in comparison.changes} == {
        ("a", "action", "dropped"),
        ("a", "10.7", "found"),
        ("a", "8.8", "lost"),
        ("a", "16.9", "added"),
        ("b", "gap", "added"),
        ("a", "1", "found"),
    }
    assert comparison.unknown == 1
    assert comparison.micro["sdg_target"] == (0.5, pytest.approx(0.4))
    assert "sdg_target" in comparison.fallen


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: is not JSON"),
        ('{"id": "z"}', "line 2: needs the texts 'id' and 'text'"),
        ('{"id": "y", "text": "t", "targets": {"a": 1}}', "line 2: 'targets' must be a list"),
        ('{"id": "x", "text": "t"}', "line 2: repeats the id 'x' of line 1"),
    ],
)
def test_wrong_gold_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text('{"id": "x", "text": "t"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=told):
        read_gold(file)


def test_command_saves_a_baseline_and_compares(tmp_path: Path) -> None:
    gold, baseline = tmp_path / "gold.jsonl", tmp_path / "baseline.jsonl"
    rows = [
        {"id": "1", "text": "There is no national migration strategy (SDG target 10.7).", "language": "en",
         "categories": ["gap"], "targets": ["10.7"], "goals": ["10"], "migration": True, "gcm": [], "mgi_domain": None},
        {"id": "2", "text": "This table lists the sources.", "language": "en", "categories": [], "targets": []},
    ]  # fmt: skip
    gold.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    run = [sys.executable, "-m", "pipeline", "evaluate", "--gold", str(gold), "--json", "--set", "tag.profile=rules"]
    first = subprocess.run([*run, "--save", str(baseline)], capture_output=True, text=True, check=True)
    found = json.loads(first.stdout)
    assert found["schemes"]["sdg_target"]["micro"]["f1"] == 1.0
    assert found["agreement"]["f1"]["category"] == 0.96
    printed = subprocess.run([a for a in run if a != "--json"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^  10\.7 +1\.000  1\.000  1\.000", printed, re.MULTILINE), printed
    again = subprocess.run([*run, "--against", str(baseline)], capture_output=True, text=True, check=True)
    assert json.loads(again.stdout)["against"]["losses"] == 0
    better = json.loads(baseline.read_text(encoding="utf-8").splitlines()[1])
    worse = [line for line in baseline.read_text(encoding="utf-8").splitlines() if json.loads(line)["id"] == "1"]
    assert proposals_of(better)["sdg_target"] == []
    perfect = json.loads(worse[0])
    perfect["sdg_targets"] = [{"code": "10.7", "score": 1.0}]
    baseline.write_text(json.dumps(perfect) + "\n", encoding="utf-8")
    # a gold in which the target is another: the version now is wrong where the baseline was right
    rows[0]["text"] = "There is no strategy."
    gold.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    fallen = subprocess.run([*run, "--against", str(baseline)], capture_output=True, text=True, check=False)
    assert fallen.returncode == 1
    assert "F1 fell" in fallen.stderr


def test_command_without_gold_file_tells_the_next_step(tmp_path: Path) -> None:
    run = [sys.executable, "-m", "pipeline", "evaluate", "--gold", str(tmp_path / "no.jsonl")]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr


def evaluated(*arguments: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "pipeline", "evaluate", *arguments, "--set", "tag.profile=rules"]
    return subprocess.run(run, capture_output=True, text=True, check=False)


def test_command_on_passages_without_labels_says_so(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "1", "text": "There is no strategy."}\n', encoding="utf-8")
    done = evaluated("--gold", str(tmp_path / "in.jsonl"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "no labels" in done.stderr


def test_a_scheme_without_any_label_has_no_figures_and_gold_is_no_baseline(tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    row = {"id": "1", "text": "There is no strategy.", "categories": ["gap"], "gcm": []}
    gold.write_text(json.dumps(row), encoding="utf-8")
    done = evaluated("--gold", str(gold))
    assert done.returncode == 0
    assert re.search(r"^gcm +- +- +- +- +0 +- ", done.stdout, re.MULTILINE), done.stdout
    refused = evaluated("--gold", str(gold), "--against", str(gold))
    assert refused.returncode == 1
    assert "passages with labels" in refused.stderr
    assert "--save" in refused.stderr


def test_command_measures_on_the_passages_that_ship() -> None:
    done = evaluated()
    assert done.returncode == 0, done.stderr
