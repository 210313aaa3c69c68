"""An edited workbook, as Excel, LibreOffice or Google Sheets saved it; opened as a file from a stranger."""

from __future__ import annotations

import datetime
import json
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook

from pipeline.errors import ReviewError
from pipeline.review.codes import DATE
from pipeline.review.incoming import Cell, Fault, Faults, Incoming, IncomingRow
from pipeline.stages.export.xlsx import BASELINE_FORMAT, BASELINE_SHEET, EDITABLE

MAX_MEMBERS: Final = 2000
MAX_UNPACKED: Final = 1_500_000_000
MAX_RATIO: Final = 150
"""A file that unpacks to more than this times its size, and to more than `SMALL`, is a bomb; a real workbook of ours
unpacks to about 15 times its size."""
SMALL: Final = 30_000_000
MAX_STRINGS: Final = 400_000_000
HEADER_WITHIN: Final = 20
_PROLOG: Final = 65_536
_DAMAGED: Final = (
    zipfile.BadZipFile, ParseError, OSError, EOFError, ArithmeticError, LookupError, TypeError, ValueError,
    AttributeError,
)  # fmt: skip

_AGAIN: Final = "Make a new one with `mgi export --format xlsx`."


def read_workbook(path: Path) -> Incoming:
    """Rows of the sheet Passages with what they held at first. Rows may be sorted, deleted, columns moved or hidden.

    Raises ReviewError for what is no workbook of ours.
    """
    check_archive(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about extensions that openpyxl does not keep; nothing is written back
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            return _read(path, book)
        finally:
            book.close()
    except ReviewError:
        raise
    except _DAMAGED as error:
        raise ReviewError(f"{path.name} is damaged: {type(error).__name__}.", hint=_AGAIN) from error


def check_archive(path: Path) -> None:
    """Raises ReviewError unless the file is a workbook without macros that unpacks to a sensible size."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
                raise ReviewError(
                    f"{path.name} unpacks to {unpacked:,} bytes: that is no workbook of ours.", hint=_AGAIN
                )
            if unpacked > SMALL and unpacked > MAX_RATIO * max(1, path.stat().st_size):
                raise ReviewError(
                    f"{path.name} unpacks to {unpacked // max(1, path.stat().st_size)} times its size; "
                    "it was made to fill the memory.",
                    hint=_AGAIN,
                )
            names = {member.filename for member in members}
            if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
                raise ReviewError(f"{path.name} is not an Excel workbook.", hint=_AGAIN)
            if any(name.lower().endswith("vbaproject.bin") for name in names) or (
                b"macroEnabled" in _start(archive, "[Content_Types].xml", 1_000_000)
            ):
                raise ReviewError(
                    f"{path.name} holds macros and is not opened.", hint="Save it as .xlsx without macros."
                )
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    start = _start(archive, member.filename, _PROLOG)
                    if b"<!DOCTYPE" in start or b"<!ENTITY" in start or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
                        raise ReviewError(f"{path.name} holds XML that no spreadsheet program writes.", hint=_AGAIN)
                if member.filename.endswith("sharedStrings.xml") and member.file_size > MAX_STRINGS:
                    raise ReviewError(f"{path.name} holds too much text.", hint=_AGAIN)
    except zipfile.BadZipFile as error:
        raise ReviewError(f"{path.name} is not an Excel workbook, or it is damaged.", hint=_AGAIN) from error
    except (OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise ReviewError(f"{path.name} cannot be read: {error}.", hint=_AGAIN) from error


def _start(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    with archive.open(name) as file:
        return file.read(size)


def _read(path: Path, book: Any) -> Incoming:
    baseline = _baseline(path, book)
    sheet, header, columns = _find_header(path, book)
    faults, remarks = Faults(), []
    missing = [name for name in EDITABLE if name not in columns]
    if missing:
        remarks.append(f"Columns {', '.join(missing)} are not in the sheet: nothing changes there.")
    if baseline is None:
        remarks.append(
            "The hidden sheet with the first values is gone: each decision taken since the export counts as a conflict."
        )
    rows: list[IncomingRow] = []
    for number, values in _rows(sheet, header):
        cells = {name: _cell(values[at]) if at < len(values) else None for name, at in columns.items()}
        passage = str(cells.get("passage_id") or "").strip()
        if not passage:
            if any(cells[name] not in (None, "") for name in cells):
                faults.add(
                    Fault(
                        where=f"row {number}",
                        column="passage_id",
                        message="is empty.",
                        hint="Copy it from a fresh export.",
                    )
                )
            continue
        text, seen = cells.get("text"), cells.get("reviewed_at")
        first = baseline.get(passage) if baseline is not None else None
        rows.append(
            IncomingRow(
                where=f"row {number}",
                passage=passage,
                cells={name: cells[name] for name in EDITABLE if name in cells},
                base=first[1] if first else None,
                text=None if text is None else str(text),
                text_hash=first[0] if first else None,
                seen_at=None if seen is None else str(seen),
            )
        )
    deleted = len((baseline or {}).keys() - {row.passage for row in rows})
    return Incoming(path=path, rows=tuple(rows), faults=faults, remarks=tuple(remarks), deleted=deleted)


def _find_header(path: Path, book: Any) -> tuple[Any, int, dict[str, int]]:
    """The sheet with the passages, the row of its header (from 1) and column name -> position."""
    names = sorted(book.sheetnames, key=lambda name: name != "Passages")
    for name in names:
        if name == BASELINE_SHEET:
            continue
        sheet = book[name]
        if not hasattr(sheet, "iter_rows"):
            continue  # a chart
        for number, values in _rows(sheet, 0):
            if number > HEADER_WITHIN:
                break
            texts = [str(value).strip() if value is not None else "" for value in values]
            if "passage_id" in texts and "status" in texts:
                twice = {text for text in texts if text in EDITABLE and texts.count(text) > 1}
                if twice:
                    raise ReviewError(f"{path.name}: column {min(twice)} stands twice.", hint="Delete one of them.")
                return sheet, number, {text: at for at, text in enumerate(texts) if text}
    raise ReviewError(
        f"{path.name} has no sheet with the columns passage_id and status.",
        hint="Do not rename the column headers. " + _AGAIN,
    )


def _rows(sheet: Any, header: int) -> Iterator[tuple[int, Sequence[Any]]]:
    """Row number (from 1) and values of the rows behind the header."""
    # The size that a file claims for its sheets may be wrong either way.
    sheet.reset_dimensions()
    yield from enumerate(sheet.iter_rows(min_row=header + 1, values_only=True), start=header + 1)


def _baseline(path: Path, book: Any) -> Mapping[str, tuple[str, Mapping[str, str]]] | None:
    """Passage -> hash of its text and what its editable cells held; None without the hidden sheet."""
    if BASELINE_SHEET not in book.sheetnames:
        return None
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for number, values in _rows(book[BASELINE_SHEET], 0):
        if number == 1:
            mark = str(values[2]) if len(values) > 2 else ""
            if mark != f"baseline {BASELINE_FORMAT}":
                raise ReviewError(
                    f"{path.name} was made by another version of mgi (hidden sheet: {mark!r}).", hint=_AGAIN
                )
            continue
        if len(values) < 3 or values[0] is None:
            continue
        try:
            held = json.loads(str(values[2]))
            found[str(values[0])] = (str(values[1]), dict(zip(EDITABLE, map(str, held), strict=True)))
        except (ValueError, TypeError, RecursionError) as error:
            raise ReviewError(f"{path.name}: the hidden sheet was changed (row {number}).", hint=_AGAIN) from error
    return found


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return DATE + value.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
