"""The values that flow through the pipeline: frozen, slotted, keyword-only.

Read this page first. A PDF becomes a `Document` (pages, blocks), blocks become `Passage`s, taggers add `Tag`s,
people add `Review`s, and `settle` turns tags and reviews into `Label`s. Text is cleaned before it becomes a block and
is never edited after: every later fact is a span of offsets into it. Pages count from 1. Boxes are in points from the
top left corner of the page as it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "item", "table", "caption", "footnote", "box", "furniture"]
DocumentKind = Literal["mgi", "vnr", "vlr", "other"]
DocumentStatus = Literal["read", "partly", "refused", "unchanged"]
Scheme = Literal["category", "action_status", "support_type", "sdg_target", "sdg_goal", "gcm", "mgi_domain"]
Verdict = Literal["accepted", "changed", "rejected", "reopened"]
LabelStatus = Literal["proposed", "accepted", "changed", "rejected"]

SCHEMES: Final[tuple[Scheme, ...]] = (
    "category",
    "action_status",
    "support_type",
    "sdg_target",
    "sdg_goal",
    "gcm",
    "mgi_domain",
)
"""Every scheme a passage can be labelled in, in the order in which they are shown."""

BLOCK_KINDS: Final[tuple[BlockKind, ...]] = (
    "heading",
    "paragraph",
    "item",
    "table",
    "caption",
    "footnote",
    "box",
    "furniture",
)


class Box(NamedTuple):
    """A rectangle in points, origin top left, `x0 <= x1` and `top <= bottom`."""

    x0: float
    top: float
    x1: float
    bottom: float


class Region(NamedTuple):
    """A rectangle on one page (pages count from 1); as JSON `[page, x0, top, x1, bottom]`."""

    page: int
    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def box(self) -> Box:
        return Box(self.x0, self.top, self.x1, self.bottom)


class Span(NamedTuple):
    """Character offsets `[start, end)` into one text.

    >>> Span(2, 5).of("abcdefg")
    'cde'
    """

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


class Anchor(NamedTuple):
    """The characters `[start, end)` of a text are printed inside `region` (as a rule: one line of print)."""

    start: int
    end: int
    region: Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that could not be done; `page` is None when it concerns the whole document."""

    document: str
    stage: str
    error: str
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One heading, paragraph, list item, table, ... in reading order.

    A block that runs over a column or page break is one block with several regions. `page` is the page on which it
    begins. `cells` holds rows of a table (row-major, text), `row_pages` the page of each row. `hidden` marks text that
    a reader of the print would not see (invisible or white on white): it is kept and never tagged. `confidence` is the
    mean word confidence (0 to 1) of a block read by OCR, else None. `marker` is the footnote's number or the item's
    bullet as printed; `notes` are the markers of footnotes referred to in the text, `row_notes` those of each line of a
    table's text.
    """

    document: str
    n: int
    kind: BlockKind
    text: str
    page: int
    level: int | None = None
    page_label: str | None = None
    regions: tuple[Region, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    headings: tuple[str, ...] = ()
    language: str | None = None
    cells: tuple[tuple[str, ...], ...] = ()
    row_pages: tuple[int, ...] = ()
    hidden: bool = False
    confidence: float | None = None
    marker: str | None = None
    notes: tuple[str, ...] = ()
    row_notes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What is known of one page. `text` is its visible text in reading order, the reference for checking quotes."""

    number: int
    width: float
    height: float
    label: str | None = None
    text: str = ""
    has_text: bool = True
    damaged: bool = False
    ocr: bool = False
    rotation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """A fact about a document and where it comes from: `given` by the user or `detected` by the tool."""

    value: str | int | None
    origin: Literal["given", "detected"]
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """Facts of a whole document. `id` is the first 16 hex digits of the sha256 of its bytes.

    `edition` tells MGI profiles apart: `national`, `local` or `follow-up`.
    `detected` names the fields that the tool found by itself (not given by the user), with the words that told it so.
    """

    id: str
    path: str
    title: str = ""
    kind: DocumentKind = "other"
    edition: str | None = None
    country: str | None = None
    year: int | None = None
    language: str | None = None
    source_url: str | None = None
    publisher: str | None = None
    detected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as read: pages and blocks in reading order, and what could not be read."""

    id: str
    path: str
    media_type: str
    pages: tuple[PageFacts, ...]
    blocks: tuple[Block, ...]
    title: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()

    @property
    def pages_without_text(self) -> tuple[int, ...]:
        return tuple(p.number for p in self.pages if not p.has_text)

    @property
    def pages_failed(self) -> tuple[int, ...]:
        return tuple(sorted({f.page for f in self.failures if f.page is not None}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What is tagged and reviewed: one paragraph, list item, box paragraph, footnote or table row.

    `id` is 16 hex digits of a hash of document, text and occurrence (see `segment.passage_id`), so that it survives a
    re-run. `headings` is the path from the outermost heading to the nearest.
    """

    id: str
    document: str
    n: int
    kind: str
    text: str
    page: int
    page_label: str | None = None
    headings: tuple[str, ...] = ()
    language: str | None = None
    regions: tuple[Region, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    confidence: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def pages(self) -> tuple[int, ...]:
        return tuple(sorted({r.page for r in self.regions})) or (self.page,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One proposed code with its score (0 to 1), the tagger that made it and the words that made it.

    `evidence` may be empty only if `by` is a structure or model tagger. `reason` is one short sentence for people
    (the heading, the crosswalk row, the weighing words).
    """

    scheme: Scheme
    code: str
    score: float
    by: str
    evidence: tuple[Span, ...] = ()
    reason: str = ""


Codes = Mapping[Scheme, tuple[str, ...]]
"""Codes of a passage by scheme, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One decision of one person about one passage; never changed, only followed by another.

    `codes` is what holds after the decision (all schemes), `quote` the passage's text at that moment, so that a later
    reading of the document can find the passage again. `at` is UTC, ISO 8601.
    """

    passage: str
    document: str
    verdict: Verdict
    reviewer: str
    at: str
    quote: str
    codes: Codes
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What holds for a passage now: the latest review's codes, else the proposals."""

    passage: str
    status: LabelStatus
    codes: Codes
    score: float
    reviewer: str | None = None
    reviewed_at: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Everything that one run learns of one document; `tags` is parallel to `passages`.

    The fingerprints say which reader and tagger versions and options made it: a run repeats only the part whose
    fingerprint changed.
    """

    facts: DocumentFacts
    status: DocumentStatus
    pages: tuple[PageFacts, ...] = ()
    passages: tuple[Passage, ...] = ()
    tags: tuple[tuple[Tag, ...], ...] = ()
    failures: tuple[Failure, ...] = ()
    reason: str | None = None
    read_fingerprint: str = ""
    tag_fingerprint: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPassage:
    """A passage with its document's facts, the proposals of the taggers and what holds now."""

    passage: Passage
    facts: DocumentFacts
    tags: tuple[Tag, ...]
    label: Label
