"""A backup holds everything, restores into either database, and a forged or damaged one changes nothing."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.backup import MANIFEST, back_up, restore
from pipeline.errors import StoreError
from pipeline.store import Store
from pipeline.store.edits import merge
from pipeline.store.engine import migrate, open_engine, writing
from pipeline.store.schema import HEAD
from pipeline.workspace import Workspace
from tests.made import extraction, review

MADE = extraction()


def filled(root: Path) -> Workspace:
    workspace = Workspace.open(root, create=True)
    workspace.store.save(MADE)
    workspace.store.add_reviews([review(MADE.passages[0], note="kept"), review(MADE.passages[1], "rejected")])
    workspace.store.add_edit(merge(MADE.passages[2:4], reviewer="ana", at="2026-01-02T00:00:00+00:00"))
    (workspace.sources / f"{MADE.facts.id}.pdf").write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 40)
    (workspace.sources / "notes.txt").write_text("not a source")
    return workspace


def contents(store: Store) -> list[Any]:
    return [store.labelled(), store.documents(), store.reviews(), store.edits(), store.pages(MADE.facts.id)]


def test_everything_comes_back_on_both_databases(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MGI_DATABASE_URL", raising=False)
    with filled(tmp_path / "w") as workspace:
        expected = contents(workspace.store)
        made = back_up(workspace, tmp_path / "b.zip")
    assert (made.rows["passages"], made.rows["reviews"], made.sources) == (7, 2, 1)
    monkeypatch.setenv("MGI_DATABASE_URL", database)
    restore(tmp_path / "b.zip", tmp_path / "again")
    with Workspace.open(tmp_path / "again") as workspace:
        assert contents(workspace.store) == expected
        source = workspace.source_file(MADE.facts.id)
        assert source is not None
        assert source.read_bytes() == b"%PDF-1.7 " + bytes(range(256)) * 40
        assert not (workspace.sources / "notes.txt").exists()
        (number,) = workspace.store.add_reviews([review(MADE.passages[4])])
        assert number == 3
        back_up(workspace, tmp_path / "c.zip")  # and from there back
    monkeypatch.delenv("MGI_DATABASE_URL")
    restore(tmp_path / "c.zip", tmp_path / "third")
    with Workspace.open(tmp_path / "third") as workspace:
        assert workspace.store.reviews()[:2] == expected[2]
        assert len(workspace.store.reviews()) == 3


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with filled(tmp_path / "w") as workspace:
        back_up(workspace, tmp_path / "b.zip")
        with pytest.raises(StoreError, match="exists"):
            back_up(workspace, tmp_path / "b.zip")
        back_up(workspace, tmp_path / "b.zip", replace=True)
        with pytest.raises(StoreError, match="Cannot write"):
            back_up(workspace, tmp_path / "no" / "b.zip")
    with pytest.raises(StoreError, match="not empty"):
        restore(tmp_path / "b.zip", tmp_path / "w")
    (tmp_path / "empty").mkdir()
    restore(tmp_path / "b.zip", tmp_path / "empty")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip", "empty", "w"]


def test_a_damaged_backup_leaves_the_database_empty(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled(tmp_path / "w") as workspace:
        back_up(workspace, tmp_path / "b.zip")
    bad = forged(tmp_path / "b.zip", tmp_path / "bad.zip", put("tables/reviews.jsonl", b"nonsense\n"))
    monkeypatch.setenv("MGI_DATABASE_URL", database)
    with pytest.raises(StoreError, match="damaged"):
        restore(bad, tmp_path / "again")
    restore(tmp_path / "b.zip", tmp_path / "again")
    with pytest.raises(StoreError, match="not empty"):
        restore(tmp_path / "b.zip", tmp_path / "third")


def forged(source: Path, target: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts.pop(MANIFEST))
    change(parts, manifest)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr(MANIFEST, json.dumps(manifest))
    return target


def entry(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def put(name: str, content: bytes) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        parts[name] = content
        manifest["members"][name] = entry(content)

    return change


def replaced(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(parts: dict[str, bytes], manifest: dict[str, Any]) -> None:
        put(name, parts[name].replace(old, new))(parts, manifest)

    return change


def set_manifest(**values: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda _, manifest: manifest.update(values)


@pytest.mark.parametrize(
    "change",
    [
        put("../evil", b"x"),
        put("sources/../../evil.pdf", b"x"),
        put("/etc/evil", b"x"),
        put("sources/0123456789abcdef.pdf/evil", b"x"),
        put("tables/unknown.jsonl", b"{}\n"),
        put("sources/0123456789abcdef.pdf", b"\0" * 100_000_000),
        put("tables/documents.jsonl", b"[" * 100_000),
        put("tables/documents.jsonl", b'{"id": "x"}\n'),
        put("tables/reviews.jsonl", b"nonsense\n"),
        replaced("tables/documents.jsonl", b'"year": 2021', b'"year": {}'),
        replaced("tables/passages.jsonl", b'"text": "All', b'"text": null, "x": "All'),
        lambda parts, _: parts.pop("tables/reviews.jsonl"),
        lambda parts, _: parts.update(
            {"tables/reviews.jsonl": parts["tables/reviews.jsonl"].replace(b"kept", b"lost")}
        ),
        set_manifest(format=99),
        set_manifest(revision="9999"),
        set_manifest(revision="../x"),
        set_manifest(members={}),
        set_manifest(members=[]),
        set_manifest(members={"tables/documents.jsonl": {"size": "1", "sha256": 3}}),
    ],
)
def test_a_forged_or_damaged_backup_changes_nothing(tmp_path: Path, change: Any) -> None:
    with filled(tmp_path / "w") as workspace:
        back_up(workspace, tmp_path / "b.zip")
    bad = forged(tmp_path / "b.zip", tmp_path / "bad.zip", change)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(StoreError):
        restore(bad, tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert not (tmp_path.parent / "evil").exists()


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("x", "y")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr(MANIFEST, "[" * 100_000)
    for name in ("a.zip", "b.zip", "c.zip", "missing.zip"):
        with pytest.raises(StoreError):
            restore(tmp_path / name, tmp_path / "w")
    assert not (tmp_path / "w").exists()


def test_the_commands(tmp_path: Path) -> None:
    filled(tmp_path / "w").close()
    for words in (
        ["backup", tmp_path / "b.zip", "-w", tmp_path / "w"],
        ["restore", tmp_path / "b.zip", "-w", tmp_path / "x"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, words)],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "2 decisions" in done.stderr
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0


def test_an_old_workspace_is_upgraded_with_all_that_it_holds(database: str) -> None:
    engine = open_engine(database)
    migrate(engine, "0001")
    with writing(engine) as connection:
        values = {
            "id": "0" * 16, "path": "a.pdf", "title": "Old", "kind": "mgi", "detected": "{}", "status": "read",
            "pages": 1, "pages_without_text": "[]", "pages_failed": "[]", "passages": 0, "tags": 0,
            "read_fingerprint": "", "tag_fingerprint": "", "seconds": 1.0, "added_at": "2026-01-01",
        }  # fmt: skip
        names = ", ".join(values)
        connection.execute(
            text(f"INSERT INTO documents ({names}) VALUES ({', '.join(f':{name}' for name in values)})"), values
        )
        connection.execute(
            text(
                "INSERT INTO reviews (passage, document, verdict, reviewer, at, quote, codes, note) "
                "VALUES ('p', '0000000000000000', 'accepted', 'ana', '2026', 'q', '{}', 'old')"
            )
        )
        connection.execute(text("INSERT INTO attachments (review, how, similarity) VALUES (1, 'stale', 0)"))
    engine.dispose()
    with Store.open(database) as store:
        assert [one.facts.title for one in store.documents()] == ["Old"]
        assert [one.review.note for one in store.stale_reviews()] == ["old"]
        with store.engine.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
