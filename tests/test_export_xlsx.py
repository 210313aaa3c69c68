"""The workbook: what a person needs to work in it, and what a spreadsheet program must not do with it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.stages.export.rows import (
    DOCUMENT_COLUMNS,
    PASSAGE_COLUMNS,
    TAG_COLUMNS,
    Dataset,
    document_row,
    passage_row,
)
from pipeline.stages.export.xlsx import BASELINE_SHEET, EDITABLE, cell_text, text_hash, write_xlsx
from pipeline.stages.settle import settle
from pipeline.types import Extraction, LabelledPassage, Review
from tests.made import extraction, review, texts


def dataset(*made: Extraction, reviews: Sequence[Review] = (), source: str | None = None) -> Dataset:
    def passages() -> Iterator[LabelledPassage]:
        for one in made:
            for passage, tags in zip(one.passages, one.tags, strict=True):
                said = [r for r in reviews if r.passage == passage.id]
                label = settle(passage.id, tags, said)
                yield LabelledPassage(passage=passage, facts=one.facts, tags=tags, label=label)

    rows = [
        document_row(
            one.facts, status=one.status, reason=None, pages=len(one.pages), pages_without_text=(),
            failures=one.failures, passages=len(one.passages), tags=sum(map(len, one.tags)),
        )
        for one in made
    ]  # fmt: skip
    return Dataset(passages=passages, documents=rows, source=lambda _: source)


def test_the_sheets_hold_the_dataset(tmp_path: Path) -> None:
    data = dataset(extraction(said=texts(30)), extraction("other", country="NAM"))
    (path,) = write_xlsx(data, tmp_path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Passages", "Tags", "Documents", "Targets", "Codes", "How-to", BASELINE_SHEET]
    sheet = book["Passages"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == tuple(column.name for column in PASSAGE_COLUMNS)
    expected = [tuple(v if v != "" else None for v in passage_row(one).values()) for one in data.passages()]
    assert rows[1:] == expected
    assert [c.value for c in next(book["Tags"].iter_rows())] == [column.name for column in TAG_COLUMNS]
    assert book["Tags"].max_row == 1 + sum(len(one.tags) for one in data.passages()) + goals(data)
    assert [c.value for c in next(book["Documents"].iter_rows())] == [column.name for column in DOCUMENT_COLUMNS]
    assert book["Targets"].max_row == 170
    assert book[BASELINE_SHEET].sheet_state == "veryHidden"
    assert not list(tmp_path.glob(".*"))


def goals(data: Dataset) -> int:
    """Goals that follow from targets are codes without a tag of their own."""
    return sum(len(one.label.codes.get("sdg_goal", ())) for one in data.passages())


def test_pandas_reads_all_of_it_and_namibia_stays_text(tmp_path: Path) -> None:
    (path,) = write_xlsx(dataset(extraction(said=texts(10), country="NAM")), tmp_path)
    frame = pd.read_excel(path, dtype=str, keep_default_na=False)
    assert len(frame) == 10
    assert set(frame["country"]) == {"NAM"}
    assert set(frame["sdg_targets"]) == {"3.8", "10.7", "8.8", "17.18", "16.9", ""}


def test_a_person_can_work_in_it(tmp_path: Path) -> None:
    (path,) = write_xlsx(dataset(extraction(said=texts(30)), source="/tmp/in here/a.pdf"), tmp_path)
    sheet = openpyxl.load_workbook(path)["Passages"]
    names = [column.name for column in PASSAGE_COLUMNS]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, len(names)).column_letter}31"
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    for name in EDITABLE:
        if name != "note":
            letter = sheet.cell(1, names.index(name) + 1).column_letter
            assert rules[f"{letter}2:{letter}31"].type == "list"
    text = sheet.cell(2, names.index("text") + 1)
    assert text.alignment.wrap_text
    assert sheet.column_dimensions[text.column_letter].width > 50
    for name in ("sdg_targets", "category", "gcm"):
        assert sheet.cell(2, names.index(name) + 1).number_format == "@"
    page = sheet.cell(9, names.index("page") + 1)
    assert page.value == 2
    assert page.hyperlink.target == "file:///tmp/in%20here/a.pdf"
    assert page.hyperlink.location == "page=2"
    assert sheet.cell(1, 1).comment is not None


def test_drop_downs_offer_every_code(tmp_path: Path) -> None:
    from pipeline.taxonomy import load_taxonomy

    (path,) = write_xlsx(dataset(extraction()), tmp_path)
    book = openpyxl.load_workbook(path)
    offered = {}
    for rule in book["Passages"].data_validations.dataValidation:
        found = re.fullmatch(r"(\w+)!\$(\w)\$(\d+):\$\w\$(\d+)", rule.formula1)
        if found:
            sheet, column, first, last = found.groups()
            cells = [book[sheet][f"{column}{n}"].value for n in range(int(first), int(last) + 1)]
            offered[len(offered)] = cells
    lists = list(offered.values())
    taxonomy = load_taxonomy()
    for scheme in ("category", "action_status", "support_type", "sdg_target", "sdg_goal", "gcm", "mgi_domain"):
        codes = list(taxonomy.codes(scheme))  # type: ignore[arg-type]
        assert any([code for code in cells if ";" not in code] == codes for cells in lists), scheme


NASTY = ["=HYPERLINK(\"http://x\")", "+1", "@SUM(A1)", "\t=1", "<r>a</r>", "_x0041_", "a\x00b\x0bc\ufffe", "a\r\nb",
         "\ud800", "  spaces  ", "]]>", "&amp;<b>", "\U0001f600"]  # fmt: skip


@pytest.mark.parametrize("nasty", NASTY)
def test_texts_that_a_spreadsheet_could_misread_stay_texts(tmp_path: Path, nasty: str) -> None:
    made = extraction(said=[nasty], title=nasty)
    (path,) = write_xlsx(dataset(made, reviews=[review(made.passages[0], note=nasty)]), tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    sheet = openpyxl.load_workbook(path)["Passages"]
    names = [column.name for column in PASSAGE_COLUMNS]
    for name in ("text", "title", "note"):
        cell = sheet.cell(2, names.index(name) + 1)
        assert cell.data_type != "f" or not nasty.startswith("=")
        assert str(cell.value).replace("_x005F_", "_") == cell_text(nasty)
    assert sheet.cell(2, names.index("text") + 1).quotePrefix


def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    for said in ("a" * 40_000, "\U0001f600" * 20_000):
        made = extraction(said=[said])
        (path,) = write_xlsx(dataset(made), tmp_path)
        names = [column.name for column in PASSAGE_COLUMNS]
        value = openpyxl.load_workbook(path)["Passages"].cell(2, names.index("text") + 1).value
        assert value.endswith("[cut: longer than a cell can be]")
        assert len(value.encode("utf-16-le")) // 2 <= 32_767


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=[])))
def test_the_hash_of_a_text_survives_the_cell(text: str) -> None:
    assert text_hash(cell_text(text)) == text_hash(text)
    assert len(cell_text(text)) <= len(text)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.text(st.characters(exclude_categories=[]), min_size=1), max_size=5, unique=True))
def test_any_text_gives_a_workbook_that_opens(tmp_path: Path, said: list[str]) -> None:
    (path,) = write_xlsx(dataset(extraction(said=said)), tmp_path)
    assert openpyxl.load_workbook(path)["Passages"].max_row == max(1, len(said)) + (0 if said == [] else 1)


def test_the_same_dataset_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        write_xlsx(dataset(extraction(said=texts(20))), folder)
    assert (first / "dataset.xlsx").read_bytes() == (second / "dataset.xlsx").read_bytes()


def test_more_tags_than_rows_go_on_in_another_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.stages.export.xlsx.MAX_ROWS", 25)
    data = dataset(extraction(said=texts(20)))
    (path,) = write_xlsx(data, tmp_path)
    book = openpyxl.load_workbook(path)
    names = [name for name in book.sheetnames if name.startswith("Tags")]
    assert len(names) > 2
    total = sum(len(one.tags) for one in data.passages()) + goals(data)
    assert sum(book[name].max_row - 1 for name in names) == total
    assert book[BASELINE_SHEET].max_row == 21
