"""Measure citations against known ones: precision, recall, grade and link accuracy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import DataError
from pipeline.stages.cite import Citation, Profile, borrow_index, cite, cite_borrowed, find_borrowed, profile_of
from pipeline.types import DocumentFacts, Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationCase:
    """One passage: what was expected (grade, match, cited profile; None for no citation) and what was found."""

    document: str
    language: str
    n: int
    text: str
    expected: Mapping[str, Any] | None
    found: Citation | None

    @property
    def right(self) -> bool:
        if self.expected is None or self.found is None:
            return self.expected is None and self.found is None
        return (self.found.grade, self.found.match, self.found.cites) == (
            self.expected["grade"],
            self.expected["match"],
            self.expected["cites"],
        )


def citation_cases(file: Path, common: tuple[str, ...] = ()) -> list[CitationCase]:
    """Run the cases of a file of the form of tests/cases/citations.json. Raises DataError."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return list(_run(data, common))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(
            str(file), None, f"is no file of citation cases: {error}", hint="See docs/citations.md."
        ) from error


def _run(data: Mapping[str, Any], common: tuple[str, ...]) -> Iterator[CitationCase]:
    profiles = [_facts(p) for p in data["profiles"]]
    named = [profile_of(f) for f in profiles]
    sources: dict[str, Profile] = {}
    texts: list[tuple[str, str]] = []
    for raw, profile in zip(data["profiles"], named, strict=True):
        for n, text in enumerate(raw["passages"]):
            sources[f"{profile.id}#{n}"] = profile
            texts.append((f"{profile.id}#{n}", text))
    index = borrow_index(texts, common=common)
    for raw in data["documents"]:
        facts = _facts(raw)
        passages = [
            Passage(
                id=f"{facts.id}#{n}",
                document=facts.id,
                n=n,
                kind=p.get("kind", "paragraph"),
                text=p["text"],
                page=n + 1,
                headings=tuple(p.get("headings", ())),
                language=facts.language,
            )
            for n, p in enumerate(raw["passages"])
        ]
        by_name = cite(passages, facts, named)
        borrowed = find_borrowed([(p.id, p.text) for p in passages], index)
        found = {c.passage: c for c in cite_borrowed(borrowed, sources)} | {c.passage: c for c in by_name}
        for passage, case in zip(passages, raw["passages"], strict=True):
            yield CitationCase(
                document=facts.id,
                language=facts.language or "",
                n=passage.n,
                text=passage.text,
                expected=case.get("expect"),
                found=found.get(passage.id),
            )


def _facts(raw: Mapping[str, Any]) -> DocumentFacts:
    return DocumentFacts(
        id=raw["id"],
        path=raw["id"],
        title=raw["title"],
        kind=raw.get("kind", "mgi"),
        edition=raw.get("edition"),
        country=raw["country"],
        year=raw["year"],
        language=raw["language"],
    )


def citation_figures(cases: list[CitationCase]) -> dict[str, float]:
    """Precision and recall of finding; of what was found rightly, the share with the right grade, match and link."""
    expected = [c for c in cases if c.expected is not None]
    found = [c for c in cases if c.found is not None]
    both = [(c.expected, c.found) for c in cases if c.expected is not None and c.found is not None]
    hits = len(both)
    return {
        "passages": len(cases),
        "expected": len(expected),
        "found": len(found),
        "precision": hits / len(found) if found else 0.0,
        "recall": hits / len(expected) if expected else 0.0,
        "grade_accuracy": sum(f.grade == e["grade"] for e, f in both) / hits if hits else 0.0,
        "match_accuracy": sum(f.match == e["match"] for e, f in both) / hits if hits else 0.0,
        "link_accuracy": sum(f.cites == e["cites"] for e, f in both) / hits if hits else 0.0,
    }
