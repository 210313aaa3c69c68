"""Which files a run is about: files as given, every file of a folder, each once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ReadError, UnsupportedType
from pipeline.stages.facts import Given

SUFFIXES = frozenset({".pdf", ".docx", ".html", ".htm"})
JUNK = ("~$", ".", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file of the run; `shown` is how the user gave it (a path or a URL), `error` says why it cannot be taken.

    `known` is what a manifest says of it. `aside` marks a file of another type that merely lies in a given folder: it
    is told, but it is no failure.
    """

    path: Path
    shown: str
    source_url: str | None = None
    known: Given | None = None
    error: ReadError | None = None
    aside: bool = False


def find_inputs(paths: Iterable[Path]) -> Iterator[Input]:
    """Files as given and, for folders, every file in them at any depth (hidden and lock files aside), sorted.

    Nothing is passed over in silence: a missing file, a folder without documents and a file of another type come
    back with an error.
    """
    seen: set[str] = set()
    for given in paths:
        if given.is_dir():
            files = sorted(_files(given))
            if not any(f.suffix.lower() in SUFFIXES for f in files):
                hint = "Give a folder that holds PDF, DOCX or HTML files."
                yield Input(path=given, shown=str(given), error=ReadError("No documents in this folder.", hint=hint))
                continue
        else:
            files = [given]
        for file in files:
            key = os.path.realpath(file)
            if key not in seen:
                seen.add(key)
                aside = given.is_dir() and file.suffix.lower() not in SUFFIXES
                yield Input(path=file, shown=str(file), error=_problem(file, aside=aside), aside=aside)


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):  # links to folders are not followed: they can go in circles
        folders[:] = sorted(d for d in folders if not d.startswith("."))
        yield from (Path(root) / name for name in names if not name.startswith(JUNK))


def _problem(file: Path, *, aside: bool) -> ReadError | None:
    if not file.exists():
        return ReadError("No such file.", hint="Check the path.")
    if not file.is_file():
        return UnsupportedType("Not a regular file.", hint="Give a PDF, DOCX or HTML file.")
    if not os.access(file, os.R_OK):
        return ReadError("No permission to read it.", hint="Change its permissions.")
    # a file named by the user is judged by its content, whatever its name
    if aside:
        return UnsupportedType("Not a PDF, DOCX or HTML file.", hint="Convert it to PDF to include it.")
    return None
