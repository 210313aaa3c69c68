"""What the store gives back beside the central types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.types import DocumentFacts, DocumentStatus, Review

Attachment = Literal["exact", "near", "stale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A document of the workspace and what the last run made of it. `passages` and `tags` are counts."""

    facts: DocumentFacts
    status: DocumentStatus
    reason: str | None
    pages: int
    pages_without_text: tuple[int, ...]
    pages_failed: tuple[int, ...]
    passages: int
    tags: int
    read_fingerprint: str
    tag_fingerprint: str
    seconds: float
    added_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReview:
    """A decision and where it holds now.

    `passage` is the passage of the newest reading that it belongs to, None for a stale one; `how` tells how it was
    found again, `similarity` (0 to 100) how near that passage's text is to the quote.
    """

    id: int
    review: Review
    passage: str | None
    how: Attachment
    similarity: float


EditKind = Literal["split", "merge", "boundary", "trim", "undo"]


class Piece(NamedTuple):
    """Characters `[start, end)` of the edit's input number `source` (from 0)."""

    source: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageEdit:
    """One person's correction of where passages begin and end; never changed, only undone by another.

    `inputs` are the passages as the person saw them, in reading order, `quotes` their texts. Each of `parts` is one
    passage of the result: pieces of the inputs, joined by a space. `undoes` is the id of the edit that an undo takes
    back (its inputs, quotes and parts are empty).
    """

    document: str
    kind: EditKind
    reviewer: str
    at: str
    inputs: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    parts: tuple[tuple[Piece, ...], ...] = ()
    undoes: int | None = None
    note: str = ""


EditState = Literal["applied", "undone", "stale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEdit:
    """An edit and what it does to the newest reading: from the passages `inputs` it makes `passages`. A stale one's
    inputs could not be found again, an undone one was taken back; both make none."""

    id: int
    edit: PassageEdit
    state: EditState
    passages: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
