"""Layout of leaflets and briefs: titles beside panels, quotations in panels, headings over columns, corners."""

from __future__ import annotations

import io
from collections.abc import Callable

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from pipeline.stages.layout import LayoutOptions, lay_out
from pipeline.stages.read import ReadOptions, read_pages
from pipeline.types import Block

Draw = Callable[[canvas.Canvas], None]
SENTENCES = (
    "Farmers who leave the coast find",
    "work in the towns of the plain and",
    "send part of their wages home each",
    "month, which feeds the families who",
    "stay and pays for seed and schools.",
)


def blocks(*draw: Draw) -> list[Block]:
    """Blocks of a PDF with a page for each function."""
    buffer = io.BytesIO()
    c = canvas.Canvas(buffer, pagesize=A4)
    for function in draw:
        function(c)
        c.showPage()
    c.save()
    document = lay_out(read_pages(buffer.getvalue(), "leaflet.pdf", ReadOptions()), LayoutOptions())
    return [b for b in document.blocks if b.kind != "furniture"]


def text(c: canvas.Canvas, x: float, y: float, *lines: str, size: float = 10, bold: bool = False) -> float:
    """Lines from `y` down; where the next line would stand."""
    c.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    for line in lines:
        c.drawString(x, y, line)
        y -= 1.25 * size
    return y


def columns(c: canvas.Canvas, *xs: float, top: float, rows: int = 5) -> None:
    for x in xs:
        text(c, x, top, *SENTENCES[:rows])


def test_a_title_does_not_run_on_into_the_panel_beside_it_and_its_quotation_is_one() -> None:
    def draw(c: canvas.Canvas) -> None:
        c.setFillColorRGB(0.85, 0.65, 0.2)
        c.rect(390, 80, 180, 560, stroke=0, fill=1)
        for y in range(300, 540, 30):  # each line shaded once more, as word processors do
            c.rect(394, y - 8, 172, 30, stroke=0, fill=1)
        c.setFillColorRGB(0, 0, 0)
        text(c, 40, 510, "MIGRATION: WHY", "IT MATTERS TO US", size=34)
        columns(c, 40, 215, top=400)
        c.setFillColorRGB(1, 1, 1)
        quotation = (("To house the", 20), ("795 million", 28), ("people who have", 20), ("moved to towns,", 20))
        y = 520.0
        for line, size in (*quotation, ("and those who", 20), ("will, takes a plan.", 20)):
            y = text(c, 402, y, line, size=size, bold=True) - 4

    found = blocks(draw)
    assert [b.text for b in found if b.kind == "heading"] == ["MIGRATION: WHY IT MATTERS TO US"]
    assert (
        found[-1].text == "To house the 795 million people who have moved to towns, and those who will, takes a plan."
    )


def test_a_heading_in_the_right_column_belongs_to_its_column_though_the_left_pauses_there() -> None:
    def draw(c: canvas.Canvas) -> None:
        text(c, 40, 780, *SENTENCES)
        text(c, 40, 600, *SENTENCES)
        text(c, 230, 780, *SENTENCES, *SENTENCES)
        text(c, 230, 645, "What does the state do", "about wages today?", size=14, bold=True)
        text(c, 230, 605, *SENTENCES)
        text(c, 420, 780, *SENTENCES, *SENTENCES, *SENTENCES)

    assert [b.text.split()[0] for b in blocks(draw)] == ["Farmers", "Farmers", "Farmers", "What", "Farmers", "Farmers"]


def test_the_last_line_of_a_heading_over_both_columns_stays_with_it() -> None:
    def draw(c: canvas.Canvas) -> None:
        text(c, 60, 780, "3. How the funds reach every region of the land", size=20, bold=True)
        text(c, 84, 757, "and city", size=20, bold=True)
        columns(c, 60, 320, top=720)

    assert blocks(draw)[0].text == "3. How the funds reach every region of the land and city"


