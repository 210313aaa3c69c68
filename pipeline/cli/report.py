"""`mgi report`: one HTML page with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi report --country LSO --language fr --out report.html")
def report(
    country: Annotated[str | None, typer.Option(metavar="ISO3", help="Else every country with a profile.")] = None,
    language: Annotated[Literal["en", "fr", "es"], typer.Option(help="Of the page.")] = "en",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: report.html in the workspace.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Coverage by target and category, findings by domain, gaps against actions, progress: pictures with tables."""
    from pipeline.drafting import write_report
    from pipeline.workspace import Workspace, find_workspace

    with Workspace.open(find_workspace(workspace)) as place:
        path = write_report(place, out or place.root / "report.html", country, language)
    if as_json:
        print_json({"path": str(path)})
    else:
        say(f"wrote {path}")
