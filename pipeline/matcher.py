"""Terms matched at the speed of a dictionary look-up per word: one trie over words for all terms of a language.

In a term, words stand apart (a hyphen or an apostrophe parts them, too); `word*` is any word that begins so; `a|b`
either; `[word]` may be absent; `_` is any one word; `..` up to 3 and `....` up to 7 words of the same sentence; `^` the
beginning of a sentence; `#` a number. Capitals, accents and Arabic vowel signs, hamza seats and prefixes do not matter.

Why not spaCy's PhraseMatcher: see `docs/decisions/`; the tests use it as the slow reference.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Final, Literal, NamedTuple

Sign = Literal["+", "-", "!", "?"]

MAX_TEXT: Final = 20_000
"""Characters of one passage that are searched: a passage is a paragraph; what is longer is a failure to segment."""

_BREAKS: Final = ".!?;:\u061f\u061b\u2022\u25aa\u25cf\ufffd\n"
_TOKEN: Final = re.compile(rf"\d+(?:[.,]\d+)+|[\w\u0300-\u036f\u064b-\u065f\u0670\u0640]+|%|[{re.escape(_BREAKS)}]")
_JOINT: Final = re.compile("[-'’]")
_ENUMERATOR: Final = re.compile(r"^(?:\d{1,3}(?:\.\d+)*|[a-z]|[ivx]{1,4})$")
_MARKS: Final = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640]")
_ARABIC: Final = re.compile("[\u0600-\u06ff]")
_ARABIC_FOLD: Final = str.maketrans("أإآٱىةؤئ", "اااايهوي")
_GAPS: Final = {"_": (1, 1), "..": (0, 3), "....": (0, 7)}
_CACHE_LIMIT: Final = 100_000
_NUMBER: Final = 0
_COMBINATIONS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of one code. `group` is the line of its file: terms of a row share their sense and count once."""

    id: int
    scheme: str
    code: str
    sign: Sign
    text: str
    weight: float
    needs: str
    note: str
    language: str
    group: int


class Hit(NamedTuple):
    """A term found at the characters `[start, end)`; `sentence` counts from 0."""

    term: Term
    start: int
    end: int
    sentence: int


