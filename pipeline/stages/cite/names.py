"""Find a name of the indicators in a text: small misspellings, broken and run-together words, function words aside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from pipeline.citation_names import CitationNames, Name
from pipeline.types import Span
from pipeline.words import fold

WORD: Final = re.compile(r"[^\W_]+(?:\u00ad[^\W_]+)*")
MIN_SIMILARITY: Final = 0.78  # of one word: two slips in a word of ten letters
MIN_MEAN: Final = 0.86  # of a whole name
MAX_PIECES: Final = 3  # "Gover- nan- ce"
_STEM: Final = 5  # letters that inflected words (Russian, Arabic) must share
_SHORT: Final = 5

_ANCHOR: Final = re.compile(
    r"gover|gouver|gober|guber|gvern|gorv|igrat|igrac|migof|هجر|حوكم|миграц|управлен|показател|индикатор", re.IGNORECASE
)


class Token(NamedTuple):
    """A word: folded, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHit:
    """A name found: what it names, where, how alike (0 to 1) and whether it is written as a proper name."""

    subject: str
    language: str
    name: str
    span: Span
    similarity: float
    proper: bool


def tokens_of(text: str) -> list[Token]:
    """Words of a text in order. A footnote number that sticks to a word is cut off ("Governance2")."""
    return [Token(_plain(match.group()), *match.span()) for match in WORD.finditer(text)]


@lru_cache(maxsize=50_000)
def _plain(word: str) -> str:
    folded = fold(word)
    if len(folded) > 3 and folded[-1].isdigit() and folded[0].isalpha():
        return folded.rstrip("0123456789") or folded
    return folded


def find_names(text: str, knowledge: CitationNames) -> list[NameHit]:
    """Non-overlapping hits, the longest name first where two begin together.

    >>> from pipeline.citation_names import load_citation_names
    >>> k = load_citation_names()
    >>> [h.span.of("the Migraton Gover- nance Indicators of 2019") for h in find_names(
    ...     "the Migraton Gover- nance Indicators of 2019", k)]
    ['Migraton Gover- nance Indicators']
    """
    if not _ANCHOR.search(text):
        return []
    content = [t for t in tokens_of(text) if t.text not in knowledge.function_words]
    words = [t.text for t in content]
    found: list[NameHit] = []
    for i in range(len(content)):
        best: NameHit | None = None
        for name in _beginning(words[i], knowledge):
            matched = _match(words, i, name.words, knowledge.not_misspellings)
            if matched is None:
                continue
            used, similarity = matched
            span = Span(content[i].start, content[i + used - 1].end)
            if _broken_by_punctuation(text, content[i : i + used]):
                continue
            hit = NameHit(
                subject=name.subject,
                language=name.language,
                name=name.text,
                span=span,
                similarity=similarity,
                proper=_proper(text, content[i : i + used]),
            )
            if best is None or (span.end, similarity) > (best.span.end, best.similarity):
                best = hit
        if best is not None and (not found or best.span.start >= found[-1].span.end):
            found.append(best)
    return found


@lru_cache(maxsize=200_000)
def _beginning(word: str, knowledge: CitationNames) -> tuple[Name, ...]:
    """Names that can begin with this word, or with this piece of a word: few, so that most words cost one look-up."""
    excluded = knowledge.not_misspellings
    return tuple(
        n
        for n in knowledge.names
        if (len(word) > 1 and n.words[0].startswith(word[:2]))
        or similarity(word, n.words[0], excluded) >= MIN_SIMILARITY
    )


def _match(
    words: Sequence[str], start: int, wanted: tuple[str, ...], excluded: frozenset[str]
) -> tuple[int, float] | None:
    """How many words from `start` spell the name, and how well; None where they do not."""
    at, scores, k = start, [], 0
    while k < len(wanted):
        step = _step(words, at, wanted, k, excluded)
        if step is None:
            return None
        used, taken, score = step
        at, k = at + used, k + taken
        scores.append(score)
    mean = sum(scores) / len(scores)
    return (at - start, mean) if mean >= MIN_MEAN else None


