"""Words on words: such pages are found and listed, and no letter of what is seen is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.raw import Style, Word
from pipeline.run.extract import _status
from pipeline.stages.facts import Given, detect_facts
from pipeline.stages.read.letters import whole_ligatures
from pipeline.types import Block, Document, PageFacts
from tests.benchmarks.exact import read
from tests.documents.overprinted import backdrop, shades, two_layers


@pytest.mark.parametrize("make", [shades, backdrop])
def test_an_overprinted_page_is_damaged_and_the_next_is_not(make: Callable[[Path], list[str]], tmp_path: Path) -> None:
    path = tmp_path / "over.pdf"
    seen = make(path)
    document, passages = read(path)
    assert [p.number for p in document.pages if p.damaged] == [1]
    assert {p.page for p in passages} == {2}
    facts = detect_facts(document, Given())
    assert "Strategy" not in document.title + facts.title
    assert facts.language == "en"
    assert " ".join(p.text for p in passages).split() == " ".join(seen).split()


def test_letters_over_another_layer_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "layers.pdf"
    seen = two_layers(path)
    document, passages = read(path)
    assert not document.pages[0].damaged
    assert " ".join(p.text for p in passages).split() == " ".join(seen).split()


def word(text: str, x0: float, x1: float) -> Word:
    return Word(text, x0, 100.0, x1, 110.0, 108.0, Style("Sans", 10.0, False, False, 0))


def test_a_word_is_not_cut_behind_a_ligature() -> None:
    cut = whole_ligatures([word("the", 0, 20), word("fi", 23, 30), word("nancial", 30, 60), word("staff", 63, 80)])
    assert [w.glued for w in cut] == [False, False, True, False]
    apart = whole_ligatures([word("staff", 0, 20), word("needs", 23, 40)])
    assert not any(w.glued for w in apart)


@pytest.mark.parametrize(
    ("damaged", "scanned", "said"),
    [
        ((), (), None),
        ((2,), (), "page 2 has a damaged text layer and was not tagged; try --ocr."),
        ((2, 3, 4), (), "pages 2-4 have a damaged text layer and were not tagged; try --ocr."),
        ((), (1,), "page 1 was read by OCR."),
        ((4,), (1, 2), "page 4 has a damaged text layer and was not tagged; try --ocr; pages 1-2 were read by OCR."),
    ],
)
def test_the_reason_names_the_pages(damaged: tuple[int, ...], scanned: tuple[int, ...], said: str | None) -> None:
    pages = tuple(PageFacts(number=n, width=1.0, height=1.0, damaged=n in damaged) for n in range(1, 5))
    blocks = tuple(Block(document="d", n=n, kind="paragraph", text="x", page=n, confidence=0.9) for n in scanned)
    document = Document(id="d", path="d.pdf", media_type="application/pdf", pages=pages, blocks=blocks)
    status, reason = _status(document, ())
    assert reason == said
    assert status == ("partly" if damaged else "read")
