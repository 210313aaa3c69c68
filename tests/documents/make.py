"""Makes the exact documents: `python -m tests.documents.make FOLDER [LAYOUT...]`.

Each layout is a function of a seed that sets a PDF and returns its truth; `LAYOUTS` names them all. Seeds vary the
texts, the language, fonts, sizes, colours and the portions in which glyphs are drawn, so that a reader cannot be tuned
to one document. The same seed gives the same bytes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.documents import layouts, layouts2, layouts3
from tests.documents.layouts import Truth

LAYOUTS: dict[str, Callable[[int, Path], Truth]] = {
    "one_column": layouts.columns(1, size=10.2, sections=6),
    "two_columns": layouts.columns(2, size=9.4, sections=8),
    "three_columns": layouts.columns(3, size=8.6, sections=8),
    "full_width_heading": layouts.full_width_heading,
    "figure_between": layouts.figure_between,
    "side_notes": layouts.side_notes,
    "cards": layouts.cards,
    "footnotes": layouts.footnotes,
    "hyphens": layouts.hyphens,
    "breaks": layouts.breaks,
    "lists": layouts.lists,
    "boxes": layouts.boxes,
    "contents": layouts.contents,
    "mgi_bands": layouts2.mgi("a"),
    "mgi_serif": layouts2.mgi("b"),
    "mgi_strips": layouts2.mgi("c"),
    "table_ruled": layouts2.table("ruled"),
    "table_shading": layouts2.table("shading"),
    "table_alignment": layouts2.table("alignment"),
    "table_landscape": layouts2.table("landscape"),
    "shapes": layouts2.shapes,
    "spreads": layouts2.spreads,
    "labels_chapters": layouts2.labels("chapters"),
    "labels_wrong": layouts2.labels("wrong"),
    "labels_file": layouts2.labels("file"),
    "labels_words": layouts2.labels("words"),
    "labels_none": layouts2.labels("none"),
    "chapters": layouts2.chapters,
    "hidden": layouts2.hidden,
    "overprint": layouts2.overprint,
    "arabic": layouts2.arabic_text,
    "run_ins": layouts3.run_ins,
    "table_names": layouts3.names,
    "table_terms": layouts3.terms,
    "table_matrix": layouts3.matrix,
    "contents_levels": layouts3.contents_levels,
}
SEEDS = (1, 2, 3)


def make(folder: Path, name: str, seed: int) -> tuple[Path, Truth]:
    """The PDF of one layout and seed in `folder` (made if it is not there yet) and its truth."""
    pdf, kept = folder / f"{name}_{seed}.pdf", folder / f"{name}_{seed}.json"
    if not (pdf.exists() and kept.exists()):
        draft = folder / f"{name}_{seed}.{os.getpid()}.part"  # two test processes may make it at once
        truth = LAYOUTS[name](seed, draft)
        draft.replace(pdf)
        draft.write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(kept)
    return pdf, json.loads(kept.read_text(encoding="utf-8"))


def every(folder: Path, names: list[str] | None = None) -> Iterator[tuple[str, int, Path, Truth]]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or LAYOUTS:
        for seed in SEEDS:
            pdf, truth = make(folder, name, seed)
            yield name, seed, pdf, truth


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 2
    for name, seed, pdf, truth in every(Path(arguments[0]), arguments[1:]):
        print(f"{name} {seed}: {truth['pages']} pages, {len(truth['passages'])} passages, {pdf.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
