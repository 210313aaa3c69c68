"""`mgi read`: what the reader sees in one file, block by block."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import ConfigOption, JsonOption, SetOption, print_json, say

if TYPE_CHECKING:
    from pipeline.types import Block, Document

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi read report.pdf --json | head -3")
def read(
    file: Annotated[Path, typer.Argument(help="A PDF, DOCX or HTML file; - reads from stdin.")],
    as_json: JsonOption = False,
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a picture of each page with the regions drawn on it.")
    ] = None,
    ocr: Annotated[bool, typer.Option("--ocr", help="Read pages without text with Tesseract.")] = False,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """Print the blocks of a document in reading order: kind, page, printed page, headings, text."""
    from pipeline.config import load_config
    from pipeline.stages.layout import LayoutOptions, lay_out
    from pipeline.stages.read import ReadOptions, read_pages

    options = load_config(config, [*(settings or ()), *(["read.ocr=true"] if ocr else [])])
    data = _bytes(file)
    document = lay_out(read_pages(data, str(file), options.options(ReadOptions)), options.options(LayoutOptions))
    for block in document.blocks:
        if as_json:
            print_json(block_json(block))
        else:
            print(_line(block))
    if pictures is not None:
        from pipeline.stages.read.pictures import draw_pages

        say(f"{len(draw_pages(data, document, pictures))} pictures in {pictures}")
    _report(document)


def block_json(block: Block) -> dict[str, Any]:
    """The block as `mgi read --json` prints it."""
    return {
        "document": block.document,
        "n": block.n,
        "kind": block.kind,
        "level": block.level,
        "text": block.text,
        "page": block.page,
        "page_label": block.page_label,
        "regions": [list(r) for r in block.regions],
        "headings": list(block.headings),
        "language": block.language,
        "cells": [list(row) for row in block.cells],
        "row_pages": list(block.row_pages),
        "hidden": block.hidden,
        "confidence": block.confidence,
        "marker": block.marker,
        "notes": list(block.notes),
    }


def _bytes(file: Path) -> bytes:
    from pipeline.errors import ReadError

    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise ReadError(f"Cannot read {file}: {error.strerror}.", hint="Check the path.") from error


def _line(block: Block) -> str:
    where = f"p. {block.page}" + (f" ({block.page_label})" if block.page_label else "")
    level = f" {block.level}" if block.level else ""
    hidden = " hidden" if block.hidden else ""
    return f"[{where}] {block.kind}{level}{hidden}: {block.text}"


def _report(document: Document) -> None:
    """What could not be read, on stderr."""
    for reason in sorted({f.error for f in document.failures if f.stage == "ocr"}):
        say(reason)
    for title, pages in (
        ("Pages without text", document.pages_without_text),
        ("Pages with a damaged text layer", tuple(p.number for p in document.pages if p.damaged)),
        ("Pages that failed", document.pages_failed),
    ):
        if pages:
            say(f"{title}: {', '.join(map(str, pages))}")
