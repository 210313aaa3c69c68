"""Where a workspace is found, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.workspace import Workspace, find_workspace
from tests.made import extraction


def test_a_workspace_is_found_in_the_order_that_help_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MGI_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert find_workspace() == tmp_path / "mgi-workspace"
    Workspace.open(tmp_path / "here", create=True).close()
    (tmp_path / "here" / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "deep" / "er")
    assert find_workspace() == tmp_path / "here"
    monkeypatch.setenv("MGI_WORKSPACE", str(tmp_path / "named"))
    assert find_workspace() == tmp_path / "named"
    assert find_workspace(tmp_path / "given") == tmp_path / "given"


def test_open_again_finds_what_was_saved(tmp_path: Path) -> None:
    root = tmp_path / "w"
    with Workspace.open(root, create=True) as workspace:
        workspace.store.save(extraction())
    with Workspace.open(root) as workspace:
        assert workspace.store.count() == 6
    assert json.loads((root / "workspace.json").read_text())["format"] == 1


def test_sources_are_found_by_document_and_by_nothing_else(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        (workspace.sources / "0123456789abcdef.pdf").write_bytes(b"%PDF-")
        assert workspace.source_file("0123456789abcdef") == workspace.sources / "0123456789abcdef.pdf"
        for forged in ("0123456789abcde0", "../workspace", "*", "", "0123456789abcdef/../x"):
            assert workspace.source_file(forged) is None


def test_what_is_no_workspace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a workspace"):
        Workspace.open(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    mark = tmp_path / "workspace.json"
    for bad in ("", "{}", '{"format": "1"}', '{"format": 0}', "[1]"):
        mark.write_text(bad)
        with pytest.raises(StoreError):
            Workspace.open(tmp_path)
    mark.write_text('{"format": 2}')
    with pytest.raises(StoreError, match="newer version"):
        Workspace.open(tmp_path)
    assert not (tmp_path / "mgi.sqlite").exists()


def test_a_file_in_the_way_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("a file")
    with pytest.raises(StoreError, match="Cannot write") as told:
        Workspace.open(tmp_path / "w", create=True)
    assert "-w" in told.value.hint


def test_a_damaged_database_is_told_in_one_line(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "w", create=True).close()
    (tmp_path / "w" / "mgi.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="refused") as told:
        Workspace.open(tmp_path / "w")
    assert "mgi restore" in told.value.hint
