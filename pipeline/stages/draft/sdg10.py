"""Layout b: the country's participation in the Migration Governance Indicators, for the section on SDG 10."""

from __future__ import annotations

from collections import Counter

from pipeline.manuscript import Block, Heading, Paragraph
from pipeline.stages.draft.material import DOMAIN, STATUS, Material, codes
from pipeline.stages.draft.quoting import Quoter
from pipeline.taxonomy import load_taxonomy


def sdg10(material: Material, quoter: Quoter) -> list[Block]:
    """Participation, domains assessed, headline good practices and gaps, progress, next steps."""
    frames, most = quoter.frames, material.options.headlines
    items = [
        frames("participation_item", title=d.title or d.path, year=d.year, ref=quoter.ref(d))
        for d in material.assessments
    ]
    blocks: list[Block] = [
        Heading(level=1, text=frames("participation")),
        Paragraph(
            text=frames("participation_1", country=material.country_name, list="; ".join(items)),
            comment=frames("c_frame", what=", ".join(d.path for d in material.assessments)),
        ),
        Heading(level=2, text=frames("domains_assessed")),
        domains_paragraph(material, quoter),
        Heading(level=2, text=frames("headline_good")),
        *quoter.some(material.findings("good_practice"), most, "none_good_practice"),
        Heading(level=2, text=frames("headline_gap")),
        *quoter.some(material.findings("gap"), most, "none_gap"),
        Heading(level=2, text=frames("progress")),
        progress_paragraph(material, quoter),
        Heading(level=2, text=frames("next_steps")),
    ]
    planned = [p for p in material.findings("action") if "planned" in codes(p, STATUS)]
    blocks.append(Paragraph(text=frames("next_text")))
    blocks += quoter.some(planned, most, "none_action")
    blocks.append(Paragraph(text=frames("next_support")))
    blocks += quoter.some(material.findings("support"), most, "none_support")
    return blocks


def domains_paragraph(material: Material, quoter: Quoter) -> Paragraph:
    """Which of the six domains the findings of the latest assessment cover."""
    frames, taxonomy = quoter.frames, load_taxonomy()
    counts = Counter(d for p in material.passages for d in codes(p, DOMAIN)[:1])
    names = [f"{d}, {taxonomy.title(DOMAIN, d, frames.language)}" for d in taxonomy.codes(DOMAIN) if counts[d]]
    if not names:
        return Paragraph(text=frames("none_table"), kind="note")
    text = frames("domains_text", year=material.latest.year, n=len(names), domains="; ".join(names))
    what = ", ".join(f"{d}: {n}" for d, n in sorted(counts.items()))
    return Paragraph(text=text, comment=frames("c_frame", what=what))


def progress_paragraph(material: Material, quoter: Quoter) -> Paragraph:
    """How many gaps of the baseline were closed, or that there is no follow-up."""
    frames = quoter.frames
    if material.progress is None:
        return Paragraph(text=frames("none_progress"), kind="note")
    counts = Counter(row.status for row in material.progress)
    numbers = {s: counts[s] for s in ("closed", "partly", "unchanged", "regressed", "not_found", "new")}
    total = sum(n for s, n in numbers.items() if s != "new")
    first, last = material.assessments[0].year, material.latest.year
    said = [frames("progress_text", total=total, first=first, last=last, **numbers)] if material.progress else []
    if material.waiting:
        said.append(frames("progress_waiting", n=material.waiting, last=last))
    text = " ".join(said) or frames("none_table")
    return Paragraph(text=text, comment=frames("c_frame", what="mgi compare"))
