"""`mgi lexicon`: check the lexicons, measure them on labelled passages, keep their changelog."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import JsonOption, print_json, say

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Check and measure the lexicons. Example: mgi lexicon check"
)

LabelsArgument = Annotated[
    list[Path], typer.Argument(metavar="LABELS...", help="Files of labelled passages (JSON lines).")
]


@app.command(epilog="Example: mgi lexicon check")
def check(as_json: JsonOption = False) -> None:
    """Read every lexicon, taxonomy, profile and language file; the first wrong line is told with its place."""
    from pipeline.training.rules import check_all

    for row in check_all():
        if as_json:
            print_json(row)
        else:
            print("  ".join(f"{key} {value}" for key, value in row.items()))


@app.command(epilog="Example: mgi lexicon measure ../shared/labels/real_train.jsonl --json > terms.jsonl")
def measure(
    labels: LabelsArgument,
    write: Annotated[bool, typer.Option("--write", help="Put the figures into models/, with new cue weights.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell for each term in how many passages it stands and in how many of them its code holds."""
    from pipeline.resources import resource
    from pipeline.training.rules import (
        fit_cues,
        forget,
        measure_terms,
        measured_csv,
        merge_figures,
        read_labels,
        write_cues,
    )

    read = [read_labels([path]) for path in labels]
    labelled = [item for part in read for item in part]
    figures = merge_figures(*(measure_terms(part) for part in read))
    if write:
        resource("models", "lexicons", "measured.csv").write_text(measured_csv(figures), encoding="utf-8")
        forget()
        write_cues(fit_cues(labelled))
        say(f"mgi: {len(figures)} terms measured on {len(labelled)} passages; measured.csv and cues.csv written.")
        return
    for figure in figures:
        if as_json:
            print_json(asdict(figure))
        else:
            print(f"{figure.right}/{figure.hits}\t{figure.language}\t{figure.scheme}\t{figure.code}\t{figure.term}")


@app.command(epilog='Example: mgi lexicon record "Spanish terms for goal 14" ../shared/labels/real_dev.jsonl')
def record(note: str, labels: LabelsArgument) -> None:
    """Add the effect of a change to the changelog (models/lexicons/history.csv) and write docs/lexicons.md anew."""
    from pipeline.training.rules import read_labels
    from pipeline.training.rules_history import add_version, write_page

    version, changed = add_version(note, read_labels(labels))
    page = write_page()
    say(f"mgi: version {version}: {changed} labels changed; {page} written.")
