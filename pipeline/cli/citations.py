"""`mgi citations`: where reviews cite the Migration Governance Indicators, graded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

app = typer.Typer(
    add_completion=False,
    help="Where reviews cite the Migration Governance Indicators. Example: mgi citations --country LSO --json",
)


@app.command(epilog="Example: mgi citations --grade substantive --cite bibtex")
def citations(
    workspace: WorkspaceOption = None,
    of: Annotated[
        str | None,
        typer.Option(metavar="MGI-DOCUMENT", help="Only what cites this profile: its file's name, or its id."),
    ] = None,
    country: Annotated[list[str] | None, typer.Option(help="ISO 3166 three letters, e.g. LSO.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="vnr, vlr or other; all three if not given.")] = None,
    year: Annotated[str | None, typer.Option(help="2021, 2019..2023, 2019.. or ..2023.")] = None,
    grade: Annotated[list[str] | None, typer.Option(help="substantive, passing or reference.")] = None,
    borrowed: Annotated[bool, typer.Option(help="Also text taken from a profile that is not named.")] = True,
    cite: Annotated[str | None, typer.Option(help="Print references instead: short, bibtex, ris or csl.")] = None,
    check: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Measure the finder on known citations (docs/citations.md)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Every place where a review names the indicators or repeats a profile, graded and linked to the profile."""
    if check is not None:
        _check(check)
        return
    from pipeline.cli.passages import print_passage, print_references
    from pipeline.errors import ConfigError
    from pipeline.search import CitationOptions, make_filter
    from pipeline.search import citations as search
    from pipeline.search.rows import citation_row
    from pipeline.types import Span
    from pipeline.workspace import Workspace, find_workspace

    for one in grade or ():
        if one not in ("substantive", "passing", "reference"):
            raise ConfigError(f"'{one}' is no grade.", hint="Known: substantive, passing, reference.")
    wanted = make_filter(country=country, kind=kind, year=year)
    with Workspace.open(find_workspace(workspace)) as opened:
        found = search(opened.store, of, wanted, CitationOptions(borrowed=borrowed))
    found = tuple(f for f in found if not grade or f.citation.grade in grade)
    if cite is not None:
        print_references([f.found for f in found], cite, as_json=as_json)
    else:
        for rank, row in enumerate(found, start=1):
            if as_json:
                print_json(citation_row(row, rank))
                continue
            note = f"{row.citation.grade}, {row.citation.match}"
            print_passage(rank, row.found, Span(0, len(row.found.passage.text)), row.citation.spans, note)
            if row.profile is not None:
                print(f"   cites: {row.profile.title or row.profile.path}")
    if not found:
        say("No review of the workspace cites the Migration Governance Indicators.")


def _check(file: Path) -> None:
    from pipeline.search.citations import common_wording
    from pipeline.search.quality import citation_cases, citation_figures

    cases = citation_cases(file, common_wording())
    for case in cases:
        if not case.right:
            found = case.found and (case.found.grade, case.found.match, case.found.cites)
            say(f"{case.document} #{case.n}: expected {case.expected}, found {found}")
    for language in (None, *sorted({c.language for c in cases})):
        figures = citation_figures([c for c in cases if language in (None, c.language)])
        print_json({"language": language, **{k: round(v, 4) for k, v in figures.items()}})
