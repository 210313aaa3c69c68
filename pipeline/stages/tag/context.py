"""What all taggers are told, and the one place where a passage is read for lexicon terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.language import SAMPLE, detect_language
from pipeline.lexicon import load_matcher
from pipeline.matcher import MAX_TEXT, Hit
from pipeline.types import DocumentKind, Passage, Span, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class TagContext:
    """Facts of the document whose passages are tagged; `language` is the document's, for passages that show none."""

    kind: DocumentKind = "other"
    country: str | None = None
    language: str | None = None
    edition: str | None = None


Tagger = Callable[[Sequence[Passage], TagContext], list[list[Tag]]]
"""Tags of each passage, in the order of the passages; no clock, no randomness."""


def passage_language(passage: Passage, context: TagContext) -> str:
    """The language whose lexicons are used for a passage."""
    return passage.language or _detected(passage.text[:SAMPLE]) or context.language or "en"


_detected = lru_cache(maxsize=1024)(detect_language)
"""Remembered, since each tagger asks for the language of the same passages."""


def hits_of(text: str, language: str) -> tuple[Hit, ...]:
    """Every lexicon term in the text; remembered, since several taggers ask for the same passage."""
    return _hits(text[:MAX_TEXT], language)


@lru_cache(maxsize=1024)
def _hits(text: str, language: str) -> tuple[Hit, ...]:
    return tuple(load_matcher(language).find(text))


def outermost(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, without those that lie inside another.

    >>> outermost([Span(3, 5), Span(0, 5), Span(7, 9)])
    (Span(start=0, end=5), Span(start=7, end=9))
    """
    kept: list[Span] = []
    for span in sorted(set(spans)):
        if kept and span.start == kept[-1].start:
            kept[-1] = span  # it is the longer one
        elif not kept or span.end > kept[-1].end:
            kept.append(span)
    return tuple(kept)


def forget_hits() -> None:
    """Drop what is remembered of passages: the lexicons changed."""
    _hits.cache_clear()
    _detected.cache_clear()
