"""Find passages: ask the index for candidates, rank them, fold near-duplicates, cut snippets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from typing import Final

from rapidfuzz import fuzz
from sqlalchemy import Connection, bindparam, text

from pipeline.errors import StoreError
from pipeline.search.filters import absent
from pipeline.search.listing import counted, listed
from pipeline.search.query import Question, Term, understand
from pipeline.search.rank import Candidate, highlights, score
from pipeline.store import Store, fulltext
from pipeline.store.engine import reading as view
from pipeline.store.filters import Filter
from pipeline.store.fulltext import SCHEME_TOKENS, code_token
from pipeline.store.fulltext_query import Group, IndexQuery, Match, candidates
from pipeline.store.reading import batches, hydrated
from pipeline.types import LabelledPassage, Scheme, Span
from pipeline.words import fold, raw_words, written_stems

FETCH: Final = 120  # candidates that are ranked; four times as many where they do not fill what is asked for
BATCH: Final = 4_000  # passages that are looked up at once
ENOUGH: Final = 40  # with fewer that hold all words, those that hold some are looked at, too
MAX_FREQUENT: Final = 25_000  # passages that the words of a relaxed query may hold together: what keeps it quick
EVERYWHERE: Final = 10_000  # passages that hold a word, above which the database does not rank by its concept
MAX_BEGINNING: Final = 4_000  # passages that a beginning (migra*) may stand for and still be ranked by the database
ALIKE: Final = 92  # per cent of two texts that are the same passage printed twice
SNIPPET: Final = 260
_FACETS: Final = ("country", "year", "kind", "language", "sdg_target", "category")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found. `highlights` are spans of its text, `snippet` a span around most of them, `duplicates` the ids
    of passages with (nearly) the same text that were folded into it."""

    found: LabelledPassage
    score: float
    highlights: tuple[Span, ...]
    snippet: Span
    duplicates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindResult:
    """Hits, best first. `facets` counts the candidates by country, year, ...; `corrections`: words read as others.

    `more`: there are hits behind these. `total`: how many passages match, near-repeats among them; where `more_match`,
    at least so many: not all were looked at.
    """

    hits: tuple[Hit, ...]
    total: int = 0
    more_match: bool = False
    more: bool = False
    question: Question | None = None
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    corrections: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def find(
    store: Store,
    query: str,
    wanted: Filter | None = None,
    *,
    limit: int = 10,
    offset: int = 0,
    report: Callable[[int, int], None] | None = None,
) -> FindResult:
    """Passages for a query in any of the languages, best first.

    Brings the index up to date first (`report(done, of)` tells how far). A query without words lists all that the
    filter leaves, in reading order.
    Raises StoreError where the workspace holds no passages at all; never for what was typed.
    """
    refresh(store, report)
    wanted = wanted or Filter()
    with view(store.engine) as connection:
        question = understand(connection, query)
        if not _any_passage(connection):
            raise StoreError("There is nothing to search yet.", hint=NOTHING_YET)
        notes = (*question.notes, *absent(connection, wanted))
        if question.empty and question.text:
            return FindResult(hits=(), question=question, notes=(*notes, NO_WORD))
        if question.empty:
            total, left = listed(connection, wanted, limit, offset)
            listing = tuple(_hit(question, found, 0.0, ()) for found in left)
            return FindResult(
                hits=listing,
                total=total,
                more=offset + len(listing) < total,
                question=question,
                facets=counted(connection, wanted),
                notes=notes,
            )
        asked, fetch = offset + limit, FETCH  # the next page is ranked among the same candidates, while they reach
        while True:
            rows, cut = _candidates(connection, question, wanted, fetch)
            ranked = _ranked(question, rows)
            kept, duplicates = without_repeats(ranked, asked)
            # Near-repeats are folded: in a long list others take their place, in a usual one that would cost too much.
            if not cut or (len(kept) if asked > ENOUGH else len(ranked)) >= asked:
                break
            fetch *= 4
        full = {found.passage.id: found for found in hydrated(connection, [c.id for c, _ in kept[offset:]])}
    hits = tuple(
        _hit(question, full[c.id], value, tuple(duplicates.get(c.id, ()))) for c, value in kept[offset:] if c.id in full
    )
    return FindResult(
        hits=hits,
        total=len(ranked),
        more_match=cut,
        more=cut or len(kept) + sum(map(len, duplicates.values())) < len(ranked),
        question=question,
        facets=_facets(rows, {c.id for c, _ in ranked}),
        corrections=question.corrections,
        notes=notes,
    )


NO_WORD: Final = 'There is no word to look for. Type words, or "" to list what the filters leave.'
NOTHING_YET: Final = (
    "Fill the workspace: `mgi run FILE...`, or `mgi corpus fetch` for the listed public reviews and then `mgi run`."
)


