"""Documents that already know their blocks (DOCX, HTML): the same blocks, heading paths and page facts, no regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.language import detect_language
from pipeline.raw import RawBlock, RawDocument
from pipeline.stages.layout.compose import clean
from pipeline.types import BLOCK_KINDS, Block, Document, PageFacts


def lay_out_flow(raw: RawDocument) -> Document:
    """Blocks of a document without places; pages are those that the file names, else one."""
    language = detect_language(" ".join(b.text for b in raw.flow)[:6000])
    blocks: list[Block] = []
    path: list[tuple[int, str]] = []
    for part in raw.flow:
        block = _block(raw.id, len(blocks), part, language)
        if not block.text:
            continue
        above: tuple[str, ...] = ()
        if block.kind != "furniture" and not block.hidden:
            if block.kind == "heading":
                while path and path[-1][0] >= (block.level or 1):
                    path.pop()
            above = tuple(text for _, text in path)
            if block.kind == "heading":
                path.append((block.level or 1, block.text))
        blocks.append(_under(block, above))
    last = max((b.page for b in blocks), default=1)
    return Document(
        id=raw.id,
        path=raw.path,
        media_type=raw.media_type,
        pages=tuple(_facts(n, blocks) for n in range(1, last + 1)),
        blocks=tuple(blocks),
        title=raw.title or next((b.text for b in blocks if b.kind == "heading"), ""),
        metadata=raw.metadata,
        failures=raw.failures,
    )


def _block(document: str, n: int, part: RawBlock, language: str | None) -> Block:
    cells = tuple(tuple(clean(c) for c in row) for row in part.rows)
    rows = ["\t".join(c for c in row if c) for row in cells]
    text = "\n".join(r for r in rows if r) if cells else clean(part.text)
    kind = next(k for k in BLOCK_KINDS if k == part.kind)
    return Block(
        document=document,
        n=n,
        kind=kind,
        text=text,
        page=part.page,
        level=(part.level or 1) if kind == "heading" else None,
        cells=cells,
        row_pages=tuple(part.page for _ in cells),
        hidden=part.hidden,
        marker=part.marker,
        notes=part.notes,
        language=language,
    )


def _under(block: Block, headings: tuple[str, ...]) -> Block:
    return replace(block, headings=headings)


def _facts(number: int, blocks: Sequence[Block]) -> PageFacts:
    text = "\n".join(b.text for b in blocks if b.page == number and not b.hidden)
    return PageFacts(number=number, width=0.0, height=0.0, text=text, has_text=any(ch.isalnum() for ch in text))
