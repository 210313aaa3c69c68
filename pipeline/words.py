"""Words of a text, folded and stemmed: what full-text search indexes and what queries and citations are compared in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

VERSION: Final = "words@1"
"""Changes when the same text would give other words or stems: an index made by another version is made anew."""

STEMMERS: Final = {
    "en": "english",
    "fr": "french",
    "es": "spanish",
    "pt": "portuguese",
    "ru": "russian",
}
"""Language -> its Snowball algorithm. Arabic has its own light stemmer; words of other languages are only folded."""

_ARABIC: Final = dict(zip("أإآٱةى", "ااااهي", strict=True))
_EXCHANGED: Final = re.compile("[أإآٱةىـ\u00ad\u200b-\u200f\ufeff]")
"""Letters that are read as another, and signs that are dropped: the Arabic stroke, soft hyphens, marks of direction."""
# "10.7" and "4.b" are one word, 2019.A is two. Soft hyphens stand inside words.
# Words that begin with a letter come first: they are most, and this pattern is what indexing spends its time on.
_WORD: Final = re.compile(
    r"[^\W\d_][^\W_]*(?:\u00ad[^\W_]+)*|(?<![\w.])\d{1,2}\.(?:\d{1,2}|[a-d])(?!\w)|\d[^\W_]*", re.IGNORECASE
)
_ASCII_WORD: Final = re.compile(
    r"[a-zA-Z][a-zA-Z0-9]*|(?<![\w.])\d{1,2}\.(?:\d{1,2}|[a-dA-D])(?!\w)|\d[a-zA-Z0-9]*", re.ASCII
)
"""The same words of a text that is ASCII only, in half the time."""
_LONGEST: Final = 40
_LONG_NUMBER: Final = 12


def fold(text: str) -> str:
    """Lower case without accents, Arabic vowel signs and soft hyphens.

    >>> fold("Évaluation de la Migración"), fold("إدارة")
    ('evaluation de la migracion', 'اداره')
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", _EXCHANGED.sub(lambda m: _ARABIC.get(m[0], ""), text))
    return without_marks(plain).lower().replace("’", "'")


def without_marks(spread: str) -> str:
    """A decomposed text without its accents and vowel signs: of a text's few kinds of marks each is taken out whole,
    which takes less than half the time of looking at every letter.

    >>> without_marks("e\u0301te\u0301")
    'ete'
    """
    for mark in filter(unicodedata.combining, set(spread)):
        spread = spread.replace(mark, "")
    return spread


class Word(NamedTuple):
    """A folded word and where it stands in the text."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Words in order; a code such as 10.7 is one word, written with an x so that no tokenizer cuts it.

    >>> [w.text for w in words("L’accès (cible 10.7)")]
    ['l', 'acces', 'cible', '10x7']
    """
    return [Word(_FOLDED[m.group()], m.start(), m.end()) for m in _WORD.finditer(text)]


def raw_words(text: str) -> list[str]:
    """Words as they are written, for `written_stems`."""
    found: list[str] = (_ASCII_WORD if text.isascii() else _WORD).findall(text)
    return found


def word_texts(text: str) -> list[str]:
    """Only the folded words: faster, for indexing."""
    return [_FOLDED[w] for w in raw_words(text)]


class _Kept(dict[str, str]):
    """Word as written -> something made of it, once; long words and numbers, as good as unique, are not kept."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, word: str) -> str:
        made = self.make(word)
        if len(word) <= _LONG_NUMBER * 2:
            self[word] = made
        return made


def _plain(word: str) -> str:
    folded = fold(word)
    if "." in folded:
        return folded.replace(".", "x")
    return "".join(c for c in folded if c.isalnum())[:_LONGEST] or "x"


_FOLDED: Final = _Kept(_plain)


@cache
def stems_of(language: str | None) -> Mapping[str, str]:
    """Folded word -> stem, made as asked for: `stems_of("fr")[word]` is `stem(word, "fr")`, faster."""
    return _Kept(lambda word: stem(word, language))


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    import snowballstemmer  # noqa: PLC0415 - a tenth of a second, only where text is indexed or searched

    made: Any = snowballstemmer.stemmer(STEMMERS[language])
    stem: Callable[[str], str] = made.stemWord
    return stem


@cache
def written_stems(language: str | None) -> Mapping[str, str]:
    """Word as written -> stem in one look-up, for indexing."""
    return _Kept(lambda word: stem(_FOLDED[word], language))


def folded(word: str) -> str:
    """One word, folded as `words` folds it."""
    return _FOLDED[word]


_ARABIC_PREFIXES: Final = ("وبال", "وال", "بال", "كال", "فال", "ولل", "لل", "ال")
_ARABIC_SUFFIXES: Final = ("هما", "تها", "ها", "ان", "ات", "ون", "ين", "يه", "هم", "ه", "ي")


def _arabic_stem(word: str) -> str:
    """Light stemming: the article with what is written before it, and one or two endings, while three letters stay
    (two for an ending). Snowball's algorithm keeps the article of a folded word in some forms and not in others."""
    for prefix in _ARABIC_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    else:
        if word[:1] in ("و", "ف") and len(word) >= 5:
            word = word[1:]
    for _ in range(2):
        for suffix in _ARABIC_SUFFIXES:
            if word.endswith(suffix) and len(word) - len(suffix) >= (3 if len(suffix) > 1 else 2):
                word = word[: -len(suffix)]
                break
    return word


@cache
def stem(word: str, language: str | None) -> str:
    """The folded word's stem in that language; the word itself where the language has no stemmer.

    >>> stem("migrations", "fr") == stem("migration", "fr"), stem("health", None)
    (True, 'health')
    """
    if language == "ar":
        return _arabic_stem(word)
    if language not in STEMMERS or any(c.isdigit() for c in word):
        return word
    return fold(_stemmer(language)(word)) or word
