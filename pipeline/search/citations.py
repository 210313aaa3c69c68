"""Where the workspace's reviews cite the Migration Governance Indicators: by name, by title and by borrowed text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, bindparam, text

from pipeline.citation_names import load_citation_names
from pipeline.errors import StoreError
from pipeline.language import LANGUAGES
from pipeline.search.documents import document_named
from pipeline.stages.cite import (
    BorrowOptions,
    Citation,
    Profile,
    borrow_index,
    cite,
    cite_borrowed,
    find_borrowed,
    profile_of,
)
from pipeline.store import Store
from pipeline.store.engine import reading as view
from pipeline.store.filters import Filter
from pipeline.store.reading import batches, hydrated
from pipeline.taxonomy import load_taxonomy
from pipeline.types import DocumentFacts, LabelledPassage
from pipeline.words import fold

CITING: Final = ("vnr", "vlr", "other")
_PIECES: Final = (
    "%vern%", "%bern%", "%gover%", "%gouver%", "%gober%", "%gorv%", "%mgi%", "%igm%", "%migof%", "%ium%",
    "%حوكم%", "%ادار%", "%управл%", "%руковод%", "%иум%", "%пум%",
)  # fmt: skip
"""What a text that names the indicators holds, however it is misspelt or broken: most passages hold none of these."""
_STREAM: Final = 5000
_IMPRINT_CUES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationOptions:
    """`borrowed` also looks for text taken from a profile without naming it."""

    borrowed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCitation:
    """A passage that cites, and how; `profile` is the cited profile where it can be told."""

    found: LabelledPassage
    citation: Citation
    profile: DocumentFacts | None


def citations(
    store: Store,
    of: str | None = None,
    wanted: Filter | None = None,
    options: CitationOptions | None = None,
) -> tuple[FoundCitation, ...]:
    """Every citation in the reviews that the filter leaves (without a kind: VNRs, VLRs and other reports), by country,
    year and place. `of` names a MGI profile (`document_named`): only what can be told to cite it.

    Raises StoreError where there is no review, or no such profile.
    """
    options, wanted = options or CitationOptions(), wanted or Filter()
    kinds = wanted.kind or CITING
    profiles = {d.facts.id: d.facts for d in store.documents(Filter(kind="mgi"))}
    if of is not None:
        if not profiles:
            raise StoreError("There is no MGI profile in the workspace.", hint="`mgi run FILE --kind mgi` adds one.")
        of = document_named(list(profiles.values()), of, "MGI profile")
    reviews = {
        d.facts.id: d.facts
        for d in store.documents(
            Filter(kind=kinds, country=wanted.country, years=wanted.years, document=wanted.document)
        )
    }
    if not reviews:
        raise StoreError(
            "There is no review to look through.", hint="Add some: `mgi run FILE... --kind vnr`, or `mgi corpus fetch`."
        )
    known = [profile_of(facts) for facts in profiles.values()]
    with view(store.engine) as connection:
        found = list(_by_name(connection, reviews, known))
        if options.borrowed and known:
            named = frozenset(c.passage for c in found)
            meant = [p for p in known if of is None or p.id == of]
            found += _by_borrowing(connection, reviews, meant, named)
        kept = {c.passage: c for c in found if of is None or c.cites == of}
        passages = [p for batch in batches(list(kept)) for p in hydrated(connection, batch)]
    rows = [
        FoundCitation(found=p, citation=kept[p.passage.id], profile=profiles.get(kept[p.passage.id].cites or ""))
        for p in passages
        if not wanted.language or (p.passage.language or p.facts.language) in wanted.language
    ]
    return tuple(sorted(rows, key=_order))


def borrowed_from(
    connection: Connection, profile_passages: Sequence[tuple[str, str]], reviews: Iterable[str]
) -> tuple[list[tuple[str, str, str]], int]:
    """`(review passage, profile passage, quote|paraphrase)` of what the reviews took from the passages, and the number
    of passages looked through."""
    index = borrow_index([p for p in profile_passages if not is_imprint(p[1])], common=common_wording())
    counted = _Counted(_texts(connection, reviews))
    found = find_borrowed(counted, index, BorrowOptions())
    return [(b.id, b.source, b.match) for b in found], counted.seen


class _Counted:
    """Pairs as they pass, counted."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs, self.seen = pairs, 0

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for pair in self.pairs:
            self.seen += 1
            yield pair


