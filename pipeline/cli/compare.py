"""`mgi compare`: what became of each gap of a baseline assessment."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import ConfigOption, JsonOption, SetOption, WorkspaceOption, print_json, say

if TYPE_CHECKING:
    from pipeline.stages.compare import Comparison

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi compare reports/mgi-2019.pdf reports/mgi-2024.pdf --json")
def compare(
    baseline: Annotated[str, typer.Argument(help="Document id (its beginning will do) or path as it was given.")],
    followup: Annotated[str, typer.Argument(help="The later assessment of the same country.")],
    workspace: WorkspaceOption = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="GAP:FOUND[:STATUS]", help="Accept a match (passage ids), with another status if given."),
    ] = None,
    reject: Annotated[list[str] | None, typer.Option(metavar="GAP:FOUND", help="These two do not belong.")] = None,
    reopen: Annotated[list[str] | None, typer.Option(metavar="GAP:FOUND", help="Take a decision back.")] = None,
    reviewer: Annotated[str, typer.Option(help="Who decides.", envvar="MGI_REVIEWER")] = "",
    note: Annotated[str, typer.Option(help="Why, for those who read the decision later.")] = "",
    config: ConfigOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Each gap of the baseline with its finding of the follow-up: closed, partly, unchanged, regressed or not found.

    Gaps that only the follow-up names come last, as new. Decisions are kept; each run and draft heeds them.
    """
    from pipeline.config import load_config
    from pipeline.drafting import compare_documents, decide, progress_row
    from pipeline.errors import ConfigError
    from pipeline.stages.compare import CompareOptions
    from pipeline.workspace import Workspace, find_workspace

    options = load_config(config, settings or ()).options(CompareOptions)
    with Workspace.open(find_workspace(workspace)) as place:
        if (accept or reject or reopen) and not reviewer:
            raise ConfigError("Who decides?", hint="Add --reviewer NAME or set MGI_REVIEWER.")
        for given, verdict in ((accept, "accepted"), (reject, "rejected"), (reopen, "reopened")):
            for text in given or ():
                gap, found, status = _pair(text)
                decide(place, "progress", [(gap, found)], verdict, reviewer, status=status, note=note)  # type: ignore[arg-type]
        rows = compare_documents(place, baseline, followup, options)
    if as_json:
        for row in rows:
            print_json(progress_row(row))
        return
    _print(rows)


def _pair(text: str) -> tuple[str, str, str]:
    from pipeline.errors import ConfigError

    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(parts):
        raise ConfigError(f"'{text}' is not GAP:FOUND.", hint="Two passage ids as mgi compare --json prints them.")
    return parts[0], parts[1], parts[2] if len(parts) == 3 else ""


def _print(rows: list[Comparison]) -> None:
    for row in rows:
        gap = row.baseline or row.followup
        if gap is None:
            continue
        targets = ", ".join(gap.label.codes.get("sdg_target", ())[:3]) or "-"
        print(f"{row.status.upper():10} {targets}  [{gap.passage.id}]")
        if row.baseline:
            print(f"  baseline  p. {_page(row.baseline.passage)}: {row.baseline.passage.text}")
        if row.followup:
            found = row.followup.passage
            print(f"  follow-up p. {_page(found)}: {found.text}  [{found.id}]")
        print(f"  because {'; '.join(row.why)}\n")
    counts = Counter(row.status for row in rows)
    say(", ".join(f"{n} {status}" for status, n in counts.most_common()) or "no gaps in these documents")


def _page(passage: object) -> str:
    page, label = getattr(passage, "page", 0), getattr(passage, "page_label", None)
    return f"{label} (PDF {page})" if label and label != str(page) else str(page)