@dataclass(slots=True)
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    gaps: list[tuple[int, int, _Node]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


_Word = tuple[tuple[int, ...] | None, tuple[_Node, ...], tuple[_Node, ...], bool]
"""What a word may be: its atoms (None: the end of a sentence), the nodes that it opens inside a sentence and those at
its beginning, and whether the beginning lasts ("4.185 Improve ...", "a) Improve ...": an enumerator uses none up)."""


def fold(word: str) -> str:
    """The form in which words are compared: no capitals, accents or vowel signs, one form of alef, ya and ta marbuta.

    >>> fold("Accès"), fold("الهِجْرَة"), fold("إدارة")
    ('acces', 'الهجره', 'اداره')
    """
    if word.isascii():
        return word.lower()
    text = _MARKS.sub("", unicodedata.normalize("NFKD", word.lower()).replace("\u0640", ""))
    return text.translate(_ARABIC_FOLD) if _ARABIC.search(text) else text.replace("œ", "oe")


def forms(word: str) -> tuple[str, ...]:
    """The folded word, and in Arabic also the word without conjunction, preposition and article in front.

    >>> forms("Migrants"), forms("وبالهجرة")
    (('migrants',), ('وبالهجره', 'بالهجره', 'الهجره', 'هجره'))
    """
    folded = fold(word)
    if not _ARABIC.search(folded):
        return (folded,)
    found = [folded]
    rest = folded
    for prefix in ("و", "ف", "لل", "ب", "ك", "ل", "ال"):
        if rest.startswith(prefix) and len(rest) - len(prefix) >= 3:
            rest = rest[len(prefix) :]
            found.append(rest)
    return tuple(found)


class Matcher:
    """All terms of one language in one trie over words; a text is read once for all schemes.

    >>> matcher = Matcher([Term(id=0, scheme="sdg_target", code="10.7", sign="+", text="migration polic*", weight=0.9,
    ...     needs="", note="", language="en", group=1)])
    >>> [(h.term.code, h.start, h.end) for h in matcher.find("The Migration Policy of 2019.")]
    [('10.7', 4, 20)]
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = tuple(terms)
        self._exact: dict[str, int] = {}
        self._prefix: dict[str, int] = {}
        self._shortest = 99
        self._count = _NUMBER + 1
        self._root = _Node()
        self._start = _Node()
        self._cache: dict[str, _Word] = {}
        for index, term in enumerate(self.terms):
            for sequence in _expand(term.text):
                self._put(sequence, index)

    def _put(self, sequence: Sequence[str], index: int) -> None:
        anchored = sequence[0] == "^"
        node = self._start if anchored else self._root
        for part in sequence[1:] if anchored else sequence:
            if part in _GAPS:
                low, high = _GAPS[part]
                child = next((n for a, b, n in node.gaps if (a, b) == (low, high)), None)
                if child is None:
                    child = _Node()
                    node.gaps.append((low, high, child))
            else:
                child = node.children.setdefault(self._atom(part), _Node())
            node = child
        if index not in node.ends:
            node.ends.append(index)

    def _atom(self, part: str) -> int:
        if part == "#":
            return _NUMBER
        table = self._prefix if part.endswith("*") else self._exact
        key = fold(part.rstrip("*"))
        if table is self._prefix:
            self._shortest = min(self._shortest, len(key))
        if key not in table:
            table[key] = self._count
            self._count += 1
        return table[key]

    def _word(self, token: str) -> _Word:
        if len(self._cache) > _CACHE_LIMIT:
            self._cache.clear()
        word = self._cache[token] = (None, (), (), True) if token in _BREAKS else self._read(token)
        return word

    def _read(self, token: str) -> _Word:
        found: set[int] = set()
        for form in forms(token):
            if form in self._exact:
                found.add(self._exact[form])
            for size in range(self._shortest, len(form) + 1):
                if (atom := self._prefix.get(form[:size])) is not None:
                    found.add(atom)
            if form[:1].isdigit():
                found.add(_NUMBER)
        atoms = tuple(sorted(found))
        inside = tuple(node for atom in atoms if (node := self._root.children.get(atom)) is not None)
        anchored = tuple(node for atom in atoms if (node := self._start.children.get(atom)) is not None)
        return atoms, inside, (*inside, *anchored), len(token) <= 8 and _ENUMERATOR.match(token) is not None

    def find(self, text: str) -> list[Hit]:
        """Every term in the text, by place, then in the order of the terms; overlapping terms are all told."""
        known = self._cache
        words: list[tuple[int, ...] | None] = []  # of several ends in a row the first; the text's end is one, too
        places: list[re.Match[str]] = []
        ends: list[int] = []
        states: list[tuple[_Node, int, int]] = []  # a node, the word that began it, the word to go on with
        fresh = True
        for match in _TOKEN.finditer(text, 0, MAX_TEXT):
            token = match[0]
            atoms, inside, first, lasts = known.get(token) or self._word(token)
            if atoms is None:
                if fresh:
                    continue
                ends.append(len(words))
            else:
                for node in first if fresh else inside:
                    states.append((node, len(words), len(words) + 1))
            fresh = lasts if fresh else atoms is None
            words.append(atoms)
            places.append(match)
        words.append(None)
        found = self._follow(states, words)
        terms = self.terms
        return [
            Hit(terms[index], places[first].start(), places[last].end(), bisect(ends, first))
            for first, last, index in sorted(found)
        ]

    @staticmethod
    def _follow(
        states: list[tuple[_Node, int, int]], words: Sequence[tuple[int, ...] | None]
    ) -> set[tuple[int, int, int]]:
        """First word, last word and term of all that the states lead to; `states` grows while they are gone through."""
        found: set[tuple[int, int, int]] = set()
        for node, first, i in states:
            for index in node.ends:
                found.add((first, i - 1, index))
            atoms = words[i]
            if atoms is None:
                continue
            if node.children:
                for atom in atoms:
                    if (child := node.children.get(atom)) is not None:
                        states.append((child, first, i + 1))
            for low, high, after in node.gaps:
                for j in range(i, i + high + 1):
                    if (atoms := words[j]) is None:
                        break
                    if j >= i + low:
                        for atom in atoms:
                            if (child := after.children.get(atom)) is not None:
                                states.append((child, first, j + 1))
        return found


def _expand(text: str) -> Iterator[tuple[str, ...]]:
    """Every sequence of words that a term stands for.

    >>> list(_expand("lack|absence of [any] data"))[:2]
    [('lack', 'of', 'any', 'data'), ('lack', 'of', 'data')]
    """
    choices: list[tuple[str, ...]] = []
    for part in text.split():
        optional = part.startswith("[") and part.endswith("]")
        words = tuple((part[1:-1] if optional else part).split("|"))
        choices.append((*words, "") if optional else words)
    for combination in product(*choices):
        yield tuple(piece for part in combination for piece in _JOINT.split(part) if piece)


def check_term(text: str) -> str | None:
    """What is wrong with a term, or None.

    >>> check_term("migration polic*"), check_term(".. data")
    (None, 'begins or ends with a gap')
    """
    parts = text.split()
    if not parts or parts == ["^"]:
        return "is empty"
    if any(p in _GAPS for p in (parts[0], parts[-1])) or (parts[0] == "^" and parts[1] in _GAPS):
        return "begins or ends with a gap"
    if any(a in _GAPS and b in _GAPS for a, b in pairwise(parts)):
        return "has two gaps in a row"
    size = 1
    for number, part in enumerate(parts):
        if part in _GAPS or part == "#" or (part == "^" and number == 0):
            continue
        optional = part.startswith("[") and part.endswith("]")
        words = (part[1:-1] if optional else part).split("|")
        size *= len(words) + optional
        for word in words:
            if word == "#":
                continue
            pieces = [piece for piece in _JOINT.split(word.removesuffix("*")) if piece]
            if (
                not pieces
                or not all(_TOKEN.fullmatch(piece) for piece in pieces)
                or (word.endswith("*") and len(pieces[-1]) < 2)
            ):
                return f"has the strange word '{word}'"
    if all(p.startswith("[") or p in _GAPS or p == "^" for p in parts):
        return "may be empty"
    return "stands for too many sequences" if size > _COMBINATIONS else None
