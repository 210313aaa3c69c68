"""`mgi corpus add|list|fetch|verify`: the manifest of public sources and their files."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

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

app = typer.Typer(
    add_completion=False,
    help="The list of public sources. Example: mgi corpus fetch --kind vnr --country LSO",
    no_args_is_help=True,
)

KindOption = Annotated[list[str] | None, typer.Option(help="mgi, vnr, vlr, other or index.")]
CountryOption = Annotated[list[str] | None, typer.Option(help="ISO 3166 three letters, e.g. LSO.")]
PrivateOption = Annotated[
    bool, typer.Option("--allow-private", help="Also addresses inside private and local networks.")
]


@app.command(epilog="Example: mgi corpus add https://example.org/vnr.pdf --kind vnr --country LSO --year 2022")
def add(
    sources: Annotated[list[str], typer.Argument(help="Addresses, or CSV files with the columns of the manifest.")],
    workspace: WorkspaceOption = None,
    title: Annotated[str, typer.Option(help="Title of the document.")] = "",
    kind: Annotated[str, typer.Option(help="mgi, vnr, vlr, other or index.")] = "",
    country: Annotated[str, typer.Option(help="ISO 3166 three letters.")] = "",
    year: Annotated[str, typer.Option(help="Four digits.")] = "",
    language: Annotated[str, typer.Option(help="Code, e.g. fr.")] = "",
    licence: Annotated[str, typer.Option(help="As the source states it.")] = "",
    allow_private: PrivateOption = False,
) -> None:
    """Put sources into the workspace's manifest."""
    from pipeline.corpus import Source, add_sources, is_url, read_manifest
    from pipeline.corpus.guard import problem_of
    from pipeline.corpus.manifest import check_kinds
    from pipeline.errors import ConfigError, DataError
    from pipeline.workspace import Workspace, find_workspace

    about = Source(
        url="", title=title, kind=kind, country=country_code(country or None) or "", year=year,
        language=language_code(language or None) or "", licence=licence,
    )  # fmt: skip
    check_kinds([kind] if kind else ())
    if year and not re.fullmatch(r"(?:19|20)\d\d", year):
        raise ConfigError(f"'{year}' is not a year.", hint="Give four digits, e.g. 2022.")
    rows = []
    for given in sources:
        if is_url(given):
            if problem := problem_of(given, allow_private=allow_private):
                raise ConfigError(f"Not added: {problem}.", hint="See docs/corpus.md.")
            rows.append(replace(about, url=given))
        elif Path(given).is_file():
            found = read_manifest(Path(given))
            if wrong := next(filter(None, (problem_of(s.url, allow_private=allow_private) for s in found)), ""):
                raise DataError(given, None, f"was not added: {wrong}.", hint="See docs/corpus.md.")
            rows += found
        else:
            raise ConfigError(f"'{given}' is neither a web address nor a file.", hint="It should begin with https://")
    root = find_workspace(workspace)
    Workspace.open(root, create=True).close()
    added, changed = add_sources(root, rows)
    say(f"{added} added, {changed} changed, {len(rows) - added - changed} known. Download them: mgi corpus fetch")


@app.command("list", epilog="Example: mgi corpus list --kind vnr --json")
def list_(
    workspace: WorkspaceOption = None,
    kind: KindOption = None,
    country: CountryOption = None,
    as_json: JsonOption = False,
) -> None:
    """The project's sources and the workspace's own."""
    from pipeline.corpus import load_sources
    from pipeline.corpus.manifest import check_kinds, select
    from pipeline.workspace import find_workspace

    sources = select(load_sources(find_workspace(workspace)), kinds=check_kinds(kind or ()), countries=country or ())
    for source in sources:
        if as_json:
            print_json(asdict(source))
            continue
        about = " ".join(v for v in (source.country, source.year, source.kind, source.language) if v)
        state = "fetched " + source.fetched_at[:10] if source.file else "not fetched"
        if source.kind == "index":
            state = "a list, not fetched"
        print(f"{source.title or '(no title)'} ({about}): {state}\n   {source.url}")
        if source.moved_to:
            print(f"   moved for good to {source.moved_to}")
    if not sources:
        say("No source of that kind and country is listed. Add one: mgi corpus add URL")


