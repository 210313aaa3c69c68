"""Characters of a page, as pdfium tells them, into words with place and style.

One call a character (its box), all else once an object, and the rest as arithmetic on whole arrays: that keeps reading
within a few times the cost of the bare text.
"""

from __future__ import annotations

import ctypes
from collections import Counter, deque
from collections.abc import Mapping
from itertools import repeat
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pypdfium2.raw as c

from pipeline.raw import Word
from pipeline.stages.read import calls
from pipeline.stages.read.bidi import RTL, Placed, is_rtl, logical_text
from pipeline.stages.read.letters import unspaced, whole_ligatures
from pipeline.stages.read.looks import Fonts, described
from pipeline.stages.read.place import Frame
from pipeline.stages.read.twice import close_pairs
from pipeline.types import Box

ASCENT: Final = 0.8
DESCENT: Final = 0.22
"""Share of the font size above and below the baseline that counts as the line's box: fonts' own figures often lie."""

SPACES: Final = frozenset(" \t\r\n\0\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\uf020")
"""The last is the space of symbol fonts."""
LINE_END_HYPHENS: Final = (0x02, 0xFFFE)
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
WHITE: Final = 0xFFFFFF
STRIDE: Final = 4
"""Every so many characters are asked for their object; those between two of one object belong to it."""

Numbers = Any
"""A one-dimensional numpy array."""

_BREAKS: Final = np.zeros(0x10000, bool)
_BREAKS[[ord(ch) for ch in SPACES]] = True


class TextPage:
    """The characters of one open pdfium page."""

    def __init__(
        self,
        page: Any,
        frame: Frame,
        fonts: Fonts,
        limit: int,
        clips: Mapping[int, Box] = MappingProxyType({}),
    ) -> None:
        self.raw = c.FPDFText_LoadPage(page)
        self.frame = frame
        self.fonts = fonts
        self.clips = clips
        self.unmapped = 0.0
        """Share of the characters whose font leads to no Unicode character; set by `words_of`."""
        self.address = ctypes.cast(self.raw, ctypes.c_void_p).value or 0
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
        rects = np.zeros((len(indices), 4), np.float32)  # FS_RECTF: left, top, right, bottom
        known = list(map(calls.char_box, repeat(self.address), indices, calls.addresses(rects)))
        x0, y1, x1, y0 = rects.T.astype(np.float64)
        return x0, y0, x1, y1, np.array(known, bool)

    def objects(self, indices: list[int], *, in_file_order: bool) -> Numbers:
        """The address of each character's text object, 0 where there is none.

        Characters of one object follow each other, unless pdfium has turned right-to-left text around.
        """
        count = len(indices)
        if not in_file_order or count < 4 * STRIDE:
            return np.array(list(map(calls.char_object, repeat(self.address), indices)), np.int64)
        found, here = np.zeros(count, np.int64), np.arange(count)
        asked = np.append(here[: count - 1 : STRIDE], count - 1)
        found[asked] = list(map(calls.char_object, repeat(self.address), (indices[i] for i in asked.tolist())))
        before = here - here % STRIDE
        after = np.minimum(before + STRIDE, count - 1)
        between = (found[before] == found[after]) & (found[before] != 0)
        found = np.where(between, found[before], found)
        between[asked] = True
        rest = np.flatnonzero(~between)
        found[rest] = list(map(calls.char_object, repeat(self.address), (indices[i] for i in rest.tolist())))
        return found

    def origins(self, indices: list[int]) -> Numbers:
        """`(x, y)` of the characters' origins on the baseline, one row each."""
        points = np.zeros((len(indices), 2))
        xs = calls.addresses(points)
        ys = range(xs.start + 8, xs.stop + 8, xs.step)
        deque(map(calls.char_origin, repeat(self.address), indices, xs, ys), 0)
        return points


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd" if code else "\0"


def words_of(text: TextPage) -> list[Word]:
    """Words of the page in pdfium's order (mostly the order in which they were written to the file)."""
    characters = text.characters()
    codes = np.frombuffer(characters.encode("utf-32-le"), np.uint32).astype(np.int64)
    breaking = _BREAKS[np.minimum(codes, 0xFFFF)]
    index = np.flatnonzero(~breaking)
    if not len(index):
        return []
    rtl = not characters.isascii() and RTL.search(characters) is not None
    glyphs = _Glyphs(text, codes[index], index, np.cumsum(breaking)[index], rtl=rtl)
    return whole_ligatures(unspaced(glyphs.words())) if len(glyphs.index) else []


