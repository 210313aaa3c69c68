"""From a PDF's own coordinates (origin bottom left, unrotated) to the page as it is shown (origin top left)."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as c

from pipeline.types import Box


@dataclass(frozen=True, slots=True)
class Frame:
    """A page's visible area in its own space and its rotation (0, 90, 180, 270 degrees clockwise).

    >>> Frame(0, 0, 600, 800, 0).box(10, 700, 20, 712)
    Box(x0=10, top=88, x1=20, bottom=100)
    >>> Frame(0, 0, 600, 800, 90).box(10, 700, 20, 712)
    Box(x0=700, top=10, x1=712, bottom=20)
    """

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @property
    def width(self) -> float:
        return self.right - self.left if self.rotation in (0, 180) else self.top - self.bottom

    @property
    def height(self) -> float:
        return self.top - self.bottom if self.rotation in (0, 180) else self.right - self.left

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        if self.rotation == 0:
            return Box(x0 - self.left, self.top - y1, x1 - self.left, self.top - y0)
        if self.rotation == 90:
            return Box(y0 - self.bottom, x0 - self.left, y1 - self.bottom, x1 - self.left)
        if self.rotation == 180:
            return Box(self.right - x1, y0 - self.bottom, self.right - x0, y1 - self.bottom)
        return Box(self.top - y1, self.right - x1, self.top - y0, self.right - x0)

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.rotation == 0:
            return x - self.left, self.top - y
        shown = self.box(x, y, x, y)
        return shown.x0, shown.top

    def boxes(self, x0: Any, y0: Any, x1: Any, y1: Any) -> tuple[Any, Any, Any, Any]:
        """The same for arrays."""
        left, bottom, right, top = self.left, self.bottom, self.right, self.top
        if self.rotation == 0:
            return x0 - left, top - y1, x1 - left, top - y0
        if self.rotation == 90:
            return y0 - bottom, x0 - left, y1 - bottom, x1 - left
        if self.rotation == 180:
            return right - x1, y0 - bottom, right - x0, y1 - bottom
        return top - y1, right - x1, top - y0, right - x0

    def angle(self, degrees: float) -> int:
        """The direction of reading on the shown page: 0, 90, 180, 270 counterclockwise, or -1 for a slant."""
        shown = (degrees - self.rotation) % 360
        nearest = round(shown / 90) * 90
        return nearest % 360 if abs(shown - nearest) <= 8 else -1

    def page_angle(self, shown: int) -> int:
        """Back from the shown direction to the direction in the page's own space."""
        return (shown + self.rotation) % 360 if shown >= 0 else -1


def frame_of(page: Any) -> Frame:
    """The crop box where there is one, clipped to the media box; rotation as the page says."""
    edges = [ctypes.c_float() for _ in range(4)]
    rect = c.FS_RECTF()
    if c.FPDF_GetPageBoundingBox(page, rect) and rect.right > rect.left and rect.top > rect.bottom:
        left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
    elif c.FPDFPage_GetMediaBox(page, *edges):
        left, bottom, right, top = (e.value for e in edges)
    else:
        left, bottom, right, top = 0.0, 0.0, 612.0, 792.0
    return Frame(left, bottom, right, top, (c.FPDFPage_GetRotation(page) % 4) * 90)
