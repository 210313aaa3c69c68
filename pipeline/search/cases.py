"""Measure search on known cases: recall among the first five and the mean reciprocal rank."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from pipeline.errors import DataError
from pipeline.resources import resource
from pipeline.search.filters import make_filter
from pipeline.search.find import find
from pipeline.stages.tag import TagContext, TagOptions, tag_passages
from pipeline.store import Store
from pipeline.types import DocumentFacts, DocumentKind, Extraction, Passage

FIRST: Final = 5
DEEP: Final = 50  # how far the first right hit is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCase:
    """One query with what its first five hits must and must not hold, and the texts that were found, best first."""

    number: int
    language: str
    query: str
    filters: Mapping[str, Any]
    must_contain: tuple[str, ...]
    must_not: tuple[str, ...]
    xfail: str | None
    found: tuple[str, ...]

    @property
    def recall(self) -> float:
        """Share of what must be there that is among the first five."""
        first = self.found[:FIRST]
        return sum(any(m in t for t in first) for m in self.must_contain) / len(self.must_contain)

    @property
    def reciprocal_rank(self) -> float:
        """1 over the place of the first right hit."""
        places = (n for n, t in enumerate(self.found, start=1) if any(m in t for m in self.must_contain))
        return 1 / first if (first := next(places, 0)) else 0.0

    @property
    def wrong(self) -> tuple[str, ...]:
        """What must not be among the first five and is."""
        return tuple(m for m in self.must_not if any(m in t for t in self.found[:FIRST]))

    @property
    def right(self) -> bool:
        return self.recall == 1.0 and not self.wrong


@contextmanager
def sample_store(file: Path, url: str | None = None) -> Iterator[Store]:
    """A store with the sample documents (`corpus/samples/truth`) and the passages of a case file, tagged by rules.

    `url` is an empty database; without it a SQLite file that is gone afterwards.
    """
    with TemporaryDirectory() as folder, Store.open(url or f"sqlite:///{Path(folder) / 'mgi.sqlite'}") as store:
        for path in sorted(resource("corpus", "samples", "truth").glob("*.json")):
            raw = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(raw, dict) and "passages" in raw:
                _save(store, path.stem, raw, raw["passages"])
        for raw in _read(file)["documents"]:
            _save(store, raw["id"], raw, [{"page": n, **p} for n, p in enumerate(raw["passages"], start=1)])
        yield store


def search_cases(file: Path, store: Store) -> list[SearchCase]:
    """Run the cases of a file of the form of tests/cases/search.json against a store. Raises DataError."""
    out = []
    for number, raw in enumerate(_read(file)["cases"]):
        try:
            wanted = make_filter(**raw.get("filters", {}))
            result = find(store, raw["query"], wanted, limit=DEEP)
            out.append(
                SearchCase(
                    number=number,
                    language=raw["language"],
                    query=raw["query"],
                    filters=raw.get("filters", {}),
                    must_contain=tuple(raw["must_contain"]),
                    must_not=tuple(raw["must_not"]),
                    xfail=raw.get("xfail"),
                    found=tuple(h.found.passage.text for h in result.hits),
                )
            )
        except (KeyError, TypeError) as error:
            raise DataError(str(file), None, f"case {number} lacks {error}.", hint="See docs/search.md.") from error
    return out


def search_figures(cases: Sequence[SearchCase]) -> dict[str, float]:
    """Means over the cases, the known failures among them."""
    return {
        "cases": len(cases),
        "recall_at_5": sum(c.recall for c in cases) / len(cases),
        "mrr": sum(c.reciprocal_rank for c in cases) / len(cases),
        "wrong_hits": sum(len(c.wrong) for c in cases),
        "known_failures": sum(c.xfail is not None for c in cases),
    }


def _read(file: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(str(file), None, f"is no file of search cases: {error}", hint="See docs/search.md.") from error
    return data


def _save(store: Store, name: str, raw: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
    key = hashlib.sha256(name.encode()).hexdigest()[:16]
    kind: DocumentKind = raw["kind"]
    facts = DocumentFacts(
        id=key,
        path=name,
        title=raw["title"],
        kind=kind,
        country=raw["country"],
        year=int(raw["year"]),
        language=raw["language"],
    )
    passages = [
        Passage(
            id=hashlib.sha256(f"{name} {n}".encode()).hexdigest()[:16],
            document=key,
            n=n,
            kind=row.get("kind", "paragraph"),
            text=row["text"],
            page=row["page"],
            page_label=row.get("page_label"),
            headings=tuple(row.get("headings", ())),
            language=raw["language"],
        )
        for n, row in enumerate(rows)
        if row.get("kind") != "heading"
    ]
    context = TagContext(kind=kind, country=facts.country, language=facts.language)
    tags = tag_passages(passages, context, TagOptions(profile="rules"))
    store.save(Extraction(facts=facts, status="read", passages=tuple(passages), tags=tuple(tags)))
