"""This reader beside others: `python -m tests.benchmarks.readers [--environment DIR]... [--pages N] [READER...]`.

Prints a table: passages of the exact documents found whole on their page, table rows likewise, running heads and feet
among the text, token F1 a page against an independent reading, processor time a page. Whole means: all letters and
figures in order and nothing between them; spaces, hyphens and signs count for nothing, which favours the plain
readers. Other readers run as processes of their own with `DIR/bin/python` (a virtual environment that holds them, for
they are no dependencies), or with this Python where no DIR has them.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.stages.layout import LayoutOptions, lay_out
from pipeline.stages.layout.finish import page_texts
from pipeline.stages.read import ReadOptions, read_pages
from tests.benchmarks import others
from tests.benchmarks.exact import documents
from tests.benchmarks.reading import DOCUMENTS, REFERENCE, TIMED, first_pages, plain, tokens
from tests.documents.make import LAYOUTS
from tests.documents.measure import JUDGED, variants

OURS = "this reader"
SECONDS = 1800
"""Longest run of one other reader."""
SHORTEST = 11
"""Running heads with fewer letters may stand in the text as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Files by purpose: exact documents with their truth, pages of the reference, files that are timed."""

    exact: Mapping[str, dict[str, Any]]
    reference: str
    numbers: Sequence[int]
    timed: Sequence[str]
    pages: int


def prepared(folder: Path, pages: int, step: int) -> Job:
    """Exact documents of every layout (the first seed), every `step`-th page of the reference, first pages to time."""
    exact = {}
    for layout in [*LAYOUTS, "samples"]:
        for _, path, truth in list(documents(layout))[: None if layout == "samples" else 1]:
            exact[str(path)] = truth
    numbers = _reference_pages()[::step]
    reference = folder / "reference.pdf"
    reference.write_bytes(_only(DOCUMENTS / f"{REFERENCE}.pdf", numbers))
    timed = []
    for name in TIMED:
        timed.append(str(folder / f"{name}.pdf"))
        Path(timed[-1]).write_bytes(first_pages(name, pages))
    count = sum(_length(path) for path in timed)
    return Job(exact=exact, reference=str(reference), numbers=numbers, timed=timed, pages=count)


def _reference_pages() -> list[int]:
    files = (DOCUMENTS / "reference" / REFERENCE).glob("page_*.md")
    return sorted(int(re.sub(r"\D", "", f.stem)) for f in files)


def _only(path: Path, numbers: Sequence[int]) -> bytes:
    import io

    import pikepdf

    buffer = io.BytesIO()
    with pikepdf.open(path) as pdf, pikepdf.new() as made:
        made.pages.extend([pdf.pages[n - 1] for n in numbers])
        made.save(buffer)
    return buffer.getvalue()


def _length(path: str) -> int:
    import pikepdf

    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def ours(job: Job) -> dict[str, Any]:
    """What this reader hands to the tagger: blocks without furniture and hidden text, by page."""
    texts = {path: _read(path) for path in [*job.exact, job.reference]}
    start = others.processor_time()
    for path in job.timed:
        _read(path)
    return {"version": "", "texts": texts, "seconds": others.processor_time() - start}


def _read(path: str) -> list[str]:
    document = lay_out(read_pages(Path(path).read_bytes(), path, ReadOptions()), LayoutOptions())
    texts = page_texts([b for b in document.blocks if b.kind != "furniture"])
    return ["\n".join(texts.get(p.number, ())) for p in document.pages]


def run(name: str, job: Job, folder: Path, environments: Sequence[Path]) -> dict[str, Any]:
    """The reader's texts, seconds and version, or `error`."""
    if name == OURS:
        return ours(job)
    asked, out = folder / "job.json", folder / "out.json"
    asked.write_text(json.dumps({"read": [*job.exact, job.reference], "time": list(job.timed)}), encoding="utf-8")
    python = next((str(p) for e in environments if _has(p := e / "bin" / "python", name)), sys.executable)
    out.unlink(missing_ok=True)
    try:
        subprocess.run(
            [python, others.__file__, name, str(asked), str(out)], timeout=SECONDS, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": f"took longer than {SECONDS} s"}
    told: dict[str, Any] = json.loads(out.read_text("utf-8")) if out.exists() else {"error": "the process ended"}
    return told


def _has(python: Path, name: str) -> bool:
    found = subprocess.run([str(python), "-c", f"import {name}"], capture_output=True, check=False)
    return found.returncode == 0


def folded(text: str) -> str:
    """Letters and figures alone, without ligatures and case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", re.sub(r"</?\w+>", " ", text))).casefold()


def judged(job: Job, texts: Mapping[str, list[str]]) -> tuple[list[bool], list[bool], list[bool]]:
    """For each passage of one page, each table row, each running head: whether it is in the text of its page."""
    passages: list[bool] = []
    rows: list[bool] = []
    furniture: list[bool] = []
    for path, truth in job.exact.items():
        pages = [folded(t) for t in texts[path]]
        paged = len(pages) == len(truth["labels"])
        inside = {folded(p["text"]) for p in [*truth["passages"], *truth["headings"]]}
        for true in truth["passages"]:
            if true["kind"] not in JUDGED or len(true["pages"]) > 1:
                continue
            here = pages[true["page"] - 1] if paged else "".join(pages)
            if true["kind"] == "row":
                rows.append(folded(" ".join(true["cells"])) in here)
            else:
                passages.append(any(folded(v) in here for v in variants(true)))
        for number, text in truth["furniture"]:
            plainly = folded(text)
            if len(plainly) > SHORTEST and not any(plainly in t for t in inside):
                furniture.append(plainly in (pages[number - 1] if paged else "".join(pages)))
    return passages, rows, furniture


def agreement(job: Job, texts: Sequence[str]) -> float | None:
    """Median token F1 of the reference's pages, None where the reader tells no pages."""
    if len(texts) != len(job.numbers):
        return None
    scores = []
    for number, text in zip(job.numbers, texts, strict=True):
        theirs = tokens(plain((DOCUMENTS / "reference" / REFERENCE / f"page_{number}.md").read_text(encoding="utf-8")))
        got = tokens(re.sub(r"[_*]", " ", plain(text)))
        if theirs:
            scores.append(2 * sum((got & theirs).values()) / max(sum(got.values()) + sum(theirs.values()), 1))
    return statistics.median(scores)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [OURS, *others.READERS]
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"all without one: {', '.join(names)}")
    parser.add_argument("--environment", type=Path, action="append", default=[], help="virtual environment of others")
    parser.add_argument("--pages", type=int, default=10, help="first pages of each of four reports that are timed")
    parser.add_argument("--step", type=int, default=4, help="every how many pages of the reference are compared")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        job = prepared(folder, given.pages, given.step)
        print(f"{len(job.exact)} exact documents, {len(job.numbers)} pages of the reference, {job.pages} pages timed\n")
        print("| reader | passages whole | table rows whole | heads and feet in the text | token F1 | ms a page |")
        print("|---|---|---|---|---|---|")
        for name in given.readers or names:
            told = run(name, job, folder, given.environment)
            label = f"{name} {told.get('version', '')}".strip()
            if "error" in told:
                print(f"| {label} | {told['error']} | | | | |", flush=True)
                continue
            shares = [sum(found) / max(len(found), 1) for found in judged(job, told["texts"])]
            f1 = agreement(job, told["texts"][job.reference])
            cells = [*(f"{s:.1%}" for s in shares), "no pages" if f1 is None else f"{f1:.3f}"]
            print(f"| {label} | {' | '.join(cells)} | {1000 * told['seconds'] / job.pages:.1f} |", flush=True)


if __name__ == "__main__":
    main()
