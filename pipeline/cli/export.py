"""`mgi export`: the reviewable dataset in a chosen format."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi export --format xlsx --out review.xlsx --reviewed-only")
def export(
    format_: Annotated[str, typer.Option("--format", help="csv, xlsx, jsonl, parquet or labelstudio.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="A folder, a file name for the passages (its folder takes the other tables) or - for stdout."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    reviewed_only: Annotated[bool, typer.Option("--reviewed-only", help="Only passages somebody decided on.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the dataset: one row per passage, one per tag, one per document, and a data dictionary."""
    from pipeline.run.dataset import dataset_of, export_dataset
    from pipeline.workspace import Workspace, find_workspace

    with Workspace.open(find_workspace(workspace)) as place:
        dataset = dataset_of(place, reviewed_only=reviewed_only)
        if str(out) == "-":
            with tempfile.TemporaryDirectory() as folder:
                sys.stdout.flush()
                sys.stdout.buffer.write(export_dataset(dataset, [format_], Path(folder))[0].read_bytes())
            return
        named = out is not None and out.suffix.lower() == f".{'json' if format_ == 'labelstudio' else format_}"
        folder_out = (out.parent if named else out) if out is not None else place.dataset
        paths = export_dataset(dataset, [format_], folder_out)
        if named and out is not None:
            paths = [paths[0].replace(out), *paths[1:]]
    for path in paths:
        if as_json:
            print_json({"path": str(path)})
        else:
            say(f"wrote {path}")
