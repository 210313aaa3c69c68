"""The reader on exact documents: the bars of `tests.benchmarks.exact`, document by document.

`cases/exact_known_gaps.json` names the documents on which a bar is not met yet, with the reason: a strict xfail, so
that a lucky fix must be recorded (`python -m tests.benchmarks.exact --gaps > tests/cases/exact_known_gaps.json`).
Every layout is tested with its first seed; the other seeds are `slow`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.exact import SAMPLES, documents, read
from tests.documents.make import LAYOUTS, SEEDS, make
from tests.documents.measure import measure

GAPS = json.loads((Path(__file__).parent / "cases" / "exact_known_gaps.json").read_text(encoding="utf-8"))


def cases() -> list[object]:
    found = []
    for layout in LAYOUTS:
        for seed in SEEDS:
            name = f"{layout}_{seed}"
            marks = [pytest.mark.slow] if seed > 1 else []
            found.append(pytest.param(layout, seed, id=name, marks=[*marks, *gap(name)]))
    return found


def gap(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=GAPS[name], strict=True, raises=AssertionError)] if name in GAPS else []


@pytest.mark.parametrize(("layout", "seed"), cases())
def test_bars(layout: str, seed: int, exact_documents: Path) -> None:
    pdf, truth = make(exact_documents, layout, seed)
    document, passages = read(pdf)
    score = measure(pdf.stem, truth, document, passages)
    assert not score.misses(), "\n".join([*score.misses(), *score.failures[:20]])


NAMES = sorted(path.stem for path in SAMPLES.glob("*.pdf"))


@pytest.mark.parametrize("name", [pytest.param(name, id=name, marks=gap(name)) for name in NAMES])
def test_samples(name: str) -> None:
    pdf, truth = next((p, t) for n, p, t in documents("samples") if n == name)
    document, passages = read(pdf)
    score = measure(name, truth, document, passages)
    assert not score.misses(), "\n".join([*score.misses(), *score.failures[:20]])


def test_known_gaps_name_documents() -> None:
    assert set(GAPS) <= {*NAMES, *(f"{layout}_{seed}" for layout in LAYOUTS for seed in SEEDS)}


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    one, truth = make(tmp_path, "footnotes", 2)
    two, again = make(tmp_path / "again", "footnotes", 2)
    assert one.read_bytes() == two.read_bytes()
    assert truth == again
