"""Page pictures with the regions of the blocks drawn on: what the reader saw, for a person's eye."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pypdfium2 as pdfium
from PIL import ImageDraw

from pipeline.errors import UnsupportedType
from pipeline.types import Block, Document

COLORS: Final[dict[str, str]] = {
    "heading": "#c00000",
    "paragraph": "#1f5fbf",
    "item": "#2e8b57",
    "table": "#8a2be2",
    "caption": "#b8860b",
    "footnote": "#008b8b",
    "box": "#d2691e",
    "furniture": "#909090",
}
SCALE: Final = 1.4


def draw_pages(data: bytes, document: Document, folder: Path, pages: Iterable[int] | None = None) -> list[Path]:
    """Write `page_NNN.png` for each page (or the given ones): regions, order and kinds; returns the files."""
    if document.media_type != "application/pdf":
        raise UnsupportedType(f"{document.path} has no pages to draw.", hint="Pictures are drawn of PDF files.")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = set(pages) if pages is not None else {p.number for p in document.pages}
    files: list[Path] = []
    pdf = pdfium.PdfDocument(data)
    try:
        for facts in document.pages:
            if facts.number not in wanted or not facts.width:
                continue
            page = pdf[facts.number - 1]
            image = page.render(scale=SCALE).to_pil().convert("RGB")
            page.close()
            pen = ImageDraw.Draw(image)
            for block in document.blocks:
                _draw(pen, block, facts.number)
            file = folder / f"page_{facts.number:03d}.png"
            image.save(file)
            files.append(file)
    finally:
        pdf.close()
    return files


def _draw(pen: ImageDraw.ImageDraw, block: Block, page: int) -> None:
    color = "#ff00ff" if block.hidden else COLORS[block.kind]
    for region in block.regions:
        if region.page != page:
            continue
        box = [SCALE * v for v in region.box]
        pen.rectangle(box, outline=color, width=2)
        level = block.level or ""
        pen.text((box[0] + 2, box[1] - 11), f"{block.n} {block.kind[:4]}{level}", fill=color)
