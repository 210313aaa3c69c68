"""A workspace: one folder with the database, the sources that were read, the page pictures and the dataset."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final, Self

from pipeline import __version__
from pipeline.errors import StoreError
from pipeline.store import Store

FORMAT: Final = 1
"""Version of the folder's form. The database's own version is that of its migrations."""

MARK: Final = "workspace.json"
DATABASE: Final = "mgi.sqlite"


def find_workspace(given: Path | None = None) -> Path:
    """Where the user's workspace is: what was given, `$MGI_WORKSPACE`, the nearest folder upwards that is one, or
    `./mgi-workspace` (which need not exist)."""
    if given is not None:
        return given
    if named := os.environ.get("MGI_WORKSPACE"):
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / MARK).is_file():
            return folder
    return here / "mgi-workspace"


class Workspace:
    """An open workspace; a context manager. `sources` holds a copy of each file that was read, `pages` pictures of
    pages (may be deleted at any time), `dataset` what was exported last."""

    def __init__(self, root: Path, store: Store) -> None:
        self.root = root
        self.store = store
        self.sources = root / "sources"
        self.pages = root / "pages"
        self.dataset = root / "dataset"

    @classmethod
    def open(cls, root: Path, *, create: bool = False) -> Self:
        """Open (or, with `create`, make) the workspace in `root`; upgrades what an older version wrote.

        Raises StoreError: not a workspace, not writable, written by a newer version, database out of reach.
        """
        mark = root / MARK
        if mark.is_file():
            upgrade_from = _format_of(mark)
        elif create:
            _make(root)
            upgrade_from = None
        else:
            raise StoreError(f"{root} is not a workspace.", hint="Make one with `mgi run INPUT... -w DIR`.")
        if upgrade_from is not None and upgrade_from > FORMAT:
            raise StoreError(
                f"{root} was written by a newer version of mgi (format {upgrade_from}; this version knows {FORMAT}).",
                hint="Install the newest version of mgi-vnr.",
            )
        workspace = cls(root, Store.open(database_url(root)))
        for folder in (workspace.sources, workspace.pages, workspace.dataset):
            _ensure(folder)
        return workspace

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def source_file(self, document_id: str) -> Path | None:
        """The copy of the file that was read, `<document id><suffix>`; None if it is not here."""
        if not is_document_id(document_id):
            return None
        return next((path for path in sorted(self.sources.glob(f"{document_id}.*")) if path.is_file()), None)


def is_document_id(text: str) -> bool:
    """Sixteen hex digits: safe in a file name.

    >>> is_document_id("0123456789abcdef"), is_document_id("../secret")
    (True, False)
    """
    return len(text) == 16 and all(char in "0123456789abcdef" for char in text)


def database_url(root: Path) -> str:
    """`$MGI_DATABASE_URL`, else the SQLite file in the workspace."""
    return os.environ.get("MGI_DATABASE_URL") or f"sqlite:///{(root / DATABASE).resolve()}"


def _format_of(mark: Path) -> int:
    try:
        found = json.loads(mark.read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{mark} is damaged.", hint="Restore the last backup with `mgi restore FILE`.") from error
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise StoreError(f"{mark} names no format.", hint="Restore the last backup with `mgi restore FILE`.")
    return found


def _make(root: Path) -> None:
    _ensure(root)
    waiting = root / f".{MARK}.{os.getpid()}"
    try:
        waiting.write_text(json.dumps({"format": FORMAT, "made_by": f"mgi-vnr {__version__}"}) + "\n", encoding="utf-8")
        waiting.replace(root / MARK)
    except OSError as error:
        raise _unwritable(root, error) from error


def _ensure(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"Cannot write the workspace {folder}: {error.strerror or error}.", hint="Choose another folder with -w DIR."
    )
