"""Who cites the Migration Governance Indicators, and how: passages of one document -> citations.

Three ways to cite: by name (with misspellings and line breaks, or an acronym whose context says what it means), by the
title of a profile, and by borrowed text (`borrowed.py`). When two profiles can be meant, none is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.citation_names import CitationNames, load_citation_names
from pipeline.stages.cite.acronyms import AcronymHit, Meaning, find_acronyms, is_ours
from pipeline.stages.cite.borrowed import Borrowed, BorrowIndex, BorrowOptions, borrow_index, find_borrowed
from pipeline.stages.cite.grade import Grade, grade
from pipeline.stages.cite.link import Profile, link, profile_of
from pipeline.stages.cite.names import NameHit, find_names
from pipeline.types import DocumentFacts, Passage, Span
from pipeline.words import fold

__all__ = [
    "BorrowIndex",
    "BorrowOptions",
    "Borrowed",
    "Citation",
    "Grade",
    "Match",
    "Profile",
    "borrow_index",
    "cite",
    "cite_borrowed",
    "find_borrowed",
    "profile_of",
]

Match = Literal["name", "quote", "paraphrase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One passage that cites the indicators.

    `spans` are the words that cite (empty where only the heading above names them), `cites` the id and `title` the
    title of the profile that is meant, None where it cannot be told, `source` the profile's passage that was borrowed.
    """

    passage: str
    grade: Grade
    match: Match
    spans: tuple[Span, ...]
    score: float
    reason: str
    subject: str = "mgi"
    cites: str | None = None
    title: str | None = None
    source: str | None = None


def cite(
    passages: Sequence[Passage],
    document: DocumentFacts,
    profiles: Sequence[Profile] = (),
    names: CitationNames | None = None,
) -> tuple[Citation, ...]:
    """Citations by name in the passages of one document, in reading order; at most one a passage."""
    names = names or load_citation_names()
    found = [find_names(p.text, names) for p in passages]
    acronyms = [find_acronyms(p.text, p.headings, names) for p in passages]
    meanings = _definitions(found, acronyms)
    established = any(h.proper for hits in found for h in hits)
    out: list[Citation] = []
    headings_seen: set[tuple[str, ...]] = set()
    for n, passage in enumerate(passages):
        ours = [a for a in acronyms[n] if is_ours(a, meanings[n], found[n])]
        sure = [h for h in found[n] if h.proper or established or ours or _supported(passage, names)]
        if any(a.defined == "other" for a in acronyms[n]):
            sure = [h for h in sure if h.proper]
        spans = _merged([h.span for h in sure] + [a.span for a in ours])
        in_heading = passage.headings not in headings_seen and _named_heading(passage.headings, names)
        headings_seen.add(passage.headings)
        if not spans and not in_heading:
            continue
        made, reason = grade(passage.text, spans, kind=passage.kind, headings=passage.headings, knowledge=names)
        profile = link(
            f"{passage.text} " + " ".join(passage.headings[-1:] if in_heading else ()),
            spans,
            document=document,
            profiles=profiles,
            knowledge=names,
        )
        subject = "mgi" if "mgi" in {*(h.subject for h in sure), *(a.subject for a in ours)} or not spans else "migof"
        out.append(
            Citation(
                passage=passage.id,
                grade=made,
                match="name",
                spans=tuple(spans),
                score=_score(sure, ours),
                reason=reason,
                subject=subject,
                cites=profile.id if profile and subject == "mgi" else None,
                title=profile.title if profile and subject == "mgi" else None,
            )
        )
    return tuple(out)


def cite_borrowed(
    borrowed: Sequence[Borrowed], sources: Mapping[str, Profile], named: frozenset[str] = frozenset()
) -> tuple[Citation, ...]:
    """Borrowed passages as citations: `sources` says of which profile each profile passage is; those that cite by
    name already (`named`) are left out."""
    return tuple(
        Citation(
            passage=b.id,
            grade="substantive",
            match=b.match,
            spans=(b.span,),
            score=b.score,
            reason=f"repeats the profile's words ({b.match})",
            cites=sources[b.source].id,
            title=sources[b.source].title,
            source=b.source,
        )
        for b in borrowed
        if b.id not in named
    )


def _definitions(found: Sequence[Sequence[NameHit]], acronyms: Sequence[Sequence[AcronymHit]]) -> list[Meaning | None]:
    """For each passage the meaning of the acronym by the nearest definition before it, else the first after it."""
    defined: list[Meaning | None] = []
    for names, hits in zip(found, acronyms, strict=True):
        meanings = [a.defined for a in hits if a.defined is not None]
        defined.append(
            meanings[-1] if meanings else ("ours" if any(n.subject == "mgi" and n.proper for n in names) else None)
        )
    first = next((d for d in defined if d is not None), None)
    out: list[Meaning | None] = []
    current = first
    for meaning in defined:
        current = meaning or current
        out.append(current)
    return out


def _supported(passage: Passage, names: CitationNames) -> bool:
    """A name in small letters may be plain speech: the words around must speak of IOM, or of a profile of it."""
    around = fold(" ".join((passage.text, *passage.headings)))
    return bool(names.cues["context.strong"].search(around))


def _named_heading(headings: Sequence[str], names: CitationNames) -> bool:
    """The nearest heading names the indicators."""
    return bool(headings) and any(h.subject == "mgi" for h in find_names(headings[-1], names))


def _merged(spans: Sequence[Span]) -> list[Span]:
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.start < out[-1].end:
            out[-1] = Span(out[-1].start, max(out[-1].end, span.end))
        else:
            out.append(span)
    return out


def _score(names: Sequence[NameHit], acronyms: Sequence[AcronymHit]) -> float:
    """1 for a name letter by letter, less for a misspelt one, 0.8 for an acronym alone, 0.7 for a heading alone."""
    if names:
        return round(max(h.similarity for h in names), 3)
    return 0.8 if acronyms else 0.7
