"""Terms matched at the speed of a dictionary look-up per word: one trie over words for all terms of a language.

In a term, words stand apart (a hyphen or an apostrophe parts them, too); `word*` is any word that begins so; `a|b`
either; `[word]` may be absent; `_` is any one word; `..` up to 3 and `....` up to 7 words of the same sentence; `^` the
beginning of a sentence; `#` a number. Capitals, accents and Arabic vowel signs, hamza seats and prefixes do not matter.

Why not spaCy's PhraseMatcher: see `docs/decisions/`; the tests use it as the slow reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Final, Literal

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


@dataclass(frozen=True, slots=True)
class Hit:
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


_Word = tuple[tuple[int, ...], tuple[_Node, ...], tuple[_Node, ...]]
"""What a word may be: its atoms, the nodes that it opens anywhere, and those at the beginning of a sentence."""


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
        found: set[int] = set()
        for form in forms(token):
            if form in self._exact:
                found.add(self._exact[form])
            for size in range(self._shortest, len(form) + 1):
                if (atom := self._prefix.get(form[:size])) is not None:
                    found.add(atom)
            if form[:1].isdigit():
                found.add(_NUMBER)
        if len(self._cache) > _CACHE_LIMIT:
            self._cache.clear()
        atoms = tuple(sorted(found))
        word = self._cache[token] = (
            atoms,
            tuple(node for atom in atoms if (node := self._root.children.get(atom)) is not None),
            tuple(node for atom in atoms if (node := self._start.children.get(atom)) is not None),
        )
        return word

    def find(self, text: str) -> list[Hit]:
        """Every term in the text, by place; overlapping terms are all told."""
        words, places, sentences, starts = self._words(text[:MAX_TEXT])
        found: set[tuple[int, int, int]] = set()  # term, first and last word
        add = found.add
        for i, (_, roots, anchored) in enumerate(words):
            for node in (*roots, *anchored) if starts[i] else roots:
                for index in node.ends:
                    add((index, i, i))
                if node.children or node.gaps:
                    self._walk(node, i + 1, i, words, sentences, found)
        hits = [Hit(self.terms[t], places[a][0], places[b][1], sentences[a]) for t, a, b in found]
        hits.sort(key=lambda h: (h.start, h.end, h.term.id))
        return hits

    def _words(self, text: str) -> tuple[list[_Word], list[tuple[int, int]], list[int], list[bool]]:
        words: list[_Word] = []
        places: list[tuple[int, int]] = []
        sentences: list[int] = []
        starts: list[bool] = []
        sentence, fresh = 0, True
        known = self._cache
        for match in _TOKEN.finditer(text):
            token = match.group()
            if token in _BREAKS:
                if not fresh:
                    sentence += 1
                fresh = True
                continue
            words.append(known.get(token) or self._word(token))
            places.append(match.span())
            sentences.append(sentence)
            starts.append(fresh)
            # "4.185 Improve ..." and "a) Improve ...": an enumerator does not use up the beginning of a sentence.
            if fresh:
                fresh = len(token) <= 8 and _ENUMERATOR.match(token) is not None
        return words, places, sentences, starts

    def _walk(
        self,
        node: _Node,
        i: int,
        first: int,
        words: list[_Word],
        sentences: list[int],
        found: set[tuple[int, int, int]],
    ) -> None:
        """Go on from a node with the word `i`; the ends of the node itself are told already."""
        count, sentence = len(words), sentences[first]
        if i >= count or sentences[i] != sentence:
            return
        steps = [(i, node.children)] if node.children else []
        for low, high, after in node.gaps:
            for j in range(i + low, min(i + high, count - 1) + 1):
                if sentences[j] != sentence:
                    break
                steps.append((j, after.children))
        for j, children in steps:
            for atom in words[j][0]:
                child = children.get(atom)
                if child is not None:
                    for index in child.ends:
                        found.add((index, first, j))
                    if child.children or child.gaps:
                        self._walk(child, j + 1, first, words, sentences, found)


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
