"""Labels -> a draft plan: quotes with their references, joined by sentences that state what the dataset holds.

material    what a draft is made from, sorted by theme, target and category
frames      the sentences around the quotes, by language  (configs/drafts)
quoting     a passage as a quotation with reference and comment
thematic    sections by theme                             (layout a)
sdg10       the paragraph on the participation            (layout b)
annex       tables                                        (layout c)
figures     pictures and their tables
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pipeline.errors import ConfigError
from pipeline.manuscript import Block, Heading, Manuscript, Paragraph
from pipeline.stages.draft.annex import annex
from pipeline.stages.draft.figures import figures
from pipeline.stages.draft.frames import Frames, load_frames
from pipeline.stages.draft.material import DraftOptions, MatchedGap, Material
from pipeline.stages.draft.quoting import Quoter
from pipeline.stages.draft.sdg10 import sdg10
from pipeline.stages.draft.thematic import thematic

__all__ = ["LAYOUTS", "DraftOptions", "Frames", "MatchedGap", "Material", "figures", "load_frames", "plan_draft"]

Layout = Callable[[Material, Quoter], list[Block]]

LAYOUTS: Final[Mapping[str, Layout]] = MappingProxyType({"thematic": thematic, "sdg10": sdg10, "annex": annex})
"""Layout -> the function that plans it."""


def plan_draft(material: Material, layout: str, language: str) -> Manuscript:
    """The draft of one country in one layout and language. Raises ConfigError for an unknown layout or language."""
    if layout not in LAYOUTS:
        raise ConfigError(f"Unknown layout '{layout}'.", hint=f"Known: {', '.join(LAYOUTS)}.")
    frames = load_frames(language)
    quoter = Quoter(material, frames)
    title = frames(f"title_{layout}")
    notes = [Paragraph(text=frames("draft_note"), kind="note")]
    if material.unreviewed:
        notes.append(Paragraph(text=frames("draft_note_unreviewed"), kind="note"))
    blocks = [*notes, *LAYOUTS[layout](material, quoter)]
    references = quoter.references()
    return Manuscript(
        title=title,
        language=language,
        wide=layout == "annex",
        fields={
            "title": title,
            "country": material.country_name,
            "years": ", ".join(str(d.year) for d in material.assessments if d.year),
            "draft_note": frames("draft_note"),
            "references_heading": frames("references"),
        },
        words={w: frames(w) for w in ("table", "figure", "contents", "contents_hint", "references", "none_table")},
        blocks=(*blocks, Heading(level=1, text=frames("references"))) if references else tuple(blocks),
        references=references,
    )
