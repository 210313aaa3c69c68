"""The dataset as a workbook that a person can work in, and that `mgi review import` can take back.

Sheets: Passages (the work), Tags, Documents, Targets and Codes (legends, from which the drop-downs are fed), How-to,
and a hidden one with what each cell to be edited held at first, so that an import can tell an edit from a change that
was made elsewhere in the meantime.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import math
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from pipeline.errors import PipelineError
from pipeline.stages.export.howto import HOW_TO
from pipeline.stages.export.rows import (
    DOCUMENT_COLUMNS,
    LIST_COLUMNS,
    PASSAGE_COLUMNS,
    TAG_COLUMNS,
    Cell,
    Column,
    Dataset,
    passage_row,
    tag_rows,
)
from pipeline.stages.export.sheetdata import FILE, STAND_IN, SheetRows, merge, sample_styles
from pipeline.taxonomy import load_taxonomy
from pipeline.types import Scheme

EDITABLE: Final = (*LIST_COLUMNS, "status", "note")
"""Columns of the sheet Passages whose edits come back with `mgi review import`."""

BASELINE_SHEET: Final = "mgi baseline"
BASELINE_FORMAT: Final = 1
BASELINE_COLUMNS: Final = ("passage_id", "text_hash", f"baseline {BASELINE_FORMAT}")
"""The hidden sheet: passage, hash of its text, and a JSON list of what the editable columns held."""

STATUSES: Final = ("proposed", "accepted", "changed", "rejected")
COMBINATIONS: Final[dict[Scheme, tuple[str, ...]]] = {
    "category": ("gap;action", "gap;support", "good_practice;action", "action;support"),
    "action_status": ("taken;planned",),
    "support_type": ("finance;capacity_building", "capacity_building;technology"),
}
"""Values with several codes that are offered beside the single ones; any other combination may be typed."""

MAX_ROWS: Final = 1_048_575
MAX_LINKS: Final = 65_530
MAX_CELL: Final = 32_767
"""Excel's limits: rows below the header, links on a sheet, UTF-16 units in a cell."""

CUT: Final = " … [cut: longer than a cell can be]"

_WIDTHS: Final[dict[str, float]] = {
    "passage_id": 7, "title": 16, "country": 7, "year": 6, "kind": 6, "language": 9, "page": 6, "page_label": 7,
    "headings": 22, "text": 64, "category": 16, "action_status": 13, "support_types": 15, "sdg_targets": 13,
    "sdg_goals": 9, "gcm": 8, "mgi_domain": 11, "score": 7, "evidence": 34, "status": 11, "reviewer": 12,
    "reviewed_at": 12, "note": 36, "source_url": 14, "path": 40, "detected": 40, "failures": 40, "reason": 30,
    "scheme": 14, "code": 16, "by": 16,
}  # fmt: skip
_HIDDEN: Final = ("document_id",)
_CODES: Final = frozenset({*LIST_COLUMNS, "passage_id", "document_id", "code", "page_label", "country"})
_PASSAGE_NAMES: Final = tuple(column.name for column in PASSAGE_COLUMNS)
_TAG_NAMES: Final = tuple(column.name for column in TAG_COLUMNS)
_PAGE: Final = _PASSAGE_NAMES.index("page")
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def write_xlsx(dataset: Dataset, folder: Path) -> list[Path]:
    """Write `dataset.xlsx` into the folder; the same dataset gives the same bytes.

    Raises PipelineError if there are more passages than a sheet has rows, or the file is open in Excel.
    """
    path = folder / "dataset.xlsx"
    part = folder / ".dataset.xlsx.part"
    try:
        with tempfile.TemporaryDirectory(prefix="mgi-xlsx-") as work:
            _write(dataset, part, Path(work))
        part.replace(path)
    except PermissionError as error:
        raise PipelineError(f"Cannot write {path}.", hint="Close it in Excel and try again.") from error
    finally:
        part.unlink(missing_ok=True)
    return [path]


def cell_text(text: str) -> str:
    """The text as a cell can hold it: no control characters, no more than 32,767 UTF-16 units.

    >>> cell_text("a" + chr(7) + "b")
    'a b'
    """
    clean = _ILLEGAL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")) if not text.isprintable() else text
    if len(clean) * 2 > MAX_CELL and len(clean.encode("utf-16-le")) // 2 > MAX_CELL:
        room = 2 * (MAX_CELL - len(CUT))
        clean = clean.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT
    return clean


