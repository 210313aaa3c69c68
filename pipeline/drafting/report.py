"""`mgi report`: one self-contained HTML page with pictures and the tables behind them."""

from __future__ import annotations

import base64
import html
from pathlib import Path

from pipeline.drafting.gather import gather
from pipeline.errors import StoreError
from pipeline.manuscript import Cell, Picture, Quoted, Table
from pipeline.stages.compare import CompareOptions
from pipeline.stages.draft import DraftOptions, Material, figures, load_frames
from pipeline.stages.draft.material import codes, is_reviewed
from pipeline.stages.pictures import draw
from pipeline.store import Filter
from pipeline.workspace import Workspace

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1,h2{color:#1f3b63;line-height:1.2}
h2{border-top:2px solid #dce6f1;padding-top:1rem;margin-top:2.5rem}
img{max-width:100%;height:auto}
figure{margin:1rem 0}
figcaption,caption{font-weight:600;text-align:left;color:#1f3b63}
table{border-collapse:collapse;width:100%;margin:1rem 0;font-size:.9rem}
th{background:#dce6f1;text-align:left}
td,th{border:1px solid #b8c4d4;padding:.25rem .5rem;vertical-align:top}
.note{color:#555}
@media print{figure,table{break-inside:avoid}}
"""


def report_html(workspace: Workspace, country: str | None = None, language: str = "en") -> str:
    """The page, for one country or for all that have a profile, of all that is not rejected.

    What people decided on passages, pairs and links holds as in a draft. Raises StoreError where there is no profile
    or, for one country, no finding.
    """
    frames = load_frames(language)
    profiles = [d for d in workspace.store.documents(Filter(kind="mgi")) if d.status != "refused"]
    known = sorted({d.facts.country for d in profiles if d.facts.country})
    parts = []
    for code in [country] if country else known:
        try:
            material = gather(workspace, code, DraftOptions(examples=0), CompareOptions(), include_unreviewed=True)
        except StoreError:
            if country:
                raise
            continue  # a profile without a finding does not stop the others
        parts.append(_section(material, language))
    if not parts:
        raise StoreError("No MGI report in the workspace.", hint="Read one: mgi run FILE --kind mgi.")
    title = html.escape(frames("cap_coverage"))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    head += f"<title>{title}</title><style>{STYLE}</style>"
    body = f"<main><h1>Migration Governance Indicators</h1>{''.join(parts)}</main>"
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{body}</body></html>\n'


def _section(material: Material, language: str) -> str:
    """Pictures of one country, each with its table; says how much of it is reviewed."""
    frames = load_frames(language)
    titles = "; ".join(d.title or d.path for d in material.assessments)
    held = [p for p in material.passages if codes(p, "category")]
    reviewed = sum(is_reviewed(p) for p in held)
    parts = [f"<h2>{html.escape(titles)}</h2>"]
    words = html.escape(f"{frames('accepted')}, {frames('changed')}: {reviewed} / {len(held)}")
    parts.append(f'<p class="note">{words}</p>')
    for block in figures(material, frames):
        if isinstance(block, Picture):
            data = base64.b64encode(draw(block.chart)).decode()
            alt, caption = html.escape(block.alt, quote=True), html.escape(block.caption)
            image = f'<img alt="{alt}" src="data:image/png;base64,{data}">'
            parts.append(f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
        elif isinstance(block, Table):
            head = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in block.header)
            rows = "".join("<tr>" + "".join(f"<td>{_cell(c)}</td>" for c in row) + "</tr>" for row in block.rows)
            caption = html.escape(block.caption)
            table = f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
            parts.append(f"<table>{table}</table>")
        elif hasattr(block, "text"):
            parts.append(f'<p class="note">{html.escape(block.text)}</p>')
    return "".join(parts)


def _cell(cell: Cell) -> str:
    return html.escape(cell.text if isinstance(cell, Quoted) else cell)


def write_report(workspace: Workspace, out: Path, country: str | None = None, language: str = "en") -> Path:
    """Write the page; StoreError if it cannot be written."""
    text = report_html(workspace, country, language)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"Cannot write {out}: {error.strerror}.", hint="Choose another file with --out.") from error
    return out
