"""Sets Arabic: shapes letters, runs lines from the right, keeps numbers and Latin words from left to right."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from corpus.glyphs import Frame, Piece, Style, Word, font, string_width
from corpus.typeset import Press

LEFT_TO_RIGHT = re.compile(r"[0-9٠-٩]+(?:[.,/٫٬:-][0-9٠-٩]+)*[%٪]?|[A-Za-z][A-Za-z0-9.'-]*")
SHADES = {"<isolated>": 0, "<final>": 1, "<initial>": 2, "<medial>": 3}


@lru_cache(maxsize=1)
def forms() -> dict[str, dict[int, str]]:
    """Letter (or lam-alef) -> its isolated, final, initial and medial form, from the Unicode database."""
    found: dict[str, dict[int, str]] = {}
    for code in range(0xFE80, 0xFEFD):
        kind, *letters = unicodedata.decomposition(chr(code)).split()
        found.setdefault("".join(chr(int(x, 16)) for x in letters), {})[SHADES[kind]] = chr(code)
    return found


def shaped(word: str) -> str:
    """The word in presentation forms, still in logical order.

    >>> shaped("\\u0628\\u0644\\u0627") == "\\ufe91\\ufefc"
    True
    """
    units: list[str] = []
    at = 0
    while at < len(word):
        pair = word[at : at + 2]
        units.append(pair if len(pair) == 2 and pair in forms() else word[at])
        at += len(units[-1])
    out = []
    for n, unit in enumerate(units):
        known = forms().get(unit)
        before = n > 0 and 2 in forms().get(units[n - 1], {})
        after = n + 1 < len(units) and 1 in forms().get(units[n + 1], {})
        if not known:
            out.append(unit)
            continue
        shade = (1 if before else 0) + (2 if after and 2 in known else 0)
        out.append(known.get(shade, known[0]))
    return "".join(out)


class RightToLeft(Press):
    """A `Press` whose columns, indents and lines run from the right.

    `presentation`: letters are drawn, and found in the file, as presentation forms; else as plain letters, as in files
    whose map to Unicode leads back to them.
    """

    presentation = True
    about: tuple[float, float] | None = None

    def open(self, frames: list[Frame], at: int = 0) -> None:
        super().open(frames[::-1] if len(frames) > 1 and frames[0].x0 < frames[-1].x0 else frames, at)

    def join(self, bottom: float, gap: float = 10.0) -> None:
        self.end_frame()
        self.open([Frame(self.frames[-1].x0, self.lowest + gap, self.frames[0].x1, bottom)])

    def print_at(self, text: str, style: Style, x: float, y: float, width: float = 400.0) -> None:
        self.about = (0.0, self.size[0])
        super().print_at(text, style, x, y, width)
        self.about = None

    def glyphs(self, text: str) -> str:
        return shaped(text) if self.presentation else text

    def piece_width(self, piece: Piece, style: Style) -> float:
        size = style.size * (0.62 if piece.note else 1.0)
        return string_width(self.glyphs(piece.text), font(style.family, piece.variant), size)

    def draw(self, line: list[Word], style: Style, x: float, y: float, width: float, *, last: bool) -> None:
        left, end = self.about or (self.frame.x0, self.frame.x1)
        at = left + end - x
        base = self.size[1] - y - style.size * 0.95
        space = string_width(" ", font(style.family, style.variant), style.size)
        self.canvas.setFillColor(style.colour)
        for word in line:
            for piece in word:
                size = style.size * (0.62 if piece.note else 1.0)
                name = font(style.family, piece.variant)
                rise = style.size * 0.36 if piece.note else 0.0
                for run in self.runs(piece.text, style):
                    at -= string_width(run, name, size)
                    self.canvas.setFont(name, size)
                    self.canvas.drawString(at, base + rise, run)
            at -= space

    def runs(self, text: str, style: Style) -> list[str]:
        """What is drawn one beside the other from the right: numbers and Latin words as they are, Arabic turned."""
        found: list[str] = []
        start = 0
        for match in LEFT_TO_RIGHT.finditer(text):
            found += self.turned(text[start : match.start()], style)
            found.append(match[0])
            start = match.end()
        return found + self.turned(text[start:], style)

    def turned(self, text: str, style: Style) -> list[str]:
        glyphs = self.glyphs(text)
        if style.ink == "char":
            return list(glyphs)
        return [glyphs[::-1]] if glyphs else []
