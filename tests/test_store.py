"""The store on SQLite and on PostgreSQL: what is saved is what is read, and no decision is ever lost."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline.errors import Conflict, ReviewError, StaleReview, StoreError
from pipeline.store import Filter, Store
from pipeline.store.engine import open_engine, writing
from pipeline.store.filters import Order
from pipeline.store.schema import HEAD
from tests.made import SENTENCES, extraction, review, texts

ROOT = Path(__file__).resolve().parent.parent
ANY = st.characters(exclude_categories=[])  # lone surrogates too


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with Store.open(database) as opened:
        yield opened


def test_what_is_saved_is_what_is_read(store: Store) -> None:
    made = extraction()
    store.save(made)
    found = store.labelled()
    assert [one.passage for one in found] == list(made.passages)
    assert [one.tags for one in found] == list(made.tags)
    assert found[0].facts == made.facts
    assert store.pages(made.facts.id) == list(made.pages)
    assert store.page(made.facts.id, 1) == made.pages[0]
    assert store.page(made.facts.id, 99) is None
    assert store.failures(made.facts.id) == list(made.failures)
    assert store.passages_of(made.facts.id) == made.passages
    assert store.get(made.passages[2].id) == found[2]
    assert store.get("no such") is None
    stored = store.document(made.facts.id)
    assert stored is not None
    assert (stored.pages, stored.passages, stored.tags, stored.pages_failed) == (2, 6, 18, (9,))
    assert stored.facts == made.facts
    assert store.document("0" * 16) is None


def test_a_proposal_holds_until_somebody_decides(store: Store) -> None:
    made = extraction()
    store.save(made)
    before = store.get(made.passages[1].id)
    assert before is not None
    assert before.label.status == "proposed"
    assert before.label.codes["category"] == ("gap",)
    assert before.label.codes["sdg_goal"] == ("10",)
    store.add_reviews([review(made.passages[1], "changed", category=["good_practice"], sdg_target=["17.3"], note="x")])
    after = store.get(made.passages[1].id)
    assert after is not None
    assert (after.label.status, after.label.reviewer, after.label.note) == ("changed", "ana", "x")
    assert dict(after.label.codes) == {"category": ("good_practice",), "sdg_target": ("17.3",)}
    store.add_reviews([review(made.passages[1], "reopened")])
    again = store.get(made.passages[1].id)
    assert again is not None
    assert again.label.status == "proposed"
    assert again.label.codes == before.label.codes


def test_saving_again_replaces_passages_and_keeps_decisions(store: Store) -> None:
    made = extraction()
    store.save(made)
    store.add_reviews([review(made.passages[0], category=["good_practice"]), review(made.passages[2], "rejected")])
    store.save(made)
    assert store.count() == 6
    assert [one.label.status for one in store.labelled()][:3] == ["accepted", "proposed", "rejected"]
    assert store.stale_reviews() == []
    store.retag(made.facts.id, [()] * 6, "t2")
    assert [one.label.status for one in store.labelled()][:3] == ["accepted", "proposed", "rejected"]
    assert all(one.tags == () for one in store.labelled())
    stored = store.document(made.facts.id)
    assert stored is not None
    assert (stored.tag_fingerprint, stored.tags) == ("t2", 0)


def test_a_better_reading_takes_the_decisions_with_it(store: Store) -> None:
    made = extraction()
    store.save(made)
    store.add_reviews([review(one, note=str(n)) for n, one in enumerate(made.passages)])
    said = list(SENTENCES)
    said[1] = said[1].replace("takes part", "takes a part")  # nearly the same
    said[2] = "  ".join(said[2].split(" "))  # the same words
    del said[3]  # gone
    store.save(extraction(said=said))
    notes = {one.passage.text: one.label.note for one in store.labelled()}
    assert [notes[one] for one in said] == ["0", "1", "2", "4", "5"]
    stale = store.stale_reviews()
    assert [(one.review.quote, one.passage, one.how) for one in stale] == [(SENTENCES[3], None, "stale")]
    hows = [one.how for one in store.reviews(document=made.facts.id)]
    assert hows == ["exact", "near", "exact", "stale", "exact", "exact"]
    store.save(made)  # the old reading comes back: everything is where it was
    assert [one.label.note for one in store.labelled()] == list("012345")
    assert store.stale_reviews() == []


def test_a_decision_does_not_move_to_a_neighbour_that_looks_alike(store: Store) -> None:
    alike = ["Visas for students are issued within 10 days.", "Visas for students are issued within 30 days."]
    made = extraction(said=alike)
    store.save(made)
    store.add_reviews([review(made.passages[0])])
    store.save(extraction(said=alike[1:]))
    assert [one.label.status for one in store.labelled()] == ["proposed"]
    assert len(store.stale_reviews()) == 1


def test_two_new_passages_that_fit_equally_well_get_no_decision(store: Store) -> None:
    made = extraction(said=["Visas for students are issued within 10 days."])
    store.save(made)
    store.add_reviews([review(made.passages[0])])
    store.save(extraction(said=[f"Visas for students are issued within {n} days." for n in (11, 12)]))
    assert len(store.stale_reviews()) == 1


def test_a_refused_document_keeps_its_decisions_as_stale_ones(store: Store) -> None:
    made = extraction()
    store.save(made)
    store.add_reviews([review(made.passages[0])])
    store.refuse(made.facts, "needs a password")
    stored = store.document(made.facts.id)
    assert stored is not None
    assert (stored.status, stored.reason, stored.passages) == ("refused", "needs a password", 0)
    assert [one.review.quote for one in store.stale_reviews()] == [SENTENCES[0]]
    assert store.count() == 0
    store.save(made)
    assert store.labelled()[0].label.status == "accepted"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, 12),
        ({"country": "LSO"}, 6),
        ({"kind": ("mgi", "vnr")}, 12),
        ({"kind": "vlr"}, 0),
        ({"years": (2019, 2020)}, 6),
        ({"years": (None, 2018)}, 0),
        ({"target": "10.7"}, 2),
        ({"target": ("10.7", "3.8"), "country": "KWT"}, 2),
        ({"goal": "16"}, 2),
        ({"category": "action"}, 4),
        ({"category": "none"}, 2),
        ({"category": ("none", "gap")}, 4),
        ({"action_status": "planned"}, 2),
        ({"support_type": "finance"}, 2),
        ({"gcm": "15"}, 2),
        ({"mgi_domain": "4"}, 2),
        ({"status": "accepted"}, 1),
        ({"status": ("accepted", "proposed")}, 12),
        ({"reviewer": "ana"}, 1),
        ({"min_score": 0.9}, 4),
        ({"min_score": 0.6, "max_score": 0.7}, 2),
        ({"language": "en"}, 12),
        ({"language": "fr"}, 0),
        ({"text": "DIASPORA takes"}, 2),
        ({"text": "50%"}, 0),
        ({"text": "_"}, 0),
        ({"document": "nothing"}, 0),
    ],
)
def test_filters(store: Store, wanted: dict[str, object], expected: int) -> None:
    first = extraction()
    store.save(first)
    store.save(extraction("vnr", country="KWT", year=2019, kind="vnr", title="Review of Elsewhere"))
    store.add_reviews([review(first.passages[5])])
    by = Filter(**wanted)  # type: ignore[arg-type]
    assert store.count(by) == expected
    found = store.labelled(by)
    assert len(found) == expected
    assert list(store.iter_labelled(by)) == found
    assert [found[n] for n in range(len(found))] == [
        one for n in range(len(found)) for one in store.labelled(by, limit=1, offset=n)
    ]
    for order in ("score", "unsure"):
        assert {one.passage.id for one in store.labelled(by, order=order)} == {one.passage.id for one in found}
    documents = store.documents(by)
    if expected:
        assert {one.facts.id for one in documents} == {one.facts.id for one in found}


def test_text_is_found_whatever_the_case_and_accents(store: Store) -> None:
    store.save(extraction(said=["L'accès des migrants aux soins est garanti."]))
    assert store.count(Filter(text="ACCES des")) == 1
    assert store.count(Filter(text="accès  des")) == 1


def test_orders(store: Store) -> None:
    made = extraction()
    store.save(made)
    assert [one.label.score for one in store.labelled(order="score")] == [0.92, 0.9, 0.88, 0.71, 0.62, 0.0]
    assert [one.passage.n for one in store.labelled(order="unsure")][:2] == [4, 1]
    store.add_reviews([review(made.passages[3], at="2026-01-02T00:00:00+00:00")])
    store.add_reviews([review(made.passages[1], at="2026-01-03T00:00:00+00:00")])
    assert [one.passage.n for one in store.labelled(order="recent")] == [1, 3]


def test_progress_and_tally(store: Store) -> None:
    made = extraction()
    store.save(made)
    store.add_reviews([review(made.passages[0], category=["good_practice"])])
    assert store.progress() == {made.facts.id: {"accepted": 1, "proposed": 5}}
    assert store.tally("category") == {"action": 2, "gap": 1, "good_practice": 1, "support": 1}
    assert store.tally("category", Filter(target="8.8")) == {"action": 1}


def test_last_write_never_silently_wins(store: Store) -> None:
    made = extraction()
    store.save(made)
    one = made.passages[0]
    (first,) = store.add_reviews([review(one, category=["gap"])], expected={one.id: None})
    with pytest.raises(Conflict) as told:
        store.add_reviews([review(one, reviewer="ben", category=["action"])], expected={one.id: None})
    assert "ana" in told.value.theirs
    assert "gap" in told.value.theirs
    assert "ben" in told.value.yours
    assert len(store.reviews(one.id)) == 1
    store.add_reviews([review(one, reviewer="ben", category=["action"])], expected={one.id: first})
    assert [stored.review.reviewer for stored in store.reviews(one.id)] == ["ana", "ben"]


def test_decisions_are_added_all_or_none(store: Store) -> None:
    made = extraction()
    store.save(made)
    gone = dataclasses.replace(review(made.passages[1]), passage="f" * 16)
    with pytest.raises(StaleReview):
        store.add_reviews([review(made.passages[0]), gone])
    with pytest.raises(ReviewError):
        store.add_reviews([review(made.passages[0]), review(made.passages[1], "perhaps")])
    with pytest.raises(ReviewError):
        store.add_reviews([review(made.passages[0], reviewer=" ")])
    with pytest.raises(ReviewError):
        store.add_reviews([review(made.passages[0], colour=["red"])])
    assert store.reviews() == []


def test_decisions_cannot_be_changed_or_deleted(store: Store) -> None:
    made = extraction()
    store.save(made)
    store.add_reviews([review(made.passages[0])])
    for statement in ("UPDATE reviews SET note = 'other'", "DELETE FROM reviews"):
        with pytest.raises(StoreError, match="only ever added to"), writing(store.engine) as connection:
            connection.execute(text(statement))
    assert len(store.reviews()) == 1


def test_a_failed_save_leaves_everything_as_it_was(store: Store) -> None:
    made = extraction()
    store.save(made)
    broken = dataclasses.replace(made, passages=made.passages[:2] + made.passages[:1], tags=())
    with pytest.raises(StoreError):
        store.save(broken)
    assert store.count() == 6


def test_two_at_once_get_one_winner_each_time(store: Store) -> None:
    made = extraction(said=texts(20))
    store.save(made)
    outcomes: list[str] = []

    def decide(who: str) -> None:
        for one in made.passages:
            try:
                store.add_reviews([review(one, reviewer=who)], expected={one.id: None})
                outcomes.append("taken")
            except Conflict:
                outcomes.append("conflict")

    threads = [threading.Thread(target=decide, args=(who,)) for who in ("ana", "ben", "cho")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("taken") == 20
    assert outcomes.count("conflict") == 40
    assert len(store.reviews()) == 20


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(ANY, min_size=1, max_size=60), note=st.text(ANY, max_size=40))
def test_any_text_can_be_kept(store: Store, said: str, note: str) -> None:
    made = extraction(said=[said])
    store.save(made)
    store.add_reviews([review(made.passages[0], note=note)])
    found = store.labelled()[0]
    assert len(found.passage.text) == len(said)
    assert found.passage.text.replace("\ufffd", "") == "".join(
        char for char in said if char not in "\0\ufffd" and not "\ud800" <= char <= "\udfff"
    )


def test_an_empty_database_gets_the_newest_tables_and_a_newer_one_is_refused(database: str) -> None:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "pipeline/store/migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
    Store.open(database).close()
    engine = open_engine(database)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(database)


def test_migrations_make_the_tables_that_the_code_names(database: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from pipeline.store.schema import metadata

    with Store.open(database) as store, store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "oracle+what://"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StoreError):
        Store.open(url)


KILLED = """
import itertools, sys
from pipeline.store import Store
from tests.made import extraction, review
store = Store.open(sys.argv[1])
passages = [one.passage for one in store.labelled()]
for n in itertools.count():
    one = passages[n % len(passages)]
    print(*store.add_reviews([review(one, reviewer="ana", note=str(n))]), flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(database: str) -> None:
    with Store.open(database) as store:
        store.save(extraction(said=texts(20)))
    process = subprocess.Popen([sys.executable, "-c", KILLED, database], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(200)]  # in the middle of its work
    process.kill()
    lines += process.stdout.readlines()
    process.wait(30)
    process.stdout.close()
    acknowledged = [int(line) for line in lines if line.endswith("\n")]
    assert len(acknowledged) >= 200
    with Store.open(database) as store:
        there = [one.id for one in store.reviews()]
        assert set(acknowledged) <= set(there)
        assert len(there) <= len(acknowledged) + 1  # at most the one that was not told any more
        latest = {one.passage: one.review.note for one in store.reviews()}
        assert {one.passage.id: one.label.note for one in store.labelled() if one.label.note} == latest


def test_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'mgi.sqlite'}") as store, store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.parametrize("order", ["document", "unsure", "score"])
@pytest.mark.parametrize("text_", [None, "the"])
def test_a_page_of_a_list_and_the_number_of_all_agree_with_the_whole(
    store: Store, order: Order, text_: str | None
) -> None:
    store.save(extraction())
    wanted = Filter(text=text_)
    whole = [dataclasses.replace(one, tags=()) for one in store.labelled(wanted, order=order)]
    assert len(whole) > 2
    for offset in range(len(whole)):
        assert store.listed(wanted, order=order, limit=2, offset=offset) == (len(whole), whole[offset : offset + 2])
    last = (len(whole) - 1) // 2 * 2
    assert store.listed(wanted, order=order, limit=2, offset=100) == (len(whole), whole[last:])
    assert store.listed(Filter(text="no such words"), limit=2) == (0, [])
