"""Options of measuring; apart from the rest, because every command reads the options and few need numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOptions:
    """`resamples` for the intervals; `tolerance`: how far a scheme's F1 may fall before a comparison fails;
    `bins` of the calibration error."""

    resamples: int = 500
    tolerance: float = 0.01
    bins: int = 10
