"""The passages to learn from keep the form of the yardstick, tell of no real country and repeat nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.gazetteer import country_names, fold
from pipeline.resources import resource
from pipeline.taxonomy import load_taxonomy

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(resource("models", "passages").glob("*.jsonl"))
GOLD = ROOT / "corpus" / "gold" / "gold.jsonl"


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_rows_have_the_form_of_gold_and_labels_that_go_together(file: Path) -> None:
    taxonomy = load_taxonomy()
    keys = set(read(GOLD)[0])
    schemes = {"categories": "category", "action_status": "action_status", "support_types": "support_type"}
    schemes |= {"targets": "sdg_target", "goals": "sdg_goal", "gcm": "gcm"}
    for row in read(file):
        told = row["id"]
        assert set(row) == keys, told
        assert row["language"] == file.stem, told
        for key, scheme in schemes.items():
            assert [c for c in row[key] if not taxonomy.has(scheme, c)] == [], told
            assert len(set(row[key])) == len(row[key]), told
        assert row["mgi_domain"] in {None, 1, 2, 3, 4, 5, 6}, told
        assert {target.partition(".")[0] for target in row["targets"]} <= set(row["goals"]), told
        assert bool(row["action_status"]) == ("action" in row["categories"]), told
        assert bool(row["support_types"]) == ("support" in row["categories"]), told
        assert row["migration"] or not (row["gcm"] or row["mgi_domain"]), told


def test_nothing_is_repeated_and_nothing_is_the_yardstick() -> None:
    rows = [row for file in FILES for row in read(file)]
    assert {file.stem for file in FILES} == {"ar", "en", "es", "fr", "pt"}
    for key in ("id", "text"):
        assert [value for value, times in Counter(row[key] for row in rows).items() if times > 1] == []
        assert not {row[key] for row in rows} & {row[key] for row in read(GOLD)}


def test_the_countries_are_not_real() -> None:
    # shorter names are words or parts of words in some language; "reunion" is Spanish for a meeting
    names = sorted((n for n in country_names() if len(n) > 3 and n != "reunion"), key=len, reverse=True)
    real = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)")
    found = [(row["id"], m.group()) for f in FILES for row in read(f) for m in real.finditer(fold(row["text"]))]
    assert found == []


def test_the_command_learns_from_them_when_asked(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="the extra `train` is not installed")
    command = [sys.executable, "-m", "pipeline", "train", "--shipped", "--held", str(FILES[0])]
    done = subprocess.run([*command, "--out", str(tmp_path / "w")], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{len(read(FILES[0]))} passages are in --labels and in --held" in done.stderr
