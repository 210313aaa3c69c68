"""How the text objects of a page are printed: asked once an object, described once for all that look the same."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import numpy as np
import pypdfium2.raw as c

from pipeline.raw import Style
from pipeline.stages.read import calls
from pipeline.stages.read.place import Frame
from pipeline.types import Box

INVISIBLE_MODES: Final = (3, 7)
STROKED: Final = 1
FILLED_AND_STROKED: Final = 2
MOST_MARKS: Final = 8
HEAVIEST: Final = 1000
"""Fonts cut down to a few glyphs may tell weights of thousands: they say nothing."""
NO_COLOR: Final = (0, 255)
"""What counts where pdfium tells no colour (a pattern): black."""
IDENTITY: Final = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

Fonts = dict[int, tuple[str, bool, bool]]
"""A font's address -> its name, whether it is bold, whether it is italic."""


@dataclass(frozen=True, slots=True)
class Look:
    """What holds for all characters of the text objects that look the same."""

    style: Style
    angle: int
    invisible: bool
    artifact: bool
    clip: Box | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """The looks of a page; the arrays have one value for each text object."""

    looks: list[Look]
    look: Any
    level: Any
    """Whether the text runs along the page's own x axis: all its characters then stand at one `height`."""
    height: Any


def described(
    page: int, pointers: Sequence[int], indices: Sequence[int], frame: Frame, fonts: Fonts, clips: Mapping[int, Box]
) -> Described:
    """The text objects `pointers`; `indices` names a character of each, `page` is the text page's address."""
    count = len(pointers)
    sizes, matrices = np.zeros(count, np.float32), np.zeros((count, 6), np.float32)
    told = np.zeros(count, bool)
    list(map(calls.text_size, pointers, calls.addresses(sizes)))
    told[:] = list(map(calls.char_matrix, repeat(page), indices, calls.addresses(matrices)))
    matrices[~told] = IDENTITY
    modes = list(map(calls.text_mode, pointers))
    rows = zip(
        map(calls.text_font, pointers),
        sizes.tolist(),
        *(matrices[:, i].tolist() for i in range(4)),
        modes,
        _colors(pointers, modes),
        _artifacts(pointers),
        map(clips.get, pointers),
        strict=True,
    )
    numbers: dict[tuple[Any, ...], int] = {}
    look = [numbers.setdefault(row, len(numbers)) for row in rows]
    looks = [_look(row, frame, fonts) for row in numbers]
    return Described(looks, np.array(look, np.int64), matrices[:, 1] == 0, matrices[:, 5].astype(np.float64))


def _look(row: tuple[Any, ...], frame: Frame, fonts: Fonts) -> Look:
    font, size, a, b, cc, d, mode, (color, alpha), artifact, clip = row
    scale = math.hypot(cc, d) or 1.0
    name, bold, italic = _font(font or 0, fonts)
    style = Style(
        name,
        round(abs(size) * scale, 2),
        bold or mode == FILLED_AND_STROKED,
        italic or (abs(b) < 1e-3 and cc > 0.1 * scale),
        color,
    )
    angle = frame.angle(math.degrees(math.atan2(b, a)))
    return Look(style, angle, mode in INVISIBLE_MODES or alpha == 0, artifact, clip)


def _colors(pointers: Sequence[int], modes: Sequence[int]) -> list[tuple[int, int]]:
    """`(0xRRGGBB, alpha)` of each object: of its stroke where nothing but that is seen."""
    parts = np.zeros((4, len(pointers)), np.uint32)
    told = list(map(calls.object_fill, pointers, *map(calls.addresses, parts)))
    red, green, blue, alpha = parts
    colors = list(zip(((red << 16) | (green << 8) | blue).tolist(), alpha.tolist(), strict=True))
    for i, mode in enumerate(modes):
        if not told[i]:
            colors[i] = NO_COLOR
        if mode == STROKED or (mode == FILLED_AND_STROKED and colors[i][1] == 0):
            colors[i] = calls.color_of(pointers[i], stroke=True) or NO_COLOR
    return colors


def _font(address: int, fonts: Fonts) -> tuple[str, bool, bool]:
    known = fonts.get(address)
    if known is None:
        known = fonts[address] = _read_font(ctypes.cast(address, c.FPDF_FONT)) if address else ("", False, False)
    return known


def _read_font(font: Any) -> tuple[str, bool, bool]:
    buffer = ctypes.create_string_buffer(256)
    c.FPDFFont_GetBaseFontName(font, buffer, 256)
    name = buffer.value.decode("utf-8", "replace")
    name = name.split("+", 1)[1] if len(name) > 7 and name[6] == "+" else name
    lower = name.lower()
    flags = c.FPDFFont_GetFlags(font)
    weight = c.FPDFFont_GetWeight(font)
    bold = any(w in lower for w in ("bold", "black", "heavy", "-bd", "semibold", "demi")) or 600 <= weight <= HEAVIEST
    italic = any(w in lower for w in ("italic", "oblique")) or lower.endswith("-it") or bool(flags > 0 and flags & 64)
    return name, bold, italic


ARTIFACT: Final = "Artifact".encode("utf-16-le")
_NAME: Final = ctypes.create_string_buffer(64)
_LENGTH: Final = ctypes.c_ulong()
_NAME_AT: Final = (ctypes.addressof(_NAME), 64, ctypes.addressof(_LENGTH))


def _artifacts(pointers: Sequence[int]) -> list[bool]:
    """A tagged PDF marks running heads, feet and ornaments as artifacts; the objects between two marks share them."""
    names: dict[int, bool] = {}
    found: list[bool] = []
    for pointer, count in zip(pointers, map(calls.object_marks, pointers), strict=True):
        artifact = False
        for i in range(min(count, MOST_MARKS)):
            mark = calls.object_mark(pointer, i)
            if not mark:
                continue
            known = names.get(mark)
            if known is None:
                told = calls.mark_name(mark, *_NAME_AT)
                known = names[mark] = bool(told) and _NAME.raw.startswith(ARTIFACT)
            if known:
                artifact = True
                break
        found.append(artifact)
    return found
