"""The dataset's columns: one row per passage, one per tag, one per document. All exporters write these rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.types import (
    SCHEMES,
    DocumentFacts,
    Failure,
    LabelledPassage,
    Scheme,
)

Cell = str | int | float | None
Row = dict[str, Cell]

LIST_COLUMNS: Final[dict[str, Scheme]] = {
    "category": "category",
    "action_status": "action_status",
    "support_types": "support_type",
    "sdg_targets": "sdg_target",
    "sdg_goals": "sdg_goal",
    "gcm": "gcm",
    "mgi_domain": "mgi_domain",
}
"""Column -> scheme, for columns that hold `;`-separated codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its Table Schema type and what it means, for the data dictionary."""

    name: str
    type: str
    meaning: str


PASSAGE_COLUMNS: Final[tuple[Column, ...]] = (
    Column(name="passage_id", type="string", meaning="Stable id of the passage: survives re-runs and upgrades."),
    Column(name="document_id", type="string", meaning="First 16 hex digits of the SHA-256 of the document's bytes."),
    Column(name="title", type="string", meaning="Title of the document."),
    Column(name="country", type="string", meaning="ISO 3166-1 alpha-3 code of the country the document is about."),
    Column(name="year", type="integer", meaning="Year of the document."),
    Column(name="kind", type="string", meaning="mgi, vnr, vlr or other."),
    Column(name="language", type="string", meaning="ISO 639-1 code of the passage's language."),
    Column(name="page", type="integer", meaning="Page of the PDF, counted from 1."),
    Column(name="page_label", type="string", meaning="Page number as printed; empty where none can be told."),
    Column(name="headings", type="string", meaning="Headings above the passage, outermost first, joined by ' > '."),
    Column(name="text", type="string", meaning="The exact words of the passage."),
    Column(name="category", type="string", meaning="good_practice, gap, action, support; ';' between several."),
    Column(name="action_status", type="string", meaning="taken and/or planned, for actions."),
    Column(name="support_types", type="string", meaning="finance, capacity_building, technology, partnerships."),
    Column(name="sdg_targets", type="string", meaning="SDG target codes such as 10.7; text, ';' between several."),
    Column(name="sdg_goals", type="string", meaning="SDG goal numbers; those of the targets included."),
    Column(name="gcm", type="string", meaning="Objectives of the Global Compact for Migration, 1 to 23."),
    Column(name="mgi_domain", type="string", meaning="MGI domain, 1 to 6."),
    Column(name="score", type="number", meaning="Highest score among the proposed tags, 0 to 1."),
    Column(name="evidence", type="string", meaning="scheme:code = the words that led to the tag; ' | ' between."),
    Column(name="status", type="string", meaning="proposed, accepted, changed or rejected."),
    Column(name="reviewer", type="string", meaning="Who decided last."),
    Column(name="reviewed_at", type="datetime", meaning="When, UTC, ISO 8601."),
    Column(name="note", type="string", meaning="The reviewer's note."),
    Column(name="source_url", type="string", meaning="Where the document was downloaded from, if it was."),
)

TAG_COLUMNS: Final[tuple[Column, ...]] = (
    Column(name="passage_id", type="string", meaning="The passage that the tag is on."),
    Column(name="document_id", type="string", meaning="The passage's document."),
    Column(name="page", type="integer", meaning="Page of the PDF, counted from 1."),
    Column(
        name="scheme", type="string", meaning="category, action_status, support_type, sdg_target, sdg_goal, gcm, ..."
    ),
    Column(name="code", type="string", meaning="Code in that scheme; text, so that 8.10 stays 8.10."),
    Column(name="score", type="number", meaning="Calibrated score, 0 to 1."),
    Column(name="by", type="string", meaning="Tagger and its version."),
    Column(name="evidence", type="string", meaning="The words that led to the tag; ' | ' between several."),
    Column(name="reason", type="string", meaning="Why, in words: heading, rule or weighing words."),
    Column(name="holds", type="boolean", meaning="Whether the code holds now (after review)."),
)

DOCUMENT_COLUMNS: Final[tuple[Column, ...]] = (
    Column(name="document_id", type="string", meaning="First 16 hex digits of the SHA-256 of the document's bytes."),
    Column(name="path", type="string", meaning="The file as it was given."),
    Column(name="title", type="string", meaning="Title of the document."),
    Column(name="kind", type="string", meaning="mgi, vnr, vlr or other."),
    Column(name="edition", type="string", meaning="For MGI profiles: national, local or follow-up."),
    Column(name="country", type="string", meaning="ISO 3166-1 alpha-3 code."),
    Column(name="year", type="integer", meaning="Year of the document."),
    Column(name="language", type="string", meaning="ISO 639-1 code of the main language."),
    Column(name="detected", type="string", meaning="Fields that the tool found by itself, with the words that told."),
    Column(name="status", type="string", meaning="read, partly or refused."),
    Column(name="reason", type="string", meaning="Why it was refused or read only partly."),
    Column(name="pages", type="integer", meaning="Number of pages."),
    Column(name="pages_without_text", type="string", meaning="Pages without a text layer; ';' between."),
    Column(name="pages_failed", type="string", meaning="Pages that could not be read; ';' between."),
    Column(name="failures", type="string", meaning="What went wrong, one sentence each; ' | ' between."),
    Column(name="passages", type="integer", meaning="Number of passages."),
    Column(name="tags", type="integer", meaning="Number of proposed tags."),
    Column(name="source_url", type="string", meaning="Where the document was downloaded from, if it was."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """What an exporter writes. `passages` may be called more than once; each call starts again."""

    passages: Callable[[], Iterator[LabelledPassage]]
    documents: Sequence[Row]
    source: Callable[[str], str | None] = lambda _document: None
    """Document id -> path of the file to open from a workbook's page link."""


