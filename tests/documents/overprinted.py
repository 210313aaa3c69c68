"""Pages on which words lie on words: shades of a title, a backdrop of slanted words, two layers of text."""

from __future__ import annotations

from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.documents.pool import Pool

BACKDROP = ("Fair", "Resilient", "Inclusive", "Competitive", "Development")


def lines(seed: int, count: int) -> list[str]:
    """Lines of a width that fits the page at 10 points."""
    words = [word for _ in range(count) for word in Pool(seed, "en").paragraph(40).split()]
    return [" ".join(words[i * 12 : i * 12 + 12]) for i in range(count)]


def write(canvas: Canvas, rows: list[str], x: float, size: float, leading: float) -> None:
    canvas.setFont("Helvetica", size)
    for n, row in enumerate(rows):
        canvas.drawString(x, 700 - n * leading, row)


def shades(path: Path) -> list[str]:
    """A title printed with six shades over the page, then a page of plain text; returns that page's lines."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for n in range(6):
        write(canvas, ["Strategy for a Resilient and Inclusive Development 2031"] * 2, 60 + 3.5 * n, 16 - 0.3 * n, 18)
    return _plain_page(canvas)


def backdrop(path: Path) -> list[str]:
    """A cover filled with the same few words on a slant, with an address in its corner; then plain text."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.drawString(60, 60, "Ministry of Finance, 10 Harbour Street, Altaverra")
    canvas.rotate(35)
    canvas.setFont("Helvetica", 16)
    for row in range(20):
        for column in range(8):
            canvas.drawString(100 + column * 95, -200 + row * 40, BACKDROP[(row + column) % len(BACKDROP)])
    return _plain_page(canvas)


def two_layers(path: Path) -> list[str]:
    """Text over a layer of other text in other sizes, cut off by a clip: what is seen must keep every letter."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.saveState()
    clip = canvas.beginPath()
    clip.rect(0, 0, 5, 5)
    canvas.clipPath(clip, stroke=0)
    for n in range(24):
        write(canvas, lines(3, 40), 48 + n % 3, 10.9 - 0.05 * n, 12.2 - 0.1 * n)
    canvas.restoreState()
    seen = lines(4, 40)
    write(canvas, seen, 50, 10, 12)
    canvas.save()
    return seen


def _plain_page(canvas: Canvas) -> list[str]:
    canvas.showPage()
    seen = lines(5, 20)
    write(canvas, seen, 50, 10, 12)
    canvas.save()
    return seen
