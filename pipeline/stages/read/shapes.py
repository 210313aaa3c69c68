"""Lines, filled areas, boxes and pictures of a page: what shows tables, boxes, cards and figures."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pypdfium2.raw as c

from pipeline.raw import Fill, Ruling
from pipeline.stages.read.place import Frame
from pipeline.types import Box

THIN: Final = 3.0
"""A filled rectangle thinner than this (points) is a ruling."""
DEPTH: Final = 6
SEGMENTS: Final = 4000
WHITE: Final = 0xFFFFFF


@dataclass(slots=True)
class Shapes:
    rulings: list[Ruling] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    areas: list[Box] = field(default_factory=list)
    """Bounds of coloured shapes that are no rectangle (discs, waves, thick lines)."""
    clips: dict[int, Box] = field(default_factory=dict)
    """Text object (its address) -> the part of the page outside which it is cut off."""


Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def shapes_of(page: Any, frame: Frame, limit: int) -> Shapes:
    """Shapes of the first `limit` objects of the page, forms included."""
    found = Shapes()
    budget = [limit]
    whole = Box(-1e6, -1e6, 1e6, 1e6)
    for handle in _objects(page, c.FPDFPage_CountObjects, c.FPDFPage_GetObject):
        _take(handle, IDENTITY, frame, found, budget, 0, whole)
        if budget[0] <= 0:
            break
    return found


def _objects(owner: Any, count: Any, get: Any) -> Iterator[Any]:
    for i in range(max(count(owner), 0)):
        yield get(owner, i)


def _take(handle: Any, outer: Matrix, frame: Frame, found: Shapes, budget: list[int], depth: int, clip: Box) -> None:
    budget[0] -= 1
    kind = c.FPDFPageObj_GetType(handle)
    if kind in (c.FPDF_PAGEOBJ_TEXT, c.FPDF_PAGEOBJ_FORM):
        clip = _clip(handle, outer, frame, clip)
    if kind == c.FPDF_PAGEOBJ_TEXT:
        if clip.x0 > 0 or clip.top > 0 or clip.x1 < frame.width or clip.bottom < frame.height:
            found.clips[ctypes.cast(handle, ctypes.c_void_p).value or 0] = clip
        return
    if kind == c.FPDF_PAGEOBJ_FORM:
        if depth < DEPTH:
            inner = _product(_matrix(handle), outer)
            for child in _objects(handle, c.FPDFFormObj_CountObjects, c.FPDFFormObj_GetObject):
                if budget[0] <= 0:
                    return
                _take(child, inner, frame, found, budget, depth + 1, clip)
        return
    box = _bounds(handle, outer, frame)
    if box is None or box.x1 < 0 or box.bottom < 0 or box.x0 > frame.width or box.top > frame.height:
        return
    if kind in (c.FPDF_PAGEOBJ_IMAGE, c.FPDF_PAGEOBJ_SHADING):
        if box.x1 - box.x0 > 2 * THIN and box.bottom - box.top > 2 * THIN:
            found.pictures.append(_clipped(box, frame))
    elif kind == c.FPDF_PAGEOBJ_PATH:
        _path(handle, box, outer, frame, found)


def _clip(handle: Any, outer: Matrix, frame: Frame, clip: Box) -> Box:
    """`clip` cut down by the object's own clipping paths (their bounds)."""
    path = c.FPDFPageObj_GetClipPath(handle)
    count = c.FPDFClipPath_CountPaths(path) if path else 0
    a, b, cc, d, e, f = outer
    x, y = ctypes.c_float(), ctypes.c_float()
    for i in range(min(max(count, 0), 8)):
        points = []
        for j in range(min(c.FPDFClipPath_CountPathSegments(path, i), 400)):
            c.FPDFPathSegment_GetPoint(c.FPDFClipPath_GetPathSegment(path, i, j), x, y)
            px, py = a * x.value + cc * y.value + e, b * x.value + d * y.value + f
            points.append(frame.box(px, py, px, py))
        if len(points) >= 3:
            xs, ys = [p.x0 for p in points], [p.top for p in points]
            clip = Box(max(clip.x0, min(xs)), max(clip.top, min(ys)), min(clip.x1, max(xs)), min(clip.bottom, max(ys)))
    return clip


