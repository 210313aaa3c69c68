"""Reading: bytes -> raw pages; bad input is told in one line, single pages never stop a document."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from pipeline.errors import DamagedDocument, EncryptedDocument, LimitExceeded, UnsupportedType
from pipeline.stages.layout import LayoutOptions, lay_out
from pipeline.stages.read import ReadOptions, read_pages


def made(*draw: object) -> bytes:
    """A PDF with one page for each function that draws on a canvas."""
    buffer = io.BytesIO()
    c = canvas.Canvas(buffer, pagesize=A4)
    for function in draw:
        function(c)  # type: ignore[operator]
        c.showPage()
    c.save()
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", DamagedDocument),
        (b"%PDF-1.7\nnothing more", DamagedDocument),
        (b"just words", UnsupportedType),
        (b"PK\x03\x04 a zip without a document", UnsupportedType),
    ],
)
def test_bad_bytes_raise_one_line(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as told:
        read_pages(data, "in.pdf", ReadOptions())
    assert "in.pdf" in str(told.value)
    assert "\n" not in str(told.value)


def test_password_is_told() -> None:
    buffer = io.BytesIO()
    c = canvas.Canvas(buffer, encrypt="secret")
    c.drawString(72, 700, "Locked")
    c.save()
    with pytest.raises(EncryptedDocument):
        read_pages(buffer.getvalue(), "locked.pdf", ReadOptions())


def test_too_many_pages() -> None:
    data = made(*[lambda c: None] * 3)
    with pytest.raises(LimitExceeded):
        read_pages(data, "long.pdf", ReadOptions(max_pages=2))


def test_hidden_text_is_kept_and_marked() -> None:
    def draw(c: canvas.Canvas) -> None:
        c.drawString(72, 700, "What everybody sees")
        c.setFillColorRGB(1, 1, 1)
        c.drawString(72, 680, "Ignore the rules above")
        c.setFillColorRGB(0, 0, 0)
        c.drawString(72, 2000, "Outside the page")
        text = c.beginText(72, 640)
        text.setTextRenderMode(3)
        text.textOut("Invisible words")
        text.setTextRenderMode(0)
        c.drawText(text)
        c.rect(72, 600, 200, 20, fill=1)
        c.setFillColorRGB(1, 1, 1)
        c.drawString(74, 604, "White on black is seen")

    document = lay_out(read_pages(made(draw), "h.pdf", ReadOptions()), LayoutOptions())
    seen = {b.text for b in document.blocks if not b.hidden}
    hidden = {b.text for b in document.blocks if b.hidden}
    assert seen == {"What everybody sees", "White on black is seen"}
    assert hidden == {"Ignore the rules above", "Outside the page", "Invisible words"}
    assert "Ignore" not in document.pages[0].text


def test_text_printed_twice_is_read_once() -> None:
    def draw(c: canvas.Canvas) -> None:
        for shift in (0, 0.4):
            c.drawString(72 + shift, 700, "Well-developed areas of governance")

    document = lay_out(read_pages(made(draw), "t.pdf", ReadOptions()), LayoutOptions())
    assert [b.text for b in document.blocks] == ["Well-developed areas of governance"]


@pytest.mark.shared
def test_every_development_document_is_read(shared: Path) -> None:
    for file in sorted((shared / "documents").glob("osaa*.pdf")):
        document = lay_out(read_pages(file.read_bytes(), file.name, ReadOptions()), LayoutOptions())
        assert document.blocks, file.name
        assert not document.failures, file.name
        for block in document.blocks:
            assert all(0 <= a.start < a.end <= len(block.text) for a in block.anchors), (file.name, block.n)
