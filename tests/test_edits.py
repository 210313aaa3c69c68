"""Passages split, merged and cut by people: nothing is lost, and a new reading gets the same edits."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import Conflict, ReviewError, StaleReview
from pipeline.store import Filter, Store
from pipeline.store.edits import merge, move_boundary, split, trim
from pipeline.types import Passage, Span
from tests.made import SENTENCES, extraction, review, tags_for

COUNTER = itertools.count()
BY = {"reviewer": "ana", "at": "2026-01-02T03:04:05+00:00"}
TWO = f"{SENTENCES[0]} {SENTENCES[1]}"


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with Store.open(database) as opened:
        yield opened


def shown(store: Store) -> list[str]:
    return [one.passage.text for one in store.labelled()]


def test_split(store: Store) -> None:
    made = extraction(said=[SENTENCES[5], TWO, SENTENCES[2]])
    tags = (made.tags[0], (*tags_for(0, TWO), *tags_for(1, TWO)), made.tags[2])
    store.save(dataclasses.replace(made, tags=tags))
    cut = len(SENTENCES[0])
    done = store.add_edit(split(made.passages[1], [cut], **BY))
    assert shown(store) == [SENTENCES[5], SENTENCES[0], SENTENCES[1], SENTENCES[2]]
    assert (done.state, len(done.passages)) == ("applied", 2)
    first, second = (store.get(one) for one in done.passages)
    assert first is not None
    assert second is not None
    for part in (first, second):
        for tag in part.tags:
            assert all(span.of(part.passage.text) == "migrants" for span in tag.evidence)
    assert {tag.code for tag in first.tags} >= {"good_practice", "gap"}  # both were told by the first part's words
    assert {tag.scheme for tag in second.tags} == {"mgi_domain"}  # told by the heading
    regions = tuple(
        anchor.region for anchor in made.passages[1].anchors
    )  # two lines, the first ends in the second part
    assert first.passage.regions == regions[:1]
    assert second.passage.regions == regions
    stored = store.document(made.facts.id)
    assert stored is not None
    assert stored.passages == 4
    assert store.passages_of(made.facts.id) == made.passages


def test_merge_and_take_back(store: Store) -> None:
    made = extraction()
    store.save(made)
    store.add_reviews([review(made.passages[1], note="kept")])
    done = store.add_edit(merge(made.passages[0:2], **BY))
    assert shown(store) == [TWO, *SENTENCES[2:]]
    joined = store.get(done.passages[0])
    assert joined is not None
    assert {Span(4, 12), Span(len(SENTENCES[0]) + 7, len(SENTENCES[0]) + 9)} == {
        span for tag in joined.tags for span in tag.evidence
    }
    assert joined.passage.regions == made.passages[0].regions + made.passages[1].regions
    assert joined.label.status == "proposed"
    assert [one.review.note for one in store.reviews(made.passages[1].id)] == ["kept"]
    with pytest.raises(StaleReview):
        store.add_reviews([review(made.passages[1])])
    store.undo_edit(done.id, **BY)
    assert shown(store) == list(SENTENCES)
    assert [one.label.note for one in store.labelled()][:2] == ["", "kept"]
    assert [one.state for one in store.edits(made.facts.id)] == ["undone"]
    with pytest.raises(ReviewError):
        store.undo_edit(done.id, **BY)
    with pytest.raises(ReviewError):
        store.undo_edit(999, **BY)


@pytest.mark.parametrize(
    ("offset", "first", "second"), [(9, "One two.", "Three four. Five."), (21, "One two. Three four. Five.", "Six.")]
)
def test_boundary(store: Store, offset: int, first: str, second: str) -> None:
    said = ["One two. Three four.", "Five."] if offset == 9 else ["One two. Three four.", "Five. Six."]
    made = extraction(said=said)
    store.save(made)
    offset = offset if offset == 9 else 27
    store.add_edit(move_boundary(made.passages[0], made.passages[1], offset, **BY))
    assert shown(store) == [first, second]


def test_trim_and_an_edit_upon_an_edit(store: Store) -> None:
    made = extraction(said=["12 Visas are free. They last a year."])
    store.save(made)
    one = store.add_edit(trim(made.passages[0], 3, 36, **BY))
    assert shown(store) == ["Visas are free. They last a year."]
    trimmed = store.get(one.passages[0])
    assert trimmed is not None
    two = store.add_edit(split(trimmed.passage, [16], **BY))
    assert shown(store) == ["Visas are free.", "They last a year."]
    with pytest.raises(ReviewError, match="later edit"):
        store.undo_edit(one.id, **BY)
    store.undo_edit(two.id, **BY)
    store.undo_edit(one.id, **BY)
    assert shown(store) == ["12 Visas are free. They last a year."]


def test_edits_and_decisions_on_them_survive_new_readings(store: Store) -> None:
    made = extraction(said=[SENTENCES[5], TWO, SENTENCES[2], SENTENCES[3]])
    store.save(made)
    cut = store.add_edit(split(made.passages[1], [len(SENTENCES[0])], **BY))
    join = store.add_edit(merge(made.passages[2:], **BY))
    for key in (*cut.passages, *join.passages):
        found = store.get(key)
        assert found is not None
        store.add_reviews([review(found.passage, note=found.passage.text[:5])])
    expected = [SENTENCES[5], *SENTENCES[:2], f"{SENTENCES[2]} {SENTENCES[3]}"]
    notes = ["", "All m", "There", "The M"]
    for again in (made, extraction(said=[SENTENCES[4], *(p.text for p in made.passages)])):
        store.save(again)
        assert shown(store)[-4:] == expected
        assert [one.label.note for one in store.labelled()][-4:] == notes
    store.retag(made.facts.id, [()] * 5, "t2")
    assert shown(store)[-4:] == expected
    near = [text.replace("primary", "primary-level") for text in (SENTENCES[5], TWO, SENTENCES[2], SENTENCES[3])]
    for _ in range(2):
        store.save(extraction(said=near))
        assert shown(store) == [text.replace("primary", "primary-level") for text in expected]
        assert [one.label.note for one in store.labelled()] == notes
    store.save(extraction(said=[SENTENCES[5], SENTENCES[2], SENTENCES[3]]))
    assert [one.state for one in store.edits()] == ["stale", "applied"]
    assert len(store.stale_edits()) == 1
    assert {one.review.note for one in store.stale_reviews()} == {"All m", "There"}
    store.save(made)
    assert shown(store) == expected
    assert [one.label.note for one in store.labelled()] == notes


def test_what_does_not_fit_is_refused(store: Store) -> None:
    made = extraction()
    store.save(made)
    one, two = made.passages[:2]
    good = split(one, [4], **BY)
    for bad in (
        split(one, [0], **BY),
        split(one, [len(one.text)], **BY),
        trim(one, 5, 5, **BY),
        dataclasses.replace(good, reviewer=""),
        dataclasses.replace(good, parts=()),
        dataclasses.replace(good, parts=good.parts[::-1]),
        dataclasses.replace(good, parts=(((good.parts[0][0]._replace(source=3)),),)),
        dataclasses.replace(good, parts=(((good.parts[0][0]._replace(end=9999)),),)),
        dataclasses.replace(good, inputs=(), quotes=()),
        merge([one, one], **BY),
    ):
        with pytest.raises(ReviewError):
            store.add_edit(bad)
    with pytest.raises(StaleReview):
        store.add_edit(dataclasses.replace(good, quotes=("other",)))
    with pytest.raises(StaleReview):
        store.add_edit(dataclasses.replace(good, document="0" * 16))
    store.add_reviews([review(one)])
    with pytest.raises(Conflict):
        store.add_edit(good, expected={one.id: None})
    assert shown(store) == list(SENTENCES)
    store.add_edit(good)
    with pytest.raises(StaleReview):
        store.add_edit(merge([one, two], **BY))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_edits_keep_every_word_in_order(store: Store, data: st.DataObject) -> None:
    name = f"profile{next(COUNTER)}"  # each example has a document of its own
    made = extraction(name)
    here = Filter(document=made.facts.id)
    store.save(made)
    for _ in range(data.draw(st.integers(1, 4))):
        passages = [one.passage for one in store.labelled(here)]
        if data.draw(st.booleans()):
            one = data.draw(st.sampled_from(passages))
            spaces = [n for n, char in enumerate(one.text) if char == " "]
            if spaces:
                store.add_edit(split(one, data.draw(st.lists(st.sampled_from(spaces), min_size=1, max_size=3)), **BY))
        elif len(passages) > 1:
            start = data.draw(st.integers(0, len(passages) - 2))
            store.add_edit(merge(passages[start : start + data.draw(st.integers(2, 3))], **BY))
    found = store.labelled(here)
    assert " ".join(one.passage.text for one in found) == " ".join(SENTENCES)
    assert [one.passage.n for one in found] == sorted(one.passage.n for one in found)
    for one in found:
        check_anchors(one.passage)
    before = [one.passage for one in found]
    store.save(made)
    assert [one.passage for one in store.labelled(here)] == before
    for edit in reversed(store.edits(made.facts.id)):
        if edit.state == "applied":
            store.undo_edit(edit.id, **BY)
    assert [one.passage.text for one in store.labelled(here)] == list(SENTENCES)


def check_anchors(passage: Passage) -> None:
    for anchor in passage.anchors:
        assert 0 <= anchor.start < anchor.end <= len(passage.text)
        assert anchor.region in passage.regions or passage.regions
