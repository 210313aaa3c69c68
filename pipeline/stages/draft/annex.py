"""Layout c: tables for an annex that the narrative can refer to, with pictures and the numbers behind them."""

from __future__ import annotations

from collections import defaultdict

from pipeline.manuscript import Block, Cell, Heading, Paragraph, Table
from pipeline.stages.draft.figures import figures
from pipeline.stages.draft.material import CATEGORIES, CATEGORY, GCM, TARGETS, Material, codes, without_repeats
from pipeline.stages.draft.quoting import Quoter
from pipeline.stages.draft.sdg10 import domains_paragraph, progress_paragraph
from pipeline.taxonomy import load_taxonomy, sort_key
from pipeline.types import LabelledPassage


def annex(material: Material, quoter: Quoter) -> list[Block]:
    """Overview, findings by target, gaps and actions, support needs, progress, index by objective."""
    frames = quoter.frames
    blocks: list[Block] = [Heading(level=1, text=frames("annex_pictures")), domains_paragraph(material, quoter)]
    blocks += figures(material, frames)
    for name, table in (
        ("annex_targets", _targets(material, quoter)),
        ("annex_actions", _actions(material, quoter)),
        ("annex_support", _support(material, quoter)),
        ("annex_progress", _progress(material, quoter)),
        ("annex_gcm", _objectives(material, quoter)),
    ):
        blocks.append(Heading(level=1, text=frames(name)))
        if name == "annex_progress":
            blocks.append(progress_paragraph(material, quoter))
        blocks.append(table if table.rows else Paragraph(text=frames("none_table"), kind="note"))
    return blocks


def _table(
    quoter: Quoter, caption: str, header: tuple[str, ...], rows: list[tuple[Cell, ...]], *widths: float
) -> Table:
    return Table(
        caption=caption,
        header=header,
        rows=tuple(rows),
        widths=widths,
        comment=quoter.frames("c_frame", what=f"{caption}: {len(rows)}"),
    )


def _targets(material: Material, quoter: Quoter) -> Table:
    frames = quoter.frames
    rows: list[tuple[tuple[tuple[int, int, str], ...], tuple[Cell, ...]]] = []
    for p in without_repeats(material.passages):
        held = [c for c in codes(p, CATEGORY) if c in CATEGORIES]
        if not held:
            continue
        target = next(iter(codes(p, TARGETS)), "")
        category = ", ".join(frames(c) for c in held)
        shown = ", ".join(codes(p, TARGETS)[:3]) or frames("no_target")
        rows.append(
            (sort_key(target) if target else ((9, 0, ""),), (shown, quoter.quoted(p), category, quoter.cite(p)))
        )
    rows.sort(key=lambda r: r[0])
    header = (frames("col_target"), frames("col_finding"), frames("col_category"), frames("col_page"))
    caption = frames("cap_targets", year=material.latest.year)
    return _table(quoter, caption, header, [r for _, r in rows], 0.1, 0.56, 0.16, 0.18)


def _actions(material: Material, quoter: Quoter) -> Table:
    frames = quoter.frames
    rows: list[tuple[Cell, ...]] = []
    for gap in without_repeats(material.findings("gap")):
        answers = material.answers.get(gap.passage.id, ())
        first: tuple[Cell, Cell] = (quoter.quoted(gap), quoter.cite(gap))
        if not answers:
            rows.append((*first, frames("none_links"), "", ""))
        for n, a in enumerate(answers):
            left = first if n == 0 else ("", "")
            rows.append((*left, quoter.quoted(a.action), quoter.cite(a.action), quoter.status(a.action)))
    page = frames("col_page")
    header = (frames("col_gap"), page, frames("col_action"), page, frames("col_status"))
    return _table(quoter, frames("cap_actions"), header, rows, 0.34, 0.12, 0.32, 0.12, 0.1)


def _support(material: Material, quoter: Quoter) -> Table:
    frames, taxonomy = quoter.frames, load_taxonomy()
    order = (*taxonomy.codes("support_type"), "")
    rows: list[tuple[Cell, ...]] = []
    found = without_repeats(material.findings("support"))
    for kind in order:
        for p in found:
            types = quoter.support_types(p)
            if kind in types or (not kind and not types):
                title = taxonomy.title("support_type", kind, frames.language) if kind else frames("no_type")
                rows.append((title, quoter.quoted(p), ", ".join(codes(p, TARGETS)[:3]), quoter.cite(p)))
    header = (frames("col_type"), frames("col_finding"), frames("col_target"), frames("col_page"))
    return _table(quoter, frames("cap_support"), header, rows, 0.16, 0.52, 0.12, 0.2)


def _progress(material: Material, quoter: Quoter) -> Table:
    frames = quoter.frames
    first, last = material.assessments[0].year, material.latest.year
    order = ("closed", "partly", "unchanged", "regressed", "not_found", "new")
    rows: list[tuple[Cell, ...]] = []
    for status in order:
        for row in material.progress or ():
            if row.status == status:
                either = row.gap or row.found
                targets = ", ".join(codes(either, TARGETS)[:3]) if either else ""
                rows.append((targets, *_side(row.gap, quoter), *_side(row.found, quoter), frames(f"status_{status}")))
    page = frames("col_page")
    header = (
        frames("col_target"),
        frames("col_baseline", year=first),
        page,
        frames("col_followup", year=last),
        page,
        frames("col_status"),
    )
    return _table(quoter, frames("cap_progress", first=first, last=last), header, rows, 0.08, 0.3, 0.11, 0.3, 0.11, 0.1)


def _side(labelled: LabelledPassage | None, quoter: Quoter) -> tuple[Cell, Cell]:
    return ("–", "") if labelled is None else (quoter.quoted(labelled), quoter.cite(labelled))


def _objectives(material: Material, quoter: Quoter) -> Table:
    frames, taxonomy = quoter.frames, load_taxonomy()
    found: dict[str, list[LabelledPassage]] = defaultdict(list)
    for p in without_repeats(material.passages):
        if any(c in CATEGORIES for c in codes(p, CATEGORY)):
            for objective in codes(p, GCM):
                found[objective].append(p)
    rows: list[tuple[Cell, ...]] = []
    for objective in taxonomy.codes(GCM):
        if passages := found[objective]:
            pages = ", ".join(dict.fromkeys(quoter.page(p) for p in passages))
            title = f"{objective}. {taxonomy.title(GCM, objective, frames.language)}"
            rows.append((title, str(len(passages)), f"{quoter.ref(passages[0].facts)}: {pages}"))
    header = (frames("col_objective"), frames("col_findings"), frames("col_pages"))
    return _table(quoter, frames("cap_gcm"), header, rows, 0.45, 0.1, 0.45)
