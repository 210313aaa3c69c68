"""What the store gives back beside the central types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
