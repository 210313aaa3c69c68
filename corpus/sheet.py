"""Draws lines of marked-up words, rules and boxes on the pages of a PDF; knows nothing of flow or truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from corpus.glyphs import LIGATURES, Frame, Piece, Style, Word, font, hyphenate, plain, string_width, words_of


class Sheet:
    """A canvas with its origin at the top left."""

    def __init__(self, path: str | Path | Any, size: tuple[float, float], *, title: str, encrypt: Any) -> None:
        self.canvas = Canvas(
            str(path) if isinstance(path, Path) else path,
            pagesize=size,
            invariant=1,
            encrypt=encrypt,
            pageCompression=1,
        )
        self.canvas.setTitle(title)
        self.canvas.setCreator("corpus/typeset.py")
        self.size = size

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
            for plain_text, glyph in LIGATURES:
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

    def dots(self, x0: float, x1: float, base: float, style: Style) -> None:
        dot = self.piece_width(Piece(" ."), style)
        if (count := int((x1 - x0) / dot)) > 0:
            self.canvas.setFillColor(HexColor(style.colour))
            self.canvas.setFont(font(style.family), style.size)
            self.canvas.drawString(x1 - count * dot, self.size[1] - base, " ." * count)

    def fill_border(self, box: Frame, colour: str) -> None:
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.setLineWidth(0.5)
        self.canvas.rect(box.x0, self.size[1] - box.bottom, box.width, box.bottom - box.top, stroke=1, fill=0)
