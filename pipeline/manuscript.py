"""A draft before it becomes Word or Markdown: blocks in order, each quote with the passage that it is taken from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

ChartKind = Literal["coverage", "domains", "answers", "progress"]

RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The exact words of a stored passage; `language` is theirs, `mark` says that nobody reviewed them yet."""

    text: str
    passage: str
    language: str | None = None
    mark: str = ""

    @property
    def turned(self) -> bool:
        """Whether the words run from right to left."""
        return self.language in RIGHT_TO_LEFT

    @property
    def marks(self) -> tuple[str, str]:
        """Quotation marks. Invisible ones round a right-to-left quote keep its last full stop at its end, and the
        digits of the reference behind it out of it."""
        return ("“", "\u200f”\u200e") if self.turned else ("“", "”")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A sentence of the frame. `kind` is `note` where it says that there is no material. `comment`: where it comes
    from, for a Word comment."""

    text: str
    kind: Literal["body", "note"] = "body"
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """A quote with its reference; `lead` stands before it (target codes, `answered by`), `depth` 1 is indented."""

    quoted: Quoted
    cite: str
    comment: str
    lead: str = ""
    depth: int = 0


Cell = str | Quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A numbered table; `widths` are shares of the line, `comment` says what its rows are made from."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Numbers to be drawn: rows by columns. `words` are the labels that the picture needs, in the draft's language."""

    kind: ChartKind
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A numbered picture; `alt` tells what it shows to whom cannot see it. Its table follows as a block of its own."""

    name: str
    caption: str
    alt: str
    chart: Chart


Block = Heading | Paragraph | Quotation | Table | Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """A whole draft. `fields` are what a template may name; `words` are the frame's words that writers need."""

    title: str
    language: str
    wide: bool
    fields: Mapping[str, str]
    words: Mapping[str, str]
    blocks: tuple[Block, ...]
    references: tuple[str, ...]

    def quotes(self) -> Iterator[Quoted]:
        """Every quote of the draft, in order."""
        for block in self.blocks:
            if isinstance(block, Quotation):
                yield block.quoted
            elif isinstance(block, Table):
                yield from quotes_of(block.rows)


def quotes_of(rows: Sequence[Sequence[Cell]]) -> Iterator[Quoted]:
    for row in rows:
        yield from (cell for cell in row if isinstance(cell, Quoted))
