"""Charts: their labels are no headings and no passages, and the text around is read as if they were not there."""

from __future__ import annotations

from reportlab.pdfgen import canvas

from tests.test_leaflets import SENTENCES, blocks, text


def chart(c: canvas.Canvas, x: float, y: float) -> None:
    """Bars of four years on a grid with a scale on the left, names and a legend below."""
    for n in range(5):
        text(c, x, y + 30 * n - 3, f"{20 * n:>3} %", size=8)
        c.line(x + 30, y + 30 * n, x + 230, y + 30 * n)
    for n, name in enumerate(("Fishing", "Farming", "Trade", "Care work")):
        c.setFillColorRGB(0.9, 0.5, 0.2)
        c.rect(x + 40 + 48 * n, y, 25, 25 * (n + 1), stroke=0, fill=1)
        c.setFillColorRGB(0, 0, 0)
        text(c, x + 40 + 48 * n, y + 25 * (n + 1) + 4, f"{16 * (n + 1)}.5", size=8, bold=True)
        text(c, x + 38 + 48 * n, y - 12, name, size=8, bold=True)
    text(c, x + 80, y - 28, "Men at work", size=8)
    text(c, x + 150, y - 28, "Women at work", size=8)


def test_labels_of_a_chart_are_its_caption_and_the_paragraph_goes_on_behind_it() -> None:
    def draw(c: canvas.Canvas) -> None:
        text(c, 60, 780, "Who works where", size=14, bold=True)
        text(c, 60, 750, *SENTENCES)
        chart(c, 60, 500)
        text(c, 60, 440, *SENTENCES)

    found = blocks(draw)
    assert [b.kind for b in found] == ["heading", "paragraph", "caption", "paragraph"]
    assert all(word in found[2].text for word in ("Fishing", "Care work", "80 %", "64.5", "Women at work"))
    assert found[3].headings == ("Who works where",)


def test_a_column_of_numbers_without_a_drawing_or_beside_words_is_no_scale() -> None:
    def numbers(c: canvas.Canvas) -> None:
        text(c, 60, 700, "50", "40", "30", "20")

    def rows(c: canvas.Canvas) -> None:
        for n, name in enumerate(("Coast", "Plain", "Hills", "Capital")):
            text(c, 60, 700 - 20 * n, str(50 - 10 * n))
            text(c, 120, 700 - 20 * n, name)
            c.line(60, 695 - 20 * n, 300, 695 - 20 * n)

    assert all(b.kind != "caption" for b in blocks(numbers, rows))
