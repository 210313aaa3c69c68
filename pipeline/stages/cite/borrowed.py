"""Find text that a VNR took from an MGI profile without naming it: shared shingles first, alignment of words after.

No pair of passages is compared that does not share enough rare shingles. `quote`: nearly the same words in a row;
`paraphrase`: most content words of a sentence, in another order or form. Only within one language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from pipeline.stages.cite.names import tokens_of
from pipeline.stages.cite.shingles import MIN_LETTERS, PREFIX, Hashes, shingles
from pipeline.types import Span
from pipeline.words import fold

_CHUNK: Final = 4000  # passages hashed at a time: about 1.5 MB of text
_SIEVE_BITS: Final = 22
_SENTENCE: Final = re.compile(r"(?<=[.!?؟;])\s+")
_FULL_SENTENCE: Final = re.compile(r"(?<=[.!?؟])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowOptions:
    """`min_shared` shingles make a candidate; a shingle found in more than `max_share` of all passages (and in more
    than `min_common` of them) is an expression of the trade and does not count. `quote` is the least likeness (0 to 1)
    of the aligned words of a quote of at least `quote_words` words; `paraphrase` the least share of a sentence's
    content words found in one sentence of the profile, at least `paraphrase_words` of them and at least
    `paraphrase_of_source` of that sentence's."""

    min_shared: int = 5
    max_share: float = 0.0005
    min_common: int = 25
    quote: float = 0.88
    quote_words: int = 9
    paraphrase: float = 0.68
    paraphrase_of_source: float = 0.5
    paraphrase_words: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """`span` of the text `id` was taken from the profile's passage `source`."""

    id: str
    source: str
    span: Span
    match: Literal["quote", "paraphrase"]
    score: float


@dataclass(frozen=True, slots=True)
class BorrowIndex:
    """The hash index of the passages of one or more profiles."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    hashes: Hashes
    owners: tuple[tuple[int, ...], ...]
    sieve: NDArray[np.bool_] = field(repr=False)


def borrow_index(passages: Iterable[tuple[str, str]], *, common: Sequence[str] = ()) -> BorrowIndex:
    """Index `(id, text)` of profiles. `common` are texts that everybody quotes (the wording of the SDG targets, of
    the Global Compact): their shingles do not count."""
    pairs = list(passages)
    values, owners = shingles([t for _, t in pairs])
    known, _ = shingles(common)
    keep = ~np.isin(values, known)
    values, owners = values[keep], owners[keep]
    unique, inverse = np.unique(values, return_inverse=True)
    by_value: list[set[int]] = [set() for _ in range(len(unique))]
    for value, owner in zip(inverse.tolist(), owners.tolist(), strict=True):
        by_value[value].add(owner)
    sieve = np.zeros(1 << _SIEVE_BITS, dtype=np.bool_)
    sieve[(unique & np.uint64((1 << _SIEVE_BITS) - 1)).astype(np.int64)] = True
    return BorrowIndex(
        tuple(i for i, _ in pairs), tuple(t for _, t in pairs), unique, tuple(tuple(sorted(s)) for s in by_value), sieve
    )


def find_borrowed(
    passages: Iterable[tuple[str, str]], index: BorrowIndex, options: BorrowOptions | None = None
) -> list[Borrowed]:
    """The best source of each `(id, text)` that borrows from the index, in the order given.

    >>> index = borrow_index([("p1", "Migrants in an irregular situation have no access to the public health insurance "
    ...     "scheme, and rural clinics refuse them treatment.")])
    >>> [b.match for b in find_borrowed([("v1", "As is known, migrants in an irregular situation have no access to the "
    ...     "public health insurance scheme and rural clinics refuse them treatment.")], index)]
    ['quote']
    """
    options = options or BorrowOptions()
    if not len(index.hashes):
        return []
    seen = 0
    totals = np.zeros(len(index.hashes), dtype=np.int64)
    candidates: list[tuple[str, str, NDArray[np.int64]]] = []
    for chunk in _chunks(passages):
        seen += len(chunk)
        for number, found in _shared([t for _, t in chunk], index, totals, options.min_shared):
            candidates.append((*chunk[number], found))
    frequent = totals > max(options.min_common, options.max_share * seen)
    out = []
    for key, text, found in candidates:
        rare = found[~frequent[found]]
        if len(rare) >= options.min_shared and (best := _best(key, text, rare, index, options)):
            out.append(best)
    return out


def _chunks(passages: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    iterator = iter(passages)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _shared(
    texts: Sequence[str], index: BorrowIndex, totals: NDArray[np.int64], least: int
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Texts that share at least `least` different shingles with the index, and which; counts all into `totals`."""
    values, owners = shingles(texts)
    passed = index.sieve[(values & np.uint64((1 << _SIEVE_BITS) - 1)).astype(np.int64)]
    values, owners = values[passed], owners[passed]
    at = np.minimum(np.searchsorted(index.hashes, values), len(index.hashes) - 1)
    real = index.hashes[at] == values
    at, owners = at[real], owners[real]
    both = np.unique(owners * np.int64(len(index.hashes)) + at)
    owners, at = both // len(index.hashes), both % len(index.hashes)
    totals += np.bincount(at, minlength=len(index.hashes))
    counts = np.bincount(owners, minlength=len(texts))
    for number in np.flatnonzero(counts >= least).tolist():
        yield number, at[owners == number]


