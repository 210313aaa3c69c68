"""A line made of words which the file keeps apart is doubted; ordinary lines, hyphens and markers are not."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.config import load_config
from pipeline.raw import RawDocument
from pipeline.run.extract import read_document
from pipeline.stages.proof import doubtful
from pipeline.stages.read import ReadOptions, read_pages
from pipeline.stages.segment import SegmentOptions, segment
from pipeline.types import Anchor, Passage, Region
from tests.conftest import ROOT

REGION = Region(1, 0, 0, 10, 10)
SAMPLE = ROOT / "corpus" / "samples" / "saldora_vnr_2022.pdf"


@pytest.fixture(scope="module")
def raw() -> RawDocument:
    return read_pages(SAMPLE.read_bytes(), str(SAMPLE), load_config().options(ReadOptions))


def line(text: str, page: int, **more: Any) -> Passage:
    anchor = Anchor(0, len(text), REGION._replace(page=page))
    return Passage(id="p", document="d", n=0, kind="paragraph", text=text, page=page, anchors=(anchor,), **more)


def test_no_passage_of_a_sample_is_doubted(raw: RawDocument) -> None:
    config = load_config()
    document = read_document(SAMPLE.read_bytes(), str(SAMPLE), config)
    assert doubtful(raw, segment(document, config.options(SegmentOptions))) == ()


def test_words_that_the_file_keeps_apart_are_doubted(raw: RawDocument) -> None:
    words = [w.text for w in raw.pages[6].words if w.text.isalpha() and len(w.text) > 4]
    together, apart = f"{words[3]}", f"{words[3]} {words[40]} {words[9]}"
    assert doubtful(raw, [line(together, 7)]) == ()
    assert doubtful(raw, [line(apart, 7)]) == (line(apart, 7),)
    # the same words on another page of the document are not there either
    assert doubtful(raw, [line(f"{words[3]}{words[4]}zzz", 7)])


def test_a_sign_without_a_letter_is_doubted(raw: RawDocument) -> None:
    word = next(w.text for w in raw.pages[6].words if w.text.isalpha())
    unknown = line(f"{word} \x04", 7)
    assert doubtful(raw, [line(word, 7), unknown]) == (unknown,)


def test_a_row_is_looked_up_cell_by_cell(raw: RawDocument) -> None:
    words = [w.text for w in raw.pages[6].words if w.text.isalpha() and len(w.text) > 4]
    assert doubtful(raw, [line(f"{words[40]}\t{words[3]}", 7)]) == ()


def test_a_marker_taken_out_of_the_line_is_no_reason_to_doubt(raw: RawDocument) -> None:
    config = load_config()
    document = read_document(SAMPLE.read_bytes(), str(SAMPLE), config)
    noted = [p for p in segment(document, config.options(SegmentOptions)) if p.notes]
    assert noted
    assert doubtful(raw, noted) == ()
