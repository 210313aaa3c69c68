"""Labels -> files. One file per family of formats, one line each in `EXPORTERS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pipeline.manuscript import Manuscript
from pipeline.stages.export.docx import write_docx
from pipeline.stages.export.labelstudio import write_labelstudio
from pipeline.stages.export.markdown import write_markdown
from pipeline.stages.export.rows import Dataset
from pipeline.stages.export.tables import write_csv, write_jsonl, write_parquet
from pipeline.stages.export.xlsx import write_xlsx

Exporter = Callable[[Dataset, Path], list[Path]]

EXPORTERS: Final[dict[str, Exporter]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "xlsx": write_xlsx,
    "labelstudio": write_labelstudio,
}
"""Format -> function that writes the dataset into a folder and returns the files it wrote."""

DraftWriter = Callable[[Manuscript, Path, Mapping[str, bytes], Path | None], None]

DRAFT_WRITERS: Final[dict[str, DraftWriter]] = {"docx": write_docx, "md": write_markdown}
"""Format -> function that writes a draft to a file, with the pictures given, into a template."""