def common_wording() -> tuple[str, ...]:
    """What profiles and reviews alike recite: titles of targets, goals, objectives and domains, names of treaties."""
    taxonomy = load_taxonomy()
    out = {
        taxonomy.title(scheme, code, language)
        for scheme in ("sdg_target", "sdg_goal", "gcm", "mgi_domain")
        for code in taxonomy.codes(scheme)
        for language in LANGUAGES
    }
    return (*sorted(out), *load_citation_names().common)


def is_imprint(passage: str) -> bool:
    """What a publisher prints in all of its reports (no view on frontiers, all rights reserved): to share it is not to
    borrow.

    >>> is_imprint("The opinions expressed are the authors'. The designations employed do not express a view.")
    True
    """
    return len(set(load_citation_names().cues["imprint"].findall(fold(passage)))) >= _IMPRINT_CUES


def _by_name(connection: Connection, reviews: dict[str, DocumentFacts], known: Sequence[Profile]) -> Iterator[Citation]:
    """Read only the passages that can name the indicators, document by document."""
    ids = [i for batch in batches(sorted(reviews)) for i in _naming(connection, batch)]
    found = sorted(
        (p.passage for batch in batches(ids) for p in hydrated(connection, batch)), key=lambda p: (p.document, p.n)
    )
    for document, passages in groupby(found, key=lambda p: p.document):
        yield from cite(list(passages), reviews[document], known)


def _naming(connection: Connection, documents: Sequence[str]) -> list[str]:
    tests = " OR ".join(f"folded LIKE :p{n} OR lower(headings) LIKE :p{n}" for n in range(len(_PIECES)))
    statement = text(f"SELECT id FROM passages WHERE live AND document IN :documents AND ({tests})")  # noqa: S608 - constants
    values = {f"p{n}": piece for n, piece in enumerate(_PIECES)} | {"documents": list(documents)}
    return list(connection.execute(statement.bindparams(bindparam("documents", expanding=True)), values).scalars())


def _by_borrowing(
    connection: Connection, reviews: dict[str, DocumentFacts], profiles: Sequence[Profile], named: frozenset[str]
) -> list[Citation]:
    sources: dict[str, Profile] = {}
    texts: list[tuple[str, str]] = []
    by_id = {p.id: p for p in profiles}
    statement = text("SELECT id, document, text FROM passages WHERE live AND document IN :documents").bindparams(
        bindparam("documents", expanding=True)
    )
    for row in connection.execute(statement, {"documents": list(by_id)}):
        if not is_imprint(row.text):
            sources[row.id] = by_id[row.document]
            texts.append((row.id, row.text))
    index = borrow_index(texts, common=common_wording())
    found = find_borrowed(_texts(connection, reviews), index)
    owners: dict[str, str] = {}
    for batch in batches([b.id for b in found]):
        where = text("SELECT id, document FROM passages WHERE id IN :ids").bindparams(bindparam("ids", expanding=True))
        owners |= {row.id: row.document for row in connection.execute(where, {"ids": batch})}
    held = [b for b in found if _plausible(reviews[owners[b.id]], sources[b.source], b.match)]
    return list(cite_borrowed(held, sources, named))


def _plausible(review: DocumentFacts, profile: Profile, match: str) -> bool:
    """A review cannot take from a later profile, and a paraphrase of another country's profile is chance."""
    if review.year is not None and profile.year is not None and review.year < profile.year:
        return False
    if review.country and profile.country and review.country != profile.country:
        return match == "quote"
    return True


def _texts(connection: Connection, documents: Iterable[str]) -> Iterator[tuple[str, str]]:
    """`(id, text)` of all passages of the documents, as they come from the database."""
    for batch in batches(sorted(documents)):
        statement = text("SELECT id, text FROM passages WHERE live AND document IN :documents").bindparams(
            bindparam("documents", expanding=True)
        )
        result = connection.execution_options(stream_results=True, yield_per=_STREAM).execute(
            statement, {"documents": batch}
        )
        for row in result:
            yield row[0], row[1]


def _order(row: FoundCitation) -> tuple[str, int, str, int]:
    facts = row.found.facts
    return facts.country or "~", facts.year or 0, facts.id, row.found.passage.n
