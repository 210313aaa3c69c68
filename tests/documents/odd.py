"""Files that are no plain PDF with text: other formats, locked, empty, cut off, scanned, without Unicode map."""

from __future__ import annotations

import html as markup
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docx as word
import pypdfium2 as pdfium
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from corpus.glyphs import FAMILIES
from corpus.typeset import Press
from tests.documents.house import House
from tests.documents.layouts import A4, body_style, heading_styles, running
from tests.documents.pool import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a flowing document holds: (level, heading) and (0, paragraph) in order, then the rows of one table."""

    parts: tuple[tuple[int, str], ...]
    items: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def passages(self) -> list[tuple[str, list[str]]]:
        """Text and heading path of every paragraph and item."""
        path: list[tuple[int, str]] = []
        found: list[tuple[str, list[str]]] = []
        for level, text in self.parts:
            if level:
                path = [p for p in path if p[0] < level] + [(level, text)]
            else:
                found.append((text, [t for _, t in path]))
        return found + [(text, [t for _, t in path]) for text in self.items]


def outline(seed: int) -> Outline:
    pool = Pool(seed, "en")
    parts: list[tuple[int, str]] = []
    for _ in range(3):
        parts.append((1, pool.heading()))
        parts.append((0, pool.paragraph(40)))
        for _ in range(2):
            parts.append((2, pool.heading()))
            parts.append((0, pool.paragraph(40)))
    rows = [("Measure", "Target", "Status")]
    rows += [(pool.heading(), f"{n}.{n}", "In force") for n in range(3, 7)]
    return Outline(parts=tuple(parts), items=tuple(pool.item() for _ in range(3)), rows=tuple(rows))


def docx(seed: int, path: Path) -> Outline:
    made, text = word.Document(), outline(seed)
    made.sections[0].header.paragraphs[0].text = "Third Progress Review of the Republic"
    for level, part in text.parts:
        if level:
            made.add_heading(part, level)
        else:
            made.add_paragraph(part)
    for item in text.items:
        made.add_paragraph(item, style="List Bullet")
    table = made.add_table(rows=0, cols=3)
    for row in text.rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value
    made.save(str(path))
    return text


def html(seed: int, path: Path) -> Outline:
    text = outline(seed)
    lines = ["<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8"><title>Review</title>']
    lines += ["<style>p { color: #333 }</style><script>var passage = 'not to be read';</script></head><body>"]
    lines += ["<nav><ul><li><a href='/'>Home</a></li><li><a href='/about'>About</a></li></ul></nav><main>"]
    for level, part in text.parts:
        tag = f"h{level}" if level else "p"
        lines.append(f"<{tag}>{markup.escape(part)}</{tag}>")
    lines.append("<ul>" + "".join(f"<li>{markup.escape(i)}</li>" for i in text.items) + "</ul><table>")
    for n, row in enumerate(text.rows):
        cell = "th" if n == 0 else "td"
        lines.append("<tr>" + "".join(f"<{cell}>{markup.escape(v)}</{cell}>" for v in row) + "</tr>")
    lines.append("</table></main><footer>Third Progress Review of the Republic</footer></body></html>")
    path.write_text("\n".join(lines), encoding="utf-8")
    return text


def pages(seed: int, path: Path | io.BytesIO, *, encrypt: StandardEncryption | None = None) -> Press:
    """A plain document of three pages, the base of those that are spoilt afterwards."""
    pool = Pool(seed, "en")
    text = body_style(pool, 11, family="times", ink="line")
    press = Press(path, House(text=text, heads=running(pool)), A4, encrypt=encrypt)
    press.turn()
    heads = heading_styles(text, "#333333")
    for n in range(3):
        if n:
            press.turn()
        press.heading(pool.heading(), 1, heads[0])
        for _ in range(4):
            press.set(pool.paragraph(40), text)
    press.save()
    return press


def plain(path: Path) -> None:
    pages(5, path)


def encrypted(path: Path) -> None:
    """Needs a password to be opened."""
    pages(5, path, encrypt=StandardEncryption("open sesame", "owner", canPrint=1))


def owner_locked(path: Path) -> None:
    """Opens without a password; only printing and copying are forbidden to honest viewers."""
    pages(5, path, encrypt=StandardEncryption("", "owner", canCopy=0))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    """The first third of a PDF: no cross-reference table, streams cut off."""
    pages(5, path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])


def header_only(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")


def noise(path: Path) -> None:
    """No PDF, whatever its name says."""
    path.write_bytes(bytes((n * 197 + 31) % 256 for n in range(4096)))


def no_pages(path: Path) -> None:
    """A sound PDF with an empty page tree."""
    parts = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n",
    ]
    data, places = b"%PDF-1.4\n", []
    for part in parts:
        places.append(len(data))
        data += part
    table = b"xref\n0 3\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    path.write_bytes(data + table + b"trailer<</Size 3/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(data))


def scan(path: Path, *, only: tuple[int, ...] = (0, 1, 2), dpi: int = 150) -> None:
    """Pages as pictures without a text layer; `only` says which, the others keep their text."""
    base = io.BytesIO()
    pages(5, base)
    source = pdfium.PdfDocument(base.getvalue())
    made = pdfium.PdfDocument.new()
    for n in range(len(source)):
        if n not in only:
            made.import_pages(source, [n])
            continue
        picture = source[n].render(scale=dpi / 72).to_pil().convert("L")
        sheet = io.BytesIO()
        canvas = Canvas(sheet, pagesize=A4, invariant=1)
        canvas.drawImage(ImageReader(picture), 0, 0, *A4)
        canvas.save()
        made.import_pages(pdfium.PdfDocument(sheet.getvalue()), [0])
    made.save(str(path))


def scan_in_part(path: Path) -> None:
    scan(path, only=(1,))


def searchable_scan(path: Path) -> None:
    """A page picture over which a program has laid the recognised text invisibly: that text is to be read."""
    base = io.BytesIO()
    pages(5, base)
    source = pdfium.PdfDocument(base.getvalue())
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for n in range(len(source)):
        canvas.drawImage(ImageReader(source[n].render(scale=1.5).to_pil().convert("L")), 0, 0, *A4)
        words = source[n].get_textpage()
        for rect in range(words.count_rects()):
            left, bottom, right, top = words.get_rect(rect)
            text = canvas.beginText(left, bottom + (top - bottom) * 0.2)
            text.setFont("Times-Roman", max(6.0, (top - bottom) * 0.9))
            text.setTextRenderMode(3)
            text.textOut(words.get_text_bounded(left, bottom, right, top).replace("\r\n", " "))
            canvas.drawText(text)
        canvas.showPage()
    canvas.save()


def no_unicode(path: Path) -> None:
    """An embedded font whose map to Unicode is gone: what is shown cannot be known from the codes."""
    import pikepdf

    if "Vera-odd" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("Vera-odd", "Vera.ttf", asciiReadable=False))
    FAMILIES["odd"] = ("Vera-odd", "Vera-odd", "Vera-odd")
    pool = Pool(6, "en")
    text = body_style(pool, 11, family="odd", ink="line")
    press = Press(path, House(text=text), A4)
    press.turn()
    for _ in range(5):
        press.set(pool.paragraph(40), text)
    press.save()
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item:
                del item["/ToUnicode"]
        pdf.save(path)


def crowded(path: Path, characters: int = 200_000) -> None:
    """One very large page of very many characters."""
    lines = characters // 240
    canvas = Canvas(str(path), pagesize=(700, lines * 6 + 80), invariant=1)
    text = canvas.beginText(40, lines * 6 + 40)
    text.setFont("Helvetica", 5, 6)
    for _ in range(lines):
        text.textLine("Migration data are gathered in every district of the coast. " * 4)
    canvas.drawText(text)
    canvas.save()


def long(path: Path, pages: int = 5_000) -> None:
    """Very many short pages, each with its number at the foot."""
    canvas = Canvas(str(path), pagesize=(400, 300), invariant=1)
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(40, 250, f"District {number} gathers data on migration.")
        canvas.drawString(40, 200, "They are published every year.")
        canvas.drawCentredString(200, 20, str(number))
        canvas.showPage()
    canvas.save()


SPOILT: dict[str, Callable[[Path], None]] = {
    "plain": plain,
    "encrypted": encrypted,
    "owner_locked": owner_locked,
    "empty": empty,
    "truncated": truncated,
    "header_only": header_only,
    "noise": noise,
    "no_pages": no_pages,
    "scan": scan,
    "scan_in_part": scan_in_part,
    "searchable_scan": searchable_scan,
    "no_unicode": no_unicode,
    "crowded": crowded,
    "long": long,
}
