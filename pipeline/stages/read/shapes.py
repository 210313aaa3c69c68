"""Lines, filled areas, boxes and pictures of a page: what shows tables, boxes, cards and figures."""

from __future__ import annotations

import ctypes
import itertools
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pypdfium2.raw as c

from pipeline.raw import Fill, Ruling
from pipeline.stages.read import calls
from pipeline.stages.read.place import Frame
from pipeline.types import Box

THIN: Final = 3.0
"""A filled rectangle thinner than this (points) is a ruling."""
DEPTH: Final = 6
SEGMENTS: Final = 600
"""A path with more segments is a drawing; only its bounds are kept."""
FEW_SEGMENTS: Final = 24
SMALL: Final = 8.0
"""Shapes smaller than this (points) are signs: no table, box or figure hangs on them."""
FAINTEST: Final = 8
"""A fill less opaque than this (of 255) is not seen."""
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
    address = ctypes.cast(page, ctypes.c_void_p).value
    count = min(max(c.FPDFPage_CountObjects(page), 0), limit)
    handles = map(calls.page_object, itertools.repeat(address), range(count))
    _Reader(frame, found, limit).take(handles, IDENTITY, 0, Box(-1e6, -1e6, 1e6, 1e6))
    return found


class _Reader:
    """Walks through the objects of one page; `budget` counts down the objects that may still be looked at."""

    def __init__(self, frame: Frame, found: Shapes, budget: int) -> None:
        self.frame, self.found, self.budget = frame, found, budget
        self.width, self.height = frame.width, frame.height

    def take(self, objects: Iterable[int | None], outer: Matrix, depth: int, clip: Box) -> None:
        """The objects of the page or of a form, in the order in which they are painted."""
        for handle in objects:
            if not handle or self.budget <= 0:
                continue
            self.budget -= 1
            kind = calls.object_kind(handle)
            if kind == c.FPDF_PAGEOBJ_TEXT:
                shown = self._clip(handle, outer, clip)
                if shown.x0 > 0 or shown.top > 0 or shown.x1 < self.width or shown.bottom < self.height:
                    self.found.clips[handle] = shown
            elif kind == c.FPDF_PAGEOBJ_PATH:
                box = self._bounds(handle, outer)
                if box is not None:
                    self._path(handle, box, outer)
            elif kind == c.FPDF_PAGEOBJ_FORM:
                if depth < DEPTH:
                    self._form(handle, outer, depth, self._clip(handle, outer, clip))
            elif kind in (c.FPDF_PAGEOBJ_IMAGE, c.FPDF_PAGEOBJ_SHADING):
                box = self._bounds(handle, outer)
                if box is not None and box.x1 - box.x0 > 2 * THIN and box.bottom - box.top > 2 * THIN:
                    self.found.pictures.append(_clipped(box, self.frame))

    def _form(self, handle: int, outer: Matrix, depth: int, clip: Box) -> None:
        a, b, cc, d, e, f = calls.matrix_of(calls.object_matrix, handle)
        inner = _product((a, b, cc, d, e, f), outer)
        count = c.FPDFFormObj_CountObjects(ctypes.cast(handle, c.FPDF_PAGEOBJECT))
        self.take(map(calls.form_object, itertools.repeat(handle), range(max(count, 0))), inner, depth + 1, clip)

    def _clip(self, handle: int, outer: Matrix, clip: Box) -> Box:
        """`clip` cut down by the object's own clipping paths (their bounds)."""
        path = calls.object_clip(handle)
        count = calls.clip_paths(path) if path else 0
        for i in range(min(max(count, 0), 8)):
            segments = [calls.clip_segment(path, i, j) for j in range(min(calls.clip_segments(path, i), 400))]
            points = self._points(segments, outer)
            if len(points) >= 3:
                xs, ys = [p[0] for p in points], [p[1] for p in points]
                clip = Box(
                    max(clip.x0, min(xs)), max(clip.top, min(ys)), min(clip.x1, max(xs)), min(clip.bottom, max(ys))
                )
        return clip

    def _path(self, handle: int, box: Box, outer: Matrix) -> None:
        found = self.found
        calls.path_mode(handle, *calls.MODES.at)
        fills, strokes = calls.MODES.values
        width, height = box.x1 - box.x0, box.bottom - box.top
        if not (fills or strokes) or (width <= THIN and height <= THIN):
            return
        if min(width, height) <= THIN:
            found.rulings.append(Ruling(*box))
            return
        count = calls.path_segments(handle)
        color = calls.color_of(handle) if fills else None
        if count > SEGMENTS or (count > FEW_SEGMENTS and _is_curved(handle)) or max(width, height) < SMALL:
            if fills:
                found.areas.append(box)
            return
        if fills and not strokes and count in (4, 5):  # one rectangle: its bounds say all
            self._fill(box, color)
            return
        a, b, cc, d, e, f = calls.matrix_of(calls.object_matrix, handle)
        parts = self._subpaths(handle, count, _product((a, b, cc, d, e, f), outer))
        for points in parts:
            area = _rectangle(points)
            if fills:
                if area is None:
                    found.areas.append(box)
                else:
                    self._fill(area, color)
            if strokes:
                self._stroke(points, area)
        calls.object_stroke_width(handle, calls.FLOATS.at[0])
        if strokes and not fills and calls.FLOATS.values[0] > THIN:
            found.areas.append(box)

    def _fill(self, area: Box, color: tuple[int, int] | None) -> None:
        found = self.found
        if color is None:
            found.areas.append(area)  # a pattern or a shading
        elif color[1] >= FAINTEST:
            if min(area.x1 - area.x0, area.bottom - area.top) <= THIN:
                found.rulings.append(Ruling(*area))
            else:
                found.fills.append(Fill(*_clipped(area, self.frame), color[0]))

    def _stroke(self, points: list[tuple[float, float]], area: Box | None) -> None:
        if area is not None:
            self.found.boxes.append(area)
        if len(points) < FEW_SEGMENTS:
            for (xa, ya), (xb, yb) in itertools.pairwise(points):
                if abs(xa - xb) <= 1 or abs(ya - yb) <= 1:
                    self.found.rulings.append(Ruling(min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)))
            return
        places = np.array(points)
        low, high = np.minimum(places[:-1], places[1:]), np.maximum(places[:-1], places[1:])
        straight = ((high - low) <= 1).any(axis=1)
        self.found.rulings += map(Ruling, *low[straight].T.tolist(), *high[straight].T.tolist())

    def _subpaths(self, handle: int, count: int, matrix: Matrix) -> list[list[tuple[float, float]]]:
        segments = list(map(calls.path_segment, itertools.repeat(handle), range(count)))
        points = self._points(segments, matrix)
        moves = [i for i, kind in enumerate(map(calls.segment_kind, segments)) if kind == c.FPDF_SEGMENT_MOVETO and i]
        bounds = [0, *moves, count] if count else []
        parts = [points[i:j] for i, j in itertools.pairwise(bounds)]
        closes = list(itertools.compress(range(count), map(calls.segment_closes, segments)))
        for i in reversed(closes):
            n = bisect_right(moves, i)
            start = bounds[n]
            if points[i] != points[start]:
                parts[n].insert(i - start + 1, points[start])
        return parts

    def _points(self, segments: list[int], matrix: Matrix) -> list[tuple[float, float]]:
        a, b, cc, d, e, f = matrix
        x, y = calls.points_of(segments)
        px, py = a * x + cc * y + e, b * x + d * y + f
        shown = self.frame.boxes(px, py, px, py)
        return list(zip(shown[0].tolist(), shown[1].tolist(), strict=True))

    def _bounds(self, handle: int, outer: Matrix) -> Box | None:
        """The object's box, None where it has none or lies outside the page."""
        if not calls.object_bounds(handle, *calls.FLOATS.at[:4]):
            return None
        x0, y0, x1, y1 = calls.FLOATS.values[:4]
        if outer is not IDENTITY:
            a, b, cc, d, e, f = outer
            xs = [a * x + cc * y + e for x in (x0, x1) for y in (y0, y1)]
            ys = [b * x + d * y + f for x in (x0, x1) for y in (y0, y1)]
            x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
        box = self.frame.box(x0, y0, x1, y1)
        outside = box.x1 < 0 or box.bottom < 0 or box.x0 > self.width or box.top > self.height
        return None if outside else box


def _is_curved(handle: int) -> bool:
    """A long path with curves at its beginning is an outline of something drawn, not a grid."""
    kinds = (calls.segment_kind(calls.path_segment(handle, i)) for i in range(12))
    return any(kind == c.FPDF_SEGMENT_BEZIERTO for kind in kinds)


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


def _clipped(box: Box, frame: Frame) -> Box:
    return Box(max(box.x0, 0.0), max(box.top, 0.0), min(box.x1, frame.width), min(box.bottom, frame.height))


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