def test_panels_with_steps_at_different_heights_are_no_table() -> None:
    def draw(c: canvas.Canvas) -> None:
        panels = ((40, 600, 120, 0.8), (40, 470, 130, 0.9), (300, 560, 160, 0.85), (300, 470, 90, 0.7))
        for x, y, height, shade in panels:
            c.setFillGray(shade)
            c.rect(x, y, 260, height, stroke=0, fill=1)
            c.setFillGray(0)
            text(c, x + 8, y + height - 16, *SENTENCES)

    assert {b.kind for b in blocks(draw)} == {"box"}


def test_small_words_in_the_corner_are_no_part_of_the_title_and_no_note() -> None:
    def draw(c: canvas.Canvas) -> None:
        text(c, 60, 780, "EVALUATION BRIEF", size=24, bold=True)
        text(c, 480, 784, "July 2031", size=11)
        text(c, 60, 700, *SENTENCES)

    found = {b.text: b.notes for b in blocks(draw)}
    assert found["EVALUATION BRIEF"] == found["July 2031"] == ()


def test_one_row_of_a_matrix_on_the_next_page_goes_on_with_it() -> None:
    edges = [40, 160, 260, 340, 420, 500]

    def page(*rows: tuple[str, ...]) -> Draw:
        def draw(c: canvas.Canvas) -> None:
            tops = [780.0 - 40 * n for n in range(len(rows) + 1)]
            c.grid(edges, tops)
            for top, row in zip(tops, rows, strict=False):
                for x, cell in zip(edges, row, strict=False):
                    text(c, x + 4, top - 14, cell)

        return draw

    first = page(("Measure", "Body", "2031", "2032", "2033"), ("Permits", "Ministry", "x", "", "x"))
    (table,) = blocks(first, page(("Visas for seasons", "Police", "x", "x", "")))
    assert [row[0] for row in table.cells] == ["Measure", "Permits", "Visas for seasons"]
    assert table.row_pages == (1, 1, 2)


def test_a_question_over_many_short_lines_is_a_heading_and_a_list_is_none() -> None:
    def draw(c: canvas.Canvas) -> None:
        y = text(
            c,
            40,
            780,
            "Why do",
            "so many of",
            "the young",
            "leave the",
            "villages of",
            "the coast?",
            size=16,
            bold=True,
        )
        text(c, 40, y - 10, *SENTENCES)
        text(c, 300, 780, *(f"Indicator {n}.{n}.1" for n in "abcdef"), size=16, bold=True)
        text(c, 300, 640, *SENTENCES)

    assert [b.text for b in blocks(draw) if b.kind == "heading"] == [
        "Why do so many of the young leave the villages of the coast?"
    ]


def test_a_table_of_contents_heads_nothing_on_later_pages() -> None:
    def contents(c: canvas.Canvas) -> None:
        text(c, 60, 780, "Contents", size=20, bold=True)
        text(c, 60, 740, *(f"{n}. Chapter on permits {'.' * 60} {n + 1}" for n in range(1, 6)))

    def chapter(c: canvas.Canvas) -> None:
        text(c, 60, 780, "1. Chapter on permits", size=14, bold=True)
        text(c, 60, 740, *SENTENCES)

    def cover(c: canvas.Canvas) -> None:
        text(c, 60, 700, "A plan for the coast", size=30, bold=True)

    assert blocks(cover, contents, chapter)[-1].headings == ("1. Chapter on permits",)


def test_a_divider_is_no_chapter_of_its_own_and_an_annex_stands_beside_the_chapters() -> None:
    def divider(c: canvas.Canvas) -> None:
        text(c, 60, 500, "Permits", size=28, bold=True)

    def chapter(c: canvas.Canvas) -> None:
        text(c, 60, 780, "2. Permits", size=20, bold=True)
        text(c, 60, 740, *SENTENCES)
        text(c, 60, 640, "2.1 Fees", size=14, bold=True)
        text(c, 60, 610, *SENTENCES)

    def annex(c: canvas.Canvas) -> None:
        text(c, 60, 780, "Annex A. Questions asked", size=16, bold=True)
        text(c, 60, 740, *SENTENCES)

    def cover(c: canvas.Canvas) -> None:
        text(c, 60, 700, "A plan for the coast", size=34, bold=True)

    paths = [b.headings for b in blocks(cover, divider, chapter, annex) if b.kind == "paragraph"]
    assert paths == [("2. Permits",), ("2. Permits", "2.1 Fees"), ("Annex A. Questions asked",)]


