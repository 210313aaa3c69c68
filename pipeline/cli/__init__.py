"""The command line: one module per verb, heavy libraries imported inside the commands."""

from __future__ import annotations

import typer

app = typer.Typer(name="mgi", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def main() -> None:
    app()