class _Glyphs:
    """The printed characters of a page as arrays, in pdfium's order."""

    def __init__(self, text: TextPage, codes: Numbers, index: Numbers, spaces: Numbers, *, rtl: bool) -> None:
        self.text, self.rtl = text, rtl
        indices = index.tolist()
        x0, y0, x1, y1, known = text.boxes(indices)
        pointers = text.objects(indices, in_file_order=not rtl)
        solid = known & (pointers != 0)
        hyphens = (codes == LINE_END_HYPHENS[0]) | (codes == LINE_END_HYPHENS[1])
        # What has no object was made by pdfium: it separates, unless it is the hyphen of a line's end.
        parted = np.cumsum(~solid & ~hyphens) + spaces
        codes = np.where(hyphens, ord("-"), codes)
        self.index, self.code, self.parted = index[solid], codes[solid], parted[solid]
        self.x0, self.y0, self.x1, self.y1 = x0[solid], y0[solid], x1[solid], y1[solid]
        self._describe(pointers[solid])
        self._keep(self._printed_once())

    def _describe(self, pointers: Numbers) -> None:
        """Ask pdfium for the objects: once for each."""
        text = self.text
        unique, first, self.object = np.unique(pointers, return_index=True, return_inverse=True)
        at = self.index[first].tolist()
        told = described(text.address, unique.tolist(), at, text.frame, text.fonts, text.clips)
        lost = np.array(list(map(calls.char_unmapped, repeat(text.address), at)), np.int64) == 1
        text.unmapped = float(lost[self.object].mean()) if len(at) else 0.0
        self.looks, self.look = told.looks, told.look[self.object]
        turned = np.array([text.frame.page_angle(o.angle) for o in told.looks], np.int64)
        self.size = np.array([max(o.style.size, 1.0) for o in told.looks])[self.look]
        self.angle = np.array([o.angle for o in told.looks], np.int64)[self.look]
        self.turn = turned[self.look]
        # Fonts that are written from top to bottom move their characters away from the object's own height.
        still = told.level[self.object] & (self.y0 == self.y0[first][self.object])
        self.level = still if text.frame.rotation in (0, 180) else np.zeros(len(still), bool)
        self.height = told.height[self.object]

    def _keep(self, mask: Numbers) -> None:
        if mask.all():
            return
        places = ("index", "code", "object", "look", "x0", "y0", "x1", "y1", "parted")
        for name in (*places, "size", "angle", "turn", "level", "height"):
            setattr(self, name, getattr(self, name)[mask])

    def _printed_once(self) -> Numbers:
        """False for a character printed again at nearly the same place (to look bold, or as a glow or shadow).

        The first stays, unless it is white, invisible or cut off under one that is seen. Only whole words
        and letters among such go: single letters of another layer that happen to lie on their like are no second print.
        """
        keep = np.ones(len(self.index), bool)
        pairs = close_pairs(self.code, self.x0, self.y0, self.size, self.object, self.index)
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
        looks = [self.looks[int(self.look[k])].style for k in (i, j)]
        x, y = self.x0[j] - self.x0[i], self.y0[j] - self.y0[i]
        return (round(float(x), 1), round(float(y), 1)) if looks[0][:2] == looks[1][:2] else None

    def _unseen(self, i: int) -> bool:
        about = self.looks[int(self.look[i])]
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
        flat = (self.turn[a] != 90) & (self.turn[a] != 270)
        gap, overlap = np.where(flat, sideways, lengthways), np.where(flat, high, wide)
        share: Any = WORD_GAP
        if self.rtl:
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
        size, axis = self.size, 1 if self.text.frame.rotation in (0, 180) else 0
        weights = _numbered([(o.style.bold, o.style.color) for o in self.looks])[self.look]
        looks = _numbered([(round(o.style.size, 1), o.style.bold, o.style.color) for o in self.looks])[self.look]
        changes = (weights[a] != weights[b]) | (np.abs(size[a] - size[b]) > 0.08 * np.maximum(size[a], size[b]))
        turned = (looks[a] == looks[b]) & (self.object[a] != self.object[b]) & (self.angle[b] == 0)
        maybe = np.flatnonzero(turned & ~changes)
        if len(maybe):
            before, after = self._origins(maybe)[axis], self._origins(maybe + 1)[axis]
            changes[maybe] |= np.abs(before - after) > 0.15 * size[maybe + 1]
        return changes

    def _origins(self, at: Numbers) -> tuple[Numbers, Numbers]:
        """`(x, y)` of the characters `at`; x is that of the box where nothing asks for it (text along the x axis)."""
        x, y = self.x0[at], self.height[at]
        asked = np.flatnonzero(~self.level[at])
        if len(asked):
            origins = self.text.origins(self.index[at[asked]].tolist())
            x[asked], y[asked] = origins[:, 0], origins[:, 1]
        return x, y

    def words(self) -> list[Word]:
        begins, glued = self._starts()
        starts = np.flatnonzero(begins)
        ends = np.append(starts[1:], len(begins))
        x0, y0 = np.minimum.reduceat(self.x0, starts), np.minimum.reduceat(self.y0, starts)
        x1, y1 = np.maximum.reduceat(self.x1, starts), np.maximum.reduceat(self.y1, starts)
        ox, oy = self._origins(starts)
        size, turn, angle = self.size[starts], self.turn[starts], self.angle[starts]
        plain = (turn == 0) & _fits(size, y1 - y0)
        y0, y1 = np.where(plain, oy - DESCENT * size, y0), np.where(plain, oy + ASCENT * size, y1)
        up, down = (turn == 90) & _fits(size, x1 - x0), (turn == 270) & _fits(size, x1 - x0)
        left = np.where(up, ox - ASCENT * size, np.where(down, ox - DESCENT * size, x0))
        right = np.where(up, ox + DESCENT * size, np.where(down, ox + ASCENT * size, x1))
        boxes = self.text.frame.boxes(left, y0, right, y1)
        baselines = self.text.frame.boxes(ox, oy, ox, oy)[1]
        looks = [self.looks[i] for i in self.look[starts].tolist()]
        columns = [v.tolist() for v in (*boxes, np.where(angle == 0, baselines, boxes[3]))]
        hidden = [o.invisible for o in looks]
        for i, o in enumerate(looks):
            if o.clip is not None and not o.invisible:
                x0, top, x1, bottom, _ = (column[i] for column in columns)
                hidden[i] = _cut_off(x0, top, x1, bottom, o.clip)
        return list(
            map(
                Word,
                self._texts(starts, ends),
                *columns,
                [o.style for o in looks],
                glued[starts].tolist(),
                angle.tolist(),
                hidden,
                [o.artifact for o in looks],
            )
        )

    def _texts(self, starts: Numbers, ends: Numbers) -> list[str]:
        letters = self.code.astype("<u4").tobytes().decode("utf-32-le")
        stretches = list(zip(starts.tolist(), ends.tolist(), strict=True))
        texts = [letters[a:b] for a, b in stretches]
        if self.rtl:
            for i, (a, b) in enumerate(stretches):
                if self.angle[a] == 0 and any(map(is_rtl, texts[i])):
                    placed = zip(texts[i], self.x0[a:b].tolist(), self.x1[a:b].tolist(), strict=True)
                    texts[i] = logical_text([Placed(*glyph) for glyph in placed])
        return texts


def _numbered(values: list[Any]) -> Numbers:
    """A number for each value, the same for equal ones."""
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int64)


def _fits(size: Numbers, extent: Numbers) -> Numbers:
    """The font size is believable beside the extent of the characters (Type 3 fonts may name any size)."""
    return (0.45 * extent < size) & (size < 3 * extent)


def _cut_off(x0: float, top: float, x1: float, bottom: float, clip: Box) -> bool:
    """The middle of the word lies outside the part that is shown."""
    x, y = (x0 + x1) / 2, (top + bottom) / 2
    return not (clip.x0 - 1 <= x <= clip.x1 + 1 and clip.top - 1 <= y <= clip.bottom + 1)
