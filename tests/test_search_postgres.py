"""PostgreSQL finds what SQLite finds, in nearly the same order."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy

from pipeline.search.cases import SearchCase, sample_store, search_cases, search_figures
from pipeline.search.citations import citations
from pipeline.search.similar import similar
from pipeline.store import Store
from tests import test_find as cases
from tests.test_find import fill

CASES = Path(__file__).parent / "cases" / "search.json"
pytestmark = pytest.mark.postgres
AGREE = 0.9  # share of the first five that both must have in common, over all cases


@pytest.fixture(scope="module")
def address(postgres: str) -> str:
    """A new database for the cases, and one for the single tests."""
    admin = sqlalchemy.create_engine(f"{postgres}postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for name in ("search_cases", "search_single"):
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
