"""Rows of large sheets, written straight as XML and put into a workbook that xlsxwriter made.

xlsxwriter needs about 20 microseconds for a cell, and a dataset of 20,000 passages has a million of them. Here it
makes everything else (formats, drop-downs, links, header and one sample row a sheet); the rows take the styles of the
sample row's cells.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

Value = str | int | float | None

FILE: Final = "file:///"
STAND_IN: Final = "http://file.invalid/"
"""xlsxwriter turns file URLs into Windows paths, so links are given to it with the second and leave with the first."""

_CELL: Final = re.compile(r'<c r="([A-Z]+)2"(?: s="(\d+)")?')
_DIMENSION: Final = re.compile(r'<dimension ref="[^"]*"/>')
_LOOKS_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_CHUNK: Final = 1 << 20


def letters(column: int) -> str:
    """Name of a column, counted from 0.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


class SheetRows:
    """Rows below the header of one sheet, kept in a file until the workbook is put together. A context manager."""

    def __init__(self, path: Path, styles: Sequence[str]) -> None:
        self.path = path
        self.count = 0
        self._starts = [f'<c r="{letters(n)}%d"{style}' for n, style in enumerate(styles)]
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def __enter__(self) -> SheetRows:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, values: Sequence[Value], height: float | None = None) -> None:
        """One more row. Texts must hold nothing that XML cannot (see `xlsx.cell_text`). Empty cells are left out: they
        look as their column does."""
        self.count += 1
        n = self.count + 1
        parts = [f'<row r="{n}"' + (f' ht="{height:g}" customHeight="1">' if height else ">")]
        for start, value in zip(self._starts, values, strict=True):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                text = escape(value)
                if "_x" in text:
                    text = _LOOKS_ESCAPED.sub("_x005F_", text)
                parts.append(f'{start % n} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
            else:
                parts.append(f"{start % n}><v>{value!r}</v></c>")
        parts.append("</row>")
        self._file.write("".join(parts))


def sample_styles(book: Path, sheet: int, columns: int) -> list[str]:
    """Style attributes of the cells in row 2 of a sheet (counted from 1), one for each column."""
    with zipfile.ZipFile(book) as archive:
        text = archive.read(_member(sheet)).decode()
    found = dict(_CELL.findall(text))
    return [f' s="{found[letters(n)]}"' if found.get(letters(n)) else "" for n in range(columns)]


def merge(book: Path, rows: Mapping[int, SheetRows], columns: Mapping[int, int], target: Path) -> None:
    """Copy the workbook with these rows in the place of all below the header of these sheets."""
    members = {_member(sheet): sheet for sheet in rows}
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as out:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            with out.open(info, "w", force_zip64=name in members) as member:
                if name not in members:
                    member.write(source.read(name).replace(STAND_IN.encode(), FILE.encode()))
                    continue
                sheet = members[name]
                text = source.read(name).decode()
                last = f"{letters(columns[sheet] - 1)}{rows[sheet].count + 1}"
                text = _DIMENSION.sub(f'<dimension ref="A1:{last}"/>', text, count=1)
                head, _, rest = text.partition("</row>")
                member.write((head + "</row>").encode())
                for chunk in _chunks(rows[sheet].path):
                    member.write(chunk)
                member.write(("</sheetData>" + rest.partition("</sheetData>")[2]).encode())


def _member(sheet: int) -> str:
    return f"xl/worksheets/sheet{sheet}.xml"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
