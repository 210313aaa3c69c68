"""Fetch sources into a workspace, tell what moved or changed, and verify what is there."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline.config import FetchOptions
from pipeline.corpus.fetch import Fetched, Fetcher
from pipeline.corpus.manifest import Source, add_sources, check, folder_of, load_sources
from pipeline.errors import DataError, FetchError

State = Literal["new", "unchanged", "changed", "there", "failed", "would fetch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of one source. `changed`: its content is another than the manifest knew; the old copy is kept.
    `moved_to`: the server says that it lives elsewhere for good. `there`: it had been fetched before."""

    source: Source
    state: State
    path: Path | None = None
    moved_to: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A source's file, checked: `right`, `damaged` (another checksum), `missing`, or `not fetched`; `online` is what
    the server says now (`there`, `changed`, `moved`, `gone`, `refused`, `unreachable`), empty if it was not asked."""

    source: Source
    state: Literal["right", "damaged", "missing", "not fetched"]
    online: str = ""
    reason: str = ""


def is_url(text: str) -> bool:
    """An input that is to be downloaded.

    >>> is_url("https://example.org/a.pdf"), is_url("a.pdf"), is_url("C:/http/a.pdf")
    (True, False, False)
    """
    return text.lower().startswith(("http://", "https://"))


def fetch_sources(
    workspace: Path,
    sources: Sequence[Source],
    options: FetchOptions | None = None,
    *,
    again: bool = False,
    dry_run: bool = False,
    allow_private: bool = False,
    sleep: Callable[[float], None] | None = None,
) -> Iterator[Kept]:
    """Download each source and write the workspace's manifest after each; one that fails does not stop the others.

    What is there already is left alone unless `again`: then the server is asked whether it changed.
    """
    with ExitStack() as stack:
        fetcher = Fetcher(options or FetchOptions(), allow_private)
        if sleep is not None:
            fetcher.sleep = sleep
        if not dry_run:
            stack.enter_context(fetcher)
        for source in sources:
            there = _file(workspace, source)
            if source.kind == "index":
                reason = "a page that lists documents, no document"
                yield Kept(source=source, state="there", reason=reason)
            elif there is not None and not again:
                yield Kept(source=source, state="there", path=there)
            elif dry_run:
                yield Kept(source=source, state="would fetch", path=there)
            else:
                yield _kept(workspace, source, fetcher, there)


def _kept(workspace: Path, source: Source, fetcher: Fetcher, there: Path | None) -> Kept:
    folder = folder_of(workspace) / "files"
    try:
        got = fetcher.fetch(source.url, folder, etag=source.etag if there else "")
    except FetchError as error:
        return Kept(source=source, state="failed", path=there, reason=str(error))
    except OSError as error:
        return Kept(source=source, state="failed", path=there, reason=f"Cannot write in {folder}: {error.strerror}.")
    moved = got.final_url if got.moved and got.final_url != source.url else ""
    if got.unchanged or (got.path is not None and got.sha256 == source.sha256):
        row = replace(source, file=_name(got, there), moved_to=moved, etag=got.etag, fetched_at=_now())
        add_sources(workspace, [row])
        state: State = "unchanged" if there is not None else "new"
        return Kept(source=row, state=state, path=got.path or there, moved_to=moved)
    changed = bool(source.sha256)
    row = replace(
        source,
        sha256=got.sha256,
        file=_name(got, there),
        etag=got.etag,
        fetched_at=_now(),
        moved_to=moved,
        pages="" if changed else source.pages,
        earlier=";".join(filter(None, (source.earlier, source.sha256 if there else ""))),
    )
    add_sources(workspace, [row])
    reason = "" if not changed else _change(source, there)
    return Kept(source=row, state="changed" if changed else "new", path=got.path, moved_to=moved, reason=reason)


def _change(source: Source, there: Path | None) -> str:
    if there is None:
        return "another file than the manifest's author saw"
    return f"the source changed since {source.fetched_at[:10]}; the old copy is kept as {there.name}"


def fetch_inputs(
    urls: Iterable[str],
    workspace: Path,
    options: FetchOptions | None = None,
    *,
    allow_private: bool = False,
) -> Iterator[Kept]:
    """Addresses as inputs of a run: each is put into the workspace's manifest (with what the project's manifest knows
    of it) and downloaded. `Kept.path` is the file, None where it `failed` (see `reason`)."""
    known = {s.url: s for s in load_sources(workspace)}
    for url in urls:
        source = known.get(url) or Source(url=url)
        try:
            check(source)
        except DataError as error:
            yield Kept(source=source, state="failed", reason=str(error))
            continue
        yield from fetch_sources(workspace, [source], options, allow_private=allow_private)


def verify_sources(
    workspace: Path,
    sources: Iterable[Source],
    options: FetchOptions | None = None,
    *,
    online: bool = False,
    allow_private: bool = False,
) -> Iterator[Verified]:
    """Check every fetched file against its checksum; with `online`, ask the servers whether the sources are there."""
    with ExitStack() as stack:
        fetcher = stack.enter_context(Fetcher(options or FetchOptions(), allow_private)) if online else None
        for source in sources:
            found, reason = _online(fetcher, source) if fetcher else ("", "")
            if not source.file:
                yield Verified(source=source, state="not fetched", online=found, reason=reason)
                continue
            path = folder_of(workspace) / "files" / source.file
            if not path.is_file():
                yield Verified(source=source, state="missing", online=found, reason=reason)
                continue
            with path.open("rb") as file:
                right = hashlib.file_digest(file, "sha256").hexdigest() == source.sha256
            yield Verified(source=source, state="right" if right else "damaged", online=found, reason=reason)


def _online(fetcher: Fetcher, source: Source) -> tuple[str, str]:
    try:
        status, final, version = fetcher.look(source.url)
    except FetchError as error:
        return "unreachable", str(error)
    if status in (404, 410):
        return "gone", f"the server answers {status}"
    if status >= 400:
        return "refused", f"the server answers {status}"
    if source.file and source.etag and version and version.removeprefix("W/") != source.etag.removeprefix("W/"):
        return "changed", "another version than was fetched: mgi corpus fetch --again takes it and keeps the old copy"
    return ("there", "") if final == source.url else ("moved", f"now at {final}")


def _file(workspace: Path, source: Source) -> Path | None:
    """The copy that is there. The name in a manifest is never followed out of the folder."""
    if not source.file or Path(source.file).name != source.file:
        return None
    path = folder_of(workspace) / "files" / source.file
    return path if path.is_file() else None


def _name(got: Fetched, there: Path | None) -> str:
    path = got.path or there
    return path.name if path else ""


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
