"""Characters of a page, as pdfium tells them, into words with place and style.

One call a character for its box and one for the object that it belongs to; everything else is asked once an object or
once a word. That keeps reading within a few times the cost of the bare text.
"""

from __future__ import annotations

import ctypes
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pypdfium2.raw as c

from pipeline.raw import Style, Word
from pipeline.stages.read.bidi import Placed, is_rtl, logical_text
from pipeline.stages.read.place import Frame
from pipeline.types import Box

ASCENT: Final = 0.8
DESCENT: Final = 0.22
"""Share of the font size above and below the baseline that counts as the line's box: fonts' own figures often lie."""

SPACES: Final = frozenset(" \t\r\n\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000")
LINE_END_HYPHEN: Final = ("\x02", "\ufffe")
"""What pdfium gives for a hyphen that ends a line."""
WORD_GAP: Final = 0.15
"""A gap of this share of the size is a space, also where pdfium tells none."""
LETTER_GAP: Final = 0.6
INVISIBLE_MODES: Final = (3, 7)
WHITE: Final = 0xFFFFFF


def _prototype(function: Any, *types: Any) -> Callable[..., Any]:
    """The same C function with plain pointers: ctypes converts those several times faster."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    if address is None:  # pragma: no cover - a pdfium build without the function
        raise OSError("pdfium lacks a function")
    made: Callable[..., Any] = ctypes.PYFUNCTYPE(*types)(address)
    return made


_char_box = _prototype(c.FPDFText_GetLooseCharBox, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_char_object = _prototype(c.FPDFText_GetTextObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


@dataclass(frozen=True, slots=True)
class _Object:
    """What holds for all characters of one text object."""

    style: Style
    angle: int
    invisible: bool
    artifact: bool
    mark: int
    clip: Box | None = None


@dataclass(slots=True)
class Glyph:
    """One printed character in page space (origin bottom left, unrotated)."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    index: int
    object: _Object


class TextPage:
    """The characters of one open pdfium page."""

    def __init__(
        self,
        page: Any,
        frame: Frame,
        fonts: dict[int, tuple[str, bool, bool]],
        limit: int,
        clips: Mapping[int, Box] = MappingProxyType({}),
    ) -> None:
        self.raw = c.FPDFText_LoadPage(page)
        self.frame = frame
        self._fonts = fonts
        self._clips = clips
        self._objects: dict[int, _Object] = {}
        self._address = ctypes.cast(self.raw, ctypes.c_void_p).value
        self.count = min(max(c.FPDFText_CountChars(self.raw), 0), limit)

    def close(self) -> None:
        c.FPDFText_ClosePage(self.raw)

    def _characters(self) -> list[str]:
        count = self.count
        buffer = (ctypes.c_ushort * (count + 1))()
        written = c.FPDFText_GetText(self.raw, 0, count, buffer) - 1
        units = buffer[: max(written, 0)]
        if written == count and not any(0xD800 <= u < 0xE000 for u in units):
            return [chr(u) for u in units]
        get = c.FPDFText_GetUnicode
        return [_character(get(self.raw, i)) for i in range(count)]

    def glyphs(self) -> list[Glyph | None]:
        """Printed characters in pdfium's order; None where a space or a line break stands."""
        address, objects = self._address, self._objects
        rect = c.FS_RECTF()
        at = ctypes.addressof(rect)
        found: list[Glyph | None] = []
        for i, character in enumerate(self._characters()):
            if character in SPACES or character == "\0":
                found.append(None)
                continue
            pointer = _char_object(address, i)
            if not pointer or not _char_box(address, i, at):
                if character not in LINE_END_HYPHEN:
                    found.append(None)
                continue
            known = objects.get(pointer)
            if known is None:
                known = objects[pointer] = self._read_object(pointer, i)
            found.append(Glyph(character, rect.left, rect.bottom, rect.right, rect.top, i, known))
        return found

    def origin(self, index: int) -> tuple[float, float]:
        x, y = ctypes.c_double(), ctypes.c_double()
        c.FPDFText_GetCharOrigin(self.raw, index, x, y)
        return x.value, y.value

    def _read_object(self, pointer: int, index: int) -> _Object:
        handle = ctypes.cast(pointer, c.FPDF_PAGEOBJECT)
        size, matrix = ctypes.c_float(), c.FS_MATRIX()
        c.FPDFTextObj_GetFontSize(handle, size)
        c.FPDFText_GetMatrix(self.raw, index, matrix)
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        name, bold, italic = self._font(handle)
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        c.FPDFPageObj_GetFillColor(handle, red, green, blue, alpha)
        mode = c.FPDFTextObj_GetTextRenderMode(handle)
        if mode == 1:  # outlined only: the stroke is what one sees
            c.FPDFPageObj_GetStrokeColor(handle, red, green, blue, alpha)
        artifact, mark = _marks(handle)
        return _Object(
            style=Style(
                name,
                round(abs(size.value) * scale, 2),
                bold or mode == 2,
                italic or (abs(matrix.b) < 1e-3 and matrix.c > 0.1 * scale),
                (red.value << 16) | (green.value << 8) | blue.value,
            ),
            angle=self.frame.angle(math.degrees(math.atan2(matrix.b, matrix.a))),
            invisible=mode in INVISIBLE_MODES or alpha.value == 0,
            artifact=artifact,
            mark=mark,
            clip=self._clips.get(pointer),
        )

    def _font(self, handle: Any) -> tuple[str, bool, bool]:
        font = c.FPDFTextObj_GetFont(handle)
        key = ctypes.cast(font, ctypes.c_void_p).value or 0
        known = self._fonts.get(key)
        if known is None:
            known = self._fonts[key] = _read_font(font) if key else ("", False, False)
        return known


