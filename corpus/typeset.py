"""Sets running text on PDF pages and keeps the truth: what was printed where, in reading order.

`Press` fills frames (columns) line by line, turns the page when they are full, and records for every passage its text,
pages, printed label and heading path. The sample documents of `corpus/samples` and the exact documents of
`tests/documents` are both made with it. Co-ordinates are points from the top left corner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

NOTO = Path("/usr/share/fonts/truetype/noto")
FAMILIES: dict[str, tuple[str, str, str]] = {
    "helvetica": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "times": ("Times-Roman", "Times-Bold", "Times-Italic"),
    "vera": ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf"),  # comes with reportlab
    "noto": (str(NOTO / "NotoSans-Regular.ttf"), str(NOTO / "NotoSans-Bold.ttf"), str(NOTO / "NotoSans-Italic.ttf")),
    "serif": (
        str(NOTO / "NotoSerif-Regular.ttf"),
        str(NOTO / "NotoSerif-Bold.ttf"),
        str(NOTO / "NotoSerif-Italic.ttf"),
    ),
}
rl_config.useA85 = 0  # streams as bytes: smaller and faster than as letters
Ink = Literal["line", "word", "char"]
BOLD, ITALIC = 1, 2


def font(family: str, variant: int = 0) -> str:
    """The registered name of a font; a file is registered the first time it is asked for."""
    name = FAMILIES[family][variant]
    if not name.endswith(".ttf"):
        return name
    known = Path(name).stem
    if known not in pdfmetrics.getRegisteredFontNames():
        try:
            pdfmetrics.registerFont(TTFont(known, name))
        except TTFError as error:
            raise SystemExit(f"the font {name} is missing: apt-get install fonts-noto-core") from error
    return known


@lru_cache(maxsize=100_000)
def string_width(text: str, name: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, name, size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a paragraph is set. `ink` says in what portions its glyphs are drawn: real files differ in this."""

    family: str = "helvetica"
    variant: int = 0
    size: float = 10.0
    leading: float = 13.0
    colour: str = "#222222"
    justify: bool = False
    centre: bool = False
    before: float = 0.0
    after: float = 6.0
    indent: float = 0.0
    first: float = 0.0
    tracking: float = 0.0
    hyphens: str = ""
    ligatures: bool = False
    ink: Ink = "line"
    mode: int = 0
    bullet: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    def columns(self, n: int, gap: float = 18.0) -> list[Frame]:
        width = (self.width - gap * (n - 1)) / n
        return [
            Frame(self.x0 + i * (width + gap), self.top, self.x0 + i * (width + gap) + width, self.bottom)
            for i in range(n)
        ]


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


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    variant: int = 0
    note: str | None = None


Word = list[Piece]
_MARKUP = re.compile(r"(\*\*|\*|\[\^[^\]]+\])")


def words_of(text: str, variant: int = 0) -> list[Word]:
    """Splits marked-up text into words: `**bold**`, `*italic*`, `[^3]` a footnote marker.

    >>> [[p.text for p in w] for w in words_of("An *Act*[^3], too")]
    [['An'], ['Act', '3', ','], ['too']]
    """
    words: list[Word] = [[]]
    now = variant
    for part in _MARKUP.split(text):
        if part == "**":
            now = variant if now == BOLD else BOLD
        elif part == "*":
            now = variant if now == ITALIC else ITALIC
        elif part.startswith("[^"):
            words[-1].append(Piece(part[2:-1], now, part[2:-1]))
        else:
            for i, chunk in enumerate(re.split(r"[ \n]+", part)):
                if i:
                    words.append([])
                if chunk:
                    words[-1].append(Piece(chunk, now))
    return [w for w in words if w]


def plain(text: str) -> str:
    """What a person reads: without markup and footnote markers."""
    return " ".join(_MARKUP.sub("", text).split())


def marked(text: str) -> str:
    """As `plain`, with each footnote marker in its place as `<3>`."""
    return " ".join(re.sub(r"\*+", "", re.sub(r"\[\^([^\]]+)\]", r"<\1>", text)).split())


def hyphenate(word: str, room: Callable[[str], bool]) -> tuple[str, str] | None:
    """Breaks a long word between a vowel and a consonant that a vowel follows, where the first part has room."""
    for i in range(len(word) - 3, 3, -1):
        a, b, c = word[i - 1], word[i], word[i + 1]
        if word.isalpha() and a in "aeiou" and b not in "aeiouh" and c in "aeiou" and room(word[:i]):
            return word[:i], word[i:]
    return None


_LIGATURES = (("fi", "\ufb01"), ("fl", "\ufb02"))


