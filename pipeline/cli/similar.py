"""`mgi similar PASSAGE`: passages of other documents alike in meaning."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

app = typer.Typer(
    add_completion=False,
    help="Passages of other documents alike in meaning. Example: mgi similar 3f9c0a1b2c3d4e5f --kind vnr",
)


@app.command(epilog="Example: mgi similar 3f9c0a1b2c3d4e5f --country LSO --json")
def similar(
    passage: Annotated[str, typer.Argument(help="Id of a passage, as `mgi find --json` shows it.")],
    workspace: WorkspaceOption = None,
    country: Annotated[list[str] | None, typer.Option(help="ISO 3166 three letters, e.g. LSO.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="mgi, vnr, vlr or other.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="good_practice, gap, action, support or none.")] = None,
    year: Annotated[str | None, typer.Option(help="2021, 2019..2023, 2019.. or ..2023.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Language of the passage, e.g. fr.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 10,
    cite: Annotated[str | None, typer.Option(help="Print references instead: short, bibtex, ris or csl.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Passages like this one, those with the same target and category first."""
    from pipeline.cli.passages import print_hits, print_references
    from pipeline.search import make_filter
    from pipeline.search import similar as search
    from pipeline.workspace import Workspace, find_workspace

    wanted = make_filter(country=country, kind=kind, category=category, year=year, language=language)
    with Workspace.open(find_workspace(workspace)) as opened:
        hits = search(opened.store, passage, wanted, limit=limit)
    if cite is not None:
        print_references([hit.found for hit in hits], cite, as_json=as_json)
    elif as_json:
        from pipeline.search.rows import hit_row

        for rank, hit in enumerate(hits, start=1):
            print_json(hit_row(hit, rank))
    else:
        print_hits(hits)
    if not hits:
        say("No passage of another document is alike.")
