"""The yardstick keeps its form: codes exist, dependent labels have what they depend on, nothing occurs twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.taxonomy import load_taxonomy

FOLDER = Path(__file__).resolve().parent.parent / "corpus" / "gold"


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


GOLD = read("gold.jsonl")
ROWS = GOLD + read("plain.jsonl")
KEYS = {
    *("id", "text", "document", "page", "language", "kind", "headings", "categories", "action_status"),
    *("support_types", "targets", "goals", "migration", "gcm", "mgi_domain", "sure"),
}


@pytest.fixture(params=ROWS, ids=lambda row: row["id"])
def row(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def test_every_row_has_exactly_the_documented_keys(row: dict[str, Any]) -> None:
    assert set(row) == KEYS
    assert row["language"] in {"en", "fr", "es", "pt", "ar"}
    assert row["kind"] in {"mgi", "vnr", "other"}
    assert isinstance(row["sure"], bool)


def test_codes_exist_and_are_listed_once(row: dict[str, Any]) -> None:
    taxonomy = load_taxonomy()
    domains = [str(row["mgi_domain"])] if row["mgi_domain"] is not None else []
    for scheme, codes in (
        ("category", row["categories"]),
        ("action_status", row["action_status"]),
        ("support_type", row["support_types"]),
        ("sdg_target", row["targets"]),
        ("sdg_goal", row["goals"]),
        ("gcm", row["gcm"]),
        ("mgi_domain", domains),
    ):
        assert [code for code in codes if not taxonomy.has(scheme, code)] == []
        assert len(codes) == len(set(codes))
    assert len(row["targets"]) <= 4
    assert len(row["gcm"]) <= 3


def test_goals_include_the_goal_of_every_target(row: dict[str, Any]) -> None:
    assert {target.partition(".")[0] for target in row["targets"]} <= set(row["goals"])


def test_dependent_labels_come_with_what_they_depend_on(row: dict[str, Any]) -> None:
    assert bool(row["action_status"]) == ("action" in row["categories"])
    assert bool(row["support_types"]) == ("support" in row["categories"])
    if not row["migration"]:
        assert row["gcm"] == []
        assert row["mgi_domain"] is None


def test_ids_and_texts_are_unique() -> None:
    for key in ("id", "text"):
        assert [value for value, times in Counter(row[key] for row in ROWS).items() if times > 1] == []


def test_the_set_is_as_wide_as_its_readme_says() -> None:
    assert {code for row in GOLD for code in row["gcm"]} == {str(n) for n in range(1, 24)}
    assert {row["mgi_domain"] for row in GOLD} == {None, 1, 2, 3, 4, 5, 6}
    assert {goal for row in GOLD for goal in row["goals"]} == {str(n) for n in range(1, 18)}
    assert 0.2 <= sum(not row["categories"] for row in GOLD) / len(GOLD) <= 0.3


def test_the_language_given_is_the_language_written(row: dict[str, Any]) -> None:
    arabic = len(re.findall(r"[\u0600-\u06ff]", row["text"])) / len(row["text"])
    assert (arabic > 0.5) == (row["language"] == "ar")
