"""Hits and citations as JSON: the rows of `mgi find --json` and `mgi citations --json`."""

from __future__ import annotations

from typing import Any

from pipeline.search.citations import FoundCitation
from pipeline.search.find import Hit
from pipeline.search.reference import short_reference
from pipeline.types import LabelledPassage, Span


def passage_row(found: LabelledPassage) -> dict[str, Any]:
    """Where the passage stands and what it says."""
    facts, passage = found.facts, found.passage
    return {
        "document_id": facts.id,
        "path": facts.path,
        "title": facts.title,
        "country": facts.country,
        "year": facts.year,
        "kind": facts.kind,
        "language": passage.language or facts.language,
        "page": passage.page,
        "page_label": passage.page_label,
        "headings": list(passage.headings),
        "passage_id": passage.id,
        "text": passage.text,
    }


def hit_row(hit: Hit, rank: int) -> dict[str, Any]:
    """One hit. `highlights` and `snippet` are offsets into `text`; `status` says whether a person has reviewed it."""
    return {
        "rank": rank,
        **passage_row(hit.found),
        "highlights": spans(hit.highlights),
        "snippet": list(hit.snippet),
        "score": hit.score,
        "codes": {scheme: list(codes) for scheme, codes in hit.found.label.codes.items() if codes},
        "status": hit.found.label.status,
        "duplicates": list(hit.duplicates),
        "reference": short_reference(hit.found),
    }


def spans(found: tuple[Span, ...]) -> list[list[int]]:
    return [[s.start, s.end] for s in found]


def citation_row(row: FoundCitation, rank: int) -> dict[str, Any]:
    """One citation; `cites` is the profile's title, `cites_id` its id, `source_passage` what was borrowed."""
    citation = row.citation
    return {
        "rank": rank,
        **passage_row(row.found),
        "highlights": spans(citation.spans),
        "score": citation.score,
        "grade": citation.grade,
        "cites": (row.profile.title or row.profile.id) if row.profile else None,
        "cites_id": citation.cites,
        "match": citation.match,
        "reason": citation.reason,
        "subject": citation.subject,
        "source_passage": citation.source,
        "reference": short_reference(row.found),
    }