def test_cards_below_the_short_end_of_an_introduction_are_read_in_rows() -> None:
    def draw(c: canvas.Canvas) -> None:
        text(c, 40, 780, "The plan of the coast", size=20, bold=True)
        text(
            c,
            40,
            745,
            "The towns of the plain have agreed on nine tasks with the villages of the coast, which are shown",
        )
        text(c, 40, 732, "in these cards.")
        for row in range(2):
            for column in range(3):
                x, y = 40 + 175 * column, 560 - 150 * row
                c.rect(x, y, 160, 130)
                text(c, x + 8, y + 112, f"Task {row}{column}", bold=True)
                text(c, x + 8, y + 94, "Farmers who leave find", "work and send wages.", size=9)

    titles = [b.text for b in blocks(draw) if b.text.startswith("Task")]
    assert titles == ["Task 00", "Task 01", "Task 02", "Task 10", "Task 11", "Task 12"]


def test_the_first_note_beside_the_text_stands_below_the_headings_above_it() -> None:
    def draw(c: canvas.Canvas) -> None:
        text(c, 190, 770, "Permits", size=20, bold=True)
        y = 735.0
        for title in ("Fees", "Forms"):
            text(c, 190, y, title, size=13, bold=True)
            text(c, 50, y - 20, "A note in small print", f"about {title.lower()}.", size=7.5)
            y = text(c, 190, y - 20, *(f"{s} and all of the towns around them" for s in SENTENCES * 2)) - 20

    notes = [b for b in blocks(draw) if b.text.startswith("A note")]
    assert [b.headings[-1] for b in notes] == ["Fees", "Forms"]


def test_the_symbol_at_the_head_of_a_page_is_no_part_of_the_title_beside_it() -> None:
    def draw(c: canvas.Canvas) -> None:
        text(c, 60, 780, "General Assembly", size=14, bold=True)
        text(c, 470, 780, "A/99/1234", size=10)
        text(c, 60, 740, *SENTENCES)

    assert next(b.text for b in blocks(draw)) == "General Assembly"


def test_items_set_looser_than_the_text_are_whole_and_signs_of_a_font_of_signs_are_bullets() -> None:
    def draw(c: canvas.Canvas) -> None:
        y = text(c, 60, 780, *SENTENCES, *SENTENCES, "which is told below.")
        for _ in range(3):
            y -= 8
            for n, line in enumerate((*SENTENCES[:2], "leave for the towns.")):
                if not n:
                    c.setFont("ZapfDingbats", 10)
                    c.drawString(60, y, "\u2714")
                text(c, 76, y, line + (" of the river and the wide," if n < 2 else ""))
                y -= 15

    found = blocks(draw)
    assert [b.kind for b in found[-3:]] == ["item"] * 3
    assert all(b.text.startswith("Farmers") and b.text.endswith("for the towns.") for b in found[-3:])


def test_titles_one_under_the_other_stay_apart() -> None:
    titles = (
        "Report of the Institute of Statistics on the towns of the plain",
        "Report of the Office of Ports on fish",
    )

    def draw(c: canvas.Canvas) -> None:
        columns(c, 60, top=780)
        for n, title in enumerate(titles):
            text(c, 60, 690 - 17 * n, title)

    assert [b.text for b in blocks(draw)][1:] == list(titles)


def test_a_bold_beginning_in_larger_print_that_ends_on_the_next_line_is_no_heading() -> None:
    def draw(c: canvas.Canvas) -> None:
        columns(c, 60, top=780)
        text(c, 60, 680, "Finding 1 The towns of the plain struggle with", size=12, bold=True)
        text(c, 60, 664, "repairs.", size=12, bold=True)
        text(c, 113, 664, "Most of the towns have asked for help,")
        text(c, 60, 651, *(f"{s} here" for s in SENTENCES))

    assert [b.kind for b in blocks(draw)] == ["paragraph", "paragraph"]