def refresh(store: Store, report: Callable[[int, int], None] | None = None) -> int:
    """Bring the index up to date if anything changed; the number of passages indexed."""
    with view(store.engine) as connection:
        if fulltext.is_current(connection):
            return 0
    return fulltext.refresh(store.engine, report)


def filter_codes(wanted: Filter) -> tuple[tuple[str, ...], ...]:
    """A filter as tokens of the index: all of the groups, any token of each."""
    out: list[tuple[str, ...]] = []
    fields = (("d", wanted.document), ("k", wanted.kind), ("c", wanted.country), ("l", wanted.language))
    coded: tuple[tuple[Scheme, object], ...] = (
        ("sdg_target", wanted.target),
        ("sdg_goal", wanted.goal),
        ("category", wanted.category),
        ("action_status", wanted.action_status),
        ("support_type", wanted.support_type),
        ("gcm", wanted.gcm),
        ("mgi_domain", wanted.mgi_domain),
    )
    for letter, value in (*fields, ("r", wanted.status), *((SCHEME_TOKENS[s], v) for s, v in coded)):
        if value:
            values = (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]
            out.append(tuple(code_token(letter, str(v)) for v in values))
    first, last = wanted.years or (None, None)
    if first is not None or last is not None:
        years = range(max(first or 2000, 1990), min(last or 2100, 2100) + 1)
        out.append(tuple(code_token("y", str(y)) for y in years) or (code_token("y", "none"),))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate with what is counted of it."""

    candidate: Candidate
    facets: tuple[tuple[str, tuple[str, ...]], ...]


def _candidates(connection: Connection, question: Question, wanted: Filter, fetch: int) -> tuple[list[Row], bool]:
    """About `fetch` passages that may be hits, and whether there are more."""
    codes = filter_codes(wanted)
    begins = any("*" in a[0] and t.passages > MAX_BEGINNING for t in question.terms for a in t.group)
    # Of a beginning that is everywhere, some of its words: the databases would gather all passages of all of them.
    groups = tuple(tuple((s,) for s in t.single) if begins and t.single else t.group for t in question.terms)
    # Words that are everywhere: rank by what was typed, and look at some of what only the concepts bring.
    typed = tuple(
        t.own if t.reach > EVERYWHERE and not begins else g for t, g in zip(question.terms, groups, strict=True)
    )
    everywhere = bool(groups) and not (begins or codes) and all(t.passages > EVERYWHERE for t in question.terms)
    strict = IndexQuery(
        groups=typed,
        weights=tuple(t.idf for t in question.terms),
        phrases=question.phrase_stems,
        codes=codes,
        without=question.without,
        ranked=not begins,
        everywhere=everywhere,
    )
    found: list[Match] = []
    cut = False

    def add(query: IndexQuery, most: int) -> int:
        nonlocal cut
        got = candidates(connection, query, most)
        found.extend(got)
        cut = cut or len(got) == most
        return len(got)

    # A phrase is checked word by word afterwards, and stems are coarser than words: fetch more.
    most = fetch * 3 if question.phrases or question.near else fetch
    enough = add(replace(strict, headings=False), most) >= fetch
    if question.phrases and len(found) < most:
        add(strict, most)
    if groups != typed:
        add(replace(strict, groups=groups, weights=(), ranked=False), fetch)
    if not question.near and not question.phrases:
        telling, weights = _telling(question)
        if len(found) < max(ENOUGH, fetch - FETCH) and len(groups) > 1:
            add(IndexQuery(groups=telling, weights=weights, relaxed=True, codes=codes, without=question.without), fetch)
        targets = tuple(code_token("t", code) for (scheme, code) in question.codes if scheme == "sdg_target")
        if targets and telling:
            # With hits enough that hold all words, only those of them that carry the subject's codes are added.
            about = replace(strict, codes=(*codes, targets))
            if not enough and len(found) >= fetch:
                about = replace(about, groups=groups, weights=(), ranked=False)
            elif not enough:
                about = replace(about, groups=telling, weights=weights, relaxed=True, everywhere=False)
            add(about, fetch // 3 if about.ranked else fetch)
    return rows_of(connection, found, wanted), cut


def _telling(question: Question) -> tuple[tuple[Group, ...], tuple[float, ...]]:
    """The rarest terms, as many as may be asked for together without going through half the passages: their groups
    and how telling they are."""
    out: list[Term] = []
    total = 0
    for term in sorted(question.terms, key=lambda t: t.passages):
        if out and total + term.passages > MAX_FREQUENT:
            break
        out.append(term)
        total += term.passages
    return tuple(t.group for t in out), tuple(t.idf for t in out)


def rows_of(connection: Connection, matches: Iterable[Match], wanted: Filter) -> list[Row]:
    """What ranking and counting need of the passages, in the order given, without those that the filter leaves out."""
    by_id = {m.passage: m for m in matches}
    if not by_id:
        return []
    statement = text(
        "SELECT p.id, p.text, p.headings, p.language, d.language AS document_language, d.country, d.year, d.kind, "
        "l.codes, l.score, l.reviewer FROM passages p JOIN documents d ON d.id = p.document "
        "JOIN labels l ON l.passage = p.id WHERE p.id IN :ids"
    ).bindparams(bindparam("ids", expanding=True))
    found: dict[str, Row] = {}
    for row in chain.from_iterable(connection.execute(statement, {"ids": ids}) for ids in batches(list(by_id), BATCH)):
        if not _left(row.score, row.reviewer, row.text, wanted):
            continue
        match, codes, headings = by_id[row.id], _codes(row.codes), _headings(row.headings)
        language = row.language or row.document_language
        stems, above = match.stems, match.headings
        if stems is None or above is None:
            made = written_stems(language)
            stems = " ".join(made[w] for w in raw_words(row.text))
            above = " ".join(fulltext.heading_stems(row.headings, language))
        facets = (row.country, row.year, row.kind, language)
        found[row.id] = Row(
            Candidate(match.passage, stems, above, row.text, headings, language, codes),
            (
                *((name, (str(v),)) for name, v in zip(_FACETS, facets, strict=False) if v),
                ("sdg_target", tuple(codes.get("sdg_target", ()))),
                ("category", tuple(codes.get("category", ()))),
            ),
        )
    return [found[i] for i in by_id if i in found]


@lru_cache(maxsize=10_000)
def _codes(held: str) -> Mapping[Scheme, Sequence[str]]:
    codes: Mapping[Scheme, Sequence[str]] = json.loads(held)
    return codes


@lru_cache(maxsize=2_000)
def _headings(held: str) -> tuple[str, ...]:
    return tuple(json.loads(held))


def _left(value: float, reviewer: str | None, passage: str, wanted: Filter) -> bool:
    """The conditions that the index does not hold."""
    if wanted.text and fold(" ".join(wanted.text.split())) not in fold(passage):
        return False
    if wanted.min_score is not None and value < wanted.min_score:
        return False
    if wanted.max_score is not None and value > wanted.max_score:
        return False
    who = (wanted.reviewer,) if isinstance(wanted.reviewer, str) else wanted.reviewer
    return not who or reviewer in who


def _ranked(question: Question, rows: Iterable[Row]) -> list[tuple[Candidate, float]]:
    if question.empty:
        return [(row.candidate, 0.0) for row in rows]
    scored = [(row.candidate, score(question, row.candidate)) for row in rows]
    return sorted(((c, s) for c, s in scored if s > 0), key=lambda pair: (-round(pair[1], 6), pair[0].id))


def without_repeats(
    ranked: Sequence[tuple[Candidate, float]], enough: int
) -> tuple[list[tuple[Candidate, float]], dict[str, list[str]]]:
    """Leave out what repeats a better hit, and tell which hit it repeats. Stops when a page is full."""
    kept: list[tuple[Candidate, float]] = []
    plain: list[str] = []
    duplicates: dict[str, list[str]] = {}
    for candidate, value in ranked:
        mine = fold(candidate.text)
        for other, theirs in zip(kept, plain, strict=True):
            longest = max(len(mine), len(theirs))
            if abs(len(mine) - len(theirs)) <= longest * 0.12 and fuzz.ratio(mine, theirs, score_cutoff=ALIKE):
                duplicates.setdefault(other[0].id, []).append(candidate.id)
                break
        else:
            if len(kept) == enough:
                break
            kept.append((candidate, value))
            plain.append(mine)
    return kept, duplicates


def _hit(question: Question, found: LabelledPassage, value: float, duplicates: tuple[str, ...]) -> Hit:
    passage = found.passage
    marks = highlights(question, passage.text, passage.language or found.facts.language)
    return Hit(
        found=found,
        score=round(value, 4),
        highlights=tuple(marks),
        snippet=snippet(passage.text, marks),
        duplicates=duplicates,
    )


def snippet(passage: str, marks: Sequence[Span], width: int = SNIPPET) -> Span:
    """The piece of at most about `width` characters that holds most highlights, from word to word."""
    if len(passage) <= width:
        return Span(0, len(passage))
    starts = [max(0, m.start - width // 5) for m in marks] or [0]
    best = max(starts, key=lambda s: (sum(s <= m.start and m.end <= s + width for m in marks), -s))
    best = min(best, len(passage) - width)
    start = passage.rfind(" ", 0, best + 1) + 1 if best else 0
    end = passage.find(" ", best + width)
    return Span(start, end if end != -1 else len(passage))


def _facets(rows: Iterable[Row], ids: set[str]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {name: Counter() for name in _FACETS}
    for row in rows:
        if row.candidate.id in ids:
            for name, values in row.facets:
                counted[name].update(values)
    return {name: dict(counts.most_common()) for name, counts in counted.items()}


def _any_passage(connection: Connection) -> bool:
    return connection.execute(text("SELECT 1 FROM search_passages LIMIT 1")).first() is not None
