"""Which passage of the newest reading a decision belongs to: the same, the same words, nearly the same words, or none.

When two passages answer equally well the decision is stale, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from pipeline.store.values import Attachment

NEAR: Final = 90.0
"""Least `rapidfuzz.fuzz.ratio` (0 to 100) of quote and passage for a near match: about one changed character in ten."""

AHEAD: Final = 2.0
"""A near match must be this much better than the second best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    passage: str | None
    how: Attachment
    similarity: float


STALE: Final = Found(passage=None, how="stale", similarity=0.0)


def find_again(passage: str, quote: str, texts: Mapping[str, str], known: Set[str] = frozenset()) -> Found:
    """Where the decision about `passage`, which read `quote`, belongs among `texts` (passage id -> text).

    `known` are the passages that stood in the reading before: they are other passages, not new forms of this one, so
    that a decision never moves to a neighbour that merely resembles it.

    >>> find_again("a", "Visas are issued online.", {"b": "Visas are issued on-line."}).how
    'near'
    """
    if passage in texts:
        return Found(passage=passage, how="exact", similarity=100.0)
    words = _squeezed(quote)
    candidates = {key: _squeezed(text) for key, text in texts.items() if key not in known}
    same = [key for key, text in candidates.items() if text == words]
    if len(same) == 1:
        return Found(passage=same[0], how="exact", similarity=100.0)
    if same or not words:
        return STALE
    best = process.extract(words, candidates, scorer=fuzz.ratio, score_cutoff=NEAR - AHEAD, limit=2)
    if not best or best[0][1] < NEAR or (len(best) > 1 and best[0][1] - best[1][1] < AHEAD):
        return STALE
    return Found(passage=best[0][2], how="near", similarity=round(best[0][1], 2))


def find_all_again(
    decided: Iterable[tuple[int, str, str | None, str]], texts: Mapping[str, str], known: Set[str]
) -> dict[int, Found]:
    """`(review id, passage it was made on, passage it was attached to, quote)` -> where each belongs now."""
    found: dict[int, Found] = {}
    memory: dict[tuple[str, str | None, str], Found] = {}
    for review, passage, attached, quote in decided:
        key = (passage, attached, quote)
        if key not in memory:
            if passage not in texts and attached is not None and attached in texts:
                similarity = fuzz.ratio(_squeezed(quote), _squeezed(texts[attached]))
                how: Attachment = "exact" if similarity == 100.0 else "near"
                memory[key] = Found(passage=attached, how=how, similarity=round(similarity, 2))
            else:
                memory[key] = find_again(passage, quote, texts, known)
        found[review] = memory[key]
    return found


def _squeezed(text: str) -> str:
    return " ".join(text.split())
