"""`mgi run`: the main job."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipeline.cli.options import (
    ConfigOption,
    JsonOption,
    SetOption,
    WorkspaceOption,
    country_code,
    language_code,
    print_json,
    say,
)

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.corpus import Source
    from pipeline.run import Outcome, Summary
    from pipeline.run.inputs import Input
    from pipeline.stages.facts import Given
    from pipeline.workspace import Workspace

app = typer.Typer(add_completion=False)

LISTED = 12
"""Inputs with the same reason that are listed one by one before the rest is only counted."""


@app.command(epilog="Example: mgi run reports/ lesotho-vnr-2019.pdf -w my-workspace --kind vnr --country LSO")
def run(
    inputs: Annotated[list[str], typer.Argument(help="Files, folders or URLs.", metavar="INPUT...")],
    workspace: WorkspaceOption = None,
    kind: Annotated[Literal["mgi", "vnr", "vlr", "other"] | None, typer.Option(help="Else detected.")] = None,
    country: Annotated[str | None, typer.Option(metavar="ISO3", help="Else detected.")] = None,
    year: Annotated[int | None, typer.Option(help="Else detected.", min=1945, max=2100)] = None,
    language: Annotated[str | None, typer.Option(metavar="XX", help="Else detected.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Worker processes. Default: one per core.", min=1)] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="URL", help="A Dask scheduler, e.g. tcp://host:8786.")
    ] = None,
    ocr: Annotated[bool, typer.Option("--ocr", help="Read pages without a text layer with Tesseract.")] = False,
    config: ConfigOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read, segment, tag and store documents, then write the reviewable dataset to DIR/dataset/."""
    from pipeline.config import load_config
    from pipeline.run import run as run_pipeline
    from pipeline.run.dataset import DATASET_FORMATS, dataset_of, export_dataset
    from pipeline.stages.facts import Given
    from pipeline.workspace import Workspace, find_workspace

    given = Given(kind=kind, country=country_code(country), year=year, language=language_code(language))
    extra = [*(["read.ocr=true"] if ocr else []), *([f"run.jobs={jobs}"] if jobs else [])]
    # a second stage learnt from this workspace's reviews goes before the one that ships, and --set before both
    own = sorted(find_workspace(workspace).glob("model-*/second.json"))
    learnt = [f"tag.model={own[0].parent.resolve()}"] if own else []
    options = load_config(config, [*learnt, *(settings or ()), *extra])
    with Workspace.open(find_workspace(workspace), create=True) as place, _Progress(quiet=as_json) as progress:
        found = list(_inputs(inputs, place.root, options))
        progress.start(len(found))

        def tell(outcome: Outcome) -> None:
            progress.advance(outcome)
            if as_json:
                print_json(_line(outcome))

        summary = run_pipeline(found, place, options, given, scheduler=scheduler, on_outcome=tell)
        progress.stop()
        changed = any(n for status, n in summary.documents.items() if status != "unchanged")
        complete = all((place.dataset / name).exists() for name in ("passages.csv", "dataset.xlsx"))
        if changed or not complete:
            say("Writing the dataset ...")
            export_dataset(dataset_of(place), DATASET_FORMATS, place.dataset)
        summary.seconds = progress.seconds
        if as_json:
            print_json({"summary": summary.plain()})
        else:
            _print_summary(summary, place, progress.outcomes)
    if summary.documents["refused"] > summary.aside:
        raise typer.Exit(3)


def _inputs(given: list[str], workspace: Path, options: Config) -> Iterator[Input]:
    """Files and folders, and what is downloaded for the URLs among them; one that cannot be had has its reason."""
    from pipeline.config import FetchOptions
    from pipeline.corpus import fetch_inputs, is_url
    from pipeline.errors import ReadError
    from pipeline.run.inputs import Input, find_inputs

    yield from find_inputs(Path(i) for i in given if not is_url(i))
    urls = [i for i in given if is_url(i)]
    for kept in fetch_inputs(urls, workspace, options.options(FetchOptions)) if urls else ():
        url = kept.source.url
        if kept.path is None:
            yield Input(path=Path(), shown=url, source_url=url, error=ReadError(kept.reason))
        else:
            yield Input(path=kept.path, shown=url, source_url=url, known=_known(kept.source))


def _known(source: Source) -> Given:
    """What the manifest says of a source, so that it need not be found out."""
    from pipeline.stages.facts import Given

    return Given(
        kind=next((kind for kind in ("mgi", "vnr", "vlr", "other") if kind == source.kind), None),
        country=source.country or None,
        year=int(source.year) if source.year else None,
        language=source.language or None,
        title=source.title or None,
    )


def _line(outcome: Outcome) -> dict[str, Any]:
    """One line of `--json`; the keys are part of the interface."""
    return {k: v for k, v in asdict(outcome).items() if k not in ("title", "aside")}


class _Progress:
    """A bar with rate and time left on stderr; silent where stderr is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.outcomes: list[Outcome] = []
        self._pages = 0
        self._quiet = quiet
        self._bar = Progress(
            TextColumn("reading"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("left:"),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, rate="")
        self.seconds = 0.0

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, total: int) -> None:
        import time

        self._started = time.monotonic()
        self._bar.update(self._task, total=total)
        self._bar.start()

    def advance(self, outcome: Outcome) -> None:
        import time

        self.outcomes.append(outcome)
        self._pages += outcome.pages
        self.seconds = round(time.monotonic() - self._started, 2)
        rate = f"{self._pages / self.seconds:.0f} pages/s" if self.seconds > 0.1 else ""
        self._bar.update(self._task, advance=1, description=Path(outcome.path).name, rate=rate)

    def stop(self) -> None:
        self._bar.stop()


def _print_summary(summary: Summary, place: Workspace, outcomes: list[Outcome]) -> None:
    done = ", ".join(f"{n} {status}" for status, n in sorted(summary.documents.items()))
    say(f"{sum(summary.documents.values())} inputs: {done}")
    if set(summary.documents) == {"unchanged"}:
        say("Nothing has changed since the last run; nothing was done again.")
    else:
        say(f"{summary.pages} pages, {summary.passages} passages, {summary.tags} tags in {summary.seconds} s")
    for name, counts in (("categories", summary.by_category), ("targets", summary.by_target)):
        if counts:
            say(f"{name}: " + ", ".join(f"{code} {n}" for code, n in Counter(counts).most_common(15)))
    _print_detected(outcomes)
    by_reason: dict[str, list[str]] = defaultdict(list)
    for entry in summary.not_read:
        by_reason[f"{entry['status']}: {entry['reason']}"].append(entry["path"])
    for reason, paths in by_reason.items():
        say(f"{reason}")
        for path in paths[:LISTED]:
            say(f"    {path}")
        if len(paths) > LISTED:
            say(f"    and {len(paths) - LISTED} more")
    say(f"dataset: {place.dataset}   review it: mgi review serve -w {place.root}")


def _print_detected(outcomes: list[Outcome]) -> None:
    """What the tool took each document for: a wrong guess is seen here and mended with --kind, --country, --year."""
    rows = [o for o in outcomes if o.document and o.status != "refused"]
    if not rows:
        return
    say(f"{'kind':5} {'country':7} {'year':4} {'lang':4} {'pages':>5} {'passages':>8} {'tags':>6}  document")
    for o in rows:
        facts = f"{o.kind or '-':5} {o.country or '-':7} {o.year or '-':4} {o.language or '-':4}"
        say(f"{facts} {o.pages:5} {o.passages:8} {o.tags:6}  {Path(o.path).name}: {o.title[:60]}")
