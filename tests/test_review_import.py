"""Edited files come back: what was edited is taken over, nothing else; what both changed is shown, not overwritten."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.errors import Conflict, ReviewError
from pipeline.review import Plan, apply_plan, plan_import, read_incoming
from pipeline.review.codes import parse_codes
from pipeline.stages.export import EXPORTERS
from pipeline.stages.export.rows import PASSAGE_COLUMNS, Dataset
from pipeline.stages.export.xlsx import BASELINE_SHEET
from pipeline.store import Store
from tests.made import extraction, review, texts

COLUMN = {column.name: n for n, column in enumerate(PASSAGE_COLUMNS, start=1)}
MADE = extraction(said=texts(12))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'mgi.sqlite'}") as opened:
        opened.save(MADE)
        yield opened


def export(store: Store, folder: Path, form: str = "xlsx") -> Path:
    return EXPORTERS[form](Dataset(passages=store.iter_labelled, documents=[]), folder)[0]


def edited(path: Path, edit: Callable[[Worksheet], None]) -> Path:
    book = openpyxl.load_workbook(path)
    edit(book["Passages"])
    book.save(path)
    return path


def plan(store: Store, path: Path, **options: Any) -> Plan:
    return plan_import(read_incoming(path), store, reviewer="ana", **options)


def put(row: int, **cells: Any) -> Callable[[Worksheet], None]:
    def edit(sheet: Worksheet) -> None:
        for name, value in cells.items():
            sheet.cell(row, COLUMN[name]).value = value

    return edit


def faults(found: Plan) -> list[tuple[str, str, str]]:
    return [(one.where, one.column, one.value) for one in found.faults.kept]


@pytest.mark.parametrize("form", ["xlsx", "jsonl", "labelstudio"])
@pytest.mark.parametrize("decided", [False, True])
def test_an_unedited_round_trip_changes_nothing(store: Store, tmp_path: Path, form: str, decided: bool) -> None:
    if decided:
        store.add_reviews(
            [
                review(MADE.passages[0], category=["good_practice"], note="  two\nlines "),
                review(MADE.passages[1], "rejected"),
                review(MADE.passages[2], "changed", category=["gap"], sdg_target=["8.10", "10.7"]),
                review(MADE.passages[3], "reopened", note="?"),
            ]
        )
    found = plan(store, export(store, tmp_path, form))
    assert (found.changes, found.conflicts, found.faults.count) == ([], [], 0)
    assert found.remarks == []
    assert found.rows == (12 if form != "labelstudio" else 3 if decided else 0)


def test_a_workbook_saved_by_another_program_unedited_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = export(store, tmp_path)
    edited(path, lambda _: None)
    found = plan(store, path)
    assert (found.changes, found.conflicts, found.faults.count, found.unchanged) == ([], [], 0, 12)


def test_edits_are_taken_over_and_nothing_else(store: Store, tmp_path: Path) -> None:
    def edit(sheet: Worksheet) -> None:
        put(2, status="accepted")(sheet)
        put(3, sdg_targets="17.3; 10.7", note="diaspora")(sheet)
        put(4, status="Rejetée")(sheet)
        put(5, category="Gap;action")(sheet)
        put(6, category="", note="no")(sheet)
        put(7, note="only a note")(sheet)

    path = edited(export(store, tmp_path), edit)
    found = plan(store, path)
    assert (found.conflicts, found.faults.count, found.unchanged) == ([], 0, 6)
    assert store.reviews() == []
    apply_plan(found, store)
    labels = {one.passage.n: one.label for one in store.labelled()}
    assert labels[0].status == "accepted"
    assert labels[0].codes["category"] == ("good_practice",)
    assert (labels[1].status, labels[1].note, labels[1].reviewer) == ("changed", "diaspora", "ana")
    assert labels[1].codes["sdg_target"] == ("17.3", "10.7")
    assert set(labels[1].codes["sdg_goal"]) == {"10", "17"}
    assert (labels[2].status, dict(labels[2].codes)) == ("rejected", {})
    assert labels[3].codes["category"] == ("gap", "action")
    assert labels[3].codes["action_status"] == ("planned",)
    assert "category" not in labels[4].codes
    assert "support_type" not in labels[4].codes  # it needs the category
    assert (labels[5].status, labels[5].note) == ("proposed", "only a note")
    assert all(labels[n].status == "proposed" for n in range(6, 12))
    assert plan(store, path).changes == []  # the same file again says nothing new


def test_rows_may_be_sorted_deleted_and_moved_under_another_column_order(store: Store, tmp_path: Path) -> None:
    path = export(store, tmp_path)
    book = openpyxl.load_workbook(path)
    old = book["Passages"]
    rows = [list(row) for row in old.iter_rows(values_only=True)]
    del book["Passages"]
    new = book.create_sheet("Passages", 0)
    new.append(["my own column", *reversed(rows[0])])
    for row in sorted(rows[1:], key=lambda row: str(row[COLUMN["text"] - 1]), reverse=True)[:8]:
        if row[COLUMN["text"] - 1] == MADE.passages[1].text:
            row[COLUMN["status"] - 1] = "accepted"
        new.append(["x", *reversed(row)])
    new.append([None] * 5)
    book.save(path)
    found = plan(store, path)
    assert (found.rows, found.deleted, found.faults.count) == (8, 4, 0)
    assert [change.review.passage for change in found.changes] == [MADE.passages[1].id]


def test_every_fault_is_named_by_row_column_and_value(store: Store, tmp_path: Path) -> None:
    def edit(sheet: Worksheet) -> None:
        put(2, sdg_targets="10.77")(sheet)
        put(3, sdg_targets=8.1)(sheet)
        put(4, sdg_targets=datetime.datetime(2026, 7, 10, tzinfo=None))(sheet)
        put(5, category="gapp;gap", status="maybe")(sheet)
        put(6, passage_id="x" + MADE.passages[4].id[1:], status="accepted")(sheet)
        put(7, passage_id=MADE.passages[6].id)(sheet)
        put(9, passage_id=None)(sheet)
        put(10, note="n" * 10_001)(sheet)
        put(11, action_status="taken", category="gap")(sheet)
        put(12, status="rejected", category="gap;support")(sheet)
        put(13, mgi_domain="1;2")(sheet)

    found = plan(store, edited(export(store, tmp_path), edit))
    told = {(where, column): value for where, column, value in faults(found)}
    assert told[("row 2", "sdg_targets")] == "10.77"
    assert told[("row 3", "sdg_targets")] == "8.1"
    assert told[("row 4", "sdg_targets")] == "2026-07-10T00:00:00"
    assert told[("row 5", "category")] == "gapp"
    assert told[("row 5", "status")] == "maybe"
    assert told[("row 6", "passage_id")] == "x" + MADE.passages[4].id[1:]
    assert told[("row 7", "passage_id")] == MADE.passages[6].id
    assert ("row 9", "passage_id") in told
    assert ("row 10", "note") in told
    assert told[("row 11", "action_status")] == "taken"
    assert told[("row 12", "status")] == "rejected"
    assert told[("row 13", "mgi_domain")] == "1;2"
    assert found.changes == []
    texts_ = "\n".join(map(str, found.faults.kept))
    assert "Did you mean '10.7'?" in texts_
    assert "8.10" in texts_
    assert "Did you mean 'gap'?" in texts_
    assert "stands also in row 8" in texts_


def test_what_both_changed_is_a_conflict_that_names_both_values(store: Store, tmp_path: Path) -> None:
    path = edited(export(store, tmp_path), put(3, category="action", gcm="5"))
    store.add_reviews(
        [review(MADE.passages[1], "changed", reviewer="ben", category=["support"], gcm=["19"], sdg_target=["10.7"],
                sdg_goal=["10"], mgi_domain=["2"])]
    )  # fmt: skip
    found = plan(store, path)
    assert found.changes == []
    (one,) = found.conflicts
    assert (one.where, one.column, one.base, one.theirs, one.yours) == ("row 3", "category", "gap", "support", "action")
    assert "ben" in one.by
    assert "'support'" in str(one)
    assert "'action'" in str(one)
    kept = plan(store, path, conflicts="theirs")
    assert [change.after for change in kept.changes] == [{"gcm": "5"}]
    taken = plan(store, path, conflicts="yours")
    assert [change.after for change in taken.changes] == [{"category": "action", "gcm": "5"}]


def test_edits_in_different_cells_are_merged(store: Store, tmp_path: Path) -> None:
    path = edited(export(store, tmp_path), put(3, gcm="5"))
    codes = {"category": ["support"], "gcm": ["19"], "sdg_target": ["10.7"], "sdg_goal": ["10"], "mgi_domain": ["2"]}
    store.add_reviews([review(MADE.passages[1], "changed", reviewer="ben", **codes)])
    found = plan(store, path)
    assert found.conflicts == []
    apply_plan(found, store)
    label = store.labelled()[1].label
    assert (label.codes["category"], label.codes["gcm"]) == (("support",), ("5",))


def test_their_rejection_is_not_overwritten_by_my_acceptance(store: Store, tmp_path: Path) -> None:
    path = edited(export(store, tmp_path), put(3, status="accepted"))
    store.add_reviews([review(MADE.passages[1], "rejected", reviewer="ben")])
    found = plan(store, path)
    assert found.changes == []
    assert ("status", "proposed", "rejected", "accepted") in {
        (one.column, one.base, one.theirs, one.yours) for one in found.conflicts
    }


def test_accepting_what_the_tagger_says_otherwise_now_is_a_conflict(store: Store, tmp_path: Path) -> None:
    path = edited(export(store, tmp_path), put(3, status="accepted"))
    tags = list(MADE.tags)
    tags[1] = MADE.tags[0]
    store.retag(MADE.facts.id, tags, "t2")
    found = plan(store, path)
    assert found.changes == []
    assert ("category", "gap", "good_practice") in {(one.column, one.yours, one.theirs) for one in found.conflicts}


def test_a_decision_taken_between_plan_and_apply_stops_all(store: Store, tmp_path: Path) -> None:
    def edit(sheet: Worksheet) -> None:
        put(2, status="accepted")(sheet)
        put(3, status="accepted")(sheet)

    found = plan(store, edited(export(store, tmp_path), edit))
    store.add_reviews([review(MADE.passages[1], "rejected", reviewer="ben")])
    with pytest.raises(Conflict):
        apply_plan(found, store)
    assert [one.review.reviewer for one in store.reviews()] == ["ben"]


def test_without_the_hidden_sheet_decisions_since_are_conflicts(store: Store, tmp_path: Path) -> None:
    def edit(path: Path) -> None:
        book = openpyxl.load_workbook(path)
        del book[BASELINE_SHEET]
        put(2, status="accepted")(book["Passages"])
        put(3, category="action")(book["Passages"])
        book.save(path)

    path = export(store, tmp_path)
    edit(path)
    store.add_reviews([review(MADE.passages[1], "changed", reviewer="ben", category=["support"])])
    found = plan(store, path)
    assert [change.where for change in found.changes] == ["row 2"]
    assert {one.where for one in found.conflicts} == {"row 3"}
    assert "hidden sheet" in found.remarks[0]


def test_edited_texts_and_missing_columns_are_told(store: Store, tmp_path: Path) -> None:
    def edit(sheet: Worksheet) -> None:
        put(2, text="Something else", status="accepted")(sheet)
        sheet.delete_cols(COLUMN["gcm"])

    found = plan(store, edited(export(store, tmp_path), edit))
    assert len(found.changes) == 1
    assert any("gcm" in remark for remark in found.remarks)
    assert any("text was edited in 1 rows" in remark for remark in found.remarks)


def test_a_passage_that_is_gone_is_told(store: Store, tmp_path: Path) -> None:
    path = edited(export(store, tmp_path), put(3, status="accepted"))
    store.save(extraction(said=texts(12)[2:]))
    found = plan(store, path)
    assert faults(found) == [("row 3", "passage_id", MADE.passages[1].id)]
    assert "read again" in str(found.faults.kept[0])


def rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes], **more: bytes) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in more.items():
            new.writestr(name, content)
    return target


@pytest.mark.slow
def test_ten_thousand_faults_are_counted_and_not_all_kept(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'many.sqlite'}") as store:
        store.save(extraction(said=texts(10_000)))
        bad = rewritten(
            export(store, tmp_path),
            tmp_path / "bad.xlsx",
            lambda name, content: (
                content.replace(b">proposed<", b">perhaps<") if name.endswith("sheet1.xml") else content
            ),
        )
        found = plan(store, bad)
    assert found.faults.count == 10_000
    assert len(found.faults.kept) == 1000
    assert found.changes == []


# Files made to do harm


def test_other_files_are_refused_in_one_line(tmp_path: Path) -> None:
    for name in ("a.xlsm", "a.xls", "a.ods", "a.csv", "a.pdf", "noending"):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(ReviewError) as told:
            read_incoming(tmp_path / name)
        assert told.value.hint
    for name, content in (("a.xlsx", b"no zip"), ("b.xlsx", b""), ("c.json", b"{"), ("d.json", b"[" * 100_000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ReviewError):
            read_incoming(tmp_path / name)
    with pytest.raises(ReviewError):
        read_incoming(tmp_path / "missing.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(ReviewError):
        read_incoming(tmp_path / "folder.xlsx")


def test_macros_bombs_and_entities_are_refused(store: Store, tmp_path: Path) -> None:
    good = export(store, tmp_path)

    def same(_: str, content: bytes) -> bytes:
        return content

    macro = rewritten(good, tmp_path / "macro.xlsx", same, **{"xl/vbaProject.bin": b"x"})
    renamed = rewritten(
        good,
        tmp_path / "renamed.xlsx",
        lambda name, content: (
            content.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")
            if name == "[Content_Types].xml"
            else content
        ),
    )
    bomb = rewritten(good, tmp_path / "bomb.xlsx", same, **{"xl/worksheets/sheet99.xml": b"\0" * 300_000_000})
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    entity = rewritten(
        good,
        tmp_path / "entity.xlsx",
        lambda name, content: laughs + content.split(b"?>", 1)[1] if name.endswith("sheet1.xml") else content,
    )
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    broken = rewritten(
        good,
        tmp_path / "broken.xlsx",
        lambda name, content: content[: len(content) // 2] if name.endswith("sheet1.xml") else content,
    )
    for path in (macro, renamed, bomb, entity, torn, broken):
        with pytest.raises(ReviewError):
            read_incoming(path)
    not_zip_slip = rewritten(good, tmp_path / "slip.xlsx", same, **{"../../evil.xml": b"<x/>"})
    read_incoming(not_zip_slip)
    assert not (tmp_path.parent / "evil.xml").exists()


def test_a_changed_hidden_sheet_is_refused(store: Store, tmp_path: Path) -> None:
    path = export(store, tmp_path)
    book = openpyxl.load_workbook(path)
    book[BASELINE_SHEET]["C3"].value = "[1, 2"
    book.save(path)
    with pytest.raises(ReviewError, match="hidden sheet"):
        read_incoming(path)
    book[BASELINE_SHEET]["C1"].value = "baseline 99"
    book.save(path)
    with pytest.raises(ReviewError, match="another version"):
        read_incoming(path)


# What people type


@pytest.mark.parametrize(
    ("scheme", "cell", "codes"),
    [
        ("category", "gap", ["gap"]),
        ("category", " Good Practice ; ACTION", ["good_practice", "action"]),
        ("category", "gap, action", ["gap", "action"]),
        ("category", "gap,action", ["gap", "action"]),
        ("category", "Bonne pratique\nLacune", ["good_practice", "gap"]),
        ("sdg_target", "SDG 10.7; 8.8", ["10.7", "8.8"]),
        ("sdg_target", 10.7, ["10.7"]),
        ("sdg_target", "10.C", ["10.c"]),
        ("sdg_target", "'8.10", ["8.10"]),
        ("sdg_target", "10.7;10.7", ["10.7"]),
        ("sdg_goal", 8, ["8"]),
        ("sdg_goal", 8.0, ["8"]),
        ("sdg_goal", "Goal 8", ["8"]),
        ("gcm", "5;6", ["5", "6"]),
        ("support_type", "Capacity-building", ["capacity_building"]),
        ("category", None, []),
        ("category", "", []),
        ("category", " ; ", []),
    ],
)
def test_what_people_type_is_understood(scheme: Any, cell: Any, codes: list[str]) -> None:
    found, bad = parse_codes(scheme, cell)
    assert (list(found), bad) == (codes, ())


@pytest.mark.parametrize(
    ("scheme", "cell"),
    [("sdg_target", "10,7"), ("sdg_target", 8.1), ("sdg_goal", 18), ("category", True), ("gcm", "24"),
     ("sdg_target", "10"), ("category", "x" * 5000), ("gcm", ";".join("1" * 50))],
)  # fmt: skip
def test_what_is_not_clear_is_refused(scheme: Any, cell: Any) -> None:
    assert parse_codes(scheme, cell)[1]


# Other formats


def test_jsonl_comes_back(store: Store, tmp_path: Path) -> None:
    path = export(store, tmp_path, "jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["status"] = "accepted"
    lines[1]["category"] = ["gap", "action"]
    lines.append({"passage_id": ""})
    path.write_text("\n".join(map(json.dumps, lines)) + "\n[]\nnonsense\n" + "[" * 100_000 + "\n")
    found = plan(store, path)
    assert [change.after for change in found.changes] == [
        {"status": "accepted"},
        {"category": "gap;action", "status": "changed"},
    ]
    assert [one.where for one in found.faults.kept] == ["line 13", "line 14", "line 15", "line 16"]
    store.add_reviews([review(MADE.passages[1], reviewer="ben", category=["gap"])])
    assert {one.where for one in plan(store, path).conflicts} == {"line 2"}


def test_jsonl_that_comes_back_again_changes_only_what_was_edited_since(store: Store, tmp_path: Path) -> None:
    store.add_reviews([review(MADE.passages[3], "changed", reviewer="ben", category=["gap"])])
    path = export(store, tmp_path, "jsonl")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    # the second clears what depends on it, the third adds a goal: neither stands in the file
    lines[0] |= {"category": "gap", "status": "accepted"}
    lines[2] |= {"category": "gap", "status": "accepted"}
    lines[1] |= {"sdg_targets": "8.8;10.7", "status": "accepted"}
    lines[3] |= {"category": "support", "status": "accepted"}
    path.write_text("\n".join(map(json.dumps, lines)))
    first = plan(store, path)
    assert (len(first.changes), first.conflicts, first.faults.count) == (4, [], 0)
    apply_plan(first, store)
    again = plan(store, path)
    assert (again.changes, again.conflicts, again.faults.kept) == ([], [], [])
    lines[3]["note"] = "seen"  # the line shows Ben's decision, so that its first values are known
    lines[4]["status"] = "rejected"
    path.write_text("\n".join(map(json.dumps, lines)))
    grown = plan(store, path)
    assert [change.where for change in grown.changes] == ["line 4", "line 5"]
    assert (grown.conflicts, grown.faults.kept) == ([], [])
    store.add_reviews([review(MADE.passages[0], reviewer="ben", category=["support"])])
    assert {one.where for one in plan(store, path).conflicts} == {"line 1"}


def test_label_studio_comes_back(store: Store, tmp_path: Path) -> None:
    path = export(store, tmp_path, "labelstudio")
    assert (tmp_path / "labelstudio.xml").read_text().startswith("<View>")
    tasks = json.loads(path.read_text())
    assert len(tasks) == 12
    for task in tasks[:3]:
        annotation = {"result": list(task["predictions"][0]["result"]), "updated_at": "2026-01-02T00:00:00Z"}
        task["annotations"] = [annotation]
    tasks[0]["annotations"][0]["completed_by"] = {"email": "cho@example.org"}
    result = tasks[1]["annotations"][0]["result"]
    result[:] = [one for one in result if one["from_name"] not in ("sdg_targets", "sdg_goals")]
    result.append({"from_name": "sdg_targets", "type": "taxonomy", "value": {"taxonomy": [["17", "17.3"]]}})
    tasks[2]["annotations"].append({**tasks[2]["annotations"][0], "updated_at": "2026-02-01", "was_cancelled": True})
    tasks[3]["annotations"] = [{"result": [{"from_name": "status", "value": {"choices": ["rejected"]}}]}]
    tasks[4]["annotations"] = [{"result": [{"from_name": "category", "value": {"choices": ["nonsense"]}}]}]
    tasks[5]["annotations"] = [{"result": [{"from_name": "status", "value": 3}]}]
    tasks.append({"data": {}})
    path.write_text(json.dumps(tasks))
    found = plan(store, path)
    assert [(change.review.verdict, change.review.reviewer) for change in found.changes] == [
        ("accepted", "cho@example.org"),
        ("changed", "ana"),
        ("accepted", "ana"),
        ("rejected", "ana"),
    ]
    assert found.changes[1].review.codes["sdg_target"] == ("17.3",)
    assert [one.where for one in found.faults.kept] == ["task 6", "task 13", "task 5"]


# LibreOffice saves it


@pytest.mark.slow
def test_libreoffice_saves_the_workbook_and_nothing_changes(store: Store, tmp_path: Path) -> None:
    import shutil

    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    path = edited(export(store, tmp_path), put(3, status="accepted"))
    (tmp_path / "out").mkdir()
    command = [office, "--headless", f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", tmp_path / "out", path], check=True, timeout=180, capture_output=True)
    found = plan(store, tmp_path / "out" / path.name)
    assert (found.conflicts, found.faults.count, found.remarks) == ([], 0, [])
    assert [change.after for change in found.changes] == [{"status": "accepted"}]


# The command


def mgi(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_shows_first_and_applies_when_told(tmp_path: Path) -> None:
    from pipeline.workspace import Workspace

    with Workspace.open(tmp_path / "w", create=True) as workspace:
        workspace.store.save(MADE)
        path = export(workspace.store, tmp_path)
    edited(path, put(2, status="accepted"))
    shown = mgi("review", "import", path, "-w", tmp_path / "w", "--reviewer", "ana")
    assert (shown.returncode, shown.stdout) == (0, "")
    assert "'proposed' -> 'accepted'" in shown.stderr
    assert "--apply" in shown.stderr
    done = mgi("review", "import", path, "-w", tmp_path / "w", "--reviewer", "ana", "--apply", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1])["summary"] | {"remarks": []} == {
        "applied": True, "rows": 12, "changes": 1, "unchanged": 11, "deleted": 0, "conflicts": 0, "faults": 0,
        "remarks": [],
    }  # fmt: skip
    edited(path, put(3, status="perhaps"))
    stopped = mgi("review", "import", path, "-w", tmp_path / "w", "--reviewer", "ana", "--apply")
    assert stopped.returncode == 1
    assert "row 3, status: is no status. ('perhaps')" in stopped.stderr
    assert "Nothing was taken over" in stopped.stderr.splitlines()[-1]
    assert mgi("review", "import", path, "-w", tmp_path / "w", "--conflicts", "mine").returncode == 2
    report = json.loads(mgi("review", "status", "-w", tmp_path / "w", "--json").stdout)
    assert report["documents"][0]["accepted"] == 1
    assert report["reviewers"][0]["reviewer"] == "ana"
    assert mgi("review", "status", "-w", tmp_path / "w").stdout.count("ana: 1 accepted") == 1


def test_status_tells_agreement_and_stale_decisions(tmp_path: Path) -> None:
    from pipeline.workspace import Workspace

    with Workspace.open(tmp_path / "w", create=True) as workspace:
        workspace.store.save(MADE)
        for n, one in enumerate(MADE.passages):
            for who in ("ana", "ben"):
                code = "gap" if n % 2 or (who == "ben" and n < 4) else "action"
                workspace.store.add_reviews([review(one, reviewer=who, category=[code])])
        workspace.store.save(extraction(said=texts(12)[1:]))
    report = json.loads(mgi("review", "status", "-w", tmp_path / "w", "--json").stdout)
    (pair,) = report["agreement"]
    assert (pair["first"], pair["second"], pair["passages"], pair["same"]) == ("ana", "ben", 11, 10)
    assert 0.7 < pair["kappa"]["category"] < 1
    assert [(one["reviewer"], one["quote"]) for one in report["stale"]] == [
        ("ana", MADE.passages[0].text),
        ("ben", MADE.passages[0].text),
    ]
    assert "stale: ana" in mgi("review", "status", "-w", tmp_path / "w").stdout
