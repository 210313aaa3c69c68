"""Markers of footnotes: kept off the words and figures of table cells, letters too; decimal numbers begin no item."""

from __future__ import annotations

import io
from collections.abc import Callable

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from pipeline.config import load_config
from pipeline.stages.layout import LayoutOptions, lay_out
from pipeline.stages.proof import doubtful
from pipeline.stages.read import ReadOptions, read_pages
from pipeline.stages.segment import SegmentOptions, segment
from pipeline.types import Passage

Draw = Callable[[canvas.Canvas], None]


def passages(draw: Draw) -> list[Passage]:
    """Passages of a page; none is doubted."""
    buffer = io.BytesIO()
    c = canvas.Canvas(buffer, pagesize=A4)
    draw(c)
    c.save()
    raw = read_pages(buffer.getvalue(), "notes.pdf", ReadOptions())
    options = load_config(None, [])
    found = segment(lay_out(raw, options.options(LayoutOptions)), options.options(SegmentOptions))
    assert doubtful(raw, found) == ()
    return list(found)


def marked(c: canvas.Canvas, x: float, y: float, text: str, size: float = 10) -> None:
    """Text in which what stands between `^` is raised: `May 2031^a^`."""
    line = c.beginText(x, y)
    for n, part in enumerate(text.split("^")):
        line.setFont("Helvetica", 0.62 * size if n % 2 else size)
        line.setRise(0.36 * size if n % 2 else 0)
        line.textOut(part)
    c.drawText(line)


ROWS = (
    ("State", "Signed^1^", "Ratified"),
    ("Algania", "10 May 2031", "5 June 2032^a^"),
    ("Bocoland", "-", "9 July 2034^a, b^"),
    ("Corvia", "8 km^2^ of coast", "-"),
)
NOTES = ("^a^ Accession.", "^b^ On 12 May 2035 the state declared its view.", "^1^ As at the end of the year.")


def notes(c: canvas.Canvas) -> None:
    for n in range(4):
        c.drawString(
            60, 420 - 14 * n, f"Sentence {n} tells at length what the convention asks of the states and of the towns."
        )
    for n, note in enumerate(NOTES):
        marked(c, 60, 120 - 14 * n, note, size=8)


def check(found: list[Passage]) -> None:
    rows = {p.text.split("\t")[0]: p for p in found if p.kind == "row"}
    assert rows["State"].text == "State\tSigned\tRatified"
    assert rows["State"].notes == ("1",)
    assert rows["Algania"].text.endswith("5 June 2032")
    assert rows["Algania"].notes == ("a",)
    assert rows["Bocoland"].text.endswith("9 July 2034")
    assert rows["Bocoland"].notes == ("a", "b")
    assert "8 km2 of coast" in rows["Corvia"].text
    assert rows["Corvia"].notes == ()
    assert [p.text for p in found if p.kind == "footnote"] == [note.split("^ ")[1] for note in NOTES]


def test_markers_in_ruled_cells() -> None:
    def draw(c: canvas.Canvas) -> None:
        c.grid([55, 180, 320, 480], [780 - 24 * n for n in range(len(ROWS) + 1)])
        for n, row in enumerate(ROWS):
            for x, cell in zip((60, 185, 325), row, strict=True):
                marked(c, x, 764 - 24 * n, cell)
        notes(c)

    check(passages(draw))


def test_markers_in_cells_told_by_alignment() -> None:
    def draw(c: canvas.Canvas) -> None:
        for n, row in enumerate((*ROWS, ("Duvenia", "1 May 2031", "3 May 2032"), ("Esteria", "-", "2 May 2033"))):
            for x, cell in zip((60, 185, 325), row, strict=True):
                marked(c, x, 764 - 19 * n, cell)
        notes(c)

    check(passages(draw))


def test_a_raised_letter_of_an_ordinal_or_without_a_note_stays() -> None:
    def draw(c: canvas.Canvas) -> None:
        marked(c, 60, 760, "La 1^a^ reunión trató del XX^e^ aniversario, en la sala del palacio.")
        marked(c, 60, 740, "Otra frase con la palabra norma^q^ y nada más que decir de ella.")
        notes(c)

    texts = " ".join(p.text for p in passages(draw) if p.kind != "footnote")
    assert "1a reunión" in texts
    assert "XXe aniversario" in texts
    assert "normaq" in texts


def test_a_decimal_number_at_the_beginning_of_a_line_is_no_item() -> None:
    lines = (
        "23. Two thirds of the people believe they have secure rights to land. As a result, nearly",
        "1.4 billion adults in the regions remain without papers for their land, and fewer than",
        "26.4 per cent of women say that they feel secure where they live and work.",
        "24. The share of women who own land has grown in most of the regions since the year",
    )

    def draw(c: canvas.Canvas) -> None:
        for n, line in enumerate(lines):
            c.drawString(60, 760 - 14 * n, line)

    assert [p.text[:3] for p in passages(draw)] == ["23.", "24."]


def test_stars_are_linked_with_their_notes() -> None:
    def draw(c: canvas.Canvas) -> None:
        c.drawString(60, 760, "The report was taken up under item 18 of the list of last year* by the whole assembly.")
        notes(c)
        c.setFont("Helvetica", 8)
        c.drawString(60, 60, "* A/80/50.")

    assert {p.text[:10]: p.notes for p in passages(draw) if p.notes} == {"The report": ("*",)}


def test_endnotes_in_the_size_of_the_text_are_notes_each() -> None:
    def draw(c: canvas.Canvas) -> None:
        c.drawString(60, 780, "The plan names the ministries that grant permits and those that look after the workers.")
        for n in range(1, 6):
            marked(c, 60, 740 - 14 * n, f"^{n}^ Plan of the ministry: page {n}0")

    found = [p for p in passages(draw) if p.kind == "footnote"]
    assert [p.text for p in found] == [f"Plan of the ministry: page {n}0" for n in range(1, 6)]
