"""`mgi backup`: the whole workspace as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi backup lesotho-2026-02.zip -w my-workspace")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, e.g. backup.zip.")],
    workspace: WorkspaceOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write documents, passages, tags, all decisions and the sources into one file; others may go on working.

    The file holds hashes of the reviewers' passwords: keep it where only you can read it.
    """
    from pipeline.backup import back_up
    from pipeline.workspace import Workspace, find_workspace

    with Workspace.open(find_workspace(workspace)) as opened:
        made = back_up(opened, file, replace=force)
    if as_json:
        print_json({"path": str(made.path), "rows": made.rows, "sources": made.sources, "bytes": made.size})
    else:
        say(
            f"wrote {made.path} ({made.size:,} bytes): {made.rows['documents']:,} documents, "
            f"{made.rows['passages']:,} passages, {made.rows['reviews']:,} decisions, {made.sources:,} sources"
        )
