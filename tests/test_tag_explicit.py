"""Codes that a text names: cases as data, and laws over any text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.tag.context import TagContext
from pipeline.stages.tag.explicit import find_mentions, tag_explicit
from pipeline.types import Passage

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "cases" / "explicit.json").read_text(encoding="utf-8")
)


def passage(text: str) -> Passage:
    return Passage(id="p", document="d", n=0, kind="paragraph", text=text, page=1)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=f"{case['language']}: {case['label']}",
            marks=[pytest.mark.xfail(strict=True)] if case.get("expect") == "fail" else [],
        )
        for case in CASES
    ],
)
def test_case(case: dict[str, Any]) -> None:
    tags = tag_explicit([passage(case["text"])], TagContext(kind=case.get("kind", "other")))[0]
    found = {scheme: sorted(t.code for t in tags if t.scheme == scheme) for scheme in ("sdg_target", "sdg_goal", "gcm")}
    assert found == {
        "sdg_target": sorted(case["targets"]),
        "sdg_goal": sorted(case["goals"]),
        "gcm": sorted(case["gcm"]),
    }
    for tag in tags:
        assert tag.evidence
        assert all(0 <= s.start < s.end <= len(case["text"]) for s in tag.evidence)


PIECES = st.sampled_from(
    [
        "SDG",
        "SDGs ",
        "target ",
        "cibles ",
        "meta",
        "Goal ",
        "10",
        ".7",
        "10.c",
        "-",
        ", ",
        " and ",
        "%",
        " per cent",
        "ج",
        "١٠",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=20).map("".join))
def test_any_text_gives_known_codes_inside_the_text(text: str) -> None:
    first = list(find_mentions(text))
    assert first == list(find_mentions(text))
    for mention in first:
        assert 0 <= mention.start < mention.end <= len(text)
