"""Beside the store: people, neighbours, who decided what, decisions taken together and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ReviewError
from pipeline.store import Filter, Store
from pipeline.store.people import People, Person
from pipeline.store.team import Team
from tests.made import extraction, review


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'mgi.sqlite'}") as opened:
        yield opened


@pytest.fixture
def team(store: Store) -> Team:
    return Team(store.engine)


def test_names_that_differ_in_case_are_one_person(store: Store) -> None:
    people = People(store.engine)
    people.put(Person(name="Ana", role="lead", password="x"))
    people.put(Person(name="ana", role="reviewer", password="y"))
    assert people.all() == [Person(name="Ana", role="reviewer", password="y")]
    assert people.get("ANA") == people.all()[0]
    assert people.remove("aNA")
    assert not people.remove("Ana")


def test_neighbours_follow_the_document(store: Store, team: Team) -> None:
    made = extraction()
    store.save(made)
    ids = [passage.id for passage in made.passages]
    assert team.beside(ids[0]) == (None, ids[1])
    assert team.beside(ids[2]) == (ids[1], ids[3])
    assert team.beside(ids[-1]) == (ids[-2], None)
    assert team.beside("0" * 16) == (None, None)
    store.add_reviews([review(made.passages[1])])
    assert team.next_undecided(ids[0]) == ids[2]
    assert team.next_undecided(ids[0], avoid=frozenset({ids[2]})) == ids[3]


def test_regions_are_those_on_the_page(store: Store, team: Team) -> None:
    made = extraction()
    store.save(made)
    document = made.facts.id
    found = team.regions_on(document, 1)
    assert [identity for identity, _ in found] == [p.id for p in made.passages if 1 in p.pages]
    assert all(region.page == 1 for _, regions in found for region in regions)
    assert team.regions_on(document, 99) == []


def test_a_batch_leaves_alone_what_others_decided_and_can_be_taken_back(store: Store, team: Team) -> None:
    made = extraction()
    store.save(made)
    first, second, third = made.passages[:3]
    store.add_reviews([review(first, reviewer="Ben")])
    batch = team.add_batch([review(p, reviewer="Ana") for p in (first, second, third)])
    assert len(batch.reviews) == 2
    assert store.count(Filter(status="accepted", reviewer="Ana")) == 2
    store.add_reviews([review(second, reviewer="Ben", verdict="rejected")])
    assert team.undo_batch(batch.id, reviewer="Ana", at="2026-01-01T00:00:00") == 1
    labels = [found.label for found in store.labelled()[:3]]
    assert [(label.status, label.reviewer) for label in labels] == [
        ("accepted", "Ben"),
        ("rejected", "Ben"),
        ("proposed", "Ana"),
    ]
    with pytest.raises(ReviewError, match="taken back before"):
        team.undo_batch(batch.id, reviewer="Ana", at="2026-01-01T00:00:00")
    with pytest.raises(ReviewError, match="Others have decided"):
        team.add_batch([review(first, reviewer="Ana")])
    assert team.recent_batches()[0].undone_at == "2026-01-01T00:00:00"


def test_who_decided_what(store: Store, team: Team) -> None:
    made = extraction()
    store.save(made)
    one, two = made.passages[:2]
    store.add_reviews([review(one, reviewer="Ana"), review(two, reviewer="Ben", verdict="rejected")])
    store.add_reviews([review(one, reviewer="Ana", verdict="reopened")])
    assert [stored.review.verdict for stored in team.recent()] == ["reopened", "rejected", "accepted"]
    assert [stored.review.reviewer for stored in team.recent(reviewer="Ben")] == ["Ben"]
    assert team.totals()["Ana"].verdicts == {"accepted": 1, "reopened": 1}
    assert team.latest_of("Ana") == {}
    assert set(team.latest_of("Ben", made.facts.id)) == {two.id}
    assert team.reviewers() == ["Ana", "Ben"]
    assert team.count_stale() == 0
