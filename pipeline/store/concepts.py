"""Words across languages: `models/search/terms.csv` (concepts) and `stopwords.toml`.

A passage is indexed with a token for each concept that it names, so that a query asks for one token and not for the
words of six languages.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from pipeline.errors import DataError
from pipeline.language import load_languages
from pipeline.resources import resource
from pipeline.words import fold, stem, word_texts

Alternative = tuple[str, ...]
"""Stems that must all be there, e.g. `("work", "permit")`."""

LANGUAGES: Final = ("en", "fr", "es", "pt", "ar", "ru")
MAX_WORDS: Final = 4  # of one term


@dataclass(frozen=True, slots=True)
class Concept:
    """One row: its terms as stems, with the language of each."""

    name: str
    terms: tuple[tuple[str, Alternative], ...]


@cache
def stopwords() -> frozenset[str]:
    """Folded words that a query's subject does not hang on."""
    path = resource("models", "search", "stopwords.toml")
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8"))["words"]
    except (OSError, KeyError, ValueError) as error:
        raise DataError(str(path), None, f"cannot be read: {error}", hint="Restore it from the release.") from error
    function_words = (w for language in load_languages().values() for w in language.function_words)
    return frozenset(fold(w) for w in (*own, *function_words))


@cache
def concepts() -> tuple[Concept, ...]:
    """Every concept of the file. Raises DataError for a row that lacks a language."""
    out = []
    for row in _rows():
        terms = [(lang, term_stems(t, lang)) for lang in LANGUAGES for t in row[lang].split(";") if t.strip()]
        out.append(Concept(row["concept"], tuple(dict.fromkeys(t for t in terms if t[1]))))
    return tuple(out)


@cache
def term_index() -> Mapping[tuple[str, Alternative], tuple[Concept, ...]]:
    """(language, stems of a term) -> the concepts that it stands for."""
    out: dict[tuple[str, Alternative], list[Concept]] = {}
    for concept in concepts():
        for term in concept.terms:
            out.setdefault(term, []).append(concept)
    return {term: tuple(found) for term, found in out.items()}


@cache
def listed_words() -> frozenset[tuple[str, str]]:
    """(language, folded word) of the words of all terms, as they stand in the file."""
    return frozenset((lang, word) for row in _rows() for lang in LANGUAGES for word in word_texts(row[lang]))


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    path = resource("models", "search", "terms.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = tuple(csv.DictReader(file))
    for line, row in enumerate(rows, start=2):
        if None in row.values() or None in row:
            raise DataError(str(path), line, "does not have one cell for each language.", hint="Check the commas.")
    return rows


def term_stems(term: str, language: str) -> Alternative:
    """The stems of a term without its function words.

    >>> term_stems("traite des personnes", "fr")
    ('trait', 'person')
    """
    small = stopwords()
    texts = [w for w in word_texts(term) if w not in small] or word_texts(term)
    return tuple(stem(w, language) for w in texts)


def concept_token(name: str) -> str:
    """The token that stands for a concept in the index.

    >>> concept_token("forced labour")
    'zqxforcedlabour'
    """
    return "zqx" + "".join(c for c in name.lower() if c.isalnum())


@cache
def _tokens_by_stem(language: str) -> Mapping[str, tuple[tuple[Alternative, str], ...]]:
    """First stem of a term -> (stems of the term, token)."""
    out: dict[str, list[tuple[Alternative, str]]] = {}
    for (lang, alternative), found in term_index().items():
        if lang == language:
            out.setdefault(alternative[0], []).extend((alternative, concept_token(c.name)) for c in found)
    return {first: tuple(dict.fromkeys(terms)) for first, terms in out.items()}


def concept_tokens(stems: Sequence[str], language: str | None) -> list[str]:
    """Tokens of the concepts that a passage with these stems names; a set expression counts if all its words are there.

    >>> concept_tokens(["clinic", "migrant", "clinic"], "en")
    ['zqxhealth', 'zqxmigrant']
    """
    known = _tokens_by_stem(language or "")
    return sorted(
        {
            token
            for first in filter(known.__contains__, stems)
            for alternative, token in known[first]
            if len(alternative) == 1 or all(s in stems for s in alternative)
        }
    )
