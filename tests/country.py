"""A workspace with a baseline, a follow-up and a review of a country that is not, and a review of another country.

Built from `tests/cases/compare_kelmara.json`; every page's text is the passages on it, so that quotes can be checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.stages.tag import TagContext, tag_passages
from pipeline.types import Anchor, DocumentFacts, Extraction, PageFacts, Passage, Region, Review
from pipeline.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
PER_PAGE = 5


def document_id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


BASELINE = document_id("kelmara 2018")
FOLLOWUP = document_id("kelmara 2024")
REVIEW = document_id("kelmara review 2022")
OTHER = document_id("ostrova review 2021")

REVIEW_TEXTS = (
    "Kelmara took part in the Migration Governance Indicators in 2018 and uses the results to follow target 10.7.",
    "In 2021 the Government created the Office for Human Mobility, which coordinates seven departments.",
    "The Government plans to recognise foreign nursing diplomas free of charge from 2026.",
    "Financial support from partners is needed to move the villages threatened by coastal erosion.",
)
OTHER_TEXTS = (
    "In its Voluntary National Review, Ostrova reports on the Migration Governance Indicators, which found that all "
    "migrants have access to public health care on the same terms as nationals.",
    "The national migration policy of Ostrova, adopted in 2019, gives effect to target 10.7.",
)
SECTION = {"good_practice": "Well-developed areas", "gap": "Areas with potential for further development"}


def country_workspace(root: Path, *, language: str = "en", accept: bool = True, copies: int = 1) -> Workspace:
    """An open workspace; `accept`: a reviewer accepted every passage; `copies`: how often each text stands there."""
    rows = json.loads((ROOT / "tests" / "cases" / "compare_kelmara.json").read_text(encoding="utf-8"))["rows"]
    rows = [r for r in rows if r["language"] == language]
    place = Workspace.open(root, create=True)
    sides: dict[str, list[tuple[str, str, str]]] = {"baseline": [], "followup": []}
    for row in rows:
        for side, found in sides.items():
            if row[side]:
                own = row["category"] if side == "followup" or row["status"] is None else "gap"
                found.append((row["domain"], SECTION["good_practice" if own == "good_practice" else "gap"], row[side]))
    facts = {
        "baseline": DocumentFacts(
            id=BASELINE,
            path="kelmara-2018.pdf",
            title="Migration Governance Indicators Profile 2018: Kelmara",
            kind="mgi",
            country="XAE",
            year=2018,
            language="en",
            publisher="IOM",
        ),
        "followup": DocumentFacts(
            id=FOLLOWUP,
            path="kelmara-2024.pdf",
            title="Migration Governance Indicators Second Profile 2024: Kelmara",
            kind="mgi",
            edition="follow-up",
            country="XAE",
            year=2024,
            language=language,
            publisher="IOM",
        ),
    }
    for side, found in sides.items():
        save(place, facts[side], [entry for _ in range(copies) for entry in sorted(found)], accept=accept)
    review = DocumentFacts(
        id=REVIEW,
        path="kelmara-review.pdf",
        title="Voluntary National Review of Kelmara",
        kind="vnr",
        country="XAE",
        year=2022,
        language="en",
    )
    save(place, review, [("", "Goal 10", text) for text in REVIEW_TEXTS], accept=accept)
    other = DocumentFacts(
        id=OTHER,
        path="ostrova-review.pdf",
        title="Voluntary National Review of Ostrova",
        kind="vnr",
        country="XAF",
        year=2021,
        language="en",
        source_url="https://example.org/ostrova.pdf",
    )
    save(place, other, [("", "Goal 10", text) for text in OTHER_TEXTS], accept=accept)
    return place


def save(place: Workspace, facts: DocumentFacts, entries: Sequence[tuple[str, str, str]], *, accept: bool) -> None:
    passages: list[Passage] = []
    for n, (domain, section, text) in enumerate(entries):
        page = n // PER_PAGE + 3
        region = Region(page, 50, 100 + 50 * (n % PER_PAGE), 300, 140 + 50 * (n % PER_PAGE))
        heading = f"{'Domaine' if facts.language == 'fr' else 'Domain'} {domain}"
        passages.append(
            Passage(
                id=hashlib.sha256(f"{facts.id} {n} {text}".encode()).hexdigest()[:16],
                document=facts.id,
                n=n,
                kind="paragraph",
                text=text,
                page=page,
                page_label=str(page - 2),
                headings=(heading, section) if domain else (section,),
                language=facts.language,
                regions=(region,),
                anchors=(Anchor(0, len(text), region),),
            )
        )
    pages = tuple(
        PageFacts(
            number=number,
            width=595,
            height=842,
            label=str(number - 2) if number > 2 else None,
            text="\n".join(p.text for p in passages if p.page == number),
        )
        for number in range(1, max(p.page for p in passages) + 1)
    )
    context = TagContext(kind=facts.kind, country=facts.country, language=facts.language, edition=facts.edition)
    tags = tag_passages(passages, context)
    place.store.save(Extraction(facts=facts, status="read", pages=pages, passages=tuple(passages), tags=tuple(tags)))
    if accept:
        accept_all(place, [p.id for p in passages])


def accept_all(place: Workspace, ids: Sequence[str], **changes: Any) -> None:
    decisions = []
    for passage in ids:
        found = place.store.get(passage)
        assert found is not None
        decisions.append(
            Review(
                passage=passage,
                document=found.passage.document,
                verdict=changes.get("verdict", "accepted"),
                reviewer="Ana",
                at="2026-01-02T03:04:05+00:00",
                quote=found.passage.text,
                codes=changes.get("codes", found.label.codes),
            )
        )
    place.store.add_reviews(decisions)
