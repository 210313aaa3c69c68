"""CSV, JSONL and Parquet files of the dataset, and the data dictionary beside them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.stages.export.rows import (
    DOCUMENT_COLUMNS,
    PASSAGE_COLUMNS,
    TAG_COLUMNS,
    Column,
    Dataset,
    Row,
    passage_row,
    tag_rows,
)

TABLES: dict[str, tuple[Column, ...]] = {
    "passages": PASSAGE_COLUMNS,
    "tags": TAG_COLUMNS,
    "documents": DOCUMENT_COLUMNS,
}
"""Name of a table -> its columns."""

FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
BATCH = 5000


def table_rows(dataset: Dataset, table: str) -> Iterator[Row]:
    """Rows of one table of the dataset, in order of document and reading."""
    if table == "documents":
        return iter(dataset.documents)
    if table == "tags":
        return chain.from_iterable(map(tag_rows, dataset.passages()))
    return map(passage_row, dataset.passages())


def write_csv(dataset: Dataset, folder: Path) -> list[Path]:
    """One CSV a table: UTF-8 with byte order mark (so that Excel opens it right), comma, formulas disarmed.

    A text that begins like a formula gets a leading apostrophe, as OWASP advises for files opened in a spreadsheet;
    JSONL and Parquet carry the texts untouched.
    """
    paths = []
    for table, columns in TABLES.items():
        path = folder / f"{table}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, [c.name for c in columns])
            writer.writeheader()
            for row in table_rows(dataset, table):
                writer.writerow({k: _disarmed(v) for k, v in row.items()})
        paths.append(path)
    return [*paths, write_dictionary(folder, "csv")]


def _disarmed(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA_START) else value


def write_jsonl(dataset: Dataset, folder: Path) -> list[Path]:
    """One JSON object a line, one file a table; null where a cell is empty."""
    paths = []
    for table in TABLES:
        path = folder / f"{table}.jsonl"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for row in table_rows(dataset, table):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        paths.append(path)
    return [*paths, write_dictionary(folder, "jsonl")]


def write_parquet(dataset: Dataset, folder: Path) -> list[Path]:
    """One Parquet file a table, typed as the data dictionary says."""
    paths = []
    for table, columns in TABLES.items():
        schema = pa.schema([(c.name, _arrow_type(c)) for c in columns])
        path = folder / f"{table}.parquet"
        with pq.ParquetWriter(path, schema) as writer:
            for batch in _batches(table_rows(dataset, table)):
                writer.write_table(pa.Table.from_pylist(batch, schema=schema))
        paths.append(path)
    return [*paths, write_dictionary(folder, "parquet")]


def _arrow_type(column: Column) -> pa.DataType:
    return {"integer": pa.int64(), "number": pa.float64()}.get(column.type, pa.string())


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def write_dictionary(folder: Path, extension: str) -> Path:
    """`datapackage.json`: a Frictionless Table Schema of every column of every table."""
    resources = []
    for table, columns in TABLES.items():
        resources.append(
            {
                "name": table,
                "path": f"{table}.{extension}",
                "profile": "tabular-data-resource",
                "encoding": "utf-8",
                "schema": {
                    "fields": _fields(columns),
                    "primaryKey": {"passages": "passage_id", "documents": "document_id"}.get(table, []),
                    "missingValues": [""],
                },
            }
        )
    package = {
        "profile": "tabular-data-package",
        "name": "mgi-vnr-dataset",
        "title": "Passages of MGI and VNR reports with SDG targets and categories, for review",
        "resources": resources,
    }
    path = folder / "datapackage.json"
    path.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _fields(columns: Sequence[Column]) -> list[dict[str, str]]:
    return [{"name": c.name, "type": c.type, "description": c.meaning} for c in columns]
