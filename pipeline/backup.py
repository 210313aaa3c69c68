"""A workspace as one file and back: all tables, portable between the databases, and the sources that were read.

The file is a ZIP with `manifest.json` (sizes and SHA-256 of all others), `tables/<name>.jsonl` and
`sources/<document id>.<suffix>`. Page pictures and exports are made again when they are needed.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline import __version__
from pipeline.errors import StoreError
from pipeline.store.dump import TABLES, fill, snapshot
from pipeline.store.engine import revision
from pipeline.workspace import MARK, Workspace, database_url

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
MAX_MEMBERS: Final = 200_000
MAX_MANIFEST: Final = 64_000_000
MAX_LINE: Final = 256_000_000
MAX_RATIO: Final = 200
"""A member that unpacks to more than this times its size, and to more than `SMALL`, was made to fill the disk."""
SMALL: Final = 50_000_000

_SOURCE: Final = re.compile(r"sources/[0-9a-f]{16}\.[A-Za-z0-9]{1,10}")
_TABLE: Final = re.compile(r"tables/([a-z_]{1,40})\.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds: rows by table, number of source files, bytes of the file."""

    path: Path
    rows: dict[str, int]
    sources: int
    size: int


def back_up(workspace: Workspace, target: Path, *, replace: bool = False) -> Backup:
    """Write the workspace into one file, as of one moment, while others may go on working.

    Raises StoreError if the file exists (without `replace`) or cannot be written; then nothing is left half-written.
    """
    if target.exists() and not replace:
        raise StoreError(f"{target} exists.", hint="Choose another name or add --force.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    rows: dict[str, int] = {}
    members: dict[str, dict[str, Any]] = {}
    try:
        # Only the owner may read it: it holds the hashes of the reviewers' passwords.
        part.touch(mode=0o600)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            with snapshot(workspace.store.engine) as lines:
                for name in TABLES:
                    counted = _Counted(line.encode() for line in lines(name))
                    members[f"tables/{name}.jsonl"] = _write(archive, f"tables/{name}.jsonl", counted)
                    rows[name] = counted.count
            sources = [
                path for path in sorted(workspace.sources.glob("*")) if _SOURCE.fullmatch(f"sources/{path.name}")
            ]
            for path in sources:
                if path.is_file() and not path.is_symlink():
                    with path.open("rb") as file:
                        blocks = iter(lambda: file.read(1 << 20), b"")
                        members[f"sources/{path.name}"] = _write(archive, f"sources/{path.name}", blocks)
            manifest = {
                "format": FORMAT,
                "made_by": f"mgi-vnr {__version__}",
                "made_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                "revision": revision(workspace.store.engine),
                "rows": rows,
                "members": members,
            }
            archive.writestr(MANIFEST, json.dumps(manifest))
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise StoreError(
            f"Cannot write {target}: {error.strerror or error}.", hint="Choose another place for the backup."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return Backup(path=target, rows=rows, sources=len(members) - len(TABLES), size=target.stat().st_size)


def restore(source: Path, root: Path) -> Backup:
    """Make the workspace `root`, which must not exist, from a backup; all or nothing.

    The database is `$MGI_DATABASE_URL`'s, which must be empty, else SQLite in the folder. Raises StoreError for a
    damaged or forged file, one of a newer version, or too little space.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise StoreError(f"{root} is not empty.", hint="Restore into a new folder: mgi restore FILE -w NEW-FOLDER")
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(source, archive)
            _check(source, archive, manifest, root)
            return _unpack(source, archive, manifest, root)
    except zipfile.BadZipFile as error:
        raise StoreError(f"{source} is no backup, or it is damaged.", hint="Take another backup.") from error
    except (OSError, EOFError, NotImplementedError, RuntimeError) as error:
        detail = getattr(error, "strerror", None) or error
        raise StoreError(f"Cannot restore {source}: {detail}.", hint="Check the file and the folder.") from error


class _Counted:
    """Counts what passes through."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.count += 1
            yield line


def _write(archive: zipfile.ZipFile, name: str, blocks: Iterable[bytes]) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    info = zipfile.ZipInfo(name, datetime.datetime.now(datetime.UTC).timetuple()[:6])
    # PDFs are compressed already; squeezing them again costs time and gains nothing
    info.compress_type = zipfile.ZIP_STORED if name.startswith("sources/") else zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as member:
        for block in blocks:
            member.write(block)
            digest.update(block)
            size += len(block)
    return {"size": size, "sha256": digest.hexdigest()}


def _manifest(source: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    bad = StoreError(f"{source} is no backup of a workspace.", hint="Make one with `mgi backup FILE`.")
    try:
        if archive.getinfo(MANIFEST).file_size > MAX_MANIFEST:
            raise bad
        found = json.loads(archive.read(MANIFEST))
        members, made_at, form = found["members"], found["revision"], found["format"]
        for entry in members.values():
            if not isinstance(entry["size"], int) or not isinstance(entry["sha256"], str):
                raise bad
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise bad from error
    if not isinstance(form, int) or not isinstance(made_at, str) or not re.fullmatch(r"\d{4}", made_at):
        raise bad
    if form > FORMAT:
        raise StoreError(f"{source} was made by a newer version of mgi.", hint="Install the newest version of mgi-vnr.")
    return dict(found)


def _check(source: Path, archive: zipfile.ZipFile, manifest: dict[str, Any], root: Path) -> None:
    """Refuse names that are not a backup's, sizes that do not agree, bombs, and what the disk cannot hold."""
    listed = archive.infolist()
    names = [info.filename for info in listed]
    if len(names) > MAX_MEMBERS or len(set(names)) != len(names):
        raise StoreError(f"{source} holds {len(names):,} parts or some twice: that is no backup.")
    total = 0
    for info in listed:
        if info.filename == MANIFEST:
            continue
        if not (_SOURCE.fullmatch(info.filename) or _TABLE.fullmatch(info.filename)):
            raise StoreError(f"{source} holds '{info.filename[:80]}', which no backup holds.", hint="Do not open it.")
        entry = manifest["members"].get(info.filename)
        if entry is None or entry["size"] != info.file_size:
            raise StoreError(f"{source} is damaged at {info.filename}.", hint="Take another backup.")
        if info.file_size > SMALL and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise StoreError(f"{source} was made to fill the disk ({info.filename}).", hint="Do not open it.")
        total += info.file_size
    missing = manifest["members"].keys() - set(names)
    if missing:
        raise StoreError(f"{source} is damaged: {min(missing)[:80]} is missing.", hint="Take another backup.")
    place = next(folder for folder in (root, *root.resolve().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < 2 * total:  # the tables and their indexes take up to twice the lines' space
        raise StoreError(f"{2 * total:,} bytes are needed in {place} and {free:,} are free.", hint="Free some space.")


def _unpack(source: Path, archive: zipfile.ZipFile, manifest: dict[str, Any], root: Path) -> Backup:
    root.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
    try:
        (work / "sources").mkdir()
        sources = [name for name in manifest["members"] if _SOURCE.fullmatch(name)]
        for name in sources:
            with (work / name).open("wb") as file:
                for block in _verified(source, archive, name, manifest, by_line=False):
                    file.write(block)
        ordered = [name for name in TABLES if f"tables/{name}.jsonl" in manifest["members"]]
        unknown = {m.group(1) for m in map(_TABLE.fullmatch, manifest["members"]) if m} - set(ordered)
        if unknown:
            raise StoreError(f"{source} holds a table '{min(unknown)}' that is not known.")
        outside = os.environ.get("MGI_DATABASE_URL")
        rows = fill(
            outside or database_url(work),
            manifest["revision"],
            ((name, _verified(source, archive, f"tables/{name}.jsonl", manifest, by_line=True)) for name in ordered),
        )
        (work / MARK).write_text(
            json.dumps({"format": 1, "made_by": f"mgi-vnr {__version__}"}) + "\n", encoding="utf-8"
        )
        with contextlib.suppress(OSError):
            root.rmdir()  # an empty folder may be there
        work.replace(root)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Backup(path=source, rows=rows, sources=len(sources), size=source.stat().st_size)


def _verified(
    source: Path, archive: zipfile.ZipFile, name: str, manifest: dict[str, Any], *, by_line: bool
) -> Iterator[bytes]:
    """Blocks or lines of a member; raises StoreError at its end if they are not what was written."""
    digest = hashlib.sha256()
    with archive.open(name) as member:
        while block := member.readline(MAX_LINE) if by_line else member.read(1 << 20):
            digest.update(block)
            yield block
    if digest.hexdigest() != manifest["members"][name]["sha256"]:
        raise StoreError(f"{source} is damaged at {name}.", hint="Take another backup.")
