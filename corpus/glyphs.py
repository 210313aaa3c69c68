"""Fonts, styles, frames and marked-up words: what `typeset` sets pages with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

_MATPLOTLIB = find_spec("matplotlib")
DEJAVU = Path((_MATPLOTLIB and _MATPLOTLIB.origin) or ".").parent / "mpl-data" / "fonts" / "ttf"
NOTO = Path("/usr/share/fonts/truetype/noto")
FAMILIES: dict[str, tuple[str, str, str]] = {
    "helvetica": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "times": ("Times-Roman", "Times-Bold", "Times-Italic"),
    "vera": ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf"),  # comes with reportlab
    "dejavu": (str(DEJAVU / "DejaVuSans.ttf"), str(DEJAVU / "DejaVuSans-Bold.ttf"), str(DEJAVU / "DejaVuSans.ttf")),
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


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    variant: int = 0
    note: str | None = None


Word = list[Piece]
MARKUP = re.compile(r"(\*\*|\*|\[\^[^\]]+\])")


def words_of(text: str, variant: int = 0) -> list[Word]:
    """Splits marked-up text into words: `**bold**`, `*italic*`, `[^3]` a footnote marker.

    >>> [[p.text for p in w] for w in words_of("An *Act*[^3], too")]
    [['An'], ['Act', '3', ','], ['too']]
    """
    words: list[Word] = [[]]
    now = variant
    for part in MARKUP.split(text):
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
    return " ".join(MARKUP.sub("", text).split())


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


LIGATURES = (("fi", "\ufb01"), ("fl", "\ufb02"))
