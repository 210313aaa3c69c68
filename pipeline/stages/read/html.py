"""HTML -> raw blocks: headings, paragraphs, items, tables; navigation kept as furniture. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree, html

from pipeline.errors import DamagedDocument, LimitExceeded
from pipeline.raw import RawBlock, RawDocument
from pipeline.stages.read.options import ReadOptions

SKIPPED: Final = frozenset({"script", "style", "template", "noscript", "svg", "head", "iframe", "object", "select"})
MARGIN: Final = frozenset({"nav", "footer"})
BLOCKS: Final = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt"}
    | {"fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html"}
    | {"li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "td", "th", "tr", "ul"}
)
HEADINGS: Final = {f"h{n}": n for n in range(1, 7)}
KINDS: Final = {"li": "item", "dd": "item", "figcaption": "caption", "caption": "caption", "blockquote": "box"}


@dataclass(slots=True)
class _Open:
    """The block that is being collected."""

    kind: str = "paragraph"
    level: int | None = None
    hidden: bool = False
    parts: list[str] = field(default_factory=list)


def read_html(data: bytes, path: str, document: str, media_type: str, options: ReadOptions) -> RawDocument:
    """The page's blocks in order. Raises DamagedDocument, or LimitExceeded where elements nest too deeply."""
    parser = html.HTMLParser(
        no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding=_encoding(data)
    )
    try:
        root = html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise DamagedDocument(f"{path} is not readable HTML ({error}).", hint="Save the page again.") from error
    title = root.findtext(".//title") or ""
    return RawDocument(
        id=document,
        path=path,
        media_type=media_type,
        flow=tuple(_blocks(root, path, options)),
        title=" ".join(title.split()),
        metadata={k: v for k, v in (("Title", " ".join(title.split())), ("Language", root.get("lang") or "")) if v},
    )


def _encoding(data: bytes) -> str | None:
    """UTF-8 where the bytes are valid UTF-8, else what the page declares."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None if b"charset" in data[:4096].lower() else "cp1252"
    return "utf-8"


def _blocks(root: Any, path: str, options: ReadOptions) -> Iterator[RawBlock]:
    """Depth first without recursion: `stack` holds elements to enter and, as None, ends of blocks."""
    current = _Open()
    stack: list[tuple[Any, int, str, bool, bool]] = [(root, 0, "paragraph", False, False)]
    while stack:
        element, depth, kind, hidden, closing = stack.pop()
        if isinstance(element, str):
            current.parts.append(element)
            continue
        if closing:
            yield from _closed(current)
            current = _Open(kind=kind, hidden=hidden)
            continue
        tag = element.tag if isinstance(element.tag, str) else ""
        if depth > options.max_depth:
            raise LimitExceeded(f"{path} nests its elements too deeply.", hint="Raise read.max_depth.")
        if not tag or tag in SKIPPED:
            continue
        outer_kind, outer_hidden = kind, hidden
        hidden = hidden or _is_hidden(element)
        if tag in MARGIN or element.get("role") in ("navigation", "contentinfo"):
            kind = "furniture"
        elif kind != "furniture":
            kind = KINDS.get(tag, kind if tag not in BLOCKS or tag in ("p", "div") else "paragraph")
        if tag == "br":
            current.parts.append(" ")
        if tag == "table" and not _is_layout(element):
            yield from _closed(current)
            current = _Open(kind=outer_kind, hidden=outer_hidden)
            yield from _table(element, hidden)
            continue
        level = HEADINGS.get(tag)
        block = tag in BLOCKS
        if block:
            yield from _closed(current)
            current = _Open(kind="heading" if level and kind != "furniture" else kind, level=level, hidden=hidden)
            stack.append((element, depth, outer_kind, outer_hidden, True))
        for child in reversed(element):
            if child.tail:
                stack.append((child.tail, depth, kind, hidden, False))
            stack.append((child, depth + 1, kind, hidden, False))
        if element.text:
            stack.append((element.text, depth, kind, hidden, False))
    yield from _closed(current)


def _closed(block: _Open) -> Iterator[RawBlock]:
    text = " ".join("".join(block.parts).split())
    if text:
        yield RawBlock(kind=block.kind, text=text, level=block.level, hidden=block.hidden)
    block.parts.clear()


def _table(element: Any, hidden: bool) -> Iterator[RawBlock]:
    rows = []
    for row in element.iter("tr"):
        cells: list[str] = []
        for cell in row.iterchildren("td", "th"):
            cells.append(" ".join(cell.text_content().split()))
            span = cell.get("colspan", "1")
            cells += [""] * (min(int(span), 100) - 1 if span.isdigit() else 0)
        rows.append(tuple(cells))
    width = max((len(r) for r in rows), default=0)
    caption = element.find("caption")
    if caption is not None and caption.text_content().strip():
        yield RawBlock(kind="caption", text=" ".join(caption.text_content().split()), hidden=hidden)
    if any(any(r) for r in rows):
        yield RawBlock(kind="table", text="", rows=tuple(r + ("",) * (width - len(r)) for r in rows), hidden=hidden)


def _is_layout(element: Any) -> bool:
    """A table that only places things: one column, or tables or headings inside."""
    if (
        element.get("role") == "presentation"
        or next(element.iterdescendants("table", "h1", "h2", "h3"), None) is not None
    ):
        return True
    return all(len(list(row.iterchildren("td", "th"))) <= 1 for row in element.iter("tr"))


def _is_hidden(element: Any) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return (
        element.get("hidden") is not None
        or "display:none" in style
        or "visibility:hidden" in style
        or "font-size:0" in style
    )