@app.command(epilog="Example: mgi corpus fetch --kind vnr --dry-run")
def fetch(
    urls: Annotated[list[str] | None, typer.Argument(help="Only these addresses of the manifest.")] = None,
    workspace: WorkspaceOption = None,
    kind: KindOption = None,
    country: CountryOption = None,
    again: Annotated[bool, typer.Option("--again", help="Ask the servers whether fetched files changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be downloaded.")] = False,
    allow_private: PrivateOption = False,
    config: ConfigOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Download sources into the workspace (DIR/corpus/files); exit 3 if some could not be had."""
    from pipeline.config import FetchOptions, load_config
    from pipeline.corpus import fetch_sources, load_sources
    from pipeline.corpus.manifest import check_kinds, select
    from pipeline.workspace import Workspace, find_workspace

    options = load_config(config, settings or ()).options(FetchOptions)
    root = find_workspace(workspace)
    if not dry_run:
        Workspace.open(root, create=True).close()
    sources = select(load_sources(root), urls=urls or (), kinds=check_kinds(kind or ()), countries=country or ())
    failed = 0
    for kept in fetch_sources(root, sources, options, again=again, dry_run=dry_run, allow_private=allow_private):
        failed += kept.state == "failed"
        if as_json:
            print_json(
                {"url": kept.source.url, "state": kept.state, "file": str(kept.path) if kept.path else None,
                 "sha256": kept.source.sha256 or None, "moved_to": kept.moved_to or None, "reason": kept.reason or None}
            )  # fmt: skip
            continue
        reason = kept.reason.removeprefix(f"{kept.source.url}: ")
        say(f"{kept.state}: {kept.source.url}" + (f" ({reason})" if reason else ""))
        if kept.moved_to:
            say(f"   moved for good to {kept.moved_to}: put that into the manifest.")
    if failed:
        raise typer.Exit(3)


@app.command(epilog="Example: mgi corpus verify --online")
def verify(
    workspace: WorkspaceOption = None,
    kind: KindOption = None,
    country: CountryOption = None,
    online: Annotated[bool, typer.Option("--online", help="Also ask whether the sources are still there.")] = False,
    allow_private: PrivateOption = False,
    config: ConfigOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every fetched file against its checksum; exit 3 if one is damaged or missing."""
    from pipeline.config import FetchOptions, load_config
    from pipeline.corpus import load_sources, verify_sources
    from pipeline.corpus.manifest import check_kinds, select
    from pipeline.workspace import find_workspace

    options = load_config(config, settings or ()).options(FetchOptions)
    root = find_workspace(workspace)
    sources = select(load_sources(root), kinds=check_kinds(kind or ()), countries=country or ())
    wrong = checked = lists = 0
    for row in verify_sources(root, sources, options, online=online, allow_private=allow_private):
        wrong += row.state in ("damaged", "missing")
        checked += row.state != "not fetched"
        lists += row.state == "not fetched" and row.source.kind == "index"
        if as_json:
            print_json(
                {"url": row.source.url, "file": row.source.file or None, "state": row.state,
                 "online": row.online or None, "reason": row.reason or None}
            )  # fmt: skip
        elif row.state != "not fetched" or online:
            notes = "; ".join(n for n in (row.online, row.reason) if n)
            say(f"{row.state}: {row.source.url}" + (f" ({notes})" if notes else ""))
    told = f"{checked} files checked, {wrong} damaged or missing; {len(sources) - checked - lists} sources not fetched"
    say(told + (f", {lists} pages only list documents." if lists else "."))
    if wrong:
        say("Download what is wrong: mgi corpus fetch (a damaged file: delete it first).")
        raise typer.Exit(3)
