"""DOCX -> raw blocks: headings by style, items, tables, footnotes; pages as Word last laid them out, where it says."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from pipeline.errors import DamagedDocument, LimitExceeded
from pipeline.raw import RawBlock, RawDocument
from pipeline.stages.read.options import ReadOptions

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
TEXTUAL: Final = frozenset(
    f"{W}{n}" for n in ["t", "tab", "br", "noBreakHyphen", "footnoteReference", "endnoteReference"]
)
_HEADING = re.compile(r"^(?:heading|titre|título|titulo|überschrift|заголовок|عنوان)\s*(\d)$", re.IGNORECASE)


@dataclass(slots=True)
class _Run:
    """Text collected from one paragraph; `unseen` is what its author has hidden."""

    text: str = ""
    notes: list[str] = field(default_factory=list)
    unseen: str = ""
    breaks: int = 0


@dataclass(slots=True)
class _State:
    page: int = 1
    paged: bool = False
    notes: list[tuple[str, str]] = field(default_factory=list)


def read_docx(data: bytes, path: str, document: str, media_type: str, options: ReadOptions) -> RawDocument:
    """The document's blocks in order, footnotes behind the block that refers to them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(i.file_size for i in archive.infolist())
            if size > options.max_bytes:
                raise LimitExceeded(
                    f"{path} unpacks to {size / 1e6:,.0f} MB; the limit is {options.max_bytes / 1e6:,.0f} MB.",
                    hint="Save it without pictures, or raise read.max_bytes.",
                )
        from docx import Document as open_docx

        opened = open_docx(io.BytesIO(data))
        body = opened.element.body
        paged = next(body.iter(f"{W}lastRenderedPageBreak"), None) is not None
        state = _State(paged=paged)
        footnotes = _footnotes(opened)
        flow = tuple(_furniture(opened)) + tuple(_blocks(body, opened, state, footnotes, 0, options))
        core = opened.core_properties
        metadata = {"Title": core.title or "", "Author": core.author or ""}
    except LimitExceeded:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, etree.LxmlError, OSError, AttributeError) as error:
        raise DamagedDocument(
            f"{path} is not a readable DOCX file ({error}).", hint="Open it in Word and save it again."
        ) from error
    return RawDocument(
        id=document,
        path=path,
        media_type=media_type,
        flow=flow,
        title=metadata["Title"],
        metadata={k: v for k, v in metadata.items() if v},
    )


def _blocks(
    parent: Any, opened: Any, state: _State, footnotes: dict[str, str], depth: int, options: ReadOptions
) -> Iterator[RawBlock]:
    if depth > options.max_depth:
        raise LimitExceeded("The document is nested too deeply.", hint="Raise read.max_depth.")
    for element in parent:
        if element.tag == f"{W}p":
            yield from _paragraph(element, opened, state, footnotes)
            for inner in element.iter(f"{W}txbxContent"):
                if next(inner.iterancestors(FALLBACK), None) is None:
                    yield from _blocks(inner, opened, state, footnotes, depth + 1, options)
        elif element.tag == f"{W}tbl":
            yield from _table(element, state, footnotes)
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml"):
            yield from _blocks(element, opened, state, footnotes, depth + 1, options)


def _paragraph(element: Any, opened: Any, state: _State, footnotes: dict[str, str]) -> Iterator[RawBlock]:
    run = _text(element, state)
    page = state.page if state.paged or not run.breaks else state.page - run.breaks
    text = " ".join(run.text.split())
    if unseen := " ".join(run.unseen.split()):
        yield RawBlock(kind="paragraph", text=unseen, page=page, hidden=True)
    if not text:
        return
    style = _style_name(element, opened)
    heading = _HEADING.match(style)
    kind, level = "paragraph", None
    if heading:
        kind, level = "heading", int(heading.group(1))
    elif style.lower() in ("title", "titre", "título"):
        kind, level = "heading", 1
    elif (outline := element.find(f"{W}pPr/{W}outlineLvl")) is not None and int(outline.get(f"{W}val", "9")) < 9:
        kind, level = "heading", int(outline.get(f"{W}val")) + 1
    elif element.find(f"{W}pPr/{W}numPr") is not None or "list" in style.lower():
        kind = "item"
    elif style.lower() == "caption":
        kind = "caption"
    elif style.lower().startswith("toc"):
        kind = "furniture"
    yield RawBlock(
        kind=kind,
        text=text,
        page=page,
        level=level,
        notes=tuple(run.notes),
    )
    for note in run.notes:
        if note in footnotes:
            yield RawBlock(kind="footnote", text=footnotes[note], page=page, marker=note)


