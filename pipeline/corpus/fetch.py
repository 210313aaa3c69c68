"""Download one address into one checked file: resume, retry, limits on size, time, type and redirects."""

from __future__ import annotations

import email.utils
import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from pipeline import __version__
from pipeline.config import FetchOptions
from pipeline.corpus.guard import Target, check_url
from pipeline.errors import FetchError

SUFFIXES: Final = {"pdf": ".pdf", "docx": ".docx", "html": ".html"}
_SNIFFED: Final = 2048
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_FOR_GOOD: Final = (301, 308)
_TRY_AGAIN: Final = (408, 425, 429, 500, 502, 503, 504)
_HINTS: Final = {
    401: "It wants a login: download it by hand and give the file.",
    403: "The server refuses: download it by hand and give the file.",
    404: "It is gone or was moved: look for its new address and put that into the manifest.",
    410: "It is gone: look for another address.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file that arrived whole. `final_url` differs from the address asked after redirects; `moved` says that they
    were meant for good. `unchanged`: the server says that the copy known by its `etag` is still right; no file."""

    url: str
    final_url: str
    moved: bool = False
    path: Path | None = None
    sha256: str = ""
    size: int = 0
    media: str = ""
    etag: str = ""
    unchanged: bool = False
    resumed: bool = False
    attempts: int = 1


@dataclass(slots=True)
class _Attempt:
    """State of one download over its attempts."""

    url: str
    part: Path
    deadline: float
    etag: str = ""
    moved: bool = False
    target: Target | None = None
    resumed: bool = False


class _Again(Exception):
    """This attempt failed in a way that the next may not; `wait` is what the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(message)


@dataclass(slots=True)
class Fetcher:
    """Downloads with one set of options; remembers when each host was asked last. A context manager.

    `allow_private` lets it ask addresses of private and local networks: for tests, and for a manifest of one's own.
    """

    options: FetchOptions = field(default_factory=FetchOptions)
    allow_private: bool = False
    sleep: Callable[[float], None] = time.sleep
    _asked: dict[str, float] = field(default_factory=dict)
    _client: httpx.Client | None = None

    def __enter__(self) -> Fetcher:
        timeout = httpx.Timeout(self.options.read_seconds, connect=min(20.0, self.options.read_seconds))
        headers = {"User-Agent": f"mgi-vnr/{__version__}", "Accept-Encoding": "identity", "Accept": "*/*"}
        # trust_env off: a proxy would resolve names itself, past the check of addresses
        self._client = httpx.Client(timeout=timeout, headers=headers, follow_redirects=False, trust_env=False)
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def fetch(self, url: str, folder: Path, *, etag: str = "") -> Fetched:
        """Download into `folder` (as `<first 16 digits of the sha256><suffix>`), going on from what an earlier call
        left there. With the `etag` of a copy: `unchanged` if the server says so. Raises FetchError."""
        folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(url.encode()).hexdigest()[:24]
        began = time.monotonic()
        state = _Attempt(url, folder / f".{name}.part", began + self.options.timeout_seconds)
        wait = self.options.back_off_seconds
        for attempt in range(1, self.options.attempts + 1):
            try:
                return self._once(state, folder, etag, attempt)
            except _Again as problem:
                asked = problem.wait
                if asked is not None and asked > self.options.max_wait_seconds:
                    raise FetchError(
                        f"{url}: {problem}; it asks to wait {asked:.0f} seconds.", hint="Try again later."
                    ) from problem
                pause = max(wait, asked or 0.0)
                if attempt == self.options.attempts or time.monotonic() + pause > state.deadline:
                    kept = " What arrived is kept and gone on from." if state.part.exists() else ""
                    raise FetchError(
                        f"{url}: {problem} ({attempt} attempts).{kept}", hint="Try again later."
                    ) from problem
                self.sleep(pause)
                wait *= 2
        raise AssertionError("unreachable")

    def look(self, url: str) -> tuple[int, str, str]:
        """Status, final address and version (`ETag`, or empty) of the source now, without its content. Raises
        FetchError if nobody answers."""
        state = _Attempt(url, Path(), time.monotonic() + self.options.timeout_seconds)
        try:
            response = self._open(state, {"Range": "bytes=0-0"})
            response.close()
        except _Again as problem:
            raise FetchError(f"{url}: {problem}.", hint="Try again later.") from problem
        return response.status_code, state.url, response.headers.get("ETag", "")

    def _once(self, state: _Attempt, folder: Path, etag: str, attempt: int) -> Fetched:
        have, known = _partial(state.part)
        headers = {}
        if have:
            headers = {"Range": f"bytes={have}-", "If-Range": known}
        elif etag:
            headers = {"If-None-Match": etag}
        asked = state.url
        response = self._open(state, headers)
        final = state.url
        state.url = asked  # the next attempt begins at the address that was asked
        try:
            status = response.status_code
            if status == 304 and etag:
                return Fetched(
                    url=asked, final_url=final, moved=state.moved, etag=etag, unchanged=True, attempts=attempt
                )
            if status == 416:
                _forget(state.part)
                raise _Again("the server cannot go on from what is here")
            if status not in (200, 206):
                raise FetchError(f"{asked}: the server answers {status}.", hint=_HINTS.get(status, "Try again later."))
            begins = _range_start(response) if status == 206 else 0
            if status == 206 and begins != have:
                _forget(state.part)
                raise _Again("the server sent another part than was asked for")
            size = self._receive(response, state, have if status == 206 else 0)
        finally:
            response.close()
        media = self._type_of(state.part, asked, final, response.headers.get("content-type", ""))
        digest = _sha256(state.part)
        path = folder / f"{digest[:16]}{SUFFIXES[media]}"
        state.part.replace(path)
        _forget(state.part)
        return Fetched(
            url=asked,
            final_url=final,
            moved=state.moved,
            path=path,
            sha256=digest,
            size=size,
            media=media,
            etag=response.headers.get("etag", ""),
            resumed=status == 206,
            attempts=attempt,
        )

    def _open(self, state: _Attempt, headers: dict[str, str]) -> httpx.Response:
        """The answer after redirects, each checked; its body is not read yet. Leaves the final address in `state`."""
        assert self._client is not None, "use `with Fetcher() as fetcher`"
        for _ in range(self.options.max_redirects + 1):
            target = check_url(state.url, allow_private=self.allow_private)
            self._be_polite(target.host)
            request = self._client.build_request(
                "GET",
                target.pinned,
                headers={**headers, "Host": target.host_header},
                extensions={"sni_hostname": target.host},
            )
            try:
                response = self._client.send(request, stream=True)
            except httpx.TimeoutException as error:
                raise _Again("the server did not answer in time") from error
            except httpx.HTTPError as error:
                raise _Again(f"the connection failed ({type(error).__name__})") from error
            if response.status_code in _TRY_AGAIN:
                response.close()
                raise _Again(f"the server answers {response.status_code}", _retry_after(response))
            location = response.headers.get("location")
            if response.status_code not in _REDIRECTS or not location:
                return response
            response.close()
            onward = urljoin(state.url, location)
            if state.url.startswith("https:") and not onward.startswith("https:"):
                raise FetchError(
                    f"{state.url} leads from https to '{onward[:120]}'.", hint="Put the new address into the manifest."
                )
            state.moved = state.moved or response.status_code in _FOR_GOOD
            state.url = onward
        raise FetchError(f"{state.url}: more than {self.options.max_redirects} redirects.", hint="Check the address.")

    def _receive(self, response: httpx.Response, state: _Attempt, have: int) -> int:
        """Write the body behind what is there; the size of the whole."""
        limit = self.options.max_megabytes * 1_000_000
        announced = _length(response)
        if announced is not None and have + announced > limit:
            _forget(state.part)
            raise _too_large(state.url, self.options.max_megabytes)
        if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            raise FetchError(f"{state.url}: the server sends it compressed.", hint="Download it by hand.")
        _note(state.part, response)
        began, size = time.monotonic(), have
        try:
            with state.part.open("ab" if have else "wb") as file:
                for chunk in response.iter_raw():  # as it arrives: gathering chunks would hide a drip and lose a part
                    file.write(chunk)
                    size += len(chunk)
                    if size > limit:
                        raise _too_large(state.url, self.options.max_megabytes)
                    self._keep_pace(state, began, size - have)
        except httpx.TimeoutException as error:
            raise _Again("the server fell silent") from error
        except httpx.HTTPError as error:
            raise _Again("the connection broke off") from error
        except FetchError:
            _forget(state.part)
            raise
        if announced is not None and size - have != announced:
            raise _Again("the file did not arrive whole")
        return size

    def _keep_pace(self, state: _Attempt, began: float, arrived: int) -> None:
        now = time.monotonic()
        if now > state.deadline:
            raise FetchError(f"{state.url}: not done in {self.options.timeout_seconds:.0f} seconds.", hint="Try again.")
        seconds = now - began
        if seconds > self.options.read_seconds and arrived / seconds < self.options.min_bytes_per_second:
            raise FetchError(
                f"{state.url}: the server sends only {arrived / seconds:.0f} bytes a second.", hint="Try again later."
            )

    def _type_of(self, path: Path, asked: str, final: str, declared: str) -> str:
        """`pdf`, `docx` or `html` by the first bytes. Raises FetchError for anything else, and for a web page in the
        place of a document (a login or "not found" page that calls itself found)."""
        with path.open("rb") as file:
            head = file.read(_SNIFFED)
        found = sniff(head)
        wanted = Path(unquote(urlsplit(asked).path)).suffix.lower().lstrip(".")
        if found is None:
            _forget(path)
            raise FetchError(
                f"{asked}: neither PDF, DOCX nor HTML (the server calls it '{declared or 'nothing'}').",
                hint="Only such documents can be read.",
            )
        if found == "html" and wanted in ("pdf", "docx"):
            _forget(path)
            raise FetchError(
                f"{asked}: a web page came in the place of the {wanted.upper()}.",
                hint=f"Open {final} in a browser and look for the document's new address.",
            )
        return found

    def _be_polite(self, host: str) -> None:
        last = self._asked.get(host)
        if last is not None and (pause := last + self.options.seconds_between - time.monotonic()) > 0:
            self.sleep(pause)
        self._asked[host] = time.monotonic()


def sniff(head: bytes) -> str | None:
    """The type of a file by how it begins.

    >>> sniff(b"%PDF-1.7"), sniff(b"<!DOCTYPE html>"), sniff(b"MZ")
    ('pdf', 'html', None)
    """
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<(?:!doctype html|html|head|\?xml[^>]*>\s*<(?:!doctype html|html)|!--)", start):
        return "html"
    return None


def _too_large(url: str, megabytes: int) -> FetchError:
    hint = "If it is right, allow more: --set fetch.max_megabytes=N"
    return FetchError(f"{url}: larger than {megabytes} MB.", hint=hint)


def _partial(part: Path) -> tuple[int, str]:
    """Bytes that are there already and by what the server knows the file that they are of."""
    note = part.with_suffix(".json")
    try:
        known = json.loads(note.read_text(encoding="utf-8"))["validator"]
        size = part.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""
    return (size, str(known)) if known and size else (0, "")


def _note(part: Path, response: httpx.Response) -> None:
    """Remember the validator: a weak etag cannot tell whether the bytes are the same."""
    etag = response.headers.get("etag", "")
    validator = etag if etag and not etag.startswith("W/") else response.headers.get("last-modified", "")
    part.with_suffix(".json").write_text(json.dumps({"validator": validator}), encoding="utf-8")


def _forget(part: Path) -> None:
    for path in (part, part.with_suffix(".json")):
        path.unlink(missing_ok=True)


def _length(response: httpx.Response) -> int | None:
    value = response.headers.get("content-length", "")
    return int(value) if value.isdigit() else None


def _range_start(response: httpx.Response) -> int | None:
    match = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    return int(match[1]) if match else None


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, IndexError):
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