def _best(key: str, text: str, rare: NDArray[np.int64], index: BorrowIndex, options: BorrowOptions) -> Borrowed | None:
    """Align with the profile passages that share most; the best that holds. A quote goes before a paraphrase."""
    shared: dict[int, int] = {}
    for value in rare.tolist():
        for owner in index.owners[value]:
            shared[owner] = shared.get(owner, 0) + 1
    ours = _Review(text)
    best: Borrowed | None = None
    for owner, count in sorted(shared.items(), key=lambda kv: -kv[1])[:3]:
        if count < options.min_shared:
            break
        source = _source(index.texts[owner])
        taken = _quoted_from(ours, source, options)
        if taken is None and not (best and best.match == "quote"):
            taken = _paraphrased(ours, source, options)
        if taken is None or (best and (taken[1] == "quote", taken[2]) <= (best.match == "quote", best.score)):
            continue
        span, match, score = taken
        if not _own_words(span.of(text), index, options.min_shared):
            continue
        best = Borrowed(id=key, source=index.ids[owner], span=span, match=match, score=score)
        if match == "quote" and score == 1.0:
            break
    return best


def _own_words(borrowed: str, index: BorrowIndex, least: int) -> bool:
    """The borrowed piece itself, not only the passage around it, holds shingles of the profile that count."""
    values = np.unique(shingles([borrowed])[0])
    at = np.minimum(np.searchsorted(index.hashes, values), len(index.hashes) - 1)
    return int((index.hashes[at] == values).sum()) >= least


_Taken = tuple[Span, Literal["quote", "paraphrase"], float]


class _Review:
    """A passage of a review, cut up once for all that it is compared with."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.words = [t.text for t in self.tokens]

    @cached_property
    def sentences(self) -> list[tuple[Span, str, frozenset[str], frozenset[str]]]:
        """Where it stands, the sentence, its content words and its figures."""
        out = []
        start = 0
        for sentence in _FULL_SENTENCE.split(self.text):
            at = self.text.find(sentence, start)
            start = at + len(sentence)
            out.append((Span(at, start), sentence, _content(sentence), _figures(sentence)))
        return out


@dataclass(frozen=True, slots=True)
class _Source:
    """A passage of a profile, cut up: words of each sentence, content words of each full sentence and of all."""

    sentences: tuple[tuple[str, ...], ...]
    contents: tuple[frozenset[str], ...]
    figures: frozenset[str]
    folded: str


@lru_cache(maxsize=4096)
def _source(text: str) -> _Source:
    """A VNR that takes much from a profile is compared with the same passages again and again."""
    return _Source(
        tuple(tuple(t.text for t in tokens_of(s)) for s in _SENTENCE.split(text)),
        tuple(_content(s) for s in (*_FULL_SENTENCE.split(text), text)),
        _figures(text),
        fold(text),
    )


def _quoted_from(ours: _Review, source: _Source, options: BorrowOptions) -> _Taken | None:
    for needle in source.sentences:
        if len(needle) < options.quote_words or not ours.words:
            continue
        run = _quoted(needle, ours.words, options)
        if run:
            first, last, score = run
            return Span(ours.tokens[first].start, ours.tokens[last].end), "quote", score
    return None


def _quoted(needle: Sequence[str], words: Sequence[str], options: BorrowOptions) -> tuple[int, int, float] | None:
    """`(first word, last word, likeness)` of the run of `words` that repeats the sentence, or a long part of it.

    The window that `partial_ratio_alignment` returns is as long as the needle, so its ends can cut a quote that has
    words added: it is widened, and trimmed to the words that really align.
    """
    aligned = fuzz.partial_ratio_alignment(needle, words, score_cutoff=45)
    if aligned is None:
        return None
    # With a needle longer than the text the roles are swapped by rapidfuzz itself; the offsets keep their meaning.
    slack = max(3, len(needle) // 4)
    low, high = max(0, aligned.dest_start - slack), min(len(words), aligned.dest_end + slack)
    window = words[low:high]
    equal = [op for op in Indel.opcodes(needle, window) if op.tag == "equal" and op.src_end - op.src_start >= 2]
    if not equal:
        return None
    matched = sum(op.src_end - op.src_start for op in equal)
    first, last = equal[0].dest_start, equal[-1].dest_end
    part = needle[equal[0].src_start : equal[-1].src_end]
    likeness = Indel.normalized_similarity(part, window[first:last])
    longest = max(op.src_end - op.src_start for op in equal)
    whole = matched >= options.quote_words and likeness >= options.quote
    if not whole and longest >= options.quote_words + 1:
        op = max(equal, key=lambda o: o.src_end - o.src_start)
        first, last, likeness, whole = op.dest_start, op.dest_end, 1.0, True
    content = sum(len(w) >= MIN_LETTERS for w in window[first:last])
    if not whole or content < options.quote_words // 2 + 1:
        return None
    return low + first, low + last - 1, round(likeness, 3)


def _paraphrased(ours: _Review, source: _Source, options: BorrowOptions) -> _Taken | None:
    """The sentence of the text that shares most content words with a sentence of the source, and no other figures."""
    best: _Taken | None = None
    for span, sentence, words, own in ours.sentences:
        other = max(source.contents, key=lambda theirs: len(words & theirs))  # the first, so the shortest of as many
        shared = len(words & other)
        if shared < options.paraphrase_words or (own and source.figures and not own & source.figures):
            continue
        if shared < options.paraphrase * len(words) or shared < options.paraphrase_of_source * len(other):
            continue
        order = fuzz.token_set_ratio(fold(sentence), source.folded) / 100
        score = round(min(0.95, (shared / len(words) + order) / 2), 3)
        if best is None or score > best[2]:
            best = span, "paraphrase", score
    return best


def _content(text: str) -> frozenset[str]:
    return frozenset(t.text[:PREFIX] for t in tokens_of(text) if len(t.text) >= MIN_LETTERS and not t.text.isdigit())


def _figures(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\d+", text))
