"""PostgreSQL finds what SQLite finds, in nearly the same order."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy

from pipeline.search.cases import SearchCase, sample_store, search_cases, search_figures
from pipeline.search.citations import citations
from pipeline.search.find import refresh
from pipeline.search.similar import similar
from pipeline.store import Store, fulltext
from pipeline.store.engine import reading, writing
from pipeline.store.fulltext_query import IndexQuery, candidates
from pipeline.store.vectors import frequent_stems
from pipeline.types import Extraction
from tests import test_find as cases
from tests.test_find import fill

CASES = Path(__file__).parent / "cases" / "search.json"
pytestmark = pytest.mark.postgres
AGREE = 0.9  # share of the first five that both must have in common, over all cases


@pytest.fixture(scope="module")
def address(postgres: str) -> str:
    """A new database for the cases, one for the single tests and one for the making of the index."""
    admin = sqlalchemy.create_engine(f"{postgres}postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for name in ("search_cases", "search_single", "search_whole", "search_again"):
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return postgres


@pytest.fixture(scope="module")
def both(address: str) -> tuple[list[SearchCase], list[SearchCase]]:
    with sample_store(CASES) as store:
        ours = search_cases(CASES, store)
    with sample_store(CASES, f"{address}search_cases") as store:
        theirs = search_cases(CASES, store)
    return ours, theirs


def test_the_first_hits_agree(both: tuple[list[SearchCase], list[SearchCase]]) -> None:
    shared = total = same_first = 0
    for ours, theirs in zip(*both, strict=True):
        a, b = ours.found[:5], theirs.found[:5]
        shared += len(set(a) & set(b))
        total += max(len(a), len(b))
        same_first += a[:1] == b[:1]
    assert shared / total >= AGREE
    assert same_first >= AGREE * len(both[0])


def test_the_figures_hold(both: tuple[list[SearchCase], list[SearchCase]]) -> None:
    figures = search_figures(both[1])
    assert figures["recall_at_5"] >= 0.85
    assert figures["mrr"] >= 0.75


def test_operators_changes_similar_and_citations(address: str) -> None:

    with Store.open(f"{address}search_single") as store:
        fill(store)
        cases.test_words_accents_and_forms(store)
        cases.test_phrases_beginnings_nearness_exclusions(store)
        cases.test_misspelt_words_are_put_right_and_told(store)
        cases.test_a_repeated_passage_is_folded(store)
        for query in (
            '"',
            "a & b",
            "'x':*",
            "!",
            "\x00",
            "\\",
            "x" * 10_000,
            "* OR *",
            "a\x00b",
            "'; DROP TABLE x",
            "NEAR/3",
            "-",
        ):
            cases.test_nothing_that_is_typed_is_an_error(store, query)
        assert similar(store, cases.find(store, '"public health care"').hits[0].found.passage.id)
        assert citations(store) == ()
        cases.test_a_decision_changes_what_filters_find(store)
        cases.test_a_document_read_again_is_found_as_it_is_now(store)


class Stopped(Exception):
    """As if the program were ended."""


def test_an_index_stopped_in_the_making_is_finished(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index of PostgreSQL is made at the end: also if the end comes in another run."""

    def stop(done: int, of: int) -> None:
        assert done < of
        raise Stopped

    monkeypatch.setattr(fulltext, "BATCH", 1)
    with Store.open(f"{address}search_whole") as store, Store.open(f"sqlite:///{tmp_path / 'mgi.sqlite'}") as plain:
        fill(store)
        with pytest.raises(Stopped):
            refresh(store, stop)
        with reading(store.engine) as connection:
            assert not fulltext.is_current(connection)
        fill(plain)
        refresh(plain)
        refresh(store)
        assert _tables(store) == _tables(plain) != {}
        with reading(store.engine) as connection:
            assert fulltext.is_current(connection)
            made = connection.execute(sqlalchemy.text("SELECT to_regclass('search_passages_found') IS NOT NULL"))
            assert made.scalar_one()


def test_documents_read_again_leave_no_word_behind(address: str, tmp_path: Path) -> None:
    """Both databases count as if the index were made anew, also after a document lost what it alone said."""
    with Store.open(f"{address}search_again") as store, Store.open(f"sqlite:///{tmp_path / 'mgi.sqlite'}") as plain:
        for one in (store, plain):
            fill(one)
            refresh(one)
            first = next(d for d in one.documents() if d.facts.language == "en")
            words = {word for word, _, _ in _tables(one)["search_words"]}
            assert "remittances" in words
            kept = tuple(p for p in one.passages_of(first.facts.id) if "remittances" not in p.text)
            one.save(Extraction(facts=first.facts, status="read", passages=kept))
            refresh(one)
            words = {word for word, _, _ in _tables(one)["search_words"]}
            assert "remittances" not in words
            assert "migrants" in words
            after = _tables(one)
            with writing(one.engine) as connection:
                connection.execute(sqlalchemy.text("UPDATE search_state SET value = '' WHERE name = 'version'"))
            refresh(one)
            assert _tables(one)["search_stems"] == after["search_stems"]
        assert _tables(store)["search_stems"] == _tables(plain)["search_stems"]


def _tables(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with reading(store.engine) as connection:
        return {
            table: sorted(tuple(row) for row in connection.execute(sqlalchemy.text(f"SELECT * FROM {table}")))
            for table in ("search_words", "search_stems")
        }


def test_the_tokens_that_spare_rows_find_what_the_rows_hold(address: str) -> None:
    with Store.open(f"{address}search_whole") as store:
        refresh(store)
        with reading(store.engine) as connection:
            assert {"public", "health", "care"} <= frequent_stems(connection)
            phrase = IndexQuery(phrases=((("public", "health", "care"),),))
            turned = IndexQuery(phrases=((("health", "public"),),))
            word = IndexQuery(groups=((("migrant",),),))
            many = IndexQuery(groups=((("migrant",),),), everywhere=True)
            assert len(candidates(connection, phrase, 10)) == 2
            assert candidates(connection, turned, 10) == []
            assert candidates(connection, many, 10) == candidates(connection, word, 10) != []
            # one that holds it once in twelve words counts as one that holds it often, and is enough of one
            assert len(candidates(connection, many, 1)) == 1
