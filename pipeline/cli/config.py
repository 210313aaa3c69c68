"""`mgi config show|check`: every option with its value and where the value comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import ConfigOption, JsonOption, SetOption, print_json, say

app = typer.Typer(
    add_completion=False,
    help="Show or check the options and where each comes from. Example: mgi config show --set read.ocr=true",
    no_args_is_help=True,
)


@app.command(epilog="Example: mgi config show --json")
def show(config: ConfigOption = None, settings: SetOption = None, as_json: JsonOption = False) -> None:
    """Print every option, its value and its origin."""
    from pipeline.config import load_config

    for key, value, origin in load_config(config, settings or ()).rows():
        if as_json:
            print_json({"key": key, "value": value, "origin": origin})
        else:
            print(f"{key} = {value!r}  ({origin})")


@app.command(epilog="Example: mgi config check office.toml")
def check(file: Annotated[Path, typer.Argument(help="The TOML file to check.")]) -> None:
    """Check a configuration file; one line says what is wrong and what to do."""
    from pipeline.config import load_config

    changed = [key for key, _, origin in load_config(file).rows() if origin != "default"]
    say(f"{file} is valid: {len(changed)} options set ({', '.join(changed) or 'none'}).")
