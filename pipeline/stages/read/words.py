"""Characters of a page, as pdfium tells them, into words with place and style.

Two calls a character (its box, the object that it belongs to), all else once an object or once a word, and the rest
as arithmetic on whole arrays: that keeps reading within a few times the cost of the bare text.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import repeat
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pypdfium2.raw as c

from pipeline.raw import Style, Word
from pipeline.stages.read import calls
from pipeline.stages.read.bidi import RTL, Placed, is_rtl, logical_text
from pipeline.stages.read.letters import unspaced, whole_ligatures
from pipeline.stages.read.place import Frame
from pipeline.types import Box

ASCENT: Final = 0.8
DESCENT: Final = 0.22
"""Share of the font size above and below the baseline that counts as the line's box: fonts' own figures often lie."""

SPACES: Final = frozenset(" \t\r\n\0\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\uf020")
"""The last is the space of symbol fonts."""
LINE_END_HYPHENS: Final = {0x02: "-", 0xFFFE: "-"}
"""What pdfium gives for a hyphen that ends a line."""
WORD_GAP: Final = 0.15
"""A gap of this share of the size is a space, also where pdfium tells none."""
RTL_GAP: Final = 0.3
"""Joined letters leave gaps where they do not join."""
BESIDE: Final = 4
MOST: Final = 0.6
"""A character is printed again where this share of its neighbours (so many on either side) is."""
USUAL: Final = 0.2
"""A second print lies at one distance from the first: so many of the page's pairs have it."""
HEAVIEST: Final = 1000
"""Fonts cut down to a few glyphs may tell weights of thousands: they say nothing."""
INVISIBLE_MODES: Final = (3, 7)
WHITE: Final = 0xFFFFFF

Numbers = Any
"""A one-dimensional numpy array."""


@dataclass(frozen=True, slots=True)
class _Object:
    """What holds for all characters of one text object."""

    style: Style
    angle: int
    invisible: bool
    artifact: bool
    clip: Box | None = None


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
        self.unmapped = 0.0
        """Share of the characters whose font leads to no Unicode character; set by `words_of`."""
        self.address = ctypes.cast(self.raw, ctypes.c_void_p).value
        self.count = min(max(c.FPDFText_CountChars(self.raw), 0), limit)

    def close(self) -> None:
        c.FPDFText_ClosePage(self.raw)

    def characters(self) -> str:
        """One character for each of pdfium's indices."""
        count = self.count
        buffer = (ctypes.c_ushort * (count + 1))()
        written = c.FPDFText_GetText(self.raw, 0, count, buffer) - 1
        text = bytes(buffer)[: 2 * max(written, 0)].decode("utf-16-le", "replace")
        if len(text) == written == count:
            return text
        return "".join(map(_character, map(calls.char_code, repeat(self.address), range(count))))

    def boxes(self, indices: list[int]) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
        """`x0, y0, x1, y1` of the characters in page space, and whether each has a box."""
        rects = (c.FS_RECTF * len(indices))()
        base, step = ctypes.addressof(rects), ctypes.sizeof(c.FS_RECTF)
        addresses = range(base, base + step * len(indices), step)
        known = np.fromiter(map(calls.char_box, repeat(self.address), indices, addresses), bool, len(indices))
        values = np.frombuffer(rects, np.float32).reshape(-1, 4).astype(np.float64)
        return values[:, 0], values[:, 3], values[:, 2], values[:, 1], known

    def objects(self, indices: list[int]) -> Numbers:
        """The address of each character's text object, 0 where there is none."""
        return np.fromiter(map(calls.char_object, repeat(self.address), indices), np.int64, len(indices))

    def origins(self, indices: list[int]) -> Numbers:
        """`(x, y)` of the characters' origins on the baseline, one row each."""
        array = (ctypes.c_double * (2 * len(indices)))()
        base = ctypes.addressof(array)
        xs = range(base, base + 16 * len(indices), 16)
        ys = range(base + 8, base + 8 + 16 * len(indices), 16)
        for _ in map(calls.char_origin, repeat(self.address), indices, xs, ys):
            pass
        return np.array(array, np.float64).reshape(-1, 2)

    def read_object(self, pointer: int, index: int) -> _Object:
        calls.text_size(pointer, calls.FLOATS.at[0])
        size = abs(calls.FLOATS.values[0])
        a, b, cc, d, _, _ = calls.matrix_of(calls.char_matrix, self.address, index)
        scale = math.hypot(cc, d) or 1.0
        name, bold, italic = self._font(pointer)
        mode = calls.text_mode(pointer)
        # outlined only: the stroke is what one sees
        color, alpha = calls.color_of(pointer, stroke=mode == 1) or (0, 255)
        if mode == 2 and alpha == 0:  # letters filled with nothing but drawn round
            color, alpha = calls.color_of(pointer, stroke=True) or (0, 255)
        return _Object(
            Style(
                name,
                round(size * scale, 2),
                bold or mode == 2,
                italic or (abs(b) < 1e-3 and cc > 0.1 * scale),
                color,
            ),
            self.frame.angle(math.degrees(math.atan2(b, a))),
            mode in INVISIBLE_MODES or alpha == 0,
            _is_artifact(pointer),
            self._clips.get(pointer),
        )

    def _font(self, pointer: int) -> tuple[str, bool, bool]:
        key = calls.text_font(pointer) or 0
        known = self._fonts.get(key)
        if known is None:
            known = self._fonts[key] = _read_font(ctypes.cast(key, c.FPDF_FONT)) if key else ("", False, False)
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


