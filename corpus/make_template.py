"""Makes `configs/drafts/template.docx`, the Word template of drafts: `python -m corpus.make_template`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import parse_xml
from docx.shared import Cm, Pt, RGBColor

BLUE = RGBColor(0x1F, 0x3B, 0x63)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def make(path: Path) -> None:
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(2.3))
    styles = document.styles
    font(styles["Normal"], "Calibri", 10.5)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    for level, size in ((1, 16), (2, 12.5), (3, 11)):
        font(styles[f"Heading {level}"], "Calibri", size, BLUE, bold=True)
        styles[f"Heading {level}"].paragraph_format.space_before = Pt(16 if level == 1 else 10)
        styles[f"Heading {level}"].paragraph_format.space_after = Pt(4)
        styles[f"Heading {level}"].paragraph_format.keep_with_next = True
    font(styles["Title"], "Calibri", 24, BLUE, bold=True)
    font(styles["Caption"], "Calibri", 9.5, BLUE, bold=True)
    quote = styles["Quote"]
    font(quote, "Calibri", 10.5, RGBColor(0x22, 0x22, 0x22))
    quote.font.italic = False
    quote.paragraph_format.left_indent = Cm(0.6)
    quote.paragraph_format.space_after = Pt(5)
    note = styles.add_style("Draft Note", WD_STYLE_TYPE.PARAGRAPH)
    note.base_style = styles["Normal"]
    font(note, "Calibri", 9.5, RGBColor(0x55, 0x55, 0x55))
    books = styles.add_style("Bibliography", WD_STYLE_TYPE.PARAGRAPH)
    books.base_style = styles["Normal"]
    books.paragraph_format.left_indent = Cm(0.8)
    books.paragraph_format.first_line_indent = Cm(-0.8)
    heading = styles["TOC Heading"]
    heading.base_style = styles["Normal"]
    font(heading, "Calibri", 14, BLUE, bold=True)
    for level in (1, 2):
        entry = styles.add_style(f"toc {level}", WD_STYLE_TYPE.PARAGRAPH)
        entry.base_style = styles["Normal"]
        entry.paragraph_format.left_indent = Cm(0.6 * (level - 1))
        entry.paragraph_format.space_after = Pt(1)
        entry.paragraph_format.tab_stops.add_tab_stop(Cm(16.2), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    table = styles.add_style("Draft Table", WD_STYLE_TYPE.TABLE)
    table.base_style = styles["Table Grid"]
    blue = '<w:tcPr><w:shd w:val="clear" w:fill="DCE6F1"/></w:tcPr>'
    shade = f'<w:tblStylePr {W} w:type="firstRow">{blue}</w:tblStylePr>'
    lines = "".join(
        f'<w:{s} w:val="single" w:sz="4" w:color="B8C4D4"/>'
        for s in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    table.element.append(parse_xml(f"<w:tblPr {W}><w:tblBorders>{lines}</w:tblBorders></w:tblPr>"))
    table.element.append(parse_xml(shade))
    document.add_paragraph("{{ title }}", style="Title")
    document.add_paragraph("{{ country }} – {{ years }}", style="Subtitle")
    document.add_paragraph("{{ body }}")
    section.header.paragraphs[0].text = "{{ country }} – {{ title }}"
    section.header.paragraphs[0].style.font.size = Pt(8.5)
    foot = section.footer.paragraphs[0]
    foot.alignment = 2
    foot._p.append(parse_xml(f'<w:fldSimple {W} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
    document.core_properties.author = "mgi-vnr"
    document.save(str(path))


def font(style: Any, name: str, size: float, colour: RGBColor | None = None, *, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold = name, Pt(size), bold
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        if key.endswith("Theme"):  # a theme's font would win over the name
            del fonts.attrib[key]
    if colour is not None:
        style.font.color.rgb = colour


if __name__ == "__main__":
    make(Path(__file__).resolve().parent.parent / "configs" / "drafts" / "template.docx")
    sys.exit(0)