def passage_row(labelled: LabelledPassage) -> Row:
    """The dataset row of one passage; keys are those of `PASSAGE_COLUMNS`."""
    p, facts, label = labelled.passage, labelled.facts, labelled.label
    row: Row = {
        "passage_id": p.id,
        "document_id": p.document,
        "title": facts.title,
        "country": facts.country,
        "year": facts.year,
        "kind": facts.kind,
        "language": p.language,
        "page": p.page,
        "page_label": p.page_label,
        "headings": " > ".join(p.headings),
        "text": p.text,
    }
    row |= {column: ";".join(label.codes.get(scheme, ())) for column, scheme in LIST_COLUMNS.items()}
    row |= {
        "score": round(label.score, 4),
        "evidence": " | ".join(
            f"{t.scheme}:{t.code} = {' … '.join(s.of(p.text) for s in t.evidence)}" for t in labelled.tags if t.evidence
        ),
        "status": label.status,
        "reviewer": label.reviewer,
        "reviewed_at": label.reviewed_at,
        "note": label.note or None,
        "source_url": facts.source_url,
    }
    return row


def tag_rows(labelled: LabelledPassage) -> list[Row]:
    """One row per proposed tag and per code that a reviewer added; keys are those of `TAG_COLUMNS`."""
    p, codes = labelled.passage, labelled.label.codes
    rows: list[Row] = [
        {
            "passage_id": p.id,
            "document_id": p.document,
            "page": p.page,
            "scheme": t.scheme,
            "code": t.code,
            "score": round(t.score, 4),
            "by": t.by,
            "evidence": " | ".join(s.of(p.text) for s in t.evidence),
            "reason": t.reason,
            "holds": str(t.code in codes.get(t.scheme, ())).lower(),
        }
        for t in labelled.tags
    ]
    proposed = {(t.scheme, t.code) for t in labelled.tags}
    rows += [
        {
            "passage_id": p.id,
            "document_id": p.document,
            "page": p.page,
            "scheme": scheme,
            "code": code,
            "score": None,
            "by": labelled.label.reviewer,
            "evidence": "",
            "reason": "added by the reviewer",
            "holds": "true",
        }
        for scheme in SCHEMES
        for code in codes.get(scheme, ())
        if (scheme, code) not in proposed
    ]
    return rows


def document_row(
    facts: DocumentFacts,
    *,
    status: str,
    reason: str | None,
    pages: int,
    pages_without_text: Sequence[int],
    failures: Sequence[Failure],
    passages: int,
    tags: int,
) -> Row:
    """The dataset row of one document; keys are those of `DOCUMENT_COLUMNS`."""
    failed = sorted({f.page for f in failures if f.page is not None})
    return {
        "document_id": facts.id,
        "path": facts.path,
        "title": facts.title,
        "kind": facts.kind,
        "edition": facts.edition,
        "country": facts.country,
        "year": facts.year,
        "language": facts.language,
        "detected": " | ".join(f"{k}: {v}" for k, v in sorted(facts.detected.items())),
        "status": status,
        "reason": reason,
        "pages": pages,
        "pages_without_text": ";".join(map(str, pages_without_text)),
        "pages_failed": ";".join(map(str, failed)),
        "failures": " | ".join(f"{f.stage}, page {f.page}: {f.error}" if f.page else f.error for f in failures),
        "passages": passages,
        "tags": tags,
        "source_url": facts.source_url,
    }
