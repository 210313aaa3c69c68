"""Files that are no plain PDF with text: refused in one line, or read with what is missing listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import DamagedDocument, EncryptedDocument, LimitExceeded, ReadError, UnsupportedType
from tests.benchmarks.exact import read
from tests.documents.measure import folded, plain
from tests.documents.odd import SPOILT, docx, html, long

REFUSED = {
    "encrypted": EncryptedDocument,
    "empty": DamagedDocument,
    "truncated": DamagedDocument,
    "header_only": DamagedDocument,
    "no_pages": DamagedDocument,
    "noise": UnsupportedType,
}
WITHOUT_TEXT = {"scan": (1, 2, 3), "scan_in_part": (2,), "searchable_scan": (), "plain": (), "owner_locked": ()}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_next_step(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    SPOILT[name](path)
    with pytest.raises(ReadError) as refusal:
        read(path)
    assert type(refusal.value) is REFUSED[name]
    assert refusal.value.hint
    assert path.name in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", WITHOUT_TEXT)
def test_pages_without_text_are_listed(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    SPOILT[name](path)
    document, passages = read(path)
    assert document.pages_without_text == WITHOUT_TEXT[name]
    assert {p.page for p in passages} == {1, 2, 3} - set(WITHOUT_TEXT[name])


def test_the_invisible_text_of_a_scan_is_read(tmp_path: Path) -> None:
    SPOILT["plain"](tmp_path / "plain.pdf")
    SPOILT["searchable_scan"](tmp_path / "scan.pdf")
    plainly = " ".join(p.text for p in read(tmp_path / "plain.pdf")[1]).split()
    scanned = set(" ".join(p.text for p in read(tmp_path / "scan.pdf")[1]).split())
    assert sum(word in scanned for word in plainly) / len(plainly) > 0.95


def test_text_that_no_map_leads_to_is_damaged_and_no_passage(tmp_path: Path) -> None:
    path = tmp_path / "no_unicode.pdf"
    SPOILT["no_unicode"](path)
    document, passages = read(path)
    assert [p.number for p in document.pages if p.damaged] == [1]
    assert not passages


def test_a_page_of_two_hundred_thousand_characters(tmp_path: Path) -> None:
    path = tmp_path / "crowded.pdf"
    SPOILT["crowded"](path)
    document, passages = read(path)
    assert sum(len(p.text) for p in passages) > 190_000
    assert not document.failures


@pytest.mark.slow
def test_five_thousand_pages(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    SPOILT["long"](path)
    document, passages = read(path)
    assert [p.label for p in document.pages] == [str(n) for n in range(1, 5_001)]
    assert [p.page for p in passages if p.text.startswith("District")] == list(range(1, 5_001))


def test_more_pages_than_the_limit_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "longer.pdf"
    long(path, 5_001)
    with pytest.raises(LimitExceeded, match="5,001 pages, more than the limit of 5,000") as refusal:
        read(path)
    assert refusal.value.hint


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["docx", "html"])
def test_flowing_formats_give_the_same_passages(kind: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / f"review.{kind}"
    made = {"docx": docx, "html": html}[kind](seed, path)
    _, passages = read(path)
    got = [(plain(p.text), folded(p.headings)) for p in passages]
    for text, way in made.passages():
        assert (plain(text), folded(way)) in got
    order = [got.index((plain(text), folded(way))) for text, way in made.passages()]
    assert order == sorted(order)
    for row in made.rows[1:]:
        assert any(all(cell in text for cell in row) for text, _ in got)
    everything = " ".join(text for text, _ in got)
    assert "not to be read" not in everything
    assert "Third Progress Review" not in everything
