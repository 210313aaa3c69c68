"""Structure trees of tagged PDFs against what the reader tells by geometry, on the first pages of real documents.

`python -m tests.benchmarks.trees [FOLDER]` prints for each tagged file the headings, table rows and list items that
its structure tree names, and those of this reader.
"""

from __future__ import annotations

import ctypes
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

from pipeline.stages.layout import LayoutOptions, lay_out
from pipeline.stages.read import ReadOptions, read_pages

PAGES = 12
MOST = 5_000


def kinds(page: Any) -> Iterator[str]:
    """The types of the page's structure elements, at most MOST of them."""
    tree = c.FPDF_StructTree_GetForPage(page)
    if not tree:
        return
    count = max(c.FPDF_StructTree_CountChildren(tree), 0)
    waiting = [c.FPDF_StructTree_GetChildAtIndex(tree, i) for i in range(count)]
    seen = 0
    while waiting and seen < MOST:
        element = waiting.pop()
        if not element:
            continue
        seen += 1
        buffer = ctypes.create_string_buffer(64)
        length = c.FPDF_StructElement_GetType(element, buffer, 64)
        yield buffer.raw[: max(length - 2, 0)].decode("utf-16-le", "replace")
        children = max(c.FPDF_StructElement_CountChildren(element), 0)
        waiting += [c.FPDF_StructElement_GetChildAtIndex(element, i) for i in range(children)]
    c.FPDF_StructTree_Close(tree)


def named(path: Path) -> Counter[str] | None:
    """Types in the trees of the first pages; None where the file is not tagged."""
    pdf = pdfium.PdfDocument(path)
    try:
        if not c.FPDFCatalog_IsTagged(pdf.raw):
            return None
        found: Counter[str] = Counter()
        for number in range(min(len(pdf), PAGES)):
            page = c.FPDF_LoadPage(pdf.raw, number)
            found.update(kinds(page))
            c.FPDF_ClosePage(page)
        return found
    finally:
        pdf.close()


def main(folder: str) -> None:
    print(f"{'document':44} headings: tree  read   rows: tree  read   items: tree  read")
    tagged = without = files = 0
    for path in sorted(Path(folder).glob("*.pdf")):
        files += 1
        tree = named(path)
        if tree is None:
            continue
        tagged += 1
        document = lay_out(read_pages(path.read_bytes(), path.name, ReadOptions()), LayoutOptions())
        blocks = [b for b in document.blocks if b.page <= PAGES and not b.hidden]
        read = Counter(b.kind for b in blocks)
        headings = sum(n for kind, n in tree.items() if kind == "Title" or (kind[:1] == "H" and kind[1:].isdigit()))
        rows = sum(len(b.cells) for b in blocks)
        without += headings < 0.5 * read["heading"]
        print(
            f"{path.stem[:43]:44} {headings:14} {read['heading']:5} {tree['TR']:12} {rows:5}"
            f" {tree['LI']:13} {read['item']:5}"
        )
    print(f"{tagged} of {files} files are tagged; the trees of {without} name less than half of the headings read")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "../shared/documents")
