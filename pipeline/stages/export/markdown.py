"""A draft as Markdown: quotes as block quotes, comments as HTML comments, tables as pipe tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.manuscript import Cell, Heading, Manuscript, Paragraph, Picture, Quotation, Quoted, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def write_markdown(
    manuscript: Manuscript, path: Path, images: Mapping[str, bytes], template: Path | None = None
) -> None:
    """Write the draft and, beside it, its pictures as `<name>-<picture>.png`."""
    lines = [f"# {manuscript.title}", ""]
    numbers = {"table": 0, "figure": 0}
    for block in manuscript.blocks:
        if isinstance(block, Heading):
            lines += [f"{'#' * (block.level + 1)} {escaped(block.text)}", ""]
        elif isinstance(block, Paragraph):
            text = escaped(block.text)
            lines += [f"*{text}*" if block.kind == "note" else text, *_comment(block.comment), ""]
        elif isinstance(block, Quotation):
            prefix = "> " * (block.depth + 1)
            lead = f"**{escaped(block.lead)}** " if block.lead else ""
            mark = f" **{escaped(block.quoted.mark)}**" if block.quoted.mark else ""
            quote = _quote(block.quoted)
            lines += [f"{prefix}{lead}{quote} ({escaped(block.cite)}){mark}", *_comment(block.comment), ""]
        elif isinstance(block, Picture):
            numbers["figure"] += 1
            caption = f"{manuscript.words['figure']} {numbers['figure']}. {block.caption}"
            if data := images.get(block.name):
                picture = path.with_name(f"{path.stem}-{block.name}.png")
                picture.write_bytes(data)
                lines += [f"![{escaped(block.alt)}]({picture.name})", ""]
            lines += [escaped(caption), ""]
        else:
            numbers["table"] += 1
            lines += _table(block, f"{manuscript.words['table']} {numbers['table']}. {block.caption}")
    lines += [f"- {escaped(r)}" for r in manuscript.references]
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def escaped(text: str) -> str:
    """Text in which nothing is Markdown.

    >>> print(escaped("a_b [1]"))
    a\\_b \\[1\\]
    """
    return _SPECIAL.sub(r"\\\1", text)


def _comment(text: str) -> list[str]:
    return ["", f"<!-- {text.replace('--', '- -')} -->"] if text else []


def _table(table: Table, caption: str) -> list[str]:
    lines = [escaped(caption), "", "| " + " | ".join(map(escaped, table.header)) + " |"]
    lines.append("|" + " --- |" * len(table.header))
    lines += ["| " + " | ".join(_cell(c) for c in row) + " |" for row in table.rows]
    return [*lines, *_comment(table.comment), ""]


def _cell(cell: Cell) -> str:
    if isinstance(cell, Quoted):
        mark = f" **{escaped(cell.mark)}**" if cell.mark else ""
        return f"{_quote(cell)}{mark}"
    return escaped(" ".join(cell.splitlines()))


def _quote(quoted: Quoted) -> str:
    before, after = quoted.marks
    return before + escaped(" ".join(quoted.text.splitlines())) + after