def text_hash(text: str) -> str:
    """12 hex digits that stay the same when a spreadsheet program saves the cell again (spaces, escapes).

    >>> text_hash("two  words") == text_hash("two words ")
    True
    """
    plain = re.sub(r"_x[0-9A-Fa-f]{4}_", " ", _ILLEGAL.sub(" ", text))
    return hashlib.sha256(" ".join(plain.split()).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extent:
    """How many rows there are, and the links: `(row counted from 0, address)`."""

    passages: int = 1
    tag_sheets: Sequence[int] = (1,)
    documents: int = 1
    links: Sequence[tuple[int, str]] = ()


class _Book:
    """The workbook without the rows of its large sheets: formats, headers, drop-downs, links, legends."""

    def __init__(self, path: Path, extent: _Extent) -> None:
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_urls": False})
        top: dict[str, Any] = {"valign": "top", "font_name": "Calibri", "font_size": 10}
        top |= {"bottom": 1, "bottom_color": "#D9D9D9"}
        add = self.book.add_format
        self.header = add({**top, "bold": True, "text_wrap": True, "bg_color": "#E7EBF0", "bottom": 1})
        self.header_edit = add({**top, "bold": True, "text_wrap": True, "bg_color": "#1F5C99", "font_color": "white"})
        self.plain = add({**top, "text_wrap": True})
        self.edit = add({**top, "text_wrap": True, "num_format": "@", "bg_color": "#F3F8FE"})
        self.code = add({**top, "num_format": "@", "text_wrap": True})
        self.grey = add({**top, "num_format": "@", "font_color": "#8A8A8A"})
        # A leading apostrophe, as a person would type it: "=1+1" stays text also after somebody edits the cell.
        # The text format would do too, but older versions of Excel show long cells of that format as ####.
        self.quoted = add({**top, "text_wrap": True, "quote_prefix": True})
        self.one_line = add({**top, "quote_prefix": True})
        self.link = add({**top, "font_color": "#0B5394", "underline": 1})
        self.score = add({**top, "num_format": "0.00"})
        self.head = add({"bold": True, "font_size": 13, "valign": "top", "text_wrap": True})
        passages = self.sheet("Passages", PASSAGE_COLUMNS, extent.passages, EDITABLE)
        for n, count in enumerate(extent.tag_sheets, start=1):
            self.sheet("Tags" if n == 1 else f"Tags {n}", TAG_COLUMNS, count)
        self.sheet("Documents", DOCUMENT_COLUMNS, extent.documents)
        lists = _legends(self)
        _how_to(self)
        baseline = self.book.add_worksheet(BASELINE_SHEET)
        baseline.very_hidden()
        baseline.write_row(0, 0, BASELINE_COLUMNS)
        baseline.write_row(1, 0, ("-",) * len(BASELINE_COLUMNS))
        _drop_downs(passages, extent.passages, lists)
        for row, url in extent.links:
            # xlsxwriter would turn a file URL into a Windows path; merge() puts the scheme back
            passages.write_url(row, _PAGE, url.replace(FILE, STAND_IN, 1), self.link, "p", "Opens this page")
        passages.activate()
        passages.set_zoom(85)
        passages.repeat_rows(0)
        passages.set_landscape()
        passages.set_paper(9)
        passages.fit_to_pages(1, 0)
        passages.ignore_errors({"number_stored_as_text": f"A1:ZZ{extent.passages + 1}"})
        self.book.set_properties(
            {
                "title": "Passages of MGI and VNR reports for review",
                "comments": "Made by mgi-vnr. Edit the blue columns of the sheet Passages; see the sheet How-to.",
                # stages have no clock: the same dataset gives the same bytes
                "created": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
            }
        )
        self.book.set_custom_property("mgi_baseline_format", BASELINE_FORMAT)
        self.book.set_custom_property("mgi_passages", extent.passages)
        self.book.close()

    def sheet(self, name: str, columns: Sequence[Column], count: int, editable: Sequence[str] = ()) -> Any:
        """A sheet with its header and, in row 2, a sample cell of each column's format."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        sheet.set_row(0, 30)
        for n, column in enumerate(columns):
            hidden = {"hidden": True} if column.name in _HIDDEN else {}
            form = self.format_of(column, editable)
            sheet.set_column(n, n, _WIDTHS.get(column.name, 11), form, hidden)
            sheet.write_string(0, n, column.name, self.header_edit if column.name in editable else self.header)
            sheet.write_comment(0, n, column.meaning, {"x_scale": 1.6, "font_size": 9})
            sheet.write_string(1, n, "-", form)
        sheet.autofilter(0, 0, max(1, count), len(columns) - 1)
        return sheet

    def format_of(self, column: Column, editable: Sequence[str]) -> Any:
        if column.name in editable:
            return self.edit
        own = {"passage_id": self.grey, "page": self.link, "source_url": self.one_line}
        if column.name in own:
            return own[column.name]
        if column.name in _CODES:
            return self.code
        if column.type == "number":
            return self.score
        return self.quoted if column.type == "string" else self.plain


def _write(dataset: Dataset, path: Path, work: Path) -> None:
    sample = work / "sample.xlsx"
    _Book(sample, _Extent())
    styles = {
        name: sample_styles(sample, sheet, width)
        for name, sheet, width in (
            ("passages", 1, len(PASSAGE_COLUMNS)),
            ("tags", 2, len(TAG_COLUMNS)),
            ("documents", 3, len(DOCUMENT_COLUMNS)),
            ("baseline", 7, len(BASELINE_COLUMNS)),
        )
    }
    links: list[tuple[int, str]] = []
    urls: dict[str, str | None] = {}
    with contextlib.ExitStack() as stack:
        passages, tags, documents, baseline = (
            stack.enter_context(SheetRows(work / name, styles[name])) for name in styles
        )
        tag_sheets = [tags]
        for labelled in dataset.passages():
            if passages.count == MAX_ROWS:
                raise PipelineError(
                    f"A sheet holds {MAX_ROWS:,} passages and there are more.", hint="Use --format csv or parquet."
                )
            row = passage_row(labelled)
            cells = {name: cell_text(value) if isinstance(value, str) else value for name, value in row.items()}
            passages.add([cells[name] for name in _PASSAGE_NAMES], _height(row))
            document, key = labelled.passage.document, labelled.passage.id
            if document not in urls:
                urls[document] = _file_url(dataset.source(document))
            if (url := urls[document]) and len(links) < MAX_LINKS:
                links.append((passages.count, f"{url}#page={labelled.passage.page}"))
            original = json.dumps([cells[name] or "" for name in EDITABLE], ensure_ascii=False)
            baseline.add([key, text_hash(str(cells["text"])), cell_text(original)])
            for tag in tag_rows(labelled):
                if tag_sheets[-1].count == MAX_ROWS:
                    tag_sheets.append(stack.enter_context(SheetRows(work / f"tags{len(tag_sheets)}", styles["tags"])))
                tag_sheets[-1].add([cell_text(v) if isinstance(v := tag[n], str) else v for n in _TAG_NAMES])
        for document_row in dataset.documents:
            documents.add([cell_text(v) if isinstance(v := document_row[c.name], str) else v for c in DOCUMENT_COLUMNS])
    extent = _Extent(
        passages=passages.count,
        tag_sheets=[sheet.count for sheet in tag_sheets],
        documents=documents.count,
        links=links,
    )
    book = work / "book.xlsx"
    _Book(book, extent)
    if sample_styles(book, 1, len(PASSAGE_COLUMNS)) != styles["passages"]:
        raise PipelineError("The workbook's formats moved while it was made.", hint="Report this as a bug.")
    more = len(tag_sheets) - 1
    rows = {1: passages, 3 + more: documents, 7 + more: baseline}
    rows |= {2 + n: sheet for n, sheet in enumerate(tag_sheets)}
    columns = {1: len(PASSAGE_COLUMNS), 3 + more: len(DOCUMENT_COLUMNS), 7 + more: len(BASELINE_COLUMNS)}
    columns |= {2 + n: len(TAG_COLUMNS) for n in range(more + 1)}
    merge(book, rows, columns, path)


def _drop_downs(passages: Any, count: int, lists: Mapping[str, str]) -> None:
    last = max(1, count)
    for name, source in lists.items():
        # Not enforced: several codes are typed as "gap;action". The import names every unknown code.
        rule = {"validate": "list", "source": source, "show_error": False, "ignore_blank": True}
        at = _PASSAGE_NAMES.index(name)
        passages.data_validation(1, at, last, at, rule)
    rule = {
        "validate": "list",
        "source": list(STATUSES),
        "error_title": "status",
        "error_message": f"One of: {', '.join(STATUSES)}.",
    }
    at = _PASSAGE_NAMES.index("status")
    passages.data_validation(1, at, last, at, rule)


def _legends(book: _Book) -> dict[str, str]:
    """Writes the sheets Targets and Codes; gives column -> range of its codes for the drop-downs."""
    taxonomy = load_taxonomy()
    targets = book.book.add_worksheet("Targets")
    _columns(book, targets, (("code", 9), ("goal", 7), ("English", 70), ("Français", 70), ("Español", 70)))
    codes = taxonomy.codes("sdg_target")
    for n, code in enumerate(codes, start=1):
        titles = [taxonomy.title("sdg_target", code, language) for language in ("en", "fr", "es")]
        for column, value in enumerate((code, taxonomy.goal_of(code), *titles)):
            targets.write_string(n, column, cell_text(value), book.code if column < 2 else book.plain)
    targets.autofilter(0, 0, len(codes), 4)
    ranges = {"sdg_targets": f"=Targets!$A$2:$A${len(codes) + 1}"}
    legend = book.book.add_worksheet("Codes")
    _columns(
        book,
        legend,
        (("column", 16), ("code", 26), ("part of", 10), ("English", 60), ("Français", 60), ("Español", 60)),
    )
    n = 0
    for name, scheme in LIST_COLUMNS.items():
        if scheme == "sdg_target":
            continue
        first = n + 1
        for value, cells in _legend_rows(name, scheme):
            n += 1
            for column, cell in enumerate((name, value, *cells)):
                legend.write_string(n, column, cell_text(cell), book.code if column < 3 else book.plain)
        ranges[name] = f"=Codes!$B${first + 1}:$B${n + 1}"
    legend.autofilter(0, 0, n, 5)
    return ranges


def _legend_rows(name: str, scheme: Scheme) -> Iterator[tuple[str, tuple[str, ...]]]:
    taxonomy = load_taxonomy()
    for code in taxonomy.codes(scheme):
        titles = (taxonomy.title(scheme, code, language) for language in ("en", "fr", "es"))
        yield code, (taxonomy.schemes[scheme][code].parent or "", *titles)
    for together in COMBINATIONS.get(scheme, ()):
        parts = together.split(";")
        titles = (
            " + ".join(taxonomy.title(scheme, code, language) for code in parts) for language in ("en", "fr", "es")
        )
        yield together, ("", *titles)


def _columns(book: _Book, sheet: Any, columns: Sequence[tuple[str, float]]) -> None:
    sheet.freeze_panes(1, 0)
    for n, (name, width) in enumerate(columns):
        sheet.set_column(n, n, width)
        sheet.write_string(0, n, name, book.header)


def _how_to(book: _Book) -> None:
    sheet = book.book.add_worksheet("How-to")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 2, 62)
    for n, line in enumerate(HOW_TO):
        heading = line[0].startswith("# ")
        longest = max(map(len, line))
        sheet.set_row(n, 24 if heading else 14 * math.ceil(longest / 62) + 4)
        for column, text in enumerate(line):
            sheet.write_string(n, column, text.removeprefix("# "), book.head if heading else book.plain)


def _file_url(path: str | None) -> str | None:
    if not path:
        return None
    url = Path(path).resolve().as_uri()
    return url if len(url) < 2000 else None


def _height(row: Mapping[str, Cell]) -> float:
    """Points that show the longest cell at its width, at most nine lines. Excel and LibreOffice would else measure
    every row when opening."""
    lines = max(
        math.ceil(1.1 * len(str(row[name] or "")) / _WIDTHS[name]) for name in ("text", "headings", "evidence", "note")
    )
    return 13.5 * min(max(lines, 2), 9) + 2
