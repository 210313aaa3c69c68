"""The reviewable dataset: all that the workspace holds, written by an exporter; no file is left half-written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.errors import ConfigError, StoreError
from pipeline.stages.export import EXPORTERS
from pipeline.stages.export.rows import Dataset, document_row
from pipeline.store import Filter
from pipeline.types import LabelledPassage
from pipeline.workspace import Workspace

DATASET_FORMATS = tuple(f for f in ("jsonl", "parquet", "xlsx", "csv") if f in EXPORTERS)
"""What a run writes; csv last, so that the data dictionary names the CSV files."""


def dataset_of(workspace: Workspace, *, reviewed_only: bool = False) -> Dataset:
    """All labelled passages of the workspace, by document and in reading order, and all documents."""
    store = workspace.store

    def passages() -> Iterator[LabelledPassage]:
        for labelled in store.iter_labelled(Filter()):
            if not reviewed_only or labelled.label.status != "proposed":
                yield labelled

    documents = [
        document_row(
            d.facts,
            status=d.status,
            reason=d.reason,
            pages=d.pages,
            pages_without_text=d.pages_without_text,
            failures=store.failures(d.facts.id),
            passages=d.passages,
            tags=d.tags,
        )
        for d in store.documents()
    ]

    def source(document: str) -> str | None:
        path = workspace.source_file(document)
        return str(path) if path else None

    return Dataset(passages=passages, documents=documents, source=source)


def export_dataset(dataset: Dataset, formats: Iterable[str], folder: Path) -> list[Path]:
    """Write the dataset into `folder`; returns the files. Each replaces an older one only when it is complete.

    Raises ConfigError for an unknown format and StoreError if a file cannot be written (open in Excel, no space).
    """
    wanted = list(formats)
    unknown = [f for f in wanted if f not in EXPORTERS]
    if unknown:
        raise ConfigError(f"Unknown format '{unknown[0]}'.", hint=f"Known: {', '.join(EXPORTERS)}.")
    written: dict[Path, None] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as temporary:
            for name in wanted:
                for path in EXPORTERS[name](dataset, Path(temporary)):
                    target = folder / path.name
                    shutil.move(path, target)
                    written[target] = None
    except OSError as error:
        where = error.filename or folder
        raise StoreError(
            f"Cannot write {where}: {error.strerror or error}.", hint="Close the file if it is open, or use --out."
        ) from error
    return list(written)
