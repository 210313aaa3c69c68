"""`mgi draft`: a draft with references, in Word or Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli.options import ConfigOption, JsonOption, SetOption, WorkspaceOption, print_json, say

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi draft --country LSO --layout sdg10 --language fr --out sdg10.docx")
def draft(
    country: Annotated[str, typer.Option(metavar="ISO3", help="Whose draft.")],
    layout: Annotated[
        Literal["thematic", "sdg10", "annex"], typer.Option(help="Sections by theme, paragraph for SDG 10, or tables.")
    ] = "thematic",
    format_: Annotated[Literal["docx", "md"], typer.Option("--format", help="Word or Markdown.")] = "docx",
    language: Annotated[Literal["en", "fr", "es"], typer.Option(help="Of the frame; quotes stay in theirs.")] = "en",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: in the workspace's folder drafts.")] = None,
    template: Annotated[Path | None, typer.Option(metavar="FILE", help="Your office's Word template.")] = None,
    include_unreviewed: Annotated[
        bool, typer.Option("--include-unreviewed", help="Also what nobody reviewed; it is marked.")
    ] = False,
    accept_link: Annotated[
        list[str] | None, typer.Option(metavar="GAP:ACTION", help="This action answers this gap (passage ids).")
    ] = None,
    reject_link: Annotated[list[str] | None, typer.Option(metavar="GAP:ACTION", help="It does not.")] = None,
    reviewer: Annotated[str, typer.Option(help="Who decides on links.", envvar="MGI_REVIEWER")] = "",
    country_name: Annotated[str, typer.Option(help="As it should stand in the text.")] = "",
    workspace: WorkspaceOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Quotes with page-exact references, joined by sentences that state what the dataset holds; nothing invented."""
    from pipeline.config import load_config
    from pipeline.drafting import decide, gather, write_draft
    from pipeline.errors import ConfigError
    from pipeline.stages.compare import CompareOptions
    from pipeline.stages.draft import DraftOptions
    from pipeline.workspace import Workspace, find_workspace

    options = load_config(config, settings or ())
    with Workspace.open(find_workspace(workspace)) as place:
        if (accept_link or reject_link) and not reviewer:
            raise ConfigError("Who decides?", hint="Add --reviewer NAME or set MGI_REVIEWER.")
        decide(place, "action", [_pair(t) for t in accept_link or ()], "accepted", reviewer)
        decide(place, "action", [_pair(t) for t in reject_link or ()], "rejected", reviewer)
        material = gather(
            place,
            country,
            options.options(DraftOptions),
            options.options(CompareOptions),
            include_unreviewed=include_unreviewed,
            name=country_name,
            language=language,
        )
        path = out or place.root / "drafts" / f"{country.lower()}-{layout}-{language}.{format_}"
        _, verified = write_draft(place, material, layout, language, format_, path, template)
    if as_json:
        print_json({"path": str(path), "quotes": verified, "unreviewed": material.unreviewed})
    else:
        say(f"wrote {path}: {verified} quotes, each found word for word on its page")


def _pair(text: str) -> tuple[str, str]:
    from pipeline.errors import ConfigError

    gap, colon, action = text.partition(":")
    if not (gap and colon and action):
        raise ConfigError(f"'{text}' is not GAP:ACTION.", hint="Two passage ids; the draft's comments hold them.")
    return gap, action
