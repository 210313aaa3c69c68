"""Options that several verbs share, and how they print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "-w", "--workspace", metavar="DIR", help="The workspace folder. Else $MGI_WORKSPACE, else the nearest upwards."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout and nothing else there.")]
ConfigOption = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="A TOML file with options.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One option, e.g. --set read.ocr=true.")
]


def print_json(value: Any) -> None:
    """One JSON object on one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def say(message: str = "") -> None:
    """A message for people, on stderr."""
    print(message, file=sys.stderr)


def country_code(code: str | None) -> str | None:
    """ISO 3166 code of a country given by code or name. Raises ConfigError."""
    from pipeline.errors import ConfigError
    from pipeline.gazetteer import country_names, fold

    if code is None:
        return None
    names = country_names()
    if code.upper() in names.values():
        return code.upper()
    if fold(code) in names:
        return names[fold(code)]
    raise ConfigError(f"'{code}' is not a country.", hint="Give the three-letter ISO 3166 code, e.g. LSO for Lesotho.")


def language_code(code: str | None) -> str | None:
    """The code of a language of this tool. Raises ConfigError."""
    from pipeline.errors import ConfigError
    from pipeline.language import LANGUAGES

    if code is None or code.lower() in LANGUAGES:
        return code.lower() if code else None
    raise ConfigError(f"'{code}' is not a language of this tool.", hint=f"Known: {', '.join(LANGUAGES)}.")
