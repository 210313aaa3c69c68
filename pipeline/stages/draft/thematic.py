"""Layout a: sections by theme, each with good practices, gaps with the actions that answer them, actions, support."""

from __future__ import annotations

from pipeline.manuscript import Block, Heading, Paragraph
from pipeline.stages.draft.frames import load_themes
from pipeline.stages.draft.material import CATEGORIES, Material, theme_of, without_repeats
from pipeline.stages.draft.quoting import Quoter


def thematic(material: Material, quoter: Quoter) -> list[Block]:
    """Every theme stands there; one without material says so."""
    frames, options, year = quoter.frames, material.options, material.latest.year
    found = {c: without_repeats(material.findings(c)) for c in CATEGORIES}
    refs = ", ".join(quoter.ref(d) for d in material.assessments)
    years = ", ".join(str(d.year) for d in material.assessments)
    blocks: list[Block] = [
        Paragraph(
            text=frames("intro", years=years, refs=refs, year=year),
            comment=frames("c_frame", what=", ".join(d.title or d.path for d in material.assessments)),
        )
    ]
    for theme in load_themes():
        mine = {c: [p for p in ps if theme_of(p) == theme] for c, ps in found.items()}
        blocks.append(Heading(level=1, text=theme.titles.get(frames.language, theme.titles["en"])))
        if not any(mine.values()):
            blocks.append(Paragraph(text=frames("none_theme"), kind="note"))
        else:
            counts = {c: frames.count(c, len(ps)) for c, ps in mine.items() if c != "support"}
            what = ", ".join(f"{c} {len(ps)}" for c, ps in mine.items())
            intro = frames("theme_intro", year=year, **counts)
            blocks.append(Paragraph(text=intro, comment=frames("c_frame", what=what)))
            for category, passages in mine.items():
                blocks.append(Heading(level=2, text=frames(category)))
                blocks += quoter.some(passages, options.quotes, f"none_{category}", answers=category == "gap")
        if options.examples:
            blocks += _examples(material, quoter, theme.code)
    return blocks


def _examples(material: Material, quoter: Quoter, theme: str) -> list[Block]:
    examples = material.examples.get(theme, ())[: material.options.examples]
    blocks: list[Block] = [Heading(level=2, text=quoter.frames("examples"))]
    if not examples:
        return [*blocks, Paragraph(text=quoter.frames("none_examples"), kind="note")]
    return [
        *blocks,
        *(quoter.quotation(p, lead=f"{p.facts.country or ''} {p.facts.year or ''}".strip()) for p in examples),
    ]
