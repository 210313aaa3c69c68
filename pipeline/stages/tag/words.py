"""Text -> word features for the linear model: words, neighbouring pairs and word beginnings, without accents or case.

Word beginnings (`migra-`) stand in for stems: they let "migración", "migratorio" and "migrants" share a weight in
languages that bend their words. Numbers are one feature each by their length. Nothing here depends on a library's
version, so that weights trained once stay valid.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

MAX_WORDS: Final = 400
"""Words beyond this are not looked at: a passage is a paragraph, and 100,000 characters must not take seconds."""

_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_LONGEST: Final = 24
_BEGINNING: Final = 5


def folded(text: str) -> str:
    """Lower case without accents or Arabic vowel signs; not of equal length.

    >>> folded("Migración ÉTÉ")
    'migracion ete'
    """
    text = text.lower()
    if text.isascii():
        return text
    return _BEYOND_ASCII.sub(_unmarked, unicodedata.normalize("NFD", text))


def _unmarked(run: re.Match[str]) -> str:
    return _without_marks(run.group())


@lru_cache(maxsize=65_536)
def _without_marks(run: str) -> str:
    """Remembered by run of letters: asking for the category of every character of a text takes a third of the time."""
    return "".join(c for c in run if unicodedata.category(c) != "Mn")


def words(text: str) -> list[str]:
    """At most `MAX_WORDS` folded words; a number becomes `#` times its digits (at most four).

    >>> words("In 2019, 12 laws")
    ['in', '####', '##', 'laws']
    """
    found = _WORD.findall(folded(text[: MAX_WORDS * 20]))[:MAX_WORDS]
    return ["#" * min(len(word), 4) if word[0].isdigit() else word[:_LONGEST] for word in found]


def features(text: str) -> list[str]:
    """The features that occur in the text, each once, in the order in which they first occur.

    >>> features("Lack of data")
    ['lack', 'of', 'lack of', 'data', 'of data']
    """
    return word_features(words(text))


def word_features(found: Iterable[str]) -> list[str]:
    kept: dict[str, None] = {}  # in order: sums of floats must not depend on the hash seed
    previous = ""
    for word in found:
        kept[word] = None
        if previous:
            kept[f"{previous} {word}"] = None
        if len(word) > _BEGINNING:
            kept[word[:_BEGINNING] + "-"] = None
        previous = word
    return list(kept)
