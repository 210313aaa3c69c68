"""`mgi restore`: a workspace from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi restore lesotho-2026-02.zip -w restored")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `mgi backup` wrote.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace from a backup, all or nothing. The folder must be new or empty; nothing is overwritten.

    With MGI_DATABASE_URL the tables go into that database, which must be empty: so a workspace moves from SQLite to
    PostgreSQL and back.
    """
    from pipeline.backup import restore as from_backup
    from pipeline.workspace import find_workspace

    root = find_workspace(workspace)
    made = from_backup(file, root)
    if as_json:
        print_json({"workspace": str(root), "rows": made.rows, "sources": made.sources})
    else:
        say(
            f"restored {root}: {made.rows['documents']:,} documents, {made.rows['passages']:,} passages, "
            f"{made.rows['reviews']:,} decisions, {made.sources:,} sources"
        )
