"""The main job: every input accounted for, nothing done twice, workers that die, bad input."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from pipeline.config import load_config
from pipeline.run import Outcome, run
from pipeline.run.inputs import find_inputs
from pipeline.stages.facts import Given
from pipeline.store import Filter
from pipeline.workspace import Workspace
from tests.conftest import ROOT, mgi
from tests.quotes import missing

SAMPLES = ROOT / "corpus" / "samples"
TABLES = ("passages", "tags", "documents")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, object]]]:
    """A workspace made from the sample documents by the command, and the lines it printed."""
    folder = tmp_path_factory.mktemp("main") / "w"
    pdfs = sorted(map(str, SAMPLES.glob("*.pdf")))
    done = mgi("run", *pdfs, "-w", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    return folder, [json.loads(line) for line in done.stdout.splitlines()]


def test_each_input_has_one_line_and_the_last_is_the_summary(ran: tuple[Path, list[dict[str, object]]]) -> None:
    _, lines = ran
    *documents, last = lines
    assert sorted(str(d["path"]) for d in documents) == sorted(map(str, SAMPLES.glob("*.pdf")))
    assert set(last) == {"summary"}
    keys = "path document status kind country year language pages pages_without_text pages_failed"
    keys += " passages tags seconds reason"
    assert all(set(d) == set(keys.split()) for d in documents)
    assert all(d["status"] == "read" and d["passages"] and d["tags"] for d in documents)


def test_facts_of_the_samples_are_detected(ran: tuple[Path, list[dict[str, object]]]) -> None:
    truths = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in (SAMPLES / "truth").glob("*.json")}
    checked = 0
    for line in ran[1][:-1]:
        truth = truths.get(Path(str(line["path"])).stem)
        if truth and "kind" in truth:
            expected = (truth["kind"], truth["country"], int(truth["year"]), truth["language"], truth["pages"])
            assert (line["kind"], line["country"], line["year"], line["language"], line["pages"]) == expected
            checked += 1
    assert checked >= 5


def test_dataset_files_are_there_and_described(ran: tuple[Path, list[dict[str, object]]]) -> None:
    dataset = ran[0] / "dataset"
    for table in TABLES:
        for suffix in ("csv", "jsonl", "parquet"):
            assert (dataset / f"{table}.{suffix}").stat().st_size > 100
    package = json.loads((dataset / "datapackage.json").read_text(encoding="utf-8"))
    assert [r["name"] for r in package["resources"]] == list(TABLES)
    header = (dataset / "passages.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header.split(",") == [f["name"] for f in package["resources"][0]["schema"]["fields"]]
    assert not list(dataset.glob(".writing-*"))


def test_again_does_nothing_and_says_so(ran: tuple[Path, list[dict[str, object]]]) -> None:
    before = {p.name: p.stat().st_mtime_ns for p in (ran[0] / "dataset").iterdir()}
    done = mgi("run", str(SAMPLES), "-w", str(ran[0]))
    assert "Nothing has changed" in done.stderr or "unchanged" in done.stderr
    statuses = [
        json.loads(x)
        for x in mgi("run", *map(str, SAMPLES.glob("*.pdf")), "-w", str(ran[0]), "--json").stdout.splitlines()
    ]
    assert {s["status"] for s in statuses[:-1]} == {"unchanged"}
    assert {p.name: p.stat().st_mtime_ns for p in (ran[0] / "dataset").glob("*.csv")}.keys() <= before.keys()


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler's pdftotext is not installed")
def test_every_quote_is_on_its_page(ran: tuple[Path, list[dict[str, object]]]) -> None:
    with Workspace.open(ran[0]) as workspace:
        for document in workspace.store.documents():
            source = workspace.source_file(document.facts.id)
            assert source is not None
            for labelled in workspace.store.iter_labelled(Filter(document=document.facts.id)):
                assert missing(labelled.passage, source) == [], labelled.passage.id


def test_a_changed_tagger_option_does_not_read_again(tmp_path: Path) -> None:
    pdf = min(SAMPLES.glob("*.pdf"), key=lambda p: p.stat().st_size)
    copy = tmp_path / pdf.name
    shutil.copy(pdf, copy)
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        first = _run(workspace, [copy])
        stored = workspace.store.documents()[0]
        copy.write_bytes(pdf.read_bytes())
        again = _run(workspace, [copy], 'tag.taggers=["explicit"]')
        after = workspace.store.documents()[0]
    assert first[0].status == again[0].status == "read"
    assert stored.read_fingerprint == after.read_fingerprint
    assert stored.tag_fingerprint != after.tag_fingerprint
    assert stored.passages == after.passages


def _run(workspace: Workspace, paths: list[Path], *settings: str) -> list[Outcome]:
    outcomes: list[Outcome] = []
    run(find_inputs(paths), workspace, load_config(None, settings), Given(), on_outcome=outcomes.append)
    return outcomes


def test_bad_input_is_refused_with_the_next_step_and_the_rest_is_read(tmp_path: Path) -> None:
    good = min(SAMPLES.glob("*.pdf"), key=lambda p: p.stat().st_size)
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(good, folder / "good.pdf")
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "truncated.pdf").write_bytes(good.read_bytes()[:2000])
    (folder / "not-a-pdf.pdf").write_text("just text", encoding="utf-8")
    (folder / "notes.txt").write_text("notes", encoding="utf-8")
    _encrypt(good, folder / "encrypted.pdf")
    (tmp_path / "nothing").mkdir()
    done = mgi(
        "run",
        str(folder),
        str(tmp_path / "missing.pdf"),
        str(tmp_path / "nothing"),
        "-w",
        str(tmp_path / "w"),
        "--json",
    )
    assert done.returncode == 3
    lines = {Path(line["path"]).name: line for line in map(json.loads, done.stdout.splitlines()) if "path" in line}
    assert lines.pop("good.pdf")["status"] == "read"
    assert set(lines) == {
        "empty.pdf",
        "truncated.pdf",
        "not-a-pdf.pdf",
        "notes.txt",
        "encrypted.pdf",
        "missing.pdf",
        "nothing",
    }
    for line in lines.values():
        assert line["status"] == "refused"
        assert line["reason"].count(".") >= 2, line["reason"]  # what is wrong, and the next step
        assert "\n" not in line["reason"]
    assert "password" in lines["encrypted.pdf"]["reason"].lower()


def _encrypt(source: Path, target: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(source) as pdf:
        pdf.save(target, encryption=pikepdf.Encryption(owner="o", user="secret"))


def test_a_worker_over_its_time_is_stopped_and_the_run_goes_on(tmp_path: Path) -> None:
    pdfs = sorted(SAMPLES.glob("*.pdf"))[:2]
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        started = time.monotonic()
        outcomes = _run(workspace, pdfs, "run.timeout_seconds=0.001", "run.jobs=1")
        assert [o.status for o in outcomes] == ["refused", "refused"]
        assert all("too long" in (o.reason or "") for o in outcomes)
        assert time.monotonic() - started < 60
        # and the next run, with time enough, reads them
        assert {o.status for o in _run(workspace, pdfs, "run.jobs=1")} == {"read"}


def test_a_worker_over_its_memory_dies_and_the_run_goes_on(tmp_path: Path) -> None:
    pdf = sorted(SAMPLES.glob("*.pdf"))[0]
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        outcomes = _run(workspace, [pdf], "run.memory_mb=40", "run.jobs=1", "run.timeout_seconds=60")
    assert [o.status for o in outcomes] == ["refused"]


def test_files_of_other_types_in_a_folder_are_told_but_no_failure(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(min(SAMPLES.glob("*.pdf"), key=lambda p: p.stat().st_size), folder)
    (folder / "notes.txt").write_text("notes", encoding="utf-8")
    done = mgi("run", str(folder), "-w", str(tmp_path / "w"), "--json")
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(line["status"] for line in lines[:-1]) == ["read", "refused"]
    assert lines[-1]["summary"]["aside"] == 1
    # named by the user it is a failure
    assert mgi("run", str(folder / "notes.txt"), "-w", str(tmp_path / "w")).returncode == 3
