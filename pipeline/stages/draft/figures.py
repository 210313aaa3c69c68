"""Pictures of a draft or report as numbers, each followed by its table. `stages.pictures` draws them."""

from __future__ import annotations

from collections import Counter

from pipeline.manuscript import Block, Chart, ChartKind, Paragraph, Picture, Table
from pipeline.stages.draft.frames import Frames
from pipeline.stages.draft.material import CATEGORIES, CATEGORY, DOMAIN, TARGETS, Material, codes
from pipeline.taxonomy import load_taxonomy, sort_key

MOST_TARGETS = 20


def figures(material: Material, frames: Frames) -> list[Block]:
    """Coverage by target, findings by domain, gaps against actions, progress: picture, then table."""
    first, last = material.assessments[0].year, material.latest.year
    blocks: list[Block] = []
    for kind, caption, chart in (
        ("coverage", frames("cap_coverage"), _coverage(material, frames)),
        ("domains", frames("cap_domains"), _domains(material, frames)),
        ("answers", frames("cap_answers"), _answers(material, frames)),
        ("progress", frames("cap_slope", first=first, last=last), _progress(material, frames)),
    ):
        if chart is None:
            text = frames("none_progress") if kind == "progress" else frames("none_table")
            blocks.append(Paragraph(text=f"{caption}: {text}", kind="note"))
            continue
        blocks.append(Picture(name=kind, caption=caption, alt=frames("alt", caption=caption), chart=chart))
        share = 0.5 / len(chart.columns)
        blocks.append(
            Table(
                caption=caption,
                header=(frames("col_target" if kind == "coverage" else "col_domain"), *chart.columns),
                rows=tuple(
                    (row, *(f"{v:g}" for v in values)) for row, values in zip(chart.rows, chart.values, strict=True)
                ),
                widths=(0.5, *[share] * len(chart.columns)),
                comment=frames("c_frame", what=caption),
            )
        )
    return blocks


def _coverage(material: Material, frames: Frames) -> Chart | None:
    counts: Counter[tuple[str, str]] = Counter()
    for p in material.passages:
        counts.update((t, c) for t in codes(p, TARGETS) for c in codes(p, CATEGORY) if c in CATEGORIES)
    totals: Counter[str] = Counter()
    for (target, _), n in counts.items():
        totals[target] += n
    targets = sorted((t for t, _ in totals.most_common(MOST_TARGETS)), key=sort_key)
    return _chart("coverage", targets, list(CATEGORIES), counts, tuple(frames(c) for c in CATEGORIES), frames)


def _domains(material: Material, frames: Frames) -> Chart | None:
    counts: Counter[tuple[str, str]] = Counter()
    for p in material.passages:
        counts.update((d, c) for d in codes(p, DOMAIN)[:1] for c in codes(p, CATEGORY))
    kinds = ("good_practice", "gap")
    return _chart("domains", _domain_codes(), list(kinds), counts, tuple(frames(k) for k in kinds), frames)


def _answers(material: Material, frames: Frames) -> Chart | None:
    counts: Counter[tuple[str, str]] = Counter()
    for p in material.findings("gap"):
        kind = "with" if material.answers.get(p.passage.id) else "without"
        counts.update((d, kind) for d in codes(p, DOMAIN)[:1])
    words = (frames("answered_col"), frames("unanswered_col"))
    return _chart("answers", _domain_codes(), ["with", "without"], counts, words, frames)


def _progress(material: Material, frames: Frames) -> Chart | None:
    """Open gaps at both times: all of the baseline; those of them that are not closed, and the new ones."""
    if material.progress is None:
        return None
    counts: Counter[tuple[str, str]] = Counter()
    for row in material.progress:
        either = row.gap or row.found
        domain = next(iter(codes(either, DOMAIN)), "") if either else ""
        counts[domain, "first"] += row.gap is not None
        counts[domain, "last"] += row.status in ("partly", "unchanged", "regressed", "new")
    years = (material.assessments[0].year, material.latest.year)
    words = tuple(frames("open_first", year=y) for y in years)
    return _chart("progress", _domain_codes(), ["first", "last"], counts, words, frames)


def _domain_codes() -> list[str]:
    return list(load_taxonomy().codes(DOMAIN))


def _chart(
    kind: ChartKind,
    rows: list[str],
    columns: list[str],
    counts: Counter[tuple[str, str]],
    words: tuple[str, ...],
    frames: Frames,
) -> Chart | None:
    kept = [r for r in rows if any(counts[r, c] for c in columns)]
    if not kept:
        return None
    taxonomy = load_taxonomy()
    names = kept if kind == "coverage" else [f"{r}. {taxonomy.title(DOMAIN, r, frames.language)}" for r in kept]
    return Chart(
        kind=kind,
        rows=tuple(names),
        columns=words,
        values=tuple(tuple(float(counts[r, c]) for c in columns) for r in kept),
        words={"number": frames("number")},
    )
