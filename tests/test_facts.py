"""What a document says of itself: kind, edition, country, year, in several languages; address and period traps."""

from __future__ import annotations

import json

import pytest

from pipeline.stages.facts import Given, detect_facts
from pipeline.types import Anchor, Block, BlockKind, Document, PageFacts, Region
from tests.conftest import ROOT

CASES = json.loads((ROOT / "tests" / "cases" / "facts.json").read_text(encoding="utf-8"))


def _block(n: int, kind: BlockKind, page: int, text: str, size: float = 0.0) -> Block:
    """The block; with `size` as print of so many points."""
    anchors = (Anchor(0, len(text), Region(page, 0, 20.0 * n, 100, 20.0 * n + size)),) if size else ()
    level = 1 if kind == "heading" else None
    return Block(document="0" * 16, n=n, kind=kind, level=level, text=text, page=page, anchors=anchors)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["label"])
def test_facts(case: dict[str, object]) -> None:
    blocks = tuple(_block(n, *given) for n, given in enumerate(case["blocks"]))  # type: ignore[arg-type, attr-defined]
    page = PageFacts(number=1, width=595, height=842)
    document = Document(
        id="0" * 16,
        path=str(case.get("path", "x.pdf")),
        media_type="application/pdf",
        pages=(page,),
        blocks=blocks,
        metadata=case.get("metadata", {}),  # type: ignore[arg-type]
    )
    facts = detect_facts(document, Given())
    expected: dict[str, object] = case["expect"]  # type: ignore[assignment]
    assert {name: getattr(facts, name) for name in expected} == expected


def test_what_is_given_stands() -> None:
    document = Document(id="0" * 16, path="x.pdf", media_type="application/pdf", pages=(), blocks=())
    facts = detect_facts(document, Given(kind="vnr", country="LSO", year=2019, language="en"))
    assert (facts.kind, facts.country, facts.year, facts.language) == ("vnr", "LSO", 2019, "en")
    assert not {"kind", "country", "year", "language"} & set(facts.detected)
