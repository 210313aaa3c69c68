"""Sets running text on PDF pages and keeps the truth: what was printed where, in reading order.

`Press` fills frames (columns) line by line, turns the page when they are full, and records for every passage its text,
pages, printed label and heading path. The sample documents of `corpus/samples` and the exact documents of
`tests/documents` are both made with it. Co-ordinates are points from the top left corner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from corpus.glyphs import BOLD, ITALIC, Frame, Piece, Style, Word, marked, plain, words_of
from corpus.sheet import Sheet

__all__ = ["BOLD", "ITALIC", "Entry", "Frame", "Piece", "Press", "Style", "Word", "plain"]


@dataclass(slots=True, kw_only=True)
class Entry:
    """One passage or heading of the truth.

    `notes` are the footnote markers in its text and `marked` is the text with them in place, as `<3>`; `meta` is the
    author's intent.
    """

    kind: str
    text: str
    page: int
    label: str | None
    headings: list[str]
    pages: list[int] = field(default_factory=list)
    regions: list[list[float]] = field(default_factory=list)
    level: int | None = None
    marker: str | None = None
    notes: list[str] = field(default_factory=list)
    cells: list[str] | None = None
    marked: str = ""
    meta: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        record: dict[str, Any] = {
            "kind": self.kind,
            "text": self.text,
            "page": self.page,
            "pages": sorted(set(self.pages)) or [self.page],
            "page_label": self.label,
            "headings": self.headings,
            "regions": [[int(r[0]), *(round(v, 1) for v in r[1:])] for r in self.regions],
        }
        for name in ("level", "marker", "notes", "cells", "marked"):
            if getattr(self, name):
                record[name] = getattr(self, name)
        return {**record, **self.meta}


class Press(Sheet):
    """Fills the frames of page after page. `template(press)` starts a page: draws its furniture, returns its frames."""

    def __init__(
        self,
        path: str | Path | Any,
        template: Callable[[Press], list[Frame]],
        size: tuple[float, float] = (595.3, 841.9),
        *,
        title: str = "",
        encrypt: Any = None,
    ) -> None:
        super().__init__(path, size, title=title, encrypt=encrypt)
        self.template = template
        self.page = 0
        self.label: str | None = None
        self.labels: list[str | None] = []
        self.entries: list[Entry] = []
        self.furniture: list[tuple[int, str]] = []
        self.levels: list[tuple[int, str]] = []
        self.frames: list[Frame] = []
        self.at = 0
        self.y = 0.0
        self.lowest = 0.0
        self.notes: dict[str, str] = {}
        self.note_style = Style(size=7, leading=8.5, after=2)
        self.noted: list[str] = []
        self.reserve = 0.0
        self.note_frame: Frame | None = None

    # -- pages and frames -------------------------------------------------------------------------------------------
    def turn(self, template: Callable[[Press], list[Frame]] | None = None) -> None:
        """Ends the page, if one is open, and begins the next."""
        if self.page:
            self.end_page()
            self.canvas.showPage()
        self.template = template or self.template
        self.page += 1
        self.labels.append(None)
        self.note_frame = None
        self.open(self.template(self))
        self.labels[-1] = self.label

    def open(self, frames: list[Frame], at: int = 0) -> None:
        self.frames, self.at = frames, at
        self.y = frames[at].top
        self.lowest = self.y
        self.reserve = 0.0

    @property
    def path(self) -> list[str]:
        return [text for _, text in self.levels]

    @property
    def frame(self) -> Frame:
        return self.frames[self.at]

    def next_frame(self) -> None:
        self.end_frame()
        if self.at + 1 < len(self.frames):
            self.at += 1
            self.y = self.frame.top
        else:
            self.turn()

    def end_frame(self) -> None:
        """Prints the footnotes that the frame has gathered; page-wide notes wait for the end of the page."""
        self.lowest = max(self.lowest, self.y)
        if self.note_frame is None:
            self.print_notes(self.frame)

    def end_page(self) -> None:
        self.end_frame()
        if self.note_frame is not None:
            self.print_notes(self.note_frame)

    def print_notes(self, frame: Frame) -> None:
        if not self.noted:
            return
        heights = [self.height(self.notes[n], self.note_style, frame.width) for n in self.noted]
        y = frame.bottom - sum(heights)
        if self.note_frame and y < frame.top:
            raise ValueError(f"page {self.page}: footnotes need {frame.top - y:.0f} points more")
        self.rule(frame.x0, y - 3, frame.x0 + 90, y - 3)
        for name in self.noted:
            y = self.note(name, frame, y)
        self.noted, self.reserve = [], 0.0

    def note(self, name: str, frame: Frame, y: float) -> float:
        style, text = self.note_style, self.notes[name]
        entry = self.entry("footnote", plain(text), marker=name)
        lines = self.lines([[Piece(name, style.variant, name)], *words_of(text, style.variant)], style, frame.width)
        for line in lines:
            self.draw(line, style, frame.x0, y, frame.width, last=True)
            entry.regions.append([self.page, frame.x0, y, frame.x1, y + style.leading])
            y += style.leading
        return y + style.after

    def split(self, n: int, gap: float = 18.0, height: float | None = None) -> None:
        """Continues below in `n` columns, `height` points high or down to the frame's foot."""
        frame = self.frame
        bottom = frame.bottom if height is None else min(frame.bottom, self.y + height)
        self.open(Frame(frame.x0, self.y, frame.x1, bottom).columns(n, gap))

    def join(self, bottom: float, gap: float = 10.0) -> None:
        """Ends columns and goes on in one frame below the lowest of them."""
        self.end_frame()
        x0, x1 = self.frames[0].x0, self.frames[-1].x1
        self.open([Frame(x0, self.lowest + gap, x1, bottom)])

    # -- text -------------------------------------------------------------------------------------------------------
    # -- what authors call ------------------------------------------------------------------------------------------
    def entry(self, kind: str, text: str, **more: Any) -> Entry:
        made = Entry(kind=kind, text=text, page=self.page, label=self.label, headings=list(self.path), **more)
        self.entries.append(made)
        return made

    def set(
        self,
        text: str,
        style: Style,
        kind: str = "paragraph",
        *,
        level: int | None = None,
        marker: str | None = None,
        keep: float = 0.0,
        truth: str | None = None,
        meta: dict[str, Any] | None = None,
    ) -> Entry | None:
        """Sets one passage in the flow; its truth is recorded where its first line comes to stand.

        A heading (`level`) becomes part of the heading path. `truth` replaces the recorded text; kind `furniture` is
        recorded apart. `keep` is the room that must remain below the first line.
        """
        words = words_of(text, style.variant)
        lines = self.lines(words, style, self.frame.width)
        made: Entry | None = None
        if self.y > self.frame.top:
            self.y += style.before
        for n, line in enumerate(lines):
            notes = [p.note for w in line for p in w if p.note and p.note in self.notes]
            extra = sum(self.height(self.notes[x], self.note_style, self.frame.width) for x in notes)
            if notes and not self.noted:
                extra += 8
            if self.note_frame:
                extra = 0.0
            need = style.leading + (keep if n == 0 else 0.0)
            if n == 0 and len(lines) > 2 and self.y + 2 * style.leading + extra > self.frame.bottom - self.reserve:
                need += style.leading
            if self.y + need + extra > self.frame.bottom - self.reserve + 0.01:
                self.next_frame()
                if n == 0:
                    lines_here = self.lines(words, style, self.frame.width)
                    if len(lines_here) != len(lines):
                        return self.set(
                            text, style, kind, level=level, marker=marker, keep=keep, truth=truth, meta=meta
                        )
            if made is None:
                if level is not None:
                    self.levels = [x for x in self.levels if x[0] < level] + [(level, truth or plain(text))]
                made = self.entry(kind, truth or plain(text), level=level, marker=marker, meta=dict(meta or {}))
                if level is not None:
                    made.headings = self.path[:-1]
                made.notes = [p.note for w in words for p in w if p.note]
                made.marked = marked(text) if made.notes and not truth else ""
                if marker:
                    flat = replace(style, justify=False, centre=False)
                    sign = Piece(marker, style.variant)
                    back = max(style.size * 1.1, self.piece_width(sign, flat) + 4)
                    self.draw([[sign]], flat, self.frame.x0 + style.indent - back, self.y, 20, last=True)
            x = self.frame.x0 + style.indent + (style.first if n == 0 else 0.0)
            room = self.frame.x1 - x
            self.draw(line, style, x, self.y, room, last=n == len(lines) - 1)
            made.regions.append([self.page, x, self.y, self.frame.x1, self.y + style.leading])
            if self.page not in made.pages:
                made.pages.append(self.page)
            self.y += style.leading
            self.noted += notes
            self.reserve += extra
        self.y += style.after
        return made

    def heading(self, text: str, level: int, style: Style, *, keep: float = 40.0, **more: Any) -> Entry | None:
        return self.set(text, style, "heading", level=level, keep=keep, **more)

    def print_at(self, text: str, style: Style, x: float, y: float, width: float = 400.0) -> None:
        """Prints furniture: it is recorded apart from the truth of the passages."""
        for line in self.lines(words_of(text, style.variant), style, width):
            self.draw(line, style, x, y, width, last=True)
            y += style.leading
        self.furniture.append((self.page, plain(text)))

    def print_right(self, text: str, style: Style, x1: float, y: float) -> None:
        self.print_at(text, style, x1 - self.width([Piece(text, style.variant)], style), y, 1000)

    # -- graphics ---------------------------------------------------------------------------------------------------
    def box(
        self,
        items: Sequence[tuple[str, Style, str, dict[str, Any]]],
        colour: str,
        *,
        border: str | None = None,
        pad: float = 8.0,
    ) -> None:
        """A shaded box that stays in one frame: items are (text, style, kind, more arguments of `set`)."""
        inner = self.frame.width - 2 * pad
        height = sum(self.height(text, style, inner) for text, style, _, _ in items) + 2 * pad
        if self.y + height > self.frame.bottom - self.reserve:
            self.next_frame()
        frame = self.frame
        self.fill(Frame(frame.x0, self.y, frame.x1, self.y + height), colour, border=border)
        end = self.y + height
        frames, at, reserve = self.frames, self.at, self.reserve
        self.frames, self.at, self.reserve = [Frame(frame.x0 + pad, self.y + pad, frame.x1 - pad, end + 1)], 0, 0.0
        self.y += pad
        for text, style, kind, more in items:
            self.set(text, style, kind, **more)
        self.frames, self.at, self.reserve = frames, at, reserve
        self.y = end + 10

    def table(
        self,
        rows: Sequence[tuple[list[str], dict[str, Any]]],
        shares: Sequence[float],
        style: Style,
        colour: str = "#333333",
        *,
        lines: Literal["all", "shade", "none"] = "all",
        pad: float = 4.0,
        wide_gap: float = 0.0,
    ) -> None:
        """A table of which the first row is the header, repeated where the table runs on to another page."""
        header = rows[0][0]

        def put(cells: list[str], *, head: bool, shade: bool, meta: dict[str, Any], repeat: bool = False) -> None:
            frame = self.frame
            look = (
                replace(style, variant=BOLD, colour="#ffffff" if head and lines != "none" else style.colour)
                if head
                else style
            )
            widths = [share * frame.width for share in shares]
            set_lines = [
                self.lines(words_of(c, look.variant), look, w - 2 * pad - wide_gap)
                for c, w in zip(cells, widths, strict=True)
            ]
            height = max(len(x) for x in set_lines) * style.leading + 2 * pad
            if not repeat and self.y + height > frame.bottom - self.reserve:
                self.next_frame()
                put(header, head=True, shade=False, meta={}, repeat=True)
                frame = self.frame
            if lines != "none" and (head or shade):
                self.fill(Frame(frame.x0, self.y, frame.x1, self.y + height), colour if head else "#eef1f4")
            made = None if repeat else self.entry("header" if head else "row", " | ".join(map(plain, cells)), meta=meta)
            x = frame.x0
            for some, width in zip(set_lines, widths, strict=True):
                for n, line in enumerate(some):
                    if line:
                        self.draw(line, look, x + pad, self.y + pad + n * style.leading, width, last=True)
                if lines == "all":
                    self.fill_border(Frame(x, self.y, x + width, self.y + height), colour)
                x += width
            if made:
                made.cells = [plain(c) for c in cells]
                made.regions.append([self.page, frame.x0, self.y, frame.x1, self.y + height])
            self.y += height

        for n, (cells, meta) in enumerate(rows):
            put(cells, head=n == 0, shade=lines == "shade" and n % 2 == 0, meta=meta)
        self.y += 10

    def save(self) -> None:
        self.end_page()
        self.canvas.save()

    def truth(self, **facts: Any) -> dict[str, Any]:
        """The truth as JSON: facts, labels of all pages, furniture, headings and passages in reading order."""
        return {
            **facts,
            "pages": self.page,
            "labels": self.labels,
            "furniture": [list(f) for f in self.furniture],
            "headings": [e.as_json() for e in self.entries if e.kind == "heading"],
            "passages": [{"n": n, **e.as_json()} for n, e in enumerate(x for x in self.entries if x.kind != "heading")],
        }
