"""Find: what is typed is never an error, filters hold, references can be read, and both databases agree."""

# ruff: noqa: E501  (sentences stand on one line)

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy

from pipeline.cli.passages import print_references
from pipeline.errors import ConfigError, StoreError
from pipeline.search import citations, find, make_filter, references, similar
from pipeline.search.find import snippet
from pipeline.store import Store, fulltext
from pipeline.store.engine import reading, writing
from pipeline.store.filters import Filter
from pipeline.types import DocumentFacts, Extraction, Passage, Review, Span, Tag
from pipeline.words import word_texts

TEXTS = {
    "d1": (
        (
            "en",
            "All migrants have access to public health care, whatever the status of their stay.",
            "good_practice",
            "3.8",
        ),
        ("en", "The cost of sending remittances fell to 4 per cent in 2021.", "good_practice", "10.c"),
        ("en", "There is no national migration strategy, and ministries do not coordinate.", "gap", "10.7"),
        ("en", "Schools lack interpreters for the children of migrant workers.", "gap", "4.1"),
        ("en", "Target 10.7 is reported on every year by the statistics office.", "", "10.7"),
    ),
    "d2": (
        ("fr", "Les migrants en situation irrégulière n'ont pas accès aux soins de santé publics.", "gap", "3.8"),
        ("fr", "Le coût des transferts de fonds de la diaspora a baissé.", "good_practice", "10.c"),
        ("fr", "Les registres d'état civil seront numérisés avec l'appui technique du PNUD.", "support", "16.9"),
    ),
    "d3": (
        ("ar", "يحصل المهاجرون على خدمات الصحة العامة مجانا في جميع المراكز.", "good_practice", "3.8"),
        ("es", "El comedor escolar es gratuito para los hijos de migrantes sin documentos.", "good_practice", "4.1"),
        (
            "en",
            "All migrants have access to public health care whatever the status of their stay!",
            "good_practice",
            "3.8",
        ),
    ),
}
FACTS = {
    "d1": DocumentFacts(
        id="d1d1d1d1d1d1d1d1",
        path="a.pdf",
        title="Lesotho VNR 2019",
        kind="vnr",
        country="LSO",
        year=2019,
        language="en",
    ),
    "d2": DocumentFacts(
        id="d2d2d2d2d2d2d2d2",
        path="b.pdf",
        title="Profil MGI 2021",
        kind="mgi",
        country="SEN",
        year=2021,
        language="fr",
    ),
    "d3": DocumentFacts(
        id="d3d3d3d3d3d3d3d3", path="c.pdf", title="Kuwait VNR", kind="vnr", country="KWT", year=2022, language="ar"
    ),
}


def fill(store: Store) -> Store:
    for key, rows in TEXTS.items():
        passages, tags = [], []
        for n, (language, text, category, target) in enumerate(rows):
            passages.append(
                Passage(
                    id=f"{key}{n:014x}", document=FACTS[key].id, n=n, kind="paragraph", text=text, page=n + 10,
                    page_label=str(n + 1), headings=("Progress", "Migration"), language=language,
                )
            )  # fmt: skip
            found = [Tag(scheme="sdg_target", code=target, score=0.9, by="t", evidence=(Span(0, 3),))]
            if category:
                found.append(Tag(scheme="category", code=category, score=0.9, by="t", evidence=(Span(0, 3),)))
            tags.append(tuple(found))
        store.save(Extraction(facts=FACTS[key], status="read", passages=tuple(passages), tags=tuple(tags)))
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'mgi.sqlite'}") as opened:
        yield fill(opened)


def texts(store: Store, query: str, **given: object) -> list[str]:
    return [h.found.passage.text for h in find(store, query, make_filter(**given)).hits]  # type: ignore[arg-type]


def test_words_accents_and_forms(store: Store) -> None:
    assert "accès aux soins" in texts(store, "acces soin sante")[0]
    assert "remittances" in texts(store, "remittance")[0]
    assert "المهاجرون" in texts(store, "صحة المهاجرين")[0]


