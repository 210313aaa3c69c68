"""Numbers -> pictures (PNG). Colours of Okabe and Ito (2008), told apart by the colour-blind and, with hatches, in
black and white; no colour carries meaning alone: each number is written or can be read from the axis."""

from __future__ import annotations

import io
import textwrap
import threading
from collections.abc import Callable
from typing import Any, Final

from pipeline.manuscript import Chart

BLUE, ORANGE, GREY, DARK = "#0072B2", "#E69F00", "#999999", "#222222"
DPI: Final = 160
WIDTH: Final = 6.6
"""Inches: a page in portrait, between its margins."""

_drawing: Final = threading.Lock()  # matplotlib's fonts are not made for several threads


def draw(chart: Chart) -> bytes:
    """A PNG; the same numbers give the same picture. Threads wait for each other."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - half a second, only where one draws
    from matplotlib.figure import Figure  # noqa: PLC0415

    with _drawing:
        height = 1.1 + (0.26 if chart.kind == "coverage" else 0.46) * len(chart.rows)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        DRAWERS[chart.kind](axes, chart)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0, labelsize=8, labelcolor=DARK)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def _coverage(axes: Any, chart: Chart) -> None:
    most = max(max(row) for row in chart.values) or 1
    axes.imshow(chart.values, cmap="Blues", vmin=0, vmax=most * 1.25, aspect="auto")
    for y, row in enumerate(chart.values):
        for x, value in enumerate(row):
            if value:
                colour = "white" if value > most * 0.7 else DARK
                axes.text(x, y, f"{value:g}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(chart.columns)), [_wrapped(c, 18) for c in chart.columns])
    axes.set_yticks(range(len(chart.rows)), chart.rows)
    axes.xaxis.tick_top()
    axes.set_yticks([y - 0.5 for y in range(1, len(chart.rows))], minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="minor", length=0)


def _bars(axes: Any, chart: Chart) -> None:
    """Two bars for each row."""
    step = 0.38
    for n, (column, colour, hatch) in enumerate(zip(chart.columns, (BLUE, ORANGE), ("", "///"), strict=False)):
        places = [y + (n - 0.5) * step for y in range(len(chart.rows))]
        bars = axes.barh(
            places, [v[n] for v in chart.values], step, color=colour, hatch=hatch, edgecolor="white", label=column
        )
        axes.bar_label(bars, fmt="%g", fontsize=8, padding=2, color=DARK)
    _rows(axes, chart)


def _stacked(axes: Any, chart: Chart) -> None:
    left = [0.0] * len(chart.rows)
    for n, (column, colour, hatch) in enumerate(zip(chart.columns, (BLUE, ORANGE), ("", "///"), strict=False)):
        values = [v[n] for v in chart.values]
        bars = axes.barh(
            range(len(values)), values, 0.6, left=left, color=colour, hatch=hatch, edgecolor="white", label=column
        )
        texts = [f"{v:g}" if v else "" for v in values]
        labels = axes.bar_label(bars, labels=texts, label_type="center", fontsize=8, color=DARK)
        for label in labels:
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.2})
        left = [a + b for a, b in zip(left, values, strict=True)]
    _rows(axes, chart)


def _dumbbell(axes: Any, chart: Chart) -> None:
    for y, (first, last) in enumerate(chart.values):
        axes.plot([first, last], [y, y], color=GREY, linewidth=2.5, zorder=1)
        apart = 0.0 if first != last else 0.16
        axes.scatter(
            first, y - apart, color=ORANGE, marker="o", s=60, zorder=2, label=chart.columns[0] if not y else None
        )
        axes.scatter(last, y + apart, color=BLUE, marker="D", s=52, zorder=2, label=chart.columns[1] if not y else None)
        for value, other, offset in ((first, last, -apart), (last, first, apart)):
            side = 1 if value >= other else -1
            align = "left" if side > 0 else "right"
            axes.text(value + side * 0.22, y + offset, f"{value:g}", ha=align, va="center", fontsize=8, color=DARK)
    _rows(axes, chart)


def _rows(axes: Any, chart: Chart) -> None:
    axes.set_yticks(range(len(chart.rows)), [_wrapped(r, 34) for r in chart.rows])
    axes.invert_yaxis()
    axes.set_xlim(-0.4 if chart.kind == "progress" else 0, max(max(r) for r in chart.values) * 1.12 + 1)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(chart.words.get("number", ""), fontsize=8, color=DARK)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=8)


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width)


DRAWERS: Final[dict[str, Callable[[Any, Chart], None]]] = {
    "coverage": _coverage,
    "domains": _bars,
    "answers": _stacked,
    "progress": _dumbbell,
}
"""Kind of chart -> what draws it."""
