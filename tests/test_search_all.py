"""Search, on both databases: nothing that matches is left out in silence, and order holds from page to page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from pipeline.errors import ConfigError, StoreError
from pipeline.search import find, make_filter
from pipeline.search.documents import document_named
from pipeline.store import Store
from pipeline.types import DocumentFacts, Extraction, Passage
from pipeline.workspace import Workspace
from tests.conftest import mgi

MANY = 400
SUBJECTS = ("harbour", "orchard", "glacier", "theatre", "railway", "market", "quarry", "lagoon")


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    with Store.open(database) as opened:
        yield opened


def save(store: Store, name: str, rows: list[str], language: str = "en", **facts: object) -> str:
    """One document with these texts; a text may begin with its heading: `Heading | text`."""
    document = name.encode().hex()[:16].ljust(16, "0")
    passages = []
    for n, row in enumerate(rows):
        heading, _, text = row.rpartition(" | ")
        passages.append(
            Passage(
                id=f"{name.encode().hex()[:10]:0<10}{n:06x}", document=document, n=n, kind="paragraph", text=text,
                page=1, headings=(heading,) if heading else (), language=language,
            )
        )  # fmt: skip
    made = DocumentFacts(id=document, path=f"in/{name}.pdf", title=name, kind="vnr", language=language, **facts)  # type: ignore[arg-type]
    store.save(Extraction(facts=made, status="read", passages=tuple(passages), tags=((),) * len(passages)))
    return document


def texts(store: Store, query: str, limit: int = 10) -> list[str]:
    return [hit.found.passage.text for hit in find(store, query, limit=limit).hits]


def many(store: Store) -> None:
    rows = [
        " ".join(f"{SUBJECTS[(n // 8**k) % 8]} {n * 7919 % 997}" for k in range(3)) + f" permit {n}."
        for n in range(MANY)
    ]
    save(store, "many", rows, country="LSO")
    save(store, "few", ["Another word.", "And one more."], country="KWT")


def test_a_filter_without_words_lists_all_it_leaves_in_reading_order(store: Store) -> None:
    many(store)
    wanted = make_filter(country=["LSO"])
    whole = find(store, "", wanted, limit=1000)
    assert [hit.found.passage.n for hit in whole.hits] == list(range(MANY))
    assert (whole.total, whole.more_match) == (MANY, False)
    assert whole.facets["country"] == {"LSO": MANY}
    page = find(store, " ", wanted, limit=7, offset=390)
    assert [hit.found.passage.n for hit in page.hits] == list(range(390, 397))
    assert page.total == MANY
    assert find(store, "").total == MANY + 2
    nothing = find(store, "-")
    assert not nothing.hits
    assert '""' in nothing.notes[0]


def test_as_many_hits_as_are_asked_for(store: Store) -> None:
    many(store)
    first = find(store, "permit")
    assert (len(first.hits), first.more_match) == (10, True)
    whole = find(store, "permit", limit=1000)
    shown = [hit.found.passage.id for hit in whole.hits]
    folded = [other for hit in whole.hits for other in hit.duplicates]
    assert sorted((*shown, *folded)) == sorted(hit.found.passage.id for hit in find(store, "", limit=1000).hits)[-MANY:]
    assert (whole.total, whole.more_match) == (MANY, False)
    scores = [hit.score for hit in whole.hits]
    assert scores == sorted(scores, reverse=True)
    assert [hit.found.passage.id for hit in find(store, "permit", limit=50, offset=150).hits] == shown[150:200]


def test_the_last_line_tells_what_is_not_shown(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w", create=True) as opened:
        many(opened.store)
    done = mgi("find", "permit", "-w", str(tmp_path / "w"))
    assert done.stdout.splitlines()[-1].startswith("The first 10 of more than 120 passages")
    listed = mgi("find", "", "--country", "LSO", "--limit", "3", "--offset", "6", "--json", "-w", str(tmp_path / "w"))
    assert [line[:10] for line in listed.stdout.splitlines()] == ['{"rank": 7', '{"rank": 8', '{"rank": 9']
    assert "7 to 9 of 400" in listed.stderr
    assert "passages that match" not in mgi("find", "another", "-w", str(tmp_path / "w")).stdout


def test_a_phrase_in_the_text_comes_before_one_in_the_headings(store: Store) -> None:
    title = "Seasonal permits in fishing"
    above = [f"{title} | The {s} has {s[::-1]} boats, a {s}-school and {n} {s} houses." for n, s in enumerate(SUBJECTS)]
    said = [
        "Among many other things that offices of the region do for people who come and go, one deals with questions "
        "of housing, and another one, since the spring, with seasonal permits for crews of all countries.",
        "Seasonal permits are few: of all seasonal permits a tenth went to women.",
        "Permits seasonal or not are dear.",
    ]
    save(store, "phrases", above[:4] + said + above[4:])
    assert texts(store, '"seasonal permits"')[:2] == [said[1], said[0]]
    assert len(texts(store, '"seasonal permits"')) == 2 + len(above)
    scores = [hit.score for hit in find(store, '"seasonal permits"').hits]
    assert scores[0] > scores[1] > scores[2] > 0


@pytest.mark.parametrize(
    ("query", "meant"),
    [("هجرة", 0), ("مهاجرين", 0), ("صحة", 1), ("apatride", 2), ("apátrida", 2), ("remesas", 3), ("remessas", 3),
     ("trabajo infantil", 4), ("travail des enfants", 4), ("детский труд", 4), ("salud", 1)],
)  # fmt: skip
def test_words_of_languages_in_which_nothing_is_held(store: Store, query: str, meant: int) -> None:
    said = [
        "Migration is left to two ministries, each with a plan of its own.",
        "Health posts stand in each valley.",
        "Stateless persons may ask for papers.",
        "Remittances come by telephone.",
        "Child labour has become rarer on farms.",
    ]
    # words as near to those asked for as a misspelling, and one of another language in an English text
    near = [
        "Remises and remains are kept.",
        "The apartides, a dance.",
        "The post is called Salud.",
        "Trabajos y obras.",
    ]
    save(store, "said", [*said, *near])
    result = find(store, query)
    assert said[meant] in [hit.found.passage.text for hit in result.hits[:2]]
    assert not result.corrections


@pytest.mark.parametrize(
    ("given", "typed"),
    [("NFD", "santé des réfugiés"), ("NFD", '"état civil"'), ("NFC", "réfu\u00adgiés"), ("NFC", "\ufeffréfugiés\u200b"),
     ("NFC", "réfu\u200dgiés"), ("NFC", "ｒéfugiés"), ("NFC", "صِحَّة")],
)  # fmt: skip
def test_letters_in_any_of_their_forms(store: Store, given: Literal["NFC", "NFD"], typed: str) -> None:
    said = ["La santé des réfugiés est un droit.", "L'état civil est tenu sur papier.", "La sante, un refus."]
    save(store, "forms", said, "fr")
    save(store, "arabic", ["الصحة حق للجميع."], "ar")
    result = find(store, unicodedata.normalize(given, typed))
    assert len(result.hits) > 0
    assert not result.corrections
    first = result.hits[0].found.passage.text
    assert first == (
        said[1] if "civil" in typed else "الصحة حق للجميع." if given == "NFC" and "ص" in typed else said[0]
    )


def test_what_a_filter_asks_for_and_nothing_is_gets_a_note(store: Store) -> None:
    many(store)
    for given, said in (
        ({"country": ["KEN"]}, "country KEN (there: KWT, LSO)"),
        ({"kind": ["vlr"]}, "kind vlr (there: vnr)"),
        ({"language": ["ru"]}, "language ru (there: en)"),
        ({"year": "1990"}, "these years"),
    ):
        result = find(store, "permit", make_filter(**given))  # type: ignore[arg-type]
        assert [said in note for note in result.notes] == [True], given
        assert not result.hits
    assert not find(store, "permit", make_filter(country=["LSO"], kind=["vnr"], language=["en"])).notes


def test_impossible_filters_say_what_there_is() -> None:
    for given, said in (
        ({"target": ["99.9"]}, "1 to 17"),
        ({"target": ["10.9"]}, "10.7"),
        ({"year": "2023..2019"}, r"2019\.\.2023"),
    ):
        with pytest.raises(ConfigError, match=said):
            make_filter(**given)  # type: ignore[arg-type]


def test_documents_go_by_the_names_of_their_files() -> None:
    every = [
        DocumentFacts(id="0123456789abcdef", path="https://a.example/in/Country Review, 2019.pdf", kind="vnr"),
        DocumentFacts(id="0123aaaaaaaaaaaa", path=r"C:\in\first.docx", kind="mgi"),
        DocumentFacts(id="fedcba9876543210", path="in/first.pdf", kind="mgi"),
    ]
    for name in ("country review, 2019", "Country Review, 2019.PDF", "0123456789abcdef", "01234", every[0].path):
        assert document_named(every, name) == every[0].id
    assert document_named(every, "first.docx") == every[1].id
    for name in ("first", "0123"):
        with pytest.raises(StoreError, match="Which"):
            document_named(every, name)
    with pytest.raises(StoreError, match=r"no MGI profile 'frst'.*There are: first\.docx \(0123aaaaaaaaaaaa\)"):
        document_named(every, "frst", "MGI profile")


def test_the_command_takes_names_of_files(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w", create=True) as opened:
        many(opened.store)
    where = ("-w", str(tmp_path / "w"))
    assert "Another word." in mgi("find", "", "--document", "few", *where).stdout
    assert "few.pdf" in mgi("find", "", "--document", "fe", *where).stderr
    assert mgi("find", "permit", "--target", "99.9", *where).returncode == 2
    assert "no word" in mgi("find", "-", *where).stderr


def test_the_word_itself_comes_before_others_of_its_stem_and_a_target_before_a_share(store: Store) -> None:
    save(
        store, "forms", ["Un accord visant la pêche, visant la mer.", "Le visa des pêcheurs de la mer coûte peu."], "fr"
    )
    save(
        store,
        "shares",
        [
            "Poverty fell to 10.7% here.",
            "A share of 10.7 per cent is poor.",
            "In a longer row of indicators stand 9.1 and 10.7 too.",
        ],
    )
    assert texts(store, "visa")[0].startswith("Le visa")
    assert texts(store, "10.7")[0].startswith("In a longer row")
