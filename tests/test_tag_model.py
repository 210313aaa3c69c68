"""The trained tagger on bad input, and its laws; skipped where the weights are not installed."""

from __future__ import annotations

import pytest

from pipeline.stages.tag import TagContext, TagOptions, tag_passages
from pipeline.stages.tag.model import available_profile
from pipeline.types import Passage

BAD = ["", " ", "\x00\x01\x02", "word " * 20_000, "Миграция и развитие", "移民政策", "😀" * 500, "10.7 " * 300]


def passage(text: str, n: int = 0) -> Passage:
    return Passage(id=f"p{n}", document="d", n=n, kind="paragraph", text=text, page=1)


@pytest.mark.parametrize("profile", ["full", "fast", "rules"])
def test_bad_input_is_answered_in_order_and_the_same_each_time(profile: str) -> None:
    if available_profile(profile) != profile:  # type: ignore[arg-type]
        pytest.skip(f"the weights of the profile {profile} are not installed")
    options = TagOptions(profile=profile)  # type: ignore[arg-type]
    passages = [passage(text, n) for n, text in enumerate(BAD)]
    first = tag_passages(passages, TagContext(), options)
    assert len(first) == len(BAD)
    assert first[0] == ()
    assert tag_passages(passages, TagContext(), options) == first
    for text, tags in zip(BAD, first, strict=True):
        for tag in tags:
            assert 0 <= tag.score <= 1
            assert tag.evidence or "model@" in tag.by or "structure@" in tag.by
            assert all(0 <= s.start < s.end <= len(text) for s in tag.evidence)
        goals = {t.code for t in tags if t.scheme == "sdg_goal"}
        assert {t.code.split(".")[0] for t in tags if t.scheme == "sdg_target"} <= goals


def test_tags_of_a_passage_do_not_depend_on_the_passages_beside_it() -> None:
    text = "All residents, whatever their migration status, have free access to primary health care."
    others = [f"{'The labour market service of district ' * n} {n} keeps a register of vacancies." for n in range(1, 9)]
    alone = tag_passages([passage(text)], TagContext())[0]
    assert tag_passages([*map(passage, others[:3]), passage(text), *map(passage, others)], TagContext())[3] == alone


def test_model_names_what_weighed() -> None:
    if available_profile("full") == "rules":
        pytest.skip("no trained weights are installed")
    text = "The ministry lacks data on labour migration and no strategy guides the work of the border agencies."
    tags = tag_passages([passage(text)], TagContext())[0]
    assert "gap" in {t.code for t in tags if t.scheme == "category"}
    assert any("model@" in t.by for t in tags)
