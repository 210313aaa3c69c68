"""A draft as a Word document: real headings, numbered captions, repeated header rows, comments, table of contents."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from pipeline.errors import ConfigError
from pipeline.manuscript import Cell, Heading, Manuscript, Paragraph, Picture, Quotation, Quoted, Table
from pipeline.stages.export.docx_template import MARK, filled

AUTHOR: Final = "mgi-vnr"
LONGEST_CONTENTS: Final = 24
"""Entries of a table of contents; where there are more headings it holds those of the first level only."""

KEPT_TOGETHER: Final = 14
"""Rows of a table that is not parted by a page break."""

W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TAGS: Final = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES", "pt": "pt-PT", "ar": "ar-SA", "ru": "ru-RU", "zh": "zh-CN"}


def write_docx(manuscript: Manuscript, path: Path, images: Mapping[str, bytes], template: Path | None = None) -> None:
    """Write the draft into a template (the one that ships, if none is given). Raises ConfigError for a broken one."""
    _Writer(manuscript, images, template).write(path)


class _Writer:
    def __init__(self, manuscript: Manuscript, images: Mapping[str, bytes], template: Path | None) -> None:
        self.manuscript = manuscript
        self.images = images
        self.document = filled(template, manuscript.fields)
        self.mark: Any = next((p for p in self.document.paragraphs if MARK in p.text), None)
        if self.mark is None:
            raise ConfigError("The template lost its {{ body }} while it was filled in.")
        self.styles = {s.name for s in self.document.styles}
        self.numbers = {"table": 0, "figure": 0}
        self.marks = 0

    def write(self, path: Path) -> None:
        from docx.enum.section import WD_ORIENT  # noqa: PLC0415

        if self.manuscript.wide:
            for section in self.document.sections:
                if section.orientation != WD_ORIENT.LANDSCAPE:
                    section.orientation = WD_ORIENT.LANDSCAPE
                    section.page_width, section.page_height = section.page_height, section.page_width
        self._contents()
        for block in self.manuscript.blocks:
            match block:
                case Heading():
                    self._heading(block)
                case Paragraph():
                    self._paragraph(block)
                case Quotation():
                    self._quotation(block)
                case Picture():
                    self._picture(block)
                case Table():
                    self._table(block)
        for reference in self.manuscript.references:
            self._new("Bibliography").add_run(reference)
        self.mark._element.getparent().remove(self.mark._element)
        core = self.document.core_properties
        core.title, core.language, core.author = self.manuscript.title, self.manuscript.language, AUTHOR
        self._default_language()
        self.document.save(str(path))

    def _new(self, style: str) -> Any:
        """A new paragraph before the mark; a style that the template lacks falls back to its normal text."""
        paragraph = self.mark.insert_paragraph_before()
        if style in self.styles:
            paragraph.style = style
        return paragraph

    def _heading(self, block: Heading) -> None:
        paragraph = self._new(f"Heading {block.level}")
        run = paragraph.add_run(block.text)
        name = f"_Toc{self.marks:08d}"
        start = _element(f'<w:bookmarkStart {W} w:id="{9000 + self.marks}" w:name="{name}"/>')
        end = _element(f'<w:bookmarkEnd {W} w:id="{9000 + self.marks}"/>')
        run._element.addprevious(start)
        run._element.addnext(end)
        self.marks += 1

    def _paragraph(self, block: Paragraph) -> None:
        paragraph = self._new("Draft Note" if block.kind == "note" else "Normal")
        run = paragraph.add_run(block.text)
        if block.kind == "note":
            run.italic = True
        self._comment(run, block.comment)

    def _quotation(self, block: Quotation) -> None:
        paragraph = self._new("Quote")
        if block.depth:
            from docx.shared import Cm  # noqa: PLC0415

            paragraph.paragraph_format.left_indent = Cm(1.6)
        if block.lead:
            paragraph.add_run(f"{block.lead}  ").bold = True
        text, language = _clean(block.quoted.text), block.quoted.language
        if language and block.quoted.turned:
            run = paragraph.add_run(block.quoted.marks[0])
            paragraph._p.append(_element(_turned(text, language)))
            paragraph.add_run(block.quoted.marks[1])
        else:
            run = paragraph.add_run(f"“{text}”")
            self._spoken(run, language)
        last = paragraph.add_run(f" ({block.cite})")
        if block.quoted.mark:
            last = paragraph.add_run(f" {block.quoted.mark}")
            last.bold = True
        self._comment([run, last], block.comment)

    def _picture(self, block: Picture) -> None:
        from docx.shared import Inches  # noqa: PLC0415

        paragraph = self._new("Normal")
        paragraph.paragraph_format.keep_with_next = True
        run = paragraph.add_run()
        shape = run.add_picture(io.BytesIO(self.images[block.name]), width=Inches(6.2))
        shape._inline.docPr.set("descr", block.alt)
        shape._inline.docPr.set("title", block.caption)
        self._caption("figure", block.caption, before_table=False)

    def _caption(self, kind: str, text: str, *, before_table: bool) -> Any:
        """`Table 3. ...`, where 3 is a field that Word counts anew."""
        self.numbers[kind] += 1
        word = self.manuscript.words[kind]
        paragraph = self._new("Caption")
        paragraph.paragraph_format.keep_with_next = before_table
        paragraph.add_run(f"{word} ")
        number = f"<w:r><w:t>{self.numbers[kind]}</w:t></w:r>"
        field = f'<w:fldSimple {W} w:instr=" SEQ {word} \\* ARABIC ">{number}</w:fldSimple>'
        paragraph._p.append(_element(field))
        return paragraph.add_run(f". {text}")

    def _table(self, block: Table) -> None:
        """Built as XML row by row: python-docx looks every cell up again, which takes minutes for thousands of rows."""
        self._comment(self._caption("table", block.caption, before_table=True), block.comment)
        section = self.document.sections[-1]
        line = int((section.page_width - section.left_margin - section.right_margin) / 635)
        widths = [int(line * share) for share in block.widths]
        style = "Draft Table" if "Draft Table" in self.styles else "Table Grid" if "Table Grid" in self.styles else ""
        grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
        named = f"<w:tblStyle w:val={quoteattr(self.document.styles[style].style_id)}/>" if style else ""
        look = '<w:tblLook w:val="0420" w:firstRow="1" w:noVBand="1"/>'
        head = f'<w:tblPr>{named}<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{look}'
        head += f"<w:tblCaption w:val={quoteattr(block.caption)}/></w:tblPr>"
        short = len(block.rows) <= KEPT_TOGETHER
        rows = [_row(block.header, widths, header=True, keep=True)]
        last = len(block.rows) - 1
        rows += [_row(r, widths, header=False, keep=short and n < last) for n, r in enumerate(block.rows)]
        table = _element(f"<w:tbl {W}>{head}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")
        self.mark._element.addprevious(table)
        self._new("Normal")

    def _comment(self, runs: Any, text: str) -> None:
        if text:
            self.document.add_comment(runs, text=_clean(text), author=AUTHOR, initials="mgi")

    def _spoken(self, run: Any, language: str | None) -> None:
        """The language of a quote, so that the spelling checker leaves it alone."""
        if language and language != self.manuscript.language:
            run._element.get_or_add_rPr().append(_element(f'<w:lang {W} w:val="{TAGS.get(language, language)}"/>'))

    def _default_language(self) -> None:
        tag = TAGS.get(self.manuscript.language, self.manuscript.language)
        for found in self.document.styles.element.iter(
            "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}lang"
        ):
            found.set("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}val", tag)

    def _contents(self) -> None:
        """A field of the headings, already filled with links to them; Word puts the page numbers in."""
        words = self.manuscript.words
        self._new("TOC Heading").add_run(words["contents"])
        headings = [b for b in self.manuscript.blocks if isinstance(b, Heading)]
        depth = 2 if len(headings) <= LONGEST_CONTENTS else 1
        shown = [(n, h) for n, h in enumerate(headings) if h.level <= depth]
        for place, (n, heading) in enumerate(shown):
            paragraph = self._new(f"toc {heading.level}")
            if place == 0:
                paragraph._p.append(_field('<w:fldChar w:fldCharType="begin" w:dirty="true"/>'))
                paragraph._p.append(
                    _field(f'<w:instrText xml:space="preserve"> TOC \\o "1-{depth}" \\h \\z \\u </w:instrText>')
                )
                paragraph._p.append(_field('<w:fldChar w:fldCharType="separate"/>'))
            name = f"_Toc{n:08d}"
            parts = (
                f"<w:r><w:t>{escape(heading.text)}</w:t></w:r><w:r><w:tab/></w:r>"
                '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
                f'<w:r><w:instrText xml:space="preserve"> PAGEREF {name} \\h </w:instrText></w:r>'
                '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t> </w:t></w:r>'
                '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
            )
            paragraph._p.append(_element(f'<w:hyperlink {W} w:anchor="{name}" w:history="1">{parts}</w:hyperlink>'))
            if place == len(shown) - 1:
                paragraph._p.append(_field('<w:fldChar w:fldCharType="end"/>'))
        note = self._new("Draft Note").add_run(words["contents_hint"])
        note.italic = True


def _row(cells: tuple[Cell, ...], widths: list[int], *, header: bool, keep: bool) -> str:
    next_ = "<w:keepNext/>" if keep else ""
    spacing = f'<w:pPr>{next_}<w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/></w:pPr>'
    about = "<w:trPr><w:cantSplit/>" + ("<w:tblHeader/>" if header else "") + "</w:trPr>"
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{w}" w:type="dxa"/></w:tcPr><w:p>{spacing}{_runs(cell, header)}</w:p></w:tc>'
        for cell, w in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{about}{made}</w:tr>"


def _runs(cell: Cell, header: bool) -> str:
    small = '<w:sz w:val="17"/>'
    if isinstance(cell, Quoted):
        lang = f"<w:lang w:val={quoteattr(TAGS.get(cell.language, cell.language))}/>" if cell.language else ""
        text = _clean(cell.text)
        if cell.language and cell.turned:
            before, after = (f"<w:r><w:rPr>{small}</w:rPr><w:t>{mark}</w:t></w:r>" for mark in cell.marks)
            run = before + _turned(text, cell.language, small) + after
        else:
            run = f'<w:r><w:rPr>{small}{lang}</w:rPr><w:t xml:space="preserve">“{escape(text)}”</w:t></w:r>'
        if cell.mark:
            run += f'<w:r><w:rPr><w:b/>{small}</w:rPr><w:t xml:space="preserve"> {escape(cell.mark)}</w:t></w:r>'
        return run
    bold = "<w:b/>" if header else ""
    return f'<w:r><w:rPr>{bold}{small}</w:rPr><w:t xml:space="preserve">{escape(_clean(cell))}</w:t></w:r>'


def _turned(text: str, language: str, size: str = "") -> str:
    """A run from right to left, upright whatever the style says: Arabic has no italics."""
    size += size.replace("w:sz", "w:szCs")
    lang = f"<w:rtl/><w:lang w:bidi={quoteattr(TAGS.get(language, language))}/>"
    return f'<w:r {W}><w:rPr><w:iCs w:val="0"/>{size}{lang}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _field(inner: str) -> Any:
    return _element(f"<w:r {W}>{inner}</w:r>")


def _element(xml: str) -> Any:
    from docx.oxml import parse_xml  # noqa: PLC0415

    return parse_xml(xml)


def _clean(text: str) -> str:
    """Without control characters, which XML cannot hold."""
    return "".join(c if c >= " " else " " for c in text)