def _path(handle: Any, box: Box, outer: Matrix, frame: Frame, found: Shapes) -> None:
    fill_mode, stroke = ctypes.c_int(), ctypes.c_int()
    c.FPDFPath_GetDrawMode(handle, fill_mode, stroke)
    if not fill_mode.value and not stroke.value:
        return
    width, height = box.x1 - box.x0, box.bottom - box.top
    if width <= THIN and height <= THIN:
        return
    if min(width, height) <= THIN:
        found.rulings.append(Ruling(*box))
        return
    count = c.FPDFPath_CountSegments(handle)
    if count > SEGMENTS:
        return
    parts = list(_subpaths(handle, count, _product(_matrix(handle), outer), frame))
    if fill_mode.value:
        color = _fill_color(handle)
        for points in parts:
            area = _rectangle(points)
            if area is None:
                found.areas.append(box)
                continue
            if min(area.x1 - area.x0, area.bottom - area.top) <= THIN:
                found.rulings.append(Ruling(*area))
            elif color is not None:
                found.fills.append(Fill(*_clipped(area, frame), color))
            else:
                found.areas.append(area)  # a pattern or a shading
    if stroke.value:
        if not fill_mode.value and _stroke_width(handle) > THIN:
            found.areas.append(box)
        for points in parts:
            area = _rectangle(points)
            if area is not None:
                found.boxes.append(area)
            for (xa, ya), (xb, yb) in itertools.pairwise(points):
                if abs(xa - xb) <= 1 or abs(ya - yb) <= 1:
                    found.rulings.append(Ruling(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)))


def _subpaths(handle: Any, count: int, matrix: Matrix, frame: Frame) -> Iterator[list[tuple[float, float]]]:
    a, b, cc, d, e, f = matrix
    points: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for i in range(count):
        segment = c.FPDFPath_GetPathSegment(handle, i)
        c.FPDFPathSegment_GetPoint(segment, x, y)
        px, py = a * x.value + cc * y.value + e, b * x.value + d * y.value + f
        shown = frame.box(px, py, px, py)
        if c.FPDFPathSegment_GetType(segment) == c.FPDF_SEGMENT_MOVETO and points:
            yield points
            points = []
        points.append((shown.x0, shown.top))
        if c.FPDFPathSegment_GetClose(segment) and points[-1] != points[0]:
            points.append(points[0])
    if points:
        yield points


def _rectangle(points: list[tuple[float, float]]) -> Box | None:
    """The box of a closed path whose corners all lie on its bounds (rounded corners allowed)."""
    if len(points) < 4:
        return None
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    box = Box(min(xs), min(ys), max(xs), max(ys))
    slack = max(2.0, 0.12 * min(box.x1 - box.x0, box.bottom - box.top)) if len(points) > 5 else 1.0
    for px, py in points:
        if min(px - box.x0, box.x1 - px, py - box.top, box.bottom - py) > slack:
            return None
    corners = sum(
        1
        for px, py in points
        if min(px - box.x0, box.x1 - px) <= slack and min(py - box.top, box.bottom - py) <= 4 * slack
    )
    return box if corners >= 4 else None


def _bounds(handle: Any, outer: Matrix, frame: Frame) -> Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not c.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
        return None
    x0, y0, x1, y1 = left.value, bottom.value, right.value, top.value
    if outer is not IDENTITY:
        a, b, cc, d, e, f = outer
        xs = [a * x + cc * y + e for x in (x0, x1) for y in (y0, y1)]
        ys = [b * x + d * y + f for x in (x0, x1) for y in (y0, y1)]
        x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    return frame.box(x0, y0, x1, y1)


def _clipped(box: Box, frame: Frame) -> Box:
    return Box(max(box.x0, 0.0), max(box.top, 0.0), min(box.x1, frame.width), min(box.bottom, frame.height))


def _matrix(handle: Any) -> Matrix:
    m = c.FS_MATRIX()
    c.FPDFPageObj_GetMatrix(handle, m)
    return (m.a, m.b, m.c, m.d, m.e, m.f)


def _product(m: Matrix, n: Matrix) -> Matrix:
    """First `m`, then `n`."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _stroke_width(handle: Any) -> float:
    width = ctypes.c_float()
    c.FPDFPageObj_GetStrokeWidth(handle, width)
    return width.value


def _fill_color(handle: Any) -> int | None:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not c.FPDFPageObj_GetFillColor(handle, red, green, blue, alpha) or alpha.value < 8:
        return None
    return (red.value << 16) | (green.value << 8) | blue.value