class Press:
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
        self.canvas = Canvas(
            str(path) if isinstance(path, Path) else path,
            pagesize=size,
            invariant=1,
            encrypt=encrypt,
            pageCompression=1,
        )
        self.canvas.setTitle(title)
        self.canvas.setCreator("corpus/typeset.py")
        self.size, self.template = size, template
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
        self.boxed: list[tuple[float, float]] | None = None

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
    def width(self, pieces: Iterable[Piece], style: Style) -> float:
        return sum(self.piece_width(p, style) for p in pieces)

    def piece_width(self, piece: Piece, style: Style) -> float:
        size = style.size * (0.62 if piece.note else 1.0)
        text = self.inked(piece.text, style)
        return string_width(text, font(style.family, piece.variant), size) + style.tracking * len(text)

    def piece_width_of(self, text: str, style: Style) -> float:
        return self.piece_width(Piece(plain(text), style.variant), style)

    @staticmethod
    def inked(text: str, style: Style) -> str:
        if style.ligatures:
            for plain_text, glyph in _LIGATURES:
                text = text.replace(plain_text, glyph)
        return text

    def lines(self, words: Sequence[Word], style: Style, width: float) -> list[list[Word]]:
        space = string_width(" ", font(style.family, style.variant), style.size) + style.tracking
        lines: list[list[Word]] = [[]]
        room = width - style.indent - style.first
        used = 0.0
        queue = list(words)
        while queue:
            word = queue.pop(0)
            need = self.width(word, style) + (space if lines[-1] else 0.0)
            if lines[-1] and used + need > room:
                if style.hyphens and len(word) == 1:
                    lead = word[0]
                    fits = lambda part: (  # noqa: E731
                        used + space + self.piece_width(replace(lead, text=part + "-"), style) <= room  # noqa: B023
                    )
                    parts = hyphenate(lead.text, fits)
                    if parts:
                        lines[-1].append([replace(lead, text=parts[0] + style.hyphens)])
                        word = [replace(lead, text=parts[1])]
                lines.append([])
                used, room = 0.0, width - style.indent
                need = self.width(word, style)
            lines[-1].append(word)
            used += need
        return lines

    def height(self, text: str, style: Style, width: float) -> float:
        return style.before + len(self.lines(words_of(text, style.variant), style, width)) * style.leading + style.after

    def draw(self, line: list[Word], style: Style, x: float, y: float, width: float, *, last: bool) -> None:
        """Draws one line with its top at `y`."""
        canvas, base = self.canvas, self.size[1] - y - style.size * 0.95
        space = string_width(" ", font(style.family, style.variant), style.size) + style.tracking
        natural = sum(self.width(w, style) for w in line) + space * (len(line) - 1)
        stretch = 0.0
        if style.justify and not last and len(line) > 1:
            stretch = (width - natural) / (len(line) - 1)
        if style.centre:
            x += (width - natural) / 2
        canvas.setFillColor(HexColor(style.colour))
        runs: list[tuple[float, Piece]] = []
        for n, word in enumerate(line):
            for piece in word:
                runs.append((x, piece))
                x += self.piece_width(piece, style)
            if n + 1 < len(line):
                runs.append((x, Piece(" ", word[-1].variant)))
                x += space + stretch
        canvas.saveState()  # the render mode outlives its text object
        text = canvas.beginText()
        text.setTextRenderMode(style.mode)
        if style.tracking:
            text.setCharSpace(style.tracking)
        if stretch and style.ink == "line":
            text.setWordSpace(stretch)
        now: tuple[int, bool] | None = None
        for at, piece in self.portions(runs, style, stretch):
            if now != (piece.variant, bool(piece.note)):
                now = (piece.variant, bool(piece.note))
                text.setFont(font(style.family, piece.variant), style.size * (0.62 if piece.note else 1.0))
            text.setTextOrigin(at, base + (style.size * 0.36 if piece.note else 0.0))
            text.textOut(self.inked(piece.text, style))
        canvas.drawText(text)
        canvas.restoreState()

    def portions(self, runs: list[tuple[float, Piece]], style: Style, stretch: float) -> Iterable[tuple[float, Piece]]:
        """Glyphs in the portions that the style's ink asks for: lines with their spaces, words or single letters."""
        if style.ink == "line":
            held: tuple[float, Piece] | None = None
            for at, piece in runs:
                if held and not piece.note and not held[1].note and held[1].variant == piece.variant:
                    held = (held[0], replace(held[1], text=held[1].text + piece.text))
                else:
                    if held:
                        yield held
                    held = (at, piece)
            if held:
                yield held
            return
        for at, piece in runs:
            if piece.text == " ":
                continue
            if style.ink == "word" or piece.note:
                yield at, piece
                continue
            x = at
            for letter in self.inked(piece.text, style):
                yield x, replace(piece, text=letter)
                x += self.piece_width(replace(piece, text=letter), style)

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
    def rule(self, x0: float, y0: float, x1: float, y1: float, colour: str = "#888888", width: float = 0.5) -> None:
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.setLineWidth(width)
        self.canvas.line(x0, self.size[1] - y0, x1, self.size[1] - y1)

    def fill(self, box: Frame, colour: str, alpha: float = 1.0, *, border: str | None = None) -> None:
        shade = HexColor(colour)
        self.canvas.setFillColor(Color(shade.red, shade.green, shade.blue, alpha))
        if border:
            self.canvas.setStrokeColor(HexColor(border))
        self.canvas.rect(
            box.x0, self.size[1] - box.bottom, box.width, box.bottom - box.top, stroke=1 if border else 0, fill=1
        )

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

    def dots(self, x0: float, x1: float, base: float, style: Style) -> None:
        dot = self.piece_width(Piece(" ."), style)
        if (count := int((x1 - x0) / dot)) > 0:
            self.canvas.setFillColor(HexColor(style.colour))
            self.canvas.setFont(font(style.family), style.size)
            self.canvas.drawString(x1 - count * dot, self.size[1] - base, " ." * count)

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

    def fill_border(self, box: Frame, colour: str) -> None:
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.setLineWidth(0.5)
        self.canvas.rect(box.x0, self.size[1] - box.bottom, box.width, box.bottom - box.top, stroke=1, fill=0)

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
