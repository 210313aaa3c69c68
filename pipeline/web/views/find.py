"""Searching all documents, passages alike, and where reviews cite the indicators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import urlencode

from starlette.responses import PlainTextResponse, Response

from pipeline.errors import ConfigError, StoreError
from pipeline.search import citations as find_citations
from pipeline.search import find, make_filter, similar
from pipeline.search.citations import FoundCitation
from pipeline.search.find import Hit
from pipeline.search.reference import references, short_reference
from pipeline.types import LabelledPassage, Span
from pipeline.web.site import Visit

HITS: Final = 20
MOST_OFFSET: Final = 400
LONGEST_QUERY: Final = 1000
FACETS: Final = {
    "country": "country",
    "year": "year",
    "kind": "kind",
    "language": "language",
    "target": "sdg_target",
    "category": "category",
}
"""Field of the address -> facet of the search."""

GRADES: Final = ("substantive", "passing", "reference")
FORMS: Final = {
    "short": ("text/plain", "txt"),
    "bibtex": ("application/x-bibtex", "bib"),
    "ris": ("application/x-research-info-systems", "ris"),
    "csl": ("application/vnd.citationstyles.csl+json", "json"),
}
"""Form of references -> media type and suffix of the file."""

REMEMBER_CITATIONS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A passage in a list of results: its snippet cut into plain and marked runs."""

    found: LabelledPassage
    runs: tuple[tuple[str, bool], ...]
    cut_before: bool
    cut_after: bool
    reference: str
    duplicates: int = 0
    citation: FoundCitation | None = None


def marked(text: str, within: Span, spans: Sequence[Span]) -> tuple[tuple[str, bool], ...]:
    """The part of a text, cut at the edges of the spans.

    >>> marked("one two three", Span(0, 7), [Span(4, 7)])
    (('one ', False), ('two', True))
    """
    inside = [(max(s.start, within.start), min(s.end, within.end)) for s in spans]
    inside = [(start, end) for start, end in inside if start < end]
    cuts = sorted({within.start, within.end, *(n for pair in inside for n in pair)})
    return tuple((text[a:b], any(s <= a and b <= e for s, e in inside)) for a, b in pairwise(cuts))


def _shown(hit: Hit) -> Shown:
    text = hit.found.passage.text
    return Shown(
        found=hit.found,
        runs=marked(text, hit.snippet, hit.highlights),
        cut_before=hit.snippet.start > 0,
        cut_after=hit.snippet.end < len(text),
        reference=short_reference(hit.found),
        duplicates=len(hit.duplicates),
    )


