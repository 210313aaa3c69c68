"""Citations by name, by title and by borrowed text: cases as data, then the traps one by one."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipeline.citation_names import load_citation_names
from pipeline.search.quality import CitationCase, citation_cases, citation_figures
from pipeline.stages.cite import borrow_index, cite, find_borrowed
from pipeline.stages.cite.names import bare_arabic, find_names
from pipeline.types import DocumentFacts, Passage
from pipeline.words import fold

CASES = Path(__file__).parent / "cases" / "citations.json"
TARGET_10_7 = (  # official wording: no borrowing when a profile and a VNR both recite it
    "Facilitate orderly, safe, regular and responsible migration and mobility of people, including through the "
    "implementation of planned and well-managed migration policies"
)

RUN = citation_cases(CASES, common=(TARGET_10_7,))


@pytest.mark.parametrize("case", RUN, ids=lambda c: f"{c.document}-{c.n}")
def test_case(case: CitationCase) -> None:
    got = case.found and {"grade": case.found.grade, "match": case.found.match, "cites": case.found.cites}
    assert got == (dict(case.expected) if case.expected else None), case.text


def test_figures_are_above_the_bar() -> None:
    figures = citation_figures(RUN)
    assert figures["expected"] >= 60
    assert figures["precision"] >= 0.95
    assert figures["recall"] >= 0.95
    assert figures["grade_accuracy"] >= 0.9


def test_evidence_is_the_words_themselves() -> None:
    for case in RUN:
        for span in case.found.spans if case.found else ():
            assert 0 <= span.start < span.end <= len(case.text)
            assert len(span.of(case.text)) >= 3


def _cited(text: str, **facts: object) -> tuple[str, ...]:
    passage = Passage(id="p", document="d", n=0, kind="paragraph", text=text, page=1)
    return tuple(s.of(text) for c in cite([passage], DocumentFacts(id="d", path="d", **facts)) for s in c.spans)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt", "ar", "ru"])
def test_every_name_is_found_whole_and_with_a_slip(language: str) -> None:
    knowledge = load_citation_names()
    for name in knowledge.names:
        if name.language != language:
            continue
        text = f"XX {name.text}, 2020"
        assert [h.span.of(text) for h in find_names(text, knowledge)] == [name.text]
        long = max(name.text.split(), key=lambda w: len(bare_arabic(fold(w))))
        at = len(long) // 2
        slipped = name.text.replace(long, f"{long[:at]}{long[at + 1]}{long[at]}{long[at + 2 :]}")
        broken = name.text.replace(long, f"{long[:at]}-\n{long[at:]}")
        for changed in (slipped, broken):
            assert find_names(f"XX {changed}, 2020", knowledge), changed


@pytest.mark.parametrize(
    "text",
    [
        "The assay measured IgM in travellers.",
        "The MGI-SEQ 2000 was delivered.",
        "Contact mgi@example.org or www.MGI.example for migration questions.",
        "Migration. Governance; indicators of health.",
        "Climate mitigation governance indicators were agreed with IOM.",
    ],
)
def test_look_alikes_are_not_found(text: str) -> None:
    assert _cited(text) == ()


def test_a_quote_whose_ends_differ_is_given_whole_words() -> None:
    """rapidfuzz's window is as long as the needle: a quote with words put in must not lose its end."""
    source = "Employers may not keep the passports of domestic workers, and inspectors visit every agency once a year."
    text = (
        "In Rualand, as was reported, employers may not keep the passports of their domestic workers, "
        "and labour inspectors now visit every single agency once a year. Fees are banned."
    )
    (found,) = find_borrowed([("v", text)], borrow_index([("p", source)]))
    assert found.span.of(text).startswith("employers may not keep")
    assert found.span.of(text).endswith("once a year")


def test_wording_that_everybody_quotes_is_no_borrowing(shared: Path) -> None:
    """A profile and a VNR that both recite SDG target 10.7."""
    with (shared / "taxonomies" / "sdg_goals_targets_indicators.csv").open(encoding="utf-8") as file:
        targets = [row["text"] for row in csv.DictReader(file) if row["lang"] == "en" and row["level"] == "target"]
    target = next(t for t in targets if "responsible migration" in t)
    index = borrow_index([("p", target)], common=targets)
    assert find_borrowed([("v", f"As target 10.7 says: {target}")], index) == []
    assert find_borrowed([("v", f"As target 10.7 says: {target}")], borrow_index([("p", target)])) != []


def test_odd_input() -> None:
    for text in ("", "\x00", "MGI" * 5000, "(((" * 3000, "Migration Governance " * 400, "م" * 9000, "😀 MGI 😀"):
        cite([Passage(id="p", document="d", n=0, kind="paragraph", text=text, page=1)], DocumentFacts(id="d", path="d"))
        find_borrowed([("v", text)], borrow_index([("p", text)]))


@pytest.mark.shared
@pytest.mark.slow
def test_real_documents_that_do_not_cite_are_not_found(shared: Path) -> None:
    """None of the development documents cites the indicators; two speak of migration governance."""
    import pypdfium2

    spoken, found = set(), []
    for path in sorted((shared / "documents").glob("*.pdf")):
        pdf = pypdfium2.PdfDocument(path)
        texts = [page.get_textpage().get_text_range() for page in pdf]
        pdf.close()
        passages = [
            Passage(id=f"{path.name} {n}", document=path.name, n=n, kind="paragraph", text=t, page=n)
            for n, t in enumerate(texts, start=1)
        ]
        if any("governance of migration" in t.lower() or "migration governance" in t.lower() for t in texts):
            spoken.add(path.name)
        found += cite(passages, DocumentFacts(id=path.name, path=path.name, kind="vnr"))
    assert spoken
    assert found == []
