"""Passages of other documents alike in meaning: the telling words of a passage (in all languages) and its labels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection

from pipeline.errors import StoreError
from pipeline.search.find import ENOUGH, FETCH, Hit, filter_codes, refresh, rows_of, snippet, without_repeats
from pipeline.search.query import SYNONYM, TRANSLATION, Question, Term
from pipeline.search.rank import Candidate, highlights, score
from pipeline.store import Store
from pipeline.store import fulltext_query as index
from pipeline.store.concepts import Alternative, Concept, concept_token, stopwords, term_index
from pipeline.store.engine import reading as view
from pipeline.store.filters import Filter
from pipeline.store.fulltext import code_token
from pipeline.store.fulltext_query import IndexQuery, Match
from pipeline.store.reading import hydrated
from pipeline.types import LabelledPassage, Scheme
from pipeline.words import stem, word_texts

TELLING: Final = 14  # words that stand for the passage
MIN_LETTERS: Final = 3
SAME_TARGET: Final = 0.2
SAME_CATEGORY: Final = 0.1
LEAST: Final = 0.12  # below this two passages have words in common, not a subject


def similar(
    store: Store,
    passage_id: str,
    wanted: Filter | None = None,
    *,
    limit: int = 10,
    report: Callable[[int, int], None] | None = None,
) -> tuple[Hit, ...]:
    """Passages of other documents most like this one, those with the same target and category first.

    Raises StoreError for a passage that is not there.
    """
    refresh(store, report)
    found = store.get(passage_id)
    if found is None:
        raise StoreError(f"There is no passage '{passage_id}'.", hint="`mgi find ... --json` shows passage ids.")
    wanted = wanted or Filter()
    with view(store.engine) as connection:
        question = _question(connection, found)
        codes = filter_codes(wanted)
        targets = tuple(code_token("t", c) for c in found.label.codes.get("sdg_target", ()))
        own = code_token("d", found.facts.id)
        rarest = sorted(question.terms, key=lambda t: t.passages)
        matches: list[Match] = []
        for share, more in ((8, (targets,) if targets else ()), (6, ())):
            groups = tuple(t.group for t in rarest[:share])
            if groups and len(matches) < ENOUGH:
                weights = tuple(t.idf for t in rarest[:share])
                asked = IndexQuery(
                    groups=groups, weights=weights, relaxed=True, codes=(*codes, *more), without_codes=(own,)
                )
                matches += index.candidates(connection, asked, FETCH)
        rows = rows_of(connection, matches, wanted)
        scored = [(row.candidate, _alike(question, row.candidate, found)) for row in rows]
        ranked = sorted((p for p in scored if p[1] >= LEAST), key=lambda p: (-round(p[1], 6), p[0].id))
        kept, duplicates = without_repeats(ranked, limit)
        full = {f.passage.id: f for f in hydrated(connection, [c.id for c, _ in kept])}
    hits = []
    for candidate, value in kept:
        other = full[candidate.id]
        marks = tuple(highlights(question, other.passage.text, candidate.language))
        hits.append(
            Hit(
                found=other,
                score=round(min(1.0, value), 4),
                highlights=marks,
                snippet=snippet(other.passage.text, marks),
                duplicates=tuple(duplicates.get(candidate.id, ())),
            )
        )
    return tuple(hits)


def _question(connection: Connection, found: LabelledPassage) -> Question:
    """The passage's most telling words, weighed by rarity, with what they are in other languages."""
    language = found.passage.language or found.facts.language
    small = stopwords()
    texts = [w for w in word_texts(found.passage.text) if len(w) >= MIN_LETTERS and w not in small and not w.isdigit()]
    counts = Counter(stem(w, language) for w in texts)
    held = index.passages_with(connection, list(counts))
    total = index.indexed_passages(connection)
    weighed = sorted(counts, key=lambda s: (-math.sqrt(counts[s]) * _idf(held.get(s, 0), total), s))
    telling = weighed[:TELLING]
    known = term_index()
    terms = []
    added = {s: _others(known.get((language or "en", (s,)), ()), language) for s in telling}
    also = index.passages_with(connection, [s for a in added.values() for alternative in a for s in alternative])
    for s in telling:
        alternatives: dict[Alternative, float] = {(s,): 1.0}
        alternatives |= {a: w for a, w in added[s].items() if all(part in also for part in a) and a != (s,)}
        passages = max(min((held | also).get(part, 0) for part in a) for a in alternatives)
        tokens = tuple((concept_token(c.name),) for c in known.get((language or "en", (s,)), ()))
        terms.append(Term(s, alternatives, passages, _idf(passages, total), ((s,), *tokens), ((s,),), passages))
    codes: dict[tuple[Scheme, str], float] = {
        (scheme, code): 1.0 for scheme, held_codes in found.label.codes.items() for code in held_codes
    }
    return Question(text=found.passage.text, terms=tuple(terms), codes=codes, corrections={})


def _others(concepts: tuple[Concept, ...], language: str | None) -> Mapping[Alternative, float]:
    out: dict[Alternative, float] = {}
    for concept in concepts:
        for other, alternative in concept.terms:
            out.setdefault(alternative, SYNONYM if other == language else TRANSLATION)
    return out


def _idf(passages: int, total: int) -> float:
    return math.log(1 + (max(0, total - passages) + 0.5) / (passages + 0.5))


def _alike(question: Question, other: Candidate, found: LabelledPassage) -> float:
    """Words and labels in common; the same target and the same category come first."""
    value = score(question, other)
    targets = set(found.label.codes.get("sdg_target", ())) & set(other.codes.get("sdg_target", ()))
    categories = set(found.label.codes.get("category", ())) & set(other.codes.get("category", ()))
    if value > 0:
        value += SAME_TARGET * bool(targets) + SAME_CATEGORY * bool(categories) * bool(targets)
    return value