def search(visit: Visit) -> Response:
    """Results with facets; `?cite=bibtex` gives their references as a file instead."""
    query = visit.query("q").replace("\0", " ")[:LONGEST_QUERY]
    chosen = {name: visit.query(name)[:40] for name in FACETS if visit.query(name)}
    page = visit.query("page", "1")
    number = min(int(page), MOST_OFFSET // HITS) if page.isascii() and page.isdigit() and len(page) < 5 else 1
    number = max(1, number)
    if not query.strip() and not chosen:
        return visit.page("search.html", asked=False, query="", chosen={}, hits=[], problem="", link=_linker("", {}))
    try:
        year = chosen.get("year")
        wanted = make_filter(year=year, **{name: [value] for name, value in chosen.items() if name != "year"})
        result = find(visit.store, query, wanted, limit=HITS + 1, offset=(number - 1) * HITS)
    except (ConfigError, StoreError) as error:
        return visit.page(
            "search.html",
            status=200 if isinstance(error, StoreError) else 422,
            asked=False,
            query=query,
            chosen=chosen,
            hits=[],
            problem=str(error),
            link=_linker(query, chosen),
        )
    hits = result.hits[:HITS]
    if visit.query("cite") in FORMS:
        return _file([hit.found for hit in hits], visit.query("cite"))
    return visit.page(
        "search.html",
        asked=True,
        query=query,
        chosen=chosen,
        hits=[_shown(hit) for hit in hits],
        more=len(result.hits) > HITS,
        number=number,
        facets={name: _facet(result.facets.get(facet, {})) for name, facet in FACETS.items()},
        corrections=result.corrections,
        notes=result.notes,
        problem="",
        forms=tuple(FORMS),
        link=_linker(query, chosen),
    )


def _facet(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(str(value), number) for value, number in list(counts.items())[:8] if value]


class _linker:
    """Addresses of the same search with something changed: `link(country="LSO")`, `link(country="")`."""

    def __init__(self, query: str, chosen: Mapping[str, str]) -> None:
        self._values = {"q": query, **chosen}

    def __call__(self, **changes: object) -> str:
        values = {**self._values, **changes}
        return "/search?" + urlencode({name: value for name, value in values.items() if value not in ("", None, 1)})


def _file(found: Sequence[LabelledPassage], form: str) -> Response:
    media, suffix = FORMS[form]
    headers = {"Content-Disposition": f'attachment; filename="references.{suffix}"'}
    return PlainTextResponse(references(found, form), media_type=media, headers=headers)


def alike(visit: Visit) -> Response:
    """Passages of other documents that say something like this one."""
    found = visit.store.get(visit.path("passage"))
    if found is None:
        return visit.error(404, visit.t("error.no_passage"), visit.t("error.no_passage_help"))
    hits = similar(visit.store, found.passage.id, limit=HITS)
    return visit.page("alike.html", found=found, hits=[_shown(hit) for hit in hits])


def reference(visit: Visit) -> Response:
    """The reference of one passage as a file."""
    found = visit.store.get(visit.path("passage"))
    if found is None or visit.path("form") not in FORMS:
        return visit.error(404, visit.t("error.not_found"), visit.t("error.not_found_help"))
    return _file([found], visit.path("form"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Citations by country (rows) and year (columns)."""

    years: tuple[int, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    most: int

    @classmethod
    def of(cls, found: Sequence[FoundCitation]) -> Matrix:
        counts = Counter((f.found.facts.country or "–", f.found.facts.year or 0) for f in found)
        years = tuple(sorted({year for _, year in counts}))
        countries = sorted({country for country, _ in counts})
        rows = tuple((country, tuple(counts[country, year] for year in years)) for country in countries)
        return cls(years=years, rows=rows, most=max(counts.values(), default=0))

    def shade(self, number: int) -> int:
        """0 (none) to 4 (as many as anywhere)."""
        return 0 if not number else 1 + min(3, 3 * number // max(1, self.most))


def cited(visit: Visit) -> Response:
    """Where reviews cite the indicators, by country and year; graded, linked to the profile where it can be told."""
    try:
        every = visit.site.remembered("citations", lambda: find_citations(visit.store), seconds=REMEMBER_CITATIONS)
    except StoreError as error:
        return visit.page("citations.html", problem=str(error), matrix=None, hits=[], chosen={}, countries=[], total=0)
    chosen = {name: visit.query(name)[:40] for name in ("country", "year", "grade") if visit.query(name)}
    kept = [f for f in every if _wanted(f, chosen)]
    if visit.query("cite") in FORMS:
        return _file([f.found for f in kept], visit.query("cite"))
    return visit.page(
        "citations.html",
        problem="",
        matrix=Matrix.of(every),
        hits=[_citing(f) for f in kept[:200]],
        chosen=chosen,
        countries=sorted({f.found.facts.country for f in every if f.found.facts.country}),
        total=len(kept),
        grades=GRADES,
        forms=tuple(FORMS),
    )


def _wanted(found: FoundCitation, chosen: Mapping[str, str]) -> bool:
    facts = found.found.facts
    return (
        chosen.get("country", facts.country or "–") == (facts.country or "–")
        and chosen.get("year", str(facts.year or 0)) == str(facts.year or 0)
        and chosen.get("grade", found.citation.grade) == found.citation.grade
    )


def _citing(cited_: FoundCitation) -> Shown:
    text = cited_.found.passage.text
    return Shown(
        found=cited_.found,
        runs=marked(text, Span(0, len(text)), cited_.citation.spans),
        cut_before=False,
        cut_after=False,
        reference=short_reference(cited_.found),
        citation=cited_,
    )