def _step(
    words: Sequence[str], at: int, wanted: tuple[str, ...], k: int, excluded: frozenset[str]
) -> tuple[int, int, float] | None:
    """`(words used, words of the name taken, similarity)` of the best way on: one for one, pieces, run together."""
    if at >= len(words):
        return None
    score = similarity(words[at], wanted[k], excluded)
    if score >= MIN_SIMILARITY:
        return 1, 1, score
    if wanted[k].startswith(words[at][:2]):
        joined = words[at]
        for pieces in range(2, MAX_PIECES + 1):
            if at + pieces > len(words) or len(joined) >= len(wanted[k]) + 2:
                break
            joined += words[at + pieces - 1]
            score = similarity(joined, wanted[k], excluded)
            if score >= MIN_SIMILARITY and abs(len(joined) - len(wanted[k])) <= 2:
                return pieces, 1, score
        together = wanted[k]
        for taken in range(2, len(wanted) - k + 1):
            together += wanted[k + taken - 1]
            score = similarity(words[at], together, excluded)
            if score >= MIN_SIMILARITY:
                return 1, taken, score
    return None


@lru_cache(maxsize=200_000)
def similarity(word: str, wanted: str, excluded: frozenset[str]) -> float:
    """1 for the word or an inflected form, else how alike the letters are; 0 for another real word."""
    if word == wanted:
        return 1.0
    if word in excluded or len(word) < _SHORT or len(wanted) < _SHORT:
        return _arabic(word, wanted)
    if "\u0400" <= word[0] <= "\u04ff":
        shared = _shared_beginning(word, wanted)
        if shared >= _STEM and max(len(word), len(wanted)) - shared <= 4:
            return 1.0
    if "\u0600" <= word[0] <= "\u06ff":
        return _arabic(word, wanted)
    return OSA.normalized_similarity(word, wanted)


def _arabic(word: str, wanted: str) -> float:
    """Arabic words without one-letter prefixes and the article."""
    if not ("\u0600" <= word[0] <= "\u06ff"):
        return 0.0
    a, b = bare_arabic(word), bare_arabic(wanted)
    if a == b:
        return 1.0
    return OSA.normalized_similarity(a, b) if min(len(a), len(b)) >= _SHORT else 0.0


def bare_arabic(word: str) -> str:
    """The word without the conjunctions and prepositions that are written with it, and without the article.

    >>> bare_arabic("والهجره") == bare_arabic("للهجره") == bare_arabic("هجره")
    True
    """
    for prefix in ("وبال", "وال", "فال", "بال", "كال", "وللـ", "ولل", "لل", "ال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            return word[len(prefix) :]
    if word[0] in "وفبلك" and len(word) >= 6:
        return word[1:]
    return word


def _shared_beginning(a: str, b: str) -> int:
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return n


def _broken_by_punctuation(text: str, tokens: Sequence[Token]) -> bool:
    """A full stop, semicolon or bracket inside means that two things stand side by side."""
    between = "".join(text[a.end : b.start] for a, b in pairwise(tokens))
    return bool(re.search(r"[.;:!?()\[\]؛؟|]|,", between))


def _proper(text: str, tokens: Sequence[Token]) -> bool:
    """Written with capitals (or in a script without them)."""
    firsts = [text[t.start] for t in tokens]
    if any(c.lower() == c.upper() for c in firsts):
        return True
    inner = firsts[1:] if len(firsts) > 1 else firsts
    return any(c.isupper() for c in inner) or (
        firsts[0].isupper() and tokens[0].start > 0 and not _begins(text, tokens)
    )


def _begins(text: str, tokens: Sequence[Token]) -> bool:
    """The first word has its capital because a sentence begins there."""
    before = text[: tokens[0].start].rstrip(" \n\"'«“”()-•–—")
    return not before or before[-1] in ".!?:;"
