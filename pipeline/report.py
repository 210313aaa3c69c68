"""`mgi report`: one self-contained HTML page with pictures and the tables behind them."""

from __future__ import annotations

import base64
import html
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.manuscript import Cell, Picture, Quoted, Table
from pipeline.stages.compare import CompareOptions, compare, link_actions
from pipeline.stages.draft import DraftOptions, Material, figures, load_frames
from pipeline.stages.draft.material import Answer, MatchedGap, codes, is_reviewed
from pipeline.stages.pictures import draw
from pipeline.store import Filter
from pipeline.types import DocumentFacts, LabelledPassage
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


def material_of(workspace: Workspace, country: str) -> Material | None:
    """Everything of a country that is not rejected, reviewed or not; None where it has no profile."""
    store = workspace.store
    own = [d.facts for d in store.documents(Filter(country=country)) if d.status != "refused"]
    profiles = tuple(sorted((d for d in own if d.kind == "mgi"), key=lambda d: (d.year or 0, d.title)))
    if not profiles:
        return None
    passages = {d.id: _kept(workspace, d) for d in own}
    everyone = [p for ps in passages.values() for p in ps]
    answers: dict[str, list[Answer]] = {}
    for link in link_actions(everyone, at_least=CompareOptions().link):
        answers.setdefault(link.gap.passage.id, []).append(Answer(action=link.action))
    progress = None
    if len(profiles) > 1:
        rows = compare(passages[profiles[0].id], passages[profiles[-1].id])
        progress = tuple(MatchedGap(gap=r.baseline, found=r.followup, status=r.status) for r in rows)
    latest = profiles[-1].id
    return Material(
        country=country,
        country_name=country,
        assessments=profiles,
        passages=tuple(passages[latest]),
        others=tuple(p for d, ps in passages.items() if d != latest for p in ps),
        answers={gap: tuple(found) for gap, found in answers.items()},
        progress=progress,
        examples={},
        unreviewed=True,
        options=DraftOptions(),
    )


def _kept(workspace: Workspace, facts: DocumentFacts) -> list[LabelledPassage]:
    return [p for p in workspace.store.iter_labelled(Filter(document=facts.id)) if p.label.status != "rejected"]


def report_html(workspace: Workspace, country: str | None = None, language: str = "en") -> str:
    """The page, for one country or for all that have a profile. Raises StoreError where there is none."""
    frames = load_frames(language)
    known = sorted({d.facts.country for d in workspace.store.documents(Filter(kind="mgi")) if d.facts.country})
    parts = []
    for code in [country.upper()] if country else known:
        material = material_of(workspace, code)
        if material is None:
            raise StoreError(
                f"No MGI report of {code} in the workspace.", hint=f"There are: {', '.join(known) or 'none'}."
            )
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
