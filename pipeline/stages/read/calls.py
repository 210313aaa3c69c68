"""pdfium's functions with plain addresses for pointers: ctypes converts those several times faster than typed ones."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pypdfium2.raw as c

Address = ctypes.c_void_p
Int = ctypes.c_int


def _prototype(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    address = ctypes.cast(getattr(c, name), Address).value
    if address is None:  # pragma: no cover - a pdfium build without the function
        raise OSError(f"pdfium lacks {name}")
    made: Callable[..., Any] = ctypes.PYFUNCTYPE(result, *arguments)(address)
    return made


char_box: Final = _prototype("FPDFText_GetLooseCharBox", Int, Address, Int, Address)
char_object: Final = _prototype("FPDFText_GetTextObject", ctypes.c_size_t, Address, Int)
char_origin: Final = _prototype("FPDFText_GetCharOrigin", Int, Address, Int, Address, Address)
char_matrix: Final = _prototype("FPDFText_GetMatrix", Int, Address, Int, Address)
char_code: Final = _prototype("FPDFText_GetUnicode", ctypes.c_uint, Address, Int)
char_unmapped: Final = _prototype("FPDFText_HasUnicodeMapError", Int, Address, Int)
text_font: Final = _prototype("FPDFTextObj_GetFont", Address, Address)
text_size: Final = _prototype("FPDFTextObj_GetFontSize", Int, Address, Address)
text_mode: Final = _prototype("FPDFTextObj_GetTextRenderMode", Int, Address)

page_object: Final = _prototype("FPDFPage_GetObject", Address, Address, Int)
form_object: Final = _prototype("FPDFFormObj_GetObject", Address, Address, ctypes.c_ulong)
object_kind: Final = _prototype("FPDFPageObj_GetType", Int, Address)
object_bounds: Final = _prototype("FPDFPageObj_GetBounds", Int, Address, Address, Address, Address, Address)
object_matrix: Final = _prototype("FPDFPageObj_GetMatrix", Int, Address, Address)
object_fill: Final = _prototype("FPDFPageObj_GetFillColor", Int, Address, *[Address] * 4)
object_stroke: Final = _prototype("FPDFPageObj_GetStrokeColor", Int, Address, *[Address] * 4)
object_stroke_width: Final = _prototype("FPDFPageObj_GetStrokeWidth", Int, Address, Address)
object_marks: Final = _prototype("FPDFPageObj_CountMarks", Int, Address)
object_mark: Final = _prototype("FPDFPageObj_GetMark", Address, Address, ctypes.c_ulong)
mark_name: Final = _prototype("FPDFPageObjMark_GetName", Int, Address, Address, ctypes.c_ulong, Address)
object_clip: Final = _prototype("FPDFPageObj_GetClipPath", Address, Address)
clip_paths: Final = _prototype("FPDFClipPath_CountPaths", Int, Address)
clip_segments: Final = _prototype("FPDFClipPath_CountPathSegments", Int, Address, Int)
clip_segment: Final = _prototype("FPDFClipPath_GetPathSegment", Address, Address, Int, Int)
path_mode: Final = _prototype("FPDFPath_GetDrawMode", Int, Address, Address, Address)
path_segments: Final = _prototype("FPDFPath_CountSegments", Int, Address)
path_segment: Final = _prototype("FPDFPath_GetPathSegment", Address, Address, Int)
segment_point: Final = _prototype("FPDFPathSegment_GetPoint", Int, Address, Address, Address)
segment_kind: Final = _prototype("FPDFPathSegment_GetType", Int, Address)
segment_closes: Final = _prototype("FPDFPathSegment_GetClose", Int, Address)


class Slots:
    """Numbers for pdfium to write into; `at` are their addresses, `values` reads them."""

    def __init__(self, kind: Any, count: int) -> None:
        self._array = (kind * count)()
        base, step = ctypes.addressof(self._array), ctypes.sizeof(kind)
        self.at = tuple(base + step * i for i in range(count))

    @property
    def values(self) -> list[Any]:
        return list(self._array)


FLOATS: Final = Slots(ctypes.c_float, 6)
"""One thread reads a page at a time in a process: pdfium is not thread-safe, and neither are these."""
COLOR: Final = Slots(ctypes.c_uint, 4)
MODES: Final = Slots(ctypes.c_int, 2)


def addresses(array: Any) -> range:
    """The addresses of the rows of a contiguous numpy array, for `map` to hand to pdfium."""
    base: int = array.ctypes.data
    step: int = array.strides[0]
    return range(base, base + step * len(array), step)


def points_of(segments: list[int]) -> tuple[Any, Any]:
    """Where the path segments end, in the path's own space: arrays of x and of y."""
    points = np.zeros((len(segments), 2), np.float32)
    xs = addresses(points)
    deque(map(segment_point, segments, xs, range(xs.start + 4, xs.stop + 4, xs.step)), 0)
    x, y = points.T.astype(np.float64)
    return x, y


def matrix_of(function: Callable[..., Any], *arguments: Any) -> tuple[float, ...]:
    """`(a, b, c, d, e, f)` that the function writes; the identity where it fails."""
    if not function(*arguments, FLOATS.at[0]):
        return (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    return tuple(FLOATS.values)


def color_of(handle: int, *, stroke: bool = False) -> tuple[int, int] | None:
    """`(0xRRGGBB, alpha)` of an object's fill or stroke, None where it has a pattern."""
    if not (object_stroke if stroke else object_fill)(handle, *COLOR.at):
        return None
    red, green, blue, alpha = COLOR.values
    return (red << 16) | (green << 8) | blue, alpha
