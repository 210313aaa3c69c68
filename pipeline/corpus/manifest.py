"""The manifest: one source a row. The project's list (`corpus/manifest.csv`) and, over it, the workspace's own."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pipeline.errors import ConfigError, DataError, StoreError
from pipeline.resources import resource

KINDS: Final = ("mgi", "vnr", "vlr", "other", "index")
REQUIRED: Final = ("url", "title")
NAME: Final = "manifest.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a document is found. Empty strings are not known. `kind` `index` is a page that lists documents.

    `sha256` is the checksum of `file` (in the workspace's `corpus/`), or, in the project's list, of the file that the
    list's author saw. `earlier` are checksums of copies kept from before the source changed, `;`-separated.
    """

    url: str
    title: str = ""
    country: str = ""
    year: str = ""
    kind: str = ""
    language: str = ""
    licence: str = ""
    sha256: str = ""
    pages: str = ""
    note: str = ""
    file: str = ""
    fetched_at: str = ""
    etag: str = ""
    moved_to: str = ""
    earlier: str = ""


COLUMNS: Final = tuple(f.name for f in fields(Source))


def folder_of(workspace: Path) -> Path:
    """The workspace's own manifest and files."""
    return workspace / "corpus"


def load_sources(workspace: Path | None = None) -> list[Source]:
    """The project's sources, each replaced by the workspace's row of the same address, then the workspace's others."""
    own = {s.url: s for s in read_manifest(folder_of(workspace) / NAME)} if workspace else {}
    project = [own.pop(s.url, s) for s in read_manifest(resource("corpus", NAME))]
    return [*project, *own.values()]


def read_manifest(path: Path) -> list[Source]:
    """Rows of a manifest; none where there is no file. Raises DataError that names the line."""
    if not path.exists():
        return []
    out: list[Source] = []
    seen: set[str] = set()
    try:
        # utf-8-sig: Excel writes a mark in front
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [c for c in REQUIRED if c not in (rows.fieldnames or ())]
            if missing:
                raise DataError(str(path), 1, f"has no column '{missing[0]}'.", hint=f"Columns: {', '.join(COLUMNS)}.")
            for line, row in enumerate(rows, start=2):
                source = Source(**{c: (row.get(c) or "").strip() for c in COLUMNS})
                check(source, str(path), line)
                if source.url in seen:
                    raise DataError(
                        str(path), line, f"names {source.url} a second time.", hint="Remove one of the rows."
                    )
                seen.add(source.url)
                out.append(source)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(str(path), None, f"cannot be read: {error}", hint="It should be CSV in UTF-8.") from error
    return out


def check(source: Source, file: str = "the source", line: int | None = None) -> None:
    """Raises DataError for a row that cannot be right."""
    parts = urlsplit(source.url)
    problem = ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        problem = f"'{source.url}' is not a web address"
    elif source.kind and source.kind not in KINDS:
        problem = f"kind '{source.kind}' is none of {', '.join(KINDS)}"
    elif source.country and not re.fullmatch(r"[A-Z]{3}", source.country):
        problem = f"country '{source.country}' is not three letters of ISO 3166"
    elif source.year and not re.fullmatch(r"(?:19|20)\d\d", source.year):
        problem = f"year '{source.year}' is not a year"
    elif source.sha256 and not re.fullmatch(r"[0-9a-f]{64}", source.sha256):
        problem = "sha256 is not 64 hex digits"
    if problem:
        raise DataError(file, line, f"{problem}.", hint="See docs/corpus.md.")


def add_sources(workspace: Path, sources: Iterable[Source]) -> tuple[int, int]:
    """Put rows into the workspace's manifest; those already there get what is newly known. `(added, changed)`."""
    path = folder_of(workspace) / NAME
    rows = {s.url: s for s in read_manifest(path)}
    added = changed = 0
    for source in sources:
        check(source)
        old = rows.get(source.url)
        if old is None:
            added += 1
            rows[source.url] = source
            continue
        new = replace(old, **{k: v for k, v in asdict(source).items() if v})
        changed += new != old
        rows[source.url] = new
    if added or changed:
        write_manifest(path, list(rows.values()))
    return added, changed


def write_manifest(path: Path, sources: Sequence[Source]) -> None:
    """Replace the file in one step: a reader sees the old one or the new one."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with waiting.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: _plain(v) for k, v in asdict(s).items()} for s in sources)
        waiting.replace(path)
    except OSError as error:
        raise StoreError(f"Cannot write {path}: {error.strerror or error}.", hint="Choose another -w DIR.") from error


def _plain(text: str) -> str:
    """One line, and no formula for a spreadsheet that opens the manifest."""
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def check_kinds(kinds: Sequence[str]) -> Sequence[str]:
    """The kinds, if each is one. Raises ConfigError."""
    for kind in kinds:
        if kind not in KINDS:
            raise ConfigError(f"'{kind}' is not a kind of source.", hint=f"Known: {', '.join(KINDS)}.")
    return kinds


def select(
    sources: Iterable[Source],
    *,
    urls: Sequence[str] = (),
    kinds: Sequence[str] = (),
    countries: Sequence[str] = (),
) -> list[Source]:
    """The sources meant: those named by address or, without any, those of the kinds and countries.

    Raises ConfigError for an address that no row has.
    """
    found = list(sources)
    if urls:
        by_url = {s.url: s for s in found}
        for url in urls:
            if url not in by_url:
                raise ConfigError(f"{url} is not in the manifest.", hint=f"Add it first: mgi corpus add {url}")
        return [by_url[u] for u in dict.fromkeys(urls)]
    wanted = {c.upper() for c in countries}
    return [s for s in found if (not kinds or s.kind in kinds) and (not wanted or s.country in wanted)]
