"""What the reader makes of the exact documents: `python -m tests.benchmarks.exact [--failures N] [LAYOUT...]`.

Prints for each layout and in total the passages found whole with their right pages, right heading paths, right printed
labels of pages, right footnote markers, furniture and hidden text that got into passages, Kendall's tau over the order
of passages, and then the failures. `samples` are the sample documents of the corpus; every other layout is made with
three seeds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pipeline.config import load_config
from pipeline.stages.layout import LayoutOptions, lay_out
from pipeline.stages.read import ReadOptions, read_pages
from pipeline.stages.segment import SegmentOptions, segment
from pipeline.types import Document, Passage
from tests.documents.make import LAYOUTS, SEEDS, make
from tests.documents.measure import Score, measure

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "corpus" / "samples"


@lru_cache(maxsize=1)
def folder() -> Path:
    """Where made documents are kept: another folder for every state of the sources that make them."""
    state = hashlib.sha256()
    for pattern in ("corpus/*.py", "tests/documents/*.py", "corpus/samples/truth/*.json"):
        for path in sorted(ROOT.glob(pattern)):
            state.update(path.read_bytes())
    made = Path(tempfile.gettempdir()) / f"mgi-exact-{state.hexdigest()[:12]}"
    made.mkdir(parents=True, exist_ok=True)
    return made


def read(path: Path) -> tuple[Document, tuple[Passage, ...]]:
    options = load_config(None, [])
    raw = read_pages(path.read_bytes(), str(path), options.options(ReadOptions))
    document = lay_out(raw, options.options(LayoutOptions))
    return document, segment(document, options.options(SegmentOptions))


def documents(layout: str) -> Iterator[tuple[str, Path, dict[str, object]]]:
    """Name, PDF and truth of every document of a layout."""
    if layout == "samples":
        for path in sorted(SAMPLES.glob("*.pdf")):
            truth = json.loads((SAMPLES / "truth" / f"{path.stem}.json").read_text(encoding="utf-8"))
            yield path.stem, path, truth
        return
    for seed in SEEDS:
        pdf, truth = make(folder(), layout, seed)
        yield f"{layout}_{seed}", pdf, truth


def score(layout: str, gaps: dict[str, str]) -> Score:
    """The layout's counts; documents that miss a bar are added to `gaps`."""
    total = Score()
    for name, pdf, truth in documents(layout):
        document, passages = read(pdf)
        one = measure(name, truth, document, passages)
        total.add(one)
        if one.misses():
            gaps[name] = "; ".join(one.misses())
    return total


def line(name: str, s: Score) -> str:
    mark = "  <" if s.misses() else ""
    return (
        f"{name:20} {s.passages:8} {s.whole_share:8.1%} {s.path_share:8.1%} {s.label_share:8.1%} {s.note_share:7.1%} "
        f"{s.furniture:9} {s.hidden:7} {s.extra:6} {s.tau:7.3f}{mark}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layouts", nargs="*", choices=[*LAYOUTS, "samples", []], metavar="LAYOUT")
    parser.add_argument("--failures", type=int, default=1000, help="how many failures to list")
    parser.add_argument("--gaps", action="store_true", help="print the documents that miss a bar, as the test's data")
    arguments = parser.parse_args()
    total, gaps = Score(), dict[str, str]()
    if arguments.gaps:
        for layout in arguments.layouts or [*LAYOUTS, "samples"]:
            score(layout, gaps)
        print(json.dumps(gaps, indent=1))
        return 0
    print(
        f"{'layout':20} {'passages':>8} {'whole':>8} {'path':>8} {'label':>8} {'notes':>7} {'furniture':>9} "
        f"{'hidden':>7} {'extra':>6} {'tau':>7}"
    )
    for layout in arguments.layouts or [*LAYOUTS, "samples"]:
        one = score(layout, gaps)
        print(line(layout, one), flush=True)
        total.add(one)
    print(line("total", total))
    print()
    for failure in total.failures[: arguments.failures]:
        print(failure)
    if len(total.failures) > arguments.failures:
        print(f"... and {len(total.failures) - arguments.failures} more")
    return 1 if total.misses() else 0


if __name__ == "__main__":
    raise SystemExit(main())