def _text(element: Any, state: _State) -> _Run:
    """Text of a paragraph: deleted text left out, inserted text in, notes as markers, text boxes apart."""
    run = _Run()
    for node in element.iter():
        if node.tag in TEXTUAL and _inside(node, element, (f"{W}del", f"{W}txbxContent")):
            continue
        if node.tag == f"{W}t":
            piece = node.text or ""
            vanish = node.getparent().find(f"{W}rPr/{W}vanish")
            if vanish is not None and vanish.get(f"{W}val", "1") not in ("0", "false", "off"):
                run.unseen += piece
            else:
                run.text += piece
        elif node.tag == f"{W}noBreakHyphen":
            run.text += "-"
        elif node.tag in (f"{W}tab", f"{W}br"):
            run.text += " "
            if node.get(f"{W}type") == "page" and not state.paged:
                state.page += 1
                run.breaks += 0 if run.text.strip() else 1
        elif node.tag == f"{W}lastRenderedPageBreak":
            state.page += 1
        elif node.tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            run.notes.append(node.get(f"{W}id", ""))
    return run


def _inside(node: Any, top: Any, tags: tuple[str, ...]) -> bool:
    for ancestor in node.iterancestors():
        if ancestor is top:
            return False
        if ancestor.tag in tags:
            return True
    return False


def _table(element: Any, state: _State, footnotes: dict[str, str]) -> Iterator[RawBlock]:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    page = state.page
    for row in element.iterfind(f"{W}tr"):
        cells: list[str] = []
        for cell in row.iterfind(f"{W}tc"):
            parts = [_text(p, state) for p in cell.iter(f"{W}p")]
            notes += [n for p in parts for n in p.notes]
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            kept = "" if merge is not None and merge.get(f"{W}val") != "restart" else " ".join(p.text for p in parts)
            cells.append(" ".join(kept.split()))
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            cells += [""] * (min(int(span.get(f"{W}val", "1")), 100) - 1 if span is not None else 0)
        rows.append(tuple(cells))
    width = max((len(r) for r in rows), default=0)
    if width and any(any(r) for r in rows):
        full = tuple(r + ("",) * (width - len(r)) for r in rows)
        yield RawBlock(kind="table", text="", page=page, rows=full, notes=tuple(notes))
    for note in notes:
        if note in footnotes:
            yield RawBlock(kind="footnote", text=footnotes[note], page=page, marker=note)


def _footnotes(opened: Any) -> dict[str, str]:
    """Number of the note -> its text (footnotes and endnotes)."""
    found: dict[str, str] = {}
    for relation in opened.part.rels.values():
        if relation.is_external or not relation.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        root = etree.fromstring(relation.target_part.blob, parser)
        for note in root:
            number = note.get(f"{W}id", "")
            text = " ".join(" ".join(t.text or "" for t in p.iter(f"{W}t")) for p in note.iter(f"{W}p"))
            if number.isdigit() and int(number) > 0 and text.strip():
                found.setdefault(number, " ".join(text.split()))
    return found


def _furniture(opened: Any) -> Iterator[RawBlock]:
    """Headers and footers of the sections, each once."""
    seen: set[str] = set()
    for section in opened.sections:
        for part in (section.header, section.footer):
            if part.is_linked_to_previous:
                continue
            text = " ".join(" ".join(p.text for p in part.paragraphs).split())
            if text and text not in seen:
                seen.add(text)
                yield RawBlock(kind="furniture", text=text)


def _style_name(element: Any, opened: Any) -> str:
    style = element.find(f"{W}pPr/{W}pStyle")
    if style is None:
        return ""
    identifier = style.get(f"{W}val", "")
    for known in opened.styles.element.iterfind(f"{W}style"):
        if known.get(f"{W}styleId") == identifier:
            name = known.find(f"{W}name")
            return str(name.get(f"{W}val", "")) if name is not None else identifier
    return str(identifier)
