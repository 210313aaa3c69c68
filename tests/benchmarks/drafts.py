"""Drafts measured: `python -m tests.benchmarks.drafts` reads the sample country, writes every layout in every language,
looks each quote up on its page with poppler, and times a draft of a country with 3,000 passages."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from pipeline.config import load_config
from pipeline.drafting import gather, write_draft
from pipeline.run import run
from pipeline.run.inputs import find_inputs
from pipeline.stages.compare import CompareOptions
from pipeline.stages.draft import LAYOUTS, DraftOptions, Material
from pipeline.stages.facts import Given
from pipeline.store import Filter
from pipeline.workspace import Workspace
from tests.conftest import ROOT
from tests.country import country_workspace
from tests.quotes import missing


def material(place: Workspace, country: str) -> Material:
    return gather(place, country, DraftOptions(), CompareOptions(), include_unreviewed=True)


def quotes_on_their_pages(folder: Path) -> None:
    looked_up = lost = 0
    with Workspace.open(folder / "samples", create=True) as place:
        run(find_inputs(sorted((ROOT / "corpus" / "samples").glob("*.pdf"))), place, load_config(), Given())
        for layout in LAYOUTS:
            for language in ("en", "fr", "es"):
                out = folder / f"{layout}-{language}.docx"
                manuscript, _ = write_draft(place, material(place, "XAA"), layout, language, "docx", out)
                for identity in sorted({quote.passage for quote in manuscript.quotes()}):
                    labelled = place.store.get(identity)
                    source = place.source_file(labelled.passage.document) if labelled else None
                    looked_up += 1
                    if labelled is None or source is None or missing(labelled.passage, source):
                        lost += 1
                        print(f"{layout} {language}: not found: {identity}")
    print(f"quotes of 9 drafts looked up: {looked_up}, not found on their page: {lost}")


def many_passages(folder: Path) -> None:
    with country_workspace(folder / "many", copies=75) as place:
        count = place.store.count(Filter(country="XAE"))
        for layout in LAYOUTS:
            started = time.perf_counter()
            write_draft(place, material(place, "XAE"), layout, "en", "docx", folder / f"{layout}.docx")
            print(f"{layout}: {count} passages, {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        quotes_on_their_pages(Path(scratch))
        many_passages(Path(scratch))