def test_a_query_finds_passages_of_other_languages(store: Store) -> None:
    found = texts(store, "santé des migrants")
    assert any("public health care" in t for t in found[:3])
    assert any("الصحة" in t for t in found[:4])
    assert any("sans" in t or "soins" in t for t in found[:3])


def test_phrases_beginnings_nearness_exclusions(store: Store) -> None:
    assert texts(store, '"public health care"') == [TEXTS["d1"][0][1]]
    assert texts(store, '"health public"') == []
    assert any("strategy" in t for t in texts(store, "strateg*"))
    assert len(texts(store, "sending NEAR/3 remittances")) == 1
    assert texts(store, "cost NEAR/2 2021") == []
    assert all("status" not in t for t in texts(store, "migrants -status"))


def test_misspelt_words_are_put_right_and_told(store: Store) -> None:
    result = find(store, "remitances")
    assert dict(result.corrections) == {"remitances": "remittances"}
    assert "remittances" in result.hits[0].found.passage.text


def test_codes_are_words(store: Store) -> None:
    assert texts(store, '"target 10.7"') == [TEXTS["d1"][4][1]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"country": ["LSO"]}, {"d1"}),
        ({"kind": ["mgi"]}, {"d2"}),
        ({"year": "2020..2021"}, {"d2"}),
        ({"year": "..2019"}, {"d1"}),
        ({"target": ["3.8"], "kind": ["vnr"]}, {"d1", "d3"}),
        ({"category": ["gap"], "language": ["fr"]}, {"d2"}),
        ({"category": ["none"]}, {"d1"}),
    ],
)
def test_filters(store: Store, given: dict[str, object], expected: set[str]) -> None:
    hits = find(store, "", make_filter(**given), limit=50).hits  # type: ignore[arg-type]
    assert {h.found.facts.id[:2] for h in hits} == expected


def test_a_repeated_passage_is_folded(store: Store) -> None:
    hits = find(store, "public health care of all migrants").hits
    same = [h for h in hits if "whatever the status" in h.found.passage.text]
    assert len(same) == 1
    assert len(same[0].duplicates) == 1


def test_a_decision_changes_what_filters_find(store: Store) -> None:
    passage = store.labelled(Filter(target="10.7", category="gap"))[0].passage
    assert len(find(store, "strategy", make_filter(category=["gap"])).hits) >= 1
    store.add_reviews(
        [
            Review(
                passage=passage.id, document=passage.document, verdict="changed", reviewer="me", at="2026-01-01T00:00:00+00:00",
                quote=passage.text, codes={"category": ("support",), "sdg_target": ("10.7",)},
            )
        ]
    )  # fmt: skip
    assert [h.found.passage.id for h in find(store, "strategy", make_filter(category=["support"])).hits][:1] == [
        passage.id
    ]
    assert passage.id not in [h.found.passage.id for h in find(store, "strategy", make_filter(category=["gap"])).hits]


def test_a_document_read_again_is_found_as_it_is_now(store: Store) -> None:
    assert texts(store, "numérisés")
    store.save(Extraction(facts=FACTS["d2"], status="read"))
    assert texts(store, '"état civil"') == []


@pytest.mark.parametrize(
    "query",
    ['"', '""', "'", "(", ")", "* OR *", "a AND", "NEAR", "NEAR/3", "x NEAR/999 y", '6.1 "foo', "text:foo", "^a", "-", "--a", "- -",
     "😀", "\x00", "a\x00b", "\ud800", "x" * 10_000, "mot " * 3000, '"' + "a " * 5000, "{stems} : x", "a:*b", "&|!<->", "'; DROP TABLE x",
     "\\", "%", "_", "\u202e\u0645", "zqt10x7", "migra* migr* m*", "*"],
)  # fmt: skip
def test_nothing_that_is_typed_is_an_error(store: Store, query: str) -> None:
    find(store, query)
    find(store, query, make_filter(country=["LSO"]))


