"""`mgi doctor`: what this installation can and cannot do."""

from __future__ import annotations

import typer

from pipeline.cli.options import JsonOption, print_json

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi doctor --json")
def doctor(as_json: JsonOption = False) -> None:
    """Check Python, libraries, models, OCR and optional parts; exit 1 if a required one is missing."""
    from dataclasses import asdict

    from pipeline.doctor import examine

    checks = list(examine())
    for check in checks:
        if as_json:
            print_json(asdict(check))
        else:
            mark = "ok     " if check.ok else ("MISSING" if check.required else "without")
            print(f"{mark} {check.name}: {check.detail}" + ("" if check.ok else f". {check.hint}"))
    if not all(check.ok for check in checks if check.required):
        raise typer.Exit(1)
