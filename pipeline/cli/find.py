"""`mgi find QUERY`: ranked passages with snippet, both page numbers, document, highlights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

if TYPE_CHECKING:
    from pipeline.search import FindResult

app = typer.Typer(
    add_completion=False,
    help='Find passages in any of the languages. Example: mgi find "santé des migrants" --category gap --kind vnr',
)

HELP_QUERY = (
    'What to look for, e.g. "health coverage of migrants". "words in quotation marks" stand in a row, migra* is a '
    "beginning, a NEAR/5 b are close, -word must not be there."
)


@app.command(epilog='Example: mgi find "remittance costs" --target 10.c --year 2019..2023 --cite bibtex')
def find(
    query: Annotated[list[str] | None, typer.Argument(help=HELP_QUERY, show_default=False)] = None,
    workspace: WorkspaceOption = None,
    target: Annotated[list[str] | None, typer.Option(help="SDG target, e.g. 10.7.")] = None,
    goal: Annotated[list[str] | None, typer.Option(help="SDG goal, e.g. 10.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="good_practice, gap, action, support or none.")] = None,
    gcm: Annotated[list[str] | None, typer.Option(help="Objective of the Global Compact, 1 to 23.")] = None,
    domain: Annotated[list[str] | None, typer.Option(help="MGI domain, 1 to 6.")] = None,
    country: Annotated[list[str] | None, typer.Option(help="ISO 3166 three letters, e.g. LSO.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="mgi, vnr, vlr or other.")] = None,
    year: Annotated[str | None, typer.Option(help="2021, 2019..2023, 2019.. or ..2023.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Language of the passage, e.g. fr.")] = None,
    document: Annotated[list[str] | None, typer.Option(help="Its file's name, or its id or a beginning of it.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="proposed, accepted, changed or rejected.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 10,
    offset: Annotated[int, typer.Option(min=0, max=10_000, help="How many of the first to leave out.")] = 0,
    cite: Annotated[str | None, typer.Option(help="Print references instead: short, bibtex, ris or csl.")] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Measure the search on known cases (docs/search.md).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find passages by words, in any language of the workspace; filters may be repeated."""
    if check is not None:
        _check(check)
        return
    from pipeline.cli.passages import print_hits, print_references
    from pipeline.search import find as search
    from pipeline.search import make_filter
    from pipeline.search.documents import document_named
    from pipeline.workspace import Workspace, find_workspace

    wanted = make_filter(
        target=target, goal=goal, category=category, gcm=gcm, mgi_domain=domain, country=country, kind=kind, year=year,
        language=language, status=status,
    )  # fmt: skip
    with Workspace.open(find_workspace(workspace)) as opened:
        if document:
            every = [d.facts for d in opened.store.documents()]
            wanted = replace(wanted, document=tuple(document_named(every, name) for name in document))
        result = search(opened.store, " ".join(query or ()), wanted, limit=limit, offset=offset, report=_told)
    for word, other in result.corrections.items():
        say(f"No passage holds '{word}': searched for '{other}'.")
    for note in result.notes:
        say(note)
    if cite is not None:
        print_references([hit.found for hit in result.hits], cite, as_json=as_json)
    elif as_json:
        from pipeline.search.rows import hit_row

        for rank, hit in enumerate(result.hits, start=offset + 1):
            print_json(hit_row(hit, rank))
    else:
        print_hits(result.hits, start=offset + 1)
    if rest := _rest(result, offset):
        say(rest) if as_json or cite is not None or not result.hits else print(rest)


def _rest(result: FindResult, offset: int) -> str:
    """What is not shown, in one line; empty where all is, or where a note says why there is nothing."""
    from pipeline.search.find import NO_WORD

    of = f"more than {result.total}" if result.more_match else str(result.total)
    if not result.hits:
        if NO_WORD in result.notes:
            return ""
        if result.total:
            return f"No more: {of} passages match, with near-repeats."
        return "No passage found. Try fewer or other words, or leave out a filter."
    last = offset + len(result.hits)
    if not result.more and not offset:
        return ""
    which = f"{offset + 1} to {last}" if offset else f"The first {last}"
    return f"{which} of {of} passages that match." + (" More: --limit, --offset." if result.more else "")


def _told(done: int, total: int) -> None:
    if total > 20_000:
        say(f"Bringing the search index up to date: {done} of {total} passages.")


def _check(file: Path) -> None:
    from pipeline.search.cases import sample_store, search_cases, search_figures

    with sample_store(file) as store:
        cases = search_cases(file, store)
    for case in cases:
        if not case.right:
            known = f" (known: {case.xfail})" if case.xfail else ""
            say(f"#{case.number} {case.query!r}: wanted {', '.join(case.must_contain)}{known}")
    for language in (None, *sorted({c.language for c in cases})):
        figures = search_figures([c for c in cases if language in (None, c.language)])
        print_json({"language": language, **{k: round(v, 4) for k, v in figures.items()}})