def _is_artifact(pointer: int) -> bool:
    """A tagged PDF marks running heads, feet and ornaments as artifacts."""
    for i in range(min(calls.object_marks(pointer), 8)):
        mark = calls.object_mark(pointer, i)
        if mark and calls.mark_name(mark, *_NAME_AT) and _NAME.raw.startswith(ARTIFACT):
            return True
    return False


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd" if code else "\0"


def words_of(text: TextPage) -> list[Word]:
    """Words of the page in pdfium's order (mostly the order in which they were written to the file)."""
    characters = text.characters()
    breaking = np.fromiter((ch in SPACES for ch in characters), bool, len(characters))
    indices = np.flatnonzero(~breaking).tolist()
    if not indices:
        return []
    glyphs = _Glyphs(text, characters, indices, np.cumsum(breaking))
    return whole_ligatures(unspaced(glyphs.words())) if len(glyphs.index) else []


class _Glyphs:
    """The printed characters of a page as arrays, in pdfium's order."""

    def __init__(self, text: TextPage, characters: str, indices: list[int], spaces: Numbers) -> None:
        self.text = text
        x0, y0, x1, y1, known = text.boxes(indices)
        pointers = text.objects(indices)
        index = np.array(indices)
        solid = known & (pointers != 0)
        codes = np.fromiter(map(ord, characters), np.int64, len(characters))[index]
        # What has no object was made by pdfium: it separates, unless it is the hyphen of a line's end.
        parted = np.cumsum(~solid & ~np.isin(codes, list(LINE_END_HYPHENS))) + spaces[index]
        unique, first, inverse = np.unique(pointers[solid], return_index=True, return_inverse=True)
        index = index[solid]
        self.objects = [text.read_object(int(p), int(index[i])) for p, i in zip(unique, first, strict=True)]
        self.index, self.code, self.object = index, codes[solid], inverse.reshape(-1)
        self.x0, self.y0, self.x1, self.y1 = x0[solid], y0[solid], x1[solid], y1[solid]
        self.parted = parted[solid]
        lost = [calls.char_unmapped(text.address, int(index[i])) == 1 for i in first]
        text.unmapped = float(np.array(lost, bool)[self.object].mean()) if lost else 0.0
        self._describe()
        self._keep(self._printed_once())

    def _describe(self) -> None:
        objects, of = self.objects, self.object
        self.size = np.array([max(o.style.size, 1.0) for o in objects])[of] if objects else np.zeros(0)
        self.angle = np.array([o.angle for o in objects], np.int64)[of]
        upright = [self.text.frame.page_angle(o.angle) in (0, 180, -1) for o in objects]
        self.flat = np.array(upright, bool)[of]

    def _keep(self, mask: Numbers) -> None:
        if mask.all():
            return
        for name in ("index", "code", "object", "x0", "y0", "x1", "y1", "parted", "size", "angle", "flat"):
            setattr(self, name, getattr(self, name)[mask])

    def _printed_once(self) -> Numbers:
        """False for a character printed again at nearly the same place (to look bold, or as a glow or shadow).

        The first stays, unless it is white, invisible or cut off under one that is seen. Only whole words
        and letters among such go: single letters of another layer that happen to lie on their like are no second print.
        """
        keep = np.ones(len(self.index), bool)
        near = 0.1 * self.size
        code = np.where(np.isin(self.code, list(LINE_END_HYPHENS)), ord("-"), self.code)
        pairs: list[tuple[int, int]] = []
        for shift in (0.0, 0.5):
            row = np.floor(self.y0 / 2 + shift)
            order = np.lexsort((self.x0, row, code))
            a, b = order[:-1], order[1:]
            close = (
                (code[a] == code[b])
                & (row[a] == row[b])
                & (self.x0[b] - self.x0[a] < near[b])
                & (np.abs(self.y0[b] - self.y0[a]) < near[b])
                # the letters of one glyph (the ligature ff) share its place: they are neighbours in one object
                & ~((self.object[a] == self.object[b]) & (np.abs(self.index[a] - self.index[b]) == 1))
            )
            pairs += [(int(a[i]), int(b[i])) for i in np.flatnonzero(close).tolist()]
        if pairs:
            starts = self._starts()[0]
            paired = np.zeros(len(keep), bool)
            paired[np.array(pairs).ravel()] = True
            whole = np.logical_and.reduceat(paired, np.flatnonzero(starts))[np.cumsum(starts) - 1]
            around = np.ones(2 * BESIDE + 1)
            dense = (
                np.convolve(paired, around)[BESIDE:-BESIDE]
                > MOST * np.convolve(np.ones(len(keep)), around)[BESIDE:-BESIDE]
            )
            again = whole | dense
            shifts = Counter(self._shift(*pair) for pair in pairs)
            usual = {shift for shift, n in shifts.items() if shift and n > USUAL * len(pairs)}
            for pair in pairs:
                first, second = sorted(pair)
                twice = (again[first] and again[second]) or self._shift(*pair) in usual
                if twice and keep[first] and keep[second]:
                    keep[first if self._unseen(first) and not self._unseen(second) else second] = False
        return keep

    def _shift(self, i: int, j: int) -> tuple[float, float] | None:
        """How far one glyph lies from another of the same font and size. pdfium drops most of a second print and leaves
        single letters of it: they are told by the shift that they have in common."""
        looks = [self.objects[int(self.object[k])].style for k in (i, j)]
        x, y = self.x0[j] - self.x0[i], self.y0[j] - self.y0[i]
        return (round(float(x), 1), round(float(y), 1)) if looks[0][:2] == looks[1][:2] else None

    def _unseen(self, i: int) -> bool:
        about = self.objects[int(self.object[i])]
        if about.clip is not None:
            box = self.text.frame.box(self.x0[i], self.y0[i], self.x1[i], self.y1[i])
            if _cut_off(*box, about.clip):
                return True
        return about.invisible or about.style.color >= WHITE

    def _starts(self) -> tuple[Numbers, Numbers]:
        """Where words begin, and for each character whether it is glued to the one before (a change of style)."""
        a, b = slice(None, -1), slice(1, None)
        sideways = np.maximum(self.x0[b] - self.x1[a], self.x0[a] - self.x1[b])
        lengthways = np.maximum(self.y0[b] - self.y1[a], self.y0[a] - self.y1[b])
        high = np.minimum(self.y1[a], self.y1[b]) - np.maximum(self.y0[a], self.y0[b])
        wide = np.minimum(self.x1[a], self.x1[b]) - np.maximum(self.x0[a], self.x0[b])
        flat = self.flat[a]
        gap, overlap = np.where(flat, sideways, lengthways), np.where(flat, high, wide)
        code = self.code[b]
        rtl = ((code >= 0x590) & (code < 0x900)) | ((code >= 0xFB1D) & (code <= 0xFEFC))
        share = np.where(rtl, RTL_GAP, WORD_GAP)
        size = np.maximum(self.size[a], self.size[b])
        apart = (self.parted[a] != self.parted[b]) | (self.angle[a] != self.angle[b])
        apart |= (gap >= share * size) | (overlap <= 0)
        glued = ~apart & (self.object[a] != self.object[b]) & self._style_changes(a, b)
        begins = np.concatenate(([True], apart | glued))
        return begins, np.concatenate(([False], glued))

    def _style_changes(self, a: slice, b: slice) -> Numbers:
        """Size, weight or colour change, or the baseline is raised: a marker stands at the word."""
        looks = [(round(o.style.size, 1), o.style.bold, o.style.color) for o in self.objects]
        codes = {look: n for n, look in enumerate(dict.fromkeys(looks))}
        look = np.array([codes[x] for x in looks])[self.object]
        size = self.size
        rest = np.array([hash(x[1:]) for x in looks])[self.object]
        changes = (rest[a] != rest[b]) | (np.abs(size[a] - size[b]) > 0.08 * np.maximum(size[a], size[b]))
        turned = (look[a] == look[b]) & (self.object[a] != self.object[b]) & (self.angle[b] == 0)
        maybe = np.flatnonzero(turned & ~changes)
        if len(maybe):
            axis = 1 if self.text.frame.rotation in (0, 180) else 0
            before = self.text.origins(self.index[maybe].tolist())[:, axis]
            after = self.text.origins(self.index[maybe + 1].tolist())[:, axis]
            changes[maybe] |= np.abs(before - after) > 0.15 * size[maybe + 1]
        return changes

    def words(self) -> list[Word]:
        begins, glued = self._starts()
        starts = np.flatnonzero(begins)
        ends = np.append(starts[1:], len(begins)).tolist()
        x0, y0 = np.minimum.reduceat(self.x0, starts), np.minimum.reduceat(self.y0, starts)
        x1, y1 = np.maximum.reduceat(self.x1, starts), np.maximum.reduceat(self.y1, starts)
        origin = self.text.origins(self.index[starts].tolist())
        ox, oy = origin[:, 0], origin[:, 1]
        size = self.size[starts]
        turn = np.array([self.text.frame.page_angle(o.angle) for o in self.objects])[self.object[starts]]
        plain = (turn == 0) & _fits(size, y1 - y0)
        y0, y1 = np.where(plain, oy - DESCENT * size, y0), np.where(plain, oy + ASCENT * size, y1)
        up, down = (turn == 90) & _fits(size, x1 - x0), (turn == 270) & _fits(size, x1 - x0)
        left = np.where(up, ox - ASCENT * size, np.where(down, ox - DESCENT * size, x0))
        right = np.where(up, ox + DESCENT * size, np.where(down, ox + ASCENT * size, x1))
        boxes = self.text.frame.boxes(left, y0, right, y1)
        baselines = self.text.frame.boxes(ox, oy, ox, oy)[1].tolist()
        letters = "".join(map(chr, self.code.tolist())).translate(LINE_END_HYPHENS)
        rtl = RTL.search(letters) is not None
        words: list[Word] = []
        rows = zip(starts.tolist(), ends, *(v.tolist() for v in boxes), baselines, strict=True)
        glue = glued.tolist()
        of = self.object[starts].tolist()
        for (start, end, bx0, top, bx1, bottom, baseline), number in zip(rows, of, strict=True):
            about = self.objects[number]
            text = letters[start:end]
            if rtl and about.angle == 0 and any(map(is_rtl, text)):
                text = logical_text([Placed(ch, self.x0[i], self.x1[i]) for i, ch in enumerate(text, start)])
            hidden = about.invisible or (about.clip is not None and _cut_off(bx0, top, bx1, bottom, about.clip))
            words.append(
                Word(
                    text,
                    bx0,
                    top,
                    bx1,
                    bottom,
                    baseline if about.angle == 0 else bottom,
                    about.style,
                    glue[start],
                    about.angle,
                    hidden,
                    about.artifact,
                )
            )
        return words


def _fits(size: Numbers, extent: Numbers) -> Numbers:
    """The font size is believable beside the extent of the characters (Type 3 fonts may name any size)."""
    return (0.45 * extent < size) & (size < 3 * extent)


def _cut_off(x0: float, top: float, x1: float, bottom: float, clip: Box) -> bool:
    """The middle of the word lies outside the part that is shown."""
    x, y = (x0 + x1) / 2, (top + bottom) / 2
    return not (clip.x0 - 1 <= x <= clip.x1 + 1 and clip.top - 1 <= y <= clip.bottom + 1)
