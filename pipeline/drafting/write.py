"""`mgi draft`: gather, plan, verify each quote, write; a file appears only when it is complete."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.drafting.verify import verify_quotes
from pipeline.errors import ConfigError, StoreError
from pipeline.manuscript import Manuscript, Picture
from pipeline.stages.draft import Material, plan_draft
from pipeline.stages.export import DRAFT_WRITERS
from pipeline.stages.pictures import draw
from pipeline.workspace import Workspace


def write_draft(
    workspace: Workspace,
    material: Material,
    layout: str,
    language: str,
    format_: str,
    out: Path,
    template: Path | None = None,
) -> tuple[Manuscript, int]:
    """Write one draft; gives its plan and the number of quotes that were verified.

    Raises StoreError if a quote is not on its page or the file cannot be written (open in Word, no right).
    """
    if format_ not in DRAFT_WRITERS:
        raise ConfigError(f"Unknown format '{format_}'.", hint=f"Known: {', '.join(DRAFT_WRITERS)}.")
    manuscript = plan_draft(material, layout, language)
    verified = verify_quotes(workspace.store, manuscript.quotes())
    images = {b.name: draw(b.chart) for b in manuscript.blocks if isinstance(b, Picture)}
    waiting = out.with_name(f".{out.stem}.{os.getpid()}{out.suffix}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if format_ == "md":  # its pictures stand beside it and take its name
            with out.open("a", encoding="utf-8"):
                pass
            DRAFT_WRITERS[format_](manuscript, out, images, template)
        else:
            DRAFT_WRITERS[format_](manuscript, waiting, images, template)
            waiting.replace(out)
    except OSError as error:
        waiting.unlink(missing_ok=True)
        raise StoreError(
            f"Cannot write {out}: {error.strerror or error}.", hint="Close the file if it is open, or use --out."
        ) from error
    return manuscript, verified
