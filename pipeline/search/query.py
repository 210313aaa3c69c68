"""What a person typed -> what is asked of the index: words, phrases, prefixes, nearness, exclusions; misspellings put
right, words of other languages added, and the query tagged like a passage. Nothing typed is ever an error."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Connection

from pipeline.language import detect_language
from pipeline.stages.tag import TagContext, TagOptions, tag_passages
from pipeline.store import fulltext_query as index
from pipeline.store.concepts import (
    LANGUAGES,
    MAX_WORDS,
    Alternative,
    concept_token,
    listed_words,
    stopwords,
    term_index,
)
from pipeline.types import Passage, Scheme
from pipeline.words import stem, word_texts

MAX_CHARACTERS: Final = 2_000
MAX_TERMS: Final = 24
MAX_PREFIX_WORDS: Final = 40
NEAR_WORDS: Final = 10
SYNONYM: Final = 0.5  # weight of a synonym in the query's own language
TRANSLATION: Final = 0.6  # of a word in another language
CORRECTED: Final = 0.8  # of a word that was not typed so
MIN_ALIKE: Final = 0.74  # of a misspelt word: two slips in eight letters

_RULES: Final = TagOptions(profile="rules")  # a query must not wait for an encoder to load
_QUOTES: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‟": '"'})
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Soft hyphens, joiners, marks of direction: they stand inside words."""
_PIECE: Final = re.compile(
    r'(?P<minus>(?<!\S)-)?"(?P<phrase>[^"]*)"|(?P<near>\bNEAR(?:/(?P<distance>\d{1,3}))?(?!\w))'
    r"|(?P<minus2>(?<!\S)-(?=\w))?(?P<word>\d{1,2}\.(?:\d{1,2}|[a-dA-D])(?!\w)|[^\W_]+)(?P<star>\*)?"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One word (or set expression) of the query: what it may be found as with weights, and how telling it is.

    `group` asks the index for the same: one token for a concept in place of its words, a beginning for a prefix; `own`
    only for what was typed. `passages` hold one of its forms, `reach` one of its group.
    """

    shown: str
    alternatives: Mapping[Alternative, float]
    passages: int
    idf: float
    group: index.Group
    own: index.Group
    reach: int
    single: Mapping[str, float] = field(init=False)
    several: tuple[tuple[Alternative, float], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "single", {a[0]: w for a, w in self.alternatives.items() if len(a) == 1})
        object.__setattr__(self, "several", tuple((a, w) for a, w in self.alternatives.items() if len(a) > 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query as understood. `phrases` are folded words that must stand in a row; `near` pairs of terms (numbers) with
    the greatest distance in words; `codes` what a passage of the query's subject would be tagged with; `stems` all that
    the terms may be found as; `typed`: the terms are shown as words, not as stems."""

    text: str
    terms: tuple[Term, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    phrase_stems: tuple[tuple[Alternative, ...], ...] = ()
    near: tuple[tuple[int, int, int], ...] = ()
    without: tuple[str, ...] = ()
    codes: Mapping[tuple[Scheme, str], float]
    corrections: Mapping[str, str]
    typed: bool = False
    notes: tuple[str, ...] = ()
    stems: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stems", frozenset(s for t in self.terms for a in t.alternatives for s in a))

    @property
    def empty(self) -> bool:
        return not self.terms and not self.phrases


@dataclass(slots=True)
class _Typed:
    """What was typed, piece by piece."""

    words: list[tuple[str, bool]]  # folded, is a prefix
    phrases: list[tuple[str, ...]]
    without: list[str]
    near: list[tuple[int, int]]  # number of the word before NEAR, distance


def understand(connection: Connection, text: str) -> Question:
    """Read a query against the words of the index. Never raises for what was typed."""
    notes = []
    clean = _composed(text)
    if len(clean) > MAX_CHARACTERS:
        notes.append(f"Only the first {MAX_CHARACTERS} characters were read.")
        clean = clean[:MAX_CHARACTERS]
    typed = _typed(clean)
    if len(typed.words) > MAX_TERMS:
        notes.append(f"Only the first {MAX_TERMS} words were used.")
        typed.words = typed.words[:MAX_TERMS]
    total = index.indexed_passages(connection)
    corrections: dict[str, str] = {}
    language = detect_language(clean)
    terms = _terms(connection, typed.words, language, corrections, total)
    every_language = index.languages(connection) or ["en"] if typed.phrases or typed.without else []
    sequences = tuple(
        tuple(dict.fromkeys(tuple(stem(w, lang) for w in phrase) for lang in every_language))
        for phrase in typed.phrases
    )
    return Question(
        text=clean.strip(),
        terms=terms,
        phrases=tuple(typed.phrases),
        phrase_stems=sequences,
        near=tuple((at, at + 1, distance) for at, distance in typed.near if at + 1 < len(terms)),
        without=tuple(dict.fromkeys(stem(w, lang) for w in typed.without for lang in every_language)),
        codes=subject_codes(clean, language),
        corrections=corrections,
        typed=True,
        notes=tuple(notes),
    )


def _composed(text: str) -> str:
    """A query in one form: letters with their accents, straight quotation marks, nothing that cannot be seen.

    >>> _composed("sante\u0301 mig\u00adrants")
    'santé migrants'
    """
    whole = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).translate(_QUOTES)
    return "".join(c if c.isprintable() else " " for c in whole if not unicodedata.combining(c))


def subject_codes(text: str, language: str | None = None) -> dict[tuple[Scheme, str], float]:
    """What a passage with this text would be tagged with: codes with their scores."""
    passage = Passage(id="query", document="query", n=0, kind="paragraph", text=text, page=1, language=language)
    return {(tag.scheme, tag.code): tag.score for tag in tag_passages([passage], TagContext(), _RULES)[0]}


def _typed(text: str) -> _Typed:
    small = stopwords()
    out = _Typed([], [], [], [])
    dropped: list[tuple[str, bool]] = []
    for piece in _PIECE.finditer(text):
        if piece["near"]:
            if out.words:
                out.near.append((len(out.words) - 1, int(piece["distance"] or NEAR_WORDS)))
            continue
        found = tuple(word_texts(piece["phrase"] if piece["phrase"] is not None else piece["word"]))
        if piece["phrase"] is not None and len(found) > 1 and not piece["minus"]:
            out.phrases.append(found[:MAX_TERMS])
            continue
        for word in found:
            if piece["minus"] or piece["minus2"]:
                out.without.append(word)
            elif word in small and piece["phrase"] is None and not piece["star"]:
                dropped.append((word, False))
            else:
                out.words.append((word, bool(piece["star"]) and len(word) > 1))
    if not out.words and not out.phrases:
        out.words = dropped
    return out


def _terms(
    connection: Connection,
    typed: Sequence[tuple[str, bool]],
    language: str | None,
    corrections: dict[str, str],
    total: int,
) -> tuple[Term, ...]:
    words = [w for w, _ in typed]
    attested, listed = index.languages_of(connection, words), _listed(words)
    found: list[dict[Alternative, float]] = []
    spoken: list[list[str]] = []
    begins = {word for word, prefix in typed if prefix}
    for at, (word, prefix) in enumerate(typed):
        if prefix:
            begun = index.words_beginning(connection, word, MAX_PREFIX_WORDS)
            found.append({(s,): 1.0 for s in sorted({stem(w, lang or None) for w, lang in begun})})
            spoken.append([])
            continue
        languages = sorted({lang for lang, _ in attested.get(word, ())})
        alternatives: dict[Alternative, float] = {(stem(word, lang or None),): 1.0 for lang in languages}
        if not alternatives:
            alternatives, languages = _unattested(connection, word, language, corrections, listed[at])
        found.append(alternatives)
        usual = [lang for lang in languages if lang] or ([language] if language else list(LANGUAGES))
        spoken.append(list(dict.fromkeys((*usual, *(lang for lang in listed[at] if (lang, word) in listed_words())))))
    read = ["" if prefix else corrections.get(w, w) for w, prefix in typed]
    merged = _with_concepts(words, read, found, spoken, language)
    asked = [s for _, alternatives, _, tokens in merged for a in (*alternatives, tokens) for s in a]
    counts = index.passages_with(connection, asked)
    terms = []
    for shown, alternatives, own, tokens in merged:
        known: dict[Alternative, float] = {a: w for a, w in alternatives.items() if all(s in counts for s in a)}
        if not known:
            known = dict(list(alternatives.items())[:1]) or {(shown,): 1.0}
        passages = max(min((counts.get(s, 0) for s in a), default=0) for a in known)
        idf = math.log(1 + (total - min(passages, total) + 0.5) / (passages + 0.5))
        typed_as = sorted((a for a in known if a in own), key=lambda a: -min(counts.get(s, 0) for s in a))
        if shown in begins:
            typed_as = [(f"{shown}*",), *(a for a in typed_as if not a[0].startswith(shown))]
        # The concept's token covers the other forms; each more costs the databases a count of all its passages.
        group = (*(typed_as[:1] if tokens else typed_as), *((t,) for t in tokens)) or tuple(known)
        reach = max(passages, *(counts.get(t, 0) for t in tokens), 0)
        terms.append(Term(shown, known, passages, idf, group, tuple(typed_as) or group, reach))
    return tuple(terms)


def _listed(words: Sequence[str]) -> list[list[str]]:
    """Of each word the languages in which it is a term of the list, or part of one that stands here as a whole."""
    known = term_index()
    out: list[list[str]] = [[] for _ in words]
    for lang in LANGUAGES:
        stems = [stem(w, lang) for w in words]
        for size in range(1, MAX_WORDS + 1):
            for at in range(len(words) - size + 1):
                if (lang, tuple(stems[at : at + size])) in known:
                    for languages in out[at : at + size]:
                        languages.append(lang)
    return [list(dict.fromkeys(languages)) for languages in out]


def _unattested(
    connection: Connection, word: str, language: str | None, corrections: dict[str, str], listed: Sequence[str]
) -> tuple[dict[Alternative, float], list[str]]:
    """A word that no passage holds: a term of the list, another form of one that is held, else the likest word."""
    stems = {lang: stem(word, lang) for lang in LANGUAGES}
    held = index.passages_with(connection, list(stems.values()))
    languages = [*listed, *(lang for lang, s in stems.items() if s in held and lang not in listed)]
    if languages:
        return {(stems[lang],): 1.0 for lang in languages}, languages
    likest = _likest(connection, word)
    if likest is None:
        return {(stem(word, language),): 1.0}, []
    corrections[word] = likest[0]
    return {(stem(likest[0], likest[1] or None),): CORRECTED}, [likest[1]]


def _likest(connection: Connection, word: str) -> tuple[str, str] | None:
    """The word of the index that is most alike, the more frequent one of two as alike."""
    if len(word) < 4 or any(c.isdigit() for c in word):
        return None
    slack = 1 if len(word) < 6 else 2
    for same_letter in (True, False):  # a slip in the first letter is rare, and looking at all words is slow
        near = index.words_like(connection, word, slack, same_letter=same_letter)
        best = process.extract(
            word, [w for w, _, _ in near], scorer=OSA.normalized_similarity, score_cutoff=MIN_ALIKE, limit=12
        )
        if best:
            break
    if not best:
        return None
    # A letter less alike is outweighed by being ten times as frequent.
    _, _, at = max(best, key=lambda b: (b[1] + 0.04 * math.log10(max(1, near[b[2]][2])), b[0]))
    return near[at][0], near[at][1]


def _with_concepts(
    words: Sequence[str],
    read: Sequence[str],
    found: Sequence[Mapping[Alternative, float]],
    spoken: Sequence[Sequence[str]],
    language: str | None,
) -> list[tuple[str, dict[Alternative, float], set[Alternative], list[str]]]:
    """Add synonyms and translations; words that make up one expression ("forced labour") become one term. Of each
    term: the words, all it may be found as, what of that was typed, the tokens of its concepts."""
    out: list[tuple[str, dict[Alternative, float], set[Alternative], list[str]]] = []
    at = 0
    while at < len(words):
        size, added, tokens = _expression(at, read, spoken, language)
        if size > 1:
            joined: Alternative = tuple(next(iter(f))[0] for f in found[at : at + size] if f)
            alternatives = {joined: 1.0}
        else:
            alternatives = dict(found[at])
        own = set(alternatives)
        for alternative, weight in added.items():
            alternatives.setdefault(alternative, weight)
        out.append((" ".join(words[at : at + size]), alternatives, own, tokens))
        at += size
    return out


def _expression(
    at: int, words: Sequence[str], spoken: Sequence[Sequence[str]], language: str | None
) -> tuple[int, dict[Alternative, float], list[str]]:
    """The longest known term that begins here: its number of words, the other terms of its concepts, their tokens."""
    known = term_index()
    for size in range(min(MAX_WORDS, len(words) - at), 0, -1):
        for lang in sorted(spoken[at], key=lambda code: code != language):
            stems = tuple(stem(w, lang) for w in words[at : at + size])
            concepts = known.get((lang, stems), ())
            if concepts:
                added: dict[Alternative, float] = {}
                for concept in concepts:
                    for other, alternative in concept.terms:
                        added.setdefault(alternative, SYNONYM if other == lang else TRANSLATION)
                added.pop(stems, None)
                return size, added, [concept_token(c.name) for c in concepts]
    return 1, {}, []
