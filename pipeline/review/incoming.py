"""What an edited file says, row by row, before anybody asks what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.errors import ReviewError

Cell = str | int | float | bool | None
"""A cell's value; a date comes as its ISO text with the mark that `codes.DATE` describes."""

MAX_BYTES: Final = 200_000_000
"""Largest file that is read."""

KEPT: Final = 1000
"""Faults that are kept with their text; the others are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a file: where, in which column, the value, and what to do."""

    where: str
    message: str
    column: str = ""
    value: str = ""
    hint: str = ""

    def __str__(self) -> str:
        at = f"{self.where}, {self.column}" if self.column else self.where
        value = f" ({self.value[:80]!r})" if self.value else ""
        return f"{at}: {self.message}{value}" + (f" {self.hint}" if self.hint else "")


class Faults:
    """Counts all faults and keeps the first thousand."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append(fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingRow:
    """One passage in the file. `cells` holds the editable columns that the file has; `base` what they held when the
    file was made, None where that is unknown; `seen_at` is then the time of the decision that the file shows."""

    where: str
    passage: str
    cells: Mapping[str, Cell]
    base: Mapping[str, str] | None
    text: str | None = None
    text_hash: str | None = None
    seen_at: str | None = None
    reviewer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file read: its rows, what could not be read, and what is only worth a remark."""

    path: Path
    rows: tuple[IncomingRow, ...]
    faults: Faults = field(default_factory=Faults)
    remarks: tuple[str, ...] = ()
    deleted: int = 0


def read_incoming(path: Path) -> Incoming:
    """Read an edited workbook (`.xlsx`), `.jsonl` dataset or Label Studio `.json`.

    Raises ReviewError, in one line with the next step, for anything else and for files made to do harm.
    """
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        hint = _OTHERS.get(suffix, "Give the edited dataset.xlsx, a .jsonl or a Label Studio .json file.")
        raise ReviewError(
            f"Cannot take back {path.name}: '{suffix or 'no ending'}' is not a format for that.", hint=hint
        )
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ReviewError(f"Cannot read {path}: {error.strerror}.", hint="Check the path.") from error
    if path.is_dir() or size > MAX_BYTES:
        what = "is a folder" if path.is_dir() else f"has {size:,} bytes; at most {MAX_BYTES:,} are read"
        raise ReviewError(f"{path} {what}.", hint="Give the edited dataset.xlsx.")
    return _READERS[suffix]()(path)


def _workbook() -> Callable[[Path], Incoming]:
    from pipeline.review.workbook import read_workbook  # noqa: PLC0415  openpyxl is slow to import

    return read_workbook


def _jsonl() -> Callable[[Path], Incoming]:
    from pipeline.review.lines import read_jsonl  # noqa: PLC0415

    return read_jsonl


def _labelstudio() -> Callable[[Path], Incoming]:
    from pipeline.review.lines import read_labelstudio  # noqa: PLC0415

    return read_labelstudio


_READERS: Final[dict[str, Callable[[], Callable[[Path], Incoming]]]] = {
    ".xlsx": _workbook,
    ".jsonl": _jsonl,
    ".json": _labelstudio,
}
"""Ending of a file -> its reader."""

_SAVE_AS: Final = "Open it and save it as .xlsx (Excel workbook) or make a new one with `mgi export --format xlsx`."
_OTHERS: Final[dict[str, str]] = {
    ".xlsm": "A workbook with macros is not opened. " + _SAVE_AS,
    ".xltm": "A template with macros is not opened. " + _SAVE_AS,
    ".xlsb": _SAVE_AS,
    ".xls": _SAVE_AS,
    ".ods": _SAVE_AS,
    ".csv": "A CSV file does not say what its cells held before. " + _SAVE_AS,
}