def test_an_empty_workspace_says_how_to_fill_it(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'mgi.sqlite'}") as store:
        with pytest.raises(StoreError, match="mgi corpus fetch"):
            find(store, "migration")
        with pytest.raises(StoreError, match="mgi run"):
            citations(store)


@pytest.mark.parametrize(
    ("name", "value"), [("target", "10.777"), ("country", "Lesotho"), ("category", "gaps"), ("kind", "pdf")]
)
def test_a_wrong_filter_says_what_would_be_right(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match="is not"):
        make_filter(**{name: [value]})


@pytest.mark.parametrize("year", ["20", "2019...2020", "x", "2019 2020"])
def test_a_wrong_year(year: str) -> None:
    with pytest.raises(ConfigError, match="Examples"):
        make_filter(year=year)


def test_similar_passages_are_of_other_documents(store: Store) -> None:
    first = find(store, '"public health care"').hits[0].found
    hits = similar(store, first.passage.id)
    assert hits
    assert all(h.found.facts.id != first.facts.id for h in hits)
    assert set(hits[0].found.label.codes["sdg_target"]) & {"3.8"}
    with pytest.raises(StoreError, match="no passage"):
        similar(store, "nothing")


def test_references_carry_both_pages(store: Store) -> None:
    found = [find(store, '"public health care"').hits[0].found]
    assert references(found, "short") == "Lesotho VNR 2019, p. 1 (PDF page 10)\n"
    assert "pages = {1}" in references(found, "bibtex")
    assert "SP  - 1\r\n" in references(found, "ris")
    assert '"page": "1"' in references(found, "csl")
    with pytest.raises(ConfigError, match="Known"):
        references(found, "mla")


def test_a_reference_claims_no_printed_page_and_no_author_that_are_not_known(store: Store) -> None:
    known = find(store, '"public health care"').hits[0].found
    unnumbered = replace(known, passage=replace(known.passage, page_label=None))
    assert "@techreport{" in references([unnumbered], "bibtex")
    assert "pages = " not in references([unnumbered], "bibtex")
    assert "note = {PDF page 10}" in references([unnumbered], "bibtex")
    assert "SP  - " not in references([unnumbered], "ris")
    assert "N1  - PDF page 10\r\n" in references([unnumbered], "ris")
    assert '"page"' not in references([unnumbered], "csl")
    nobody = replace(known, facts=replace(known.facts, kind="other", country=None, publisher=None))
    told = references([nobody], "bibtex")
    assert told.startswith("@misc{")
    assert "institution" not in told


@pytest.mark.parametrize("form", ["short", "bibtex", "ris", "csl"])
def test_references_are_json_where_json_is_asked_for(
    store: Store, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [hit.found for hit in find(store, "health").hits]
    print_references(found, form, as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["passage_id"] for line in lines] == [one.passage.id for one in found]
    assert all(line[form] for line in lines)


def test_a_snippet_holds_the_marks() -> None:
    text = "word " * 200 + "needle here " + "word " * 200
    part = snippet(text, [Span(1000, 1006)])
    assert "needle" in part.of(text)
    assert part.end - part.start < 300


@pytest.mark.parametrize(
    "plain", ["Goal 10.7, 4.B and 1.10.7; v2.0 2019A a_b _c 12.x 123.4 x-y'z", "", "4.ab 10.7.", "A1 1A _1"]
)
def test_plain_texts_are_cut_as_all_others(plain: str) -> None:
    assert word_texts(plain) == word_texts(f"{plain} é")[:-1]


def test_many_passages_leave_the_index_as_one_in_use(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "MANY", 0)
    found = [h.found.passage.id for h in find(store, "health").hits]
    with writing(store.engine) as connection:
        connection.execute(sqlalchemy.text("UPDATE search_state SET value = 'older' WHERE name = 'version'"))
    assert [h.found.passage.id for h in find(store, "health").hits] == found != []
    with reading(store.engine) as connection:
        kept = connection.execute(sqlalchemy.text("SELECT k, v FROM passages_fts_config WHERE k != 'version'")).all()
    assert dict(tuple(row) for row in kept) == fulltext._USUAL