def _read_font(font: Any) -> tuple[str, bool, bool]:
    buffer = ctypes.create_string_buffer(256)
    c.FPDFFont_GetBaseFontName(font, buffer, 256)
    name = buffer.value.decode("utf-8", "replace")
    name = name.split("+", 1)[1] if len(name) > 7 and name[6] == "+" else name
    lower = name.lower()
    flags = c.FPDFFont_GetFlags(font)
    weight = c.FPDFFont_GetWeight(font)
    bold = any(w in lower for w in ("bold", "black", "heavy", "-bd", "semibold", "demi")) or weight >= 600
    italic = any(w in lower for w in ("italic", "oblique")) or lower.endswith("-it") or bool(flags > 0 and flags & 64)
    return name, bold, italic


def _marks(handle: Any) -> tuple[bool, int]:
    artifact, number = False, -1
    for i in range(c.FPDFPageObj_CountMarks(handle)):
        mark = c.FPDFPageObj_GetMark(handle, i)
        buffer, length = (c.FPDF_WCHAR * 32)(), ctypes.c_ulong()
        if c.FPDFPageObjMark_GetName(mark, buffer, 64, length) and length.value <= 64:
            artifact = artifact or "".join(map(chr, buffer[: max(length.value // 2 - 1, 0)])) == "Artifact"
        value = ctypes.c_int()
        if number < 0 and c.FPDFPageObjMark_GetParamIntValue(mark, b"MCID", value):
            number = value.value
    return artifact, number


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd" if code else "\0"


def words_of(text: TextPage) -> list[Word]:
    """Words of the page in pdfium's order (mostly the order in which they were written to the file)."""
    words: list[Word] = []
    current: list[Glyph] = []
    spaced = True
    glyphs = text.glyphs()
    _printed_once(glyphs)

    def finish() -> None:
        nonlocal spaced
        if current:
            words.append(_word(text, current, not spaced))
            current.clear()
            spaced = False

    for glyph in glyphs:
        if glyph is None:
            finish()
            spaced = True
            continue
        if not glyph.text:
            continue
        if current:
            before, size = current[-1], glyph.object.style.size
            if not _follows(before, glyph, size, text.frame):
                finish()
                spaced = True
            elif glyph.object is not before.object and _differs(text, before, glyph):
                finish()
        current.append(glyph)
    finish()
    return _unspaced(words)


def _unspaced(words: list[Word]) -> list[Word]:
    """Letter-spaced words (`K E Y  F A C T S`) as words: four or more single letters at equal small distances."""
    result: list[Word] = []
    run: list[Word] = []
    for word in [*words, None]:
        letter = word is not None and len(word.text) == 1 and word.text.isalnum() and word.angle == 0
        if word is not None and letter and (not run or _spaced_on(run[-1], word)):
            run.append(word)
            continue
        if len(run) >= 4:
            result.extend(_joined_letters(run))
        else:
            result.extend(run)
        run = []
        if word is not None:
            (run if letter else result).append(word)
    return result


def _spaced_on(before: Word, word: Word) -> bool:
    gap, size = word.x0 - before.x1, word.style.size
    return (
        before.style == word.style
        and abs(before.baseline - word.baseline) < 0.1 * size
        and -0.1 * size < gap < 2 * size
    )


def _joined_letters(run: list[Word]) -> list[Word]:
    gaps = sorted(b.x0 - a.x1 for a, b in itertools.pairwise(run))
    usual = gaps[len(gaps) // 3]
    if usual > LETTER_GAP * run[0].style.size:
        return run
    limit = max(1.7 * usual, usual + 0.15 * run[0].style.size)
    joined = [run[0]]
    for before, word in itertools.pairwise(run):
        last = joined[-1]
        if word.x0 - before.x1 <= limit:
            joined[-1] = last._replace(text=last.text + word.text, x1=word.x1)
        else:
            joined.append(word)
    return joined


def _printed_once(glyphs: list[Glyph | None]) -> None:
    """Empty the glyphs of a character printed again at nearly the same place (to look bold, or as a glow or shadow).

    The first stays, unless it is white or invisible under one that is seen.
    """
    seen: dict[tuple[str, int, int], Glyph] = {}
    for glyph in glyphs:
        if glyph is None:
            continue
        near = 0.1 * max(glyph.object.style.size, 1.0)
        x, y = glyph.x0 / near / 2, glyph.y0 / near / 2
        left, low = int(x - 0.5), int(y - 0.5)
        text = glyph.text
        for key in ((text, left, low), (text, left + 1, low), (text, left, low + 1), (text, left + 1, low + 1)):
            other = seen.get(key)
            if other is not None and abs(other.x0 - glyph.x0) < near and abs(other.y0 - glyph.y0) < near:
                if _unseen(other) and not _unseen(glyph):
                    other.text = ""
                    seen[key] = glyph
                else:
                    glyph.text = ""
                break
        else:
            seen[text, int(x), int(y)] = glyph


def _unseen(glyph: Glyph) -> bool:
    return glyph.object.invisible or glyph.object.style.color >= WHITE


def _follows(before: Glyph, glyph: Glyph, size: float, frame: Frame) -> bool:
    """Whether the glyph stands right behind the one before it on the same line of print."""
    if before.object.angle != glyph.object.angle:
        return False
    if frame.page_angle(before.object.angle) in (0, 180, -1):
        gap = max(glyph.x0 - before.x1, before.x0 - glyph.x1)
        overlap = min(before.y1, glyph.y1) - max(before.y0, glyph.y0)
    else:
        gap = max(glyph.y0 - before.y1, before.y0 - glyph.y1)
        overlap = min(before.x1, glyph.x1) - max(before.x0, glyph.x0)
    limit = 0.3 if is_rtl(glyph.text) else WORD_GAP  # joined letters leave gaps where they do not join
    return gap < limit * max(size, before.object.style.size) and overlap > 0


def _differs(text: TextPage, before: Glyph, glyph: Glyph) -> bool:
    """A change of style inside a word that matters: size, weight, or a raised footnote marker."""
    a, b = before.object.style, glyph.object.style
    if abs(a.size - b.size) > 0.08 * max(a.size, b.size) or a.bold != b.bold or a.color != b.color:
        return True
    if before.object.mark != glyph.object.mark:
        return True
    if glyph.object.angle != 0:
        return False
    axis = 1 if text.frame.rotation in (0, 180) else 0
    return abs(text.origin(before.index)[axis] - text.origin(glyph.index)[axis]) > 0.15 * b.size


def _word(text: TextPage, glyphs: list[Glyph], glued: bool) -> Word:
    first = glyphs[0]
    about, size = first.object, first.object.style.size
    x0, x1 = min(g.x0 for g in glyphs), max(g.x1 for g in glyphs)
    y0, y1 = min(g.y0 for g in glyphs), max(g.y1 for g in glyphs)
    ox, oy = text.origin(first.index)
    rotation = text.frame.page_angle(about.angle)
    if 0.45 * (y1 - y0) < size < 3 * (y1 - y0) and rotation == 0:
        y0, y1 = oy - DESCENT * size, oy + ASCENT * size
    elif rotation == 90 and 0.45 * (x1 - x0) < size < 3 * (x1 - x0):
        x0, x1 = ox - ASCENT * size, ox + DESCENT * size
    elif rotation == 270 and 0.45 * (x1 - x0) < size < 3 * (x1 - x0):
        x0, x1 = ox - DESCENT * size, ox + ASCENT * size
    box = text.frame.box(x0, y0, x1, y1)
    baseline = text.frame.box(ox, oy, ox, oy).top if about.angle == 0 else box.bottom
    letters = "".join("-" if g.text in LINE_END_HYPHEN else g.text for g in glyphs)
    if not letters.isascii() and any(is_rtl(ch) for ch in letters) and about.angle == 0:
        letters = logical_text([Placed(g.text, g.x0, g.x1) for g in glyphs])
    return Word(
        letters,
        *box,
        baseline,
        about.style,
        glued,
        about.angle,
        about.invisible or (about.clip is not None and _cut_off(box, about.clip)),
        about.artifact,
        about.mark,
    )


def _cut_off(box: Box, clip: Box) -> bool:
    """The middle of the word lies outside the part that is shown."""
    x, y = (box.x0 + box.x1) / 2, (box.top + box.bottom) / 2
    return not (clip.x0 - 1 <= x <= clip.x1 + 1 and clip.top - 1 <= y <= clip.bottom + 1)
