"""`mgi review`: the review pages and all that people decide."""

from __future__ import annotations

import typer

from pipeline.cli import returns, serve

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Review what the taggers propose. Example: mgi review serve -w my-workspace",
)
serve.register(app)
returns.register(app)
