"""Figures of terms and weights of cues, measured on the passages that ship with the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import DataError
from pipeline.lexicon import blend, load_measured
from pipeline.taxonomy import load_cues
from pipeline.training.rules import TermFigure, fit_cues, measure_terms, measured_csv, merge_figures, read_labels

GOLD = Path(__file__).resolve().parent.parent / "corpus" / "gold" / "gold.jsonl"


def test_figures_never_exceed_the_passages() -> None:
    labelled = read_labels([GOLD])
    figures = measure_terms(labelled)
    assert len(figures) > 100
    assert all(0 <= f.right <= f.hits <= len(labelled) for f in figures)
    assert len({(f.scheme, f.language, f.code, f.term) for f in figures}) == len(figures)
    assert measured_csv(figures).count("\n") == len(figures) + 1


def test_fitted_weights_have_the_signs_that_their_classes_claim() -> None:
    table = fit_cues(read_labels([GOLD]))
    assert table.keys() == load_cues().keys()
    assert table["absence"]["gap"] > 0
    assert table["future"]["planned"] > table["adopted"]["planned"]
    assert table["request"]["support"] > 0


def test_a_later_file_completes_rare_terms_only() -> None:
    def figure(term: str, hits: int, right: int) -> TermFigure:
        return TermFigure(scheme="topic", language="en", code="visas", term=term, hits=hits, right=right)

    merged = merge_figures(
        [figure("visa*", 20, 10), figure("permit*", 2, 1)], [figure("visa*", 9, 9), figure("permit*", 4, 4)]
    )
    assert {(f.term, f.hits, f.right) for f in merged} == {("visa*", 20, 10), ("permit*", 6, 5)}


def test_what_ships_was_measured() -> None:
    assert all(0 <= right <= hits for hits, right in load_measured().values())
    assert 0.4 < blend(0.5, (2, 1)) < 0.6


def test_a_wrong_label_line_is_told(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 1"):
        read_labels([file])
