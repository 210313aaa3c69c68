"""The manifest and the download, against a real HTTP server on the loopback interface."""

# ruff: noqa: E501

from __future__ import annotations

import hashlib
import ipaddress
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.cli.run import _known
from pipeline.config import FetchOptions
from pipeline.corpus import (
    Fetcher,
    Source,
    add_sources,
    fetch_inputs,
    fetch_sources,
    load_sources,
    read_manifest,
    verify_sources,
)
from pipeline.corpus.guard import check_url, is_public
from pipeline.errors import DataError, FetchError
from pipeline.run import _completed
from pipeline.stages.facts import Given

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 2000
ETAG = '"v1"'
QUICK = FetchOptions(read_seconds=1.0, back_off_seconds=0.01, seconds_between=0.0, timeout_seconds=20.0, attempts=3)


class Handler(BaseHTTPRequestHandler):
    """Each path is one behaviour of a server; `server.seen` counts requests by path."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        seen: dict[str, list[dict[str, str]]] = self.server.seen  # type: ignore[attr-defined]
        seen.setdefault(self.path, []).append(dict(self.headers))
        times = len(seen[self.path])
        begins = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        match self.path:
            case "/a.pdf" | "/final.pdf":
                if self.headers.get("If-None-Match") == ETAG:
                    return self.answer(304)
                return self.answer(200, PDF, Content_Type="application/pdf", ETag=ETAG)
            case "/breaks.pdf":  # breaks off at half, goes on where asked
                if times == 1:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(PDF)))
                    self.send_header("ETag", ETAG)
                    self.end_headers()
                    self.wfile.write(PDF[: len(PDF) // 2])
                    self.wfile.flush()
                    return self.connection.shutdown(socket.SHUT_RDWR)
                total = len(PDF)
                return self.answer(206, PDF[begins:], Content_Range=f"bytes {begins}-{total - 1}/{total}", ETag=ETAG)
            case "/norange.pdf":  # breaks off, then sends the whole again
                if times == 1:
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(PDF)))
                    self.send_header("ETag", ETAG)
                    self.end_headers()
                    self.wfile.write(PDF[:1000])
                    self.wfile.flush()
                    return self.connection.shutdown(socket.SHUT_RDWR)
                return self.answer(200, PDF, ETag=ETAG)
            case "/short.pdf":  # always truncated
                self.send_response(200)
                self.send_header("Content-Length", str(len(PDF)))
                self.end_headers()
                self.wfile.write(PDF[:500])
                self.wfile.flush()
                return self.connection.shutdown(socket.SHUT_RDWR)
            case "/silent.pdf":
                time.sleep(3)
                return self.answer(200, PDF)
            case "/drip.pdf":
                self.send_response(200)
                self.send_header("Content-Length", str(len(PDF)))
                self.end_headers()
                for n in range(100):
                    try:
                        self.wfile.write(PDF[n : n + 1])
                        self.wfile.flush()
                    except OSError:
                        return None
                    time.sleep(0.1)
                return None
            case "/huge.pdf":
                return self.answer(200, b"%PDF-", Content_Length="999999999999")
            case "/endless.pdf":
                self.send_response(200)
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(PDF)
                except OSError:
                    return None
            case "/login.pdf":
                return self.answer(200, b"<!DOCTYPE html><title>Sign in</title>", Content_Type="text/html")
            case "/program.pdf":
                return self.answer(200, b"MZ\x90\x00" * 100, Content_Type="application/pdf")
            case "/gzip.pdf":
                return self.answer(200, b"\x1f\x8b" + b"\0" * 50, Content_Encoding="gzip")
            case "/missing.pdf":
                return self.answer(404)
            case "/busy.pdf":
                return self.answer(429, Retry_After="0") if times < 3 else self.answer(200, PDF)
            case "/later.pdf":
                return self.answer(429, Retry_After="86400")
            case "/failing.pdf":
                return self.answer(503)
            case "/moved.pdf":
                return self.answer(301, Location="/final.pdf")
            case "/loop.pdf":
                return self.answer(302, Location="/loop.pdf")
            case "/inward.pdf":
                return self.answer(302, Location="http://169.254.169.254/latest/meta-data/")
            case "/file.pdf":
                return self.answer(302, Location="file:///etc/passwd")
            case "/changes.pdf":
                return self.answer(200, PDF + bytes([times]), ETag=f'"c{times}"')
            case _:
                return self.answer(500)


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.seen = {}  # type: ignore[attr-defined]
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def url(server: ThreadingHTTPServer) -> Callable[[str], str]:
    server.seen.clear()  # type: ignore[attr-defined]
    return lambda path: f"http://127.0.0.1:{server.server_port}{path}"


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(QUICK, allow_private=True) as made:
        yield made


def test_a_file_arrives_whole(url: Callable[[str], str], fetcher: Fetcher, tmp_path: Path) -> None:
    got = fetcher.fetch(url("/a.pdf"), tmp_path)
    assert got.path is not None
    assert got.path.read_bytes() == PDF
    assert got.sha256 == hashlib.sha256(PDF).hexdigest()
    assert got.path.name == f"{got.sha256[:16]}.pdf"
    assert sorted(p.name for p in tmp_path.iterdir()) == [got.path.name]
    assert fetcher.fetch(url("/a.pdf"), tmp_path, etag=got.etag).unchanged


def test_a_broken_download_is_gone_on_from(
    server: ThreadingHTTPServer, url: Callable[[str], str], fetcher: Fetcher, tmp_path: Path
) -> None:
    got = fetcher.fetch(url("/breaks.pdf"), tmp_path)
    assert got.path is not None
    assert got.path.read_bytes() == PDF
    assert got.resumed
    second = server.seen["/breaks.pdf"][1]  # type: ignore[attr-defined]
    assert second["Range"] == f"bytes={len(PDF) // 2}-"
    assert second["If-Range"] == ETAG


def test_a_server_without_ranges_sends_it_again(url: Callable[[str], str], fetcher: Fetcher, tmp_path: Path) -> None:
    got = fetcher.fetch(url("/norange.pdf"), tmp_path)
    assert got.path is not None
    assert got.path.read_bytes() == PDF
    assert not got.resumed


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/short.pdf", "3 attempts"),
        ("/silent.pdf", "in time"),
        ("/missing.pdf", "404.*gone or was moved"),
        ("/failing.pdf", "503"),
        ("/later.pdf", "86400 seconds"),
        ("/huge.pdf", "larger than 300 MB"),
        ("/login.pdf", "web page came in the place"),
        ("/program.pdf", "neither PDF"),
        ("/gzip.pdf", "compressed"),
        ("/loop.pdf", "redirects"),
        ("/file.pdf", "not a web address"),
    ],
)
def test_what_cannot_be_had_says_why(
    url: Callable[[str], str], fetcher: Fetcher, tmp_path: Path, path: str, says: str
) -> None:
    with pytest.raises(FetchError, match=says):
        fetcher.fetch(url(path), tmp_path)
    assert not list(tmp_path.glob("*.pdf"))


def test_a_slow_drip_is_given_up(url: Callable[[str], str], tmp_path: Path) -> None:
    with (
        Fetcher(FetchOptions(read_seconds=0.5, seconds_between=0.0), allow_private=True) as fetcher,
        pytest.raises(FetchError, match="bytes a second"),
    ):
        fetcher.fetch(url("/drip.pdf"), tmp_path)


def test_an_endless_file_is_cut_off(url: Callable[[str], str], tmp_path: Path) -> None:
    with (
        Fetcher(FetchOptions(max_megabytes=2, seconds_between=0.0), allow_private=True) as fetcher,
        pytest.raises(FetchError, match="larger than 2 MB"),
    ):
        fetcher.fetch(url("/endless.pdf"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_busy_server_is_asked_again(url: Callable[[str], str], fetcher: Fetcher, tmp_path: Path) -> None:
    assert fetcher.fetch(url("/busy.pdf"), tmp_path).attempts == 3


def test_hosts_are_not_hurried(url: Callable[[str], str], tmp_path: Path) -> None:
    pauses: list[float] = []
    with Fetcher(FetchOptions(seconds_between=5.0), allow_private=True, sleep=pauses.append) as fetcher:
        fetcher.fetch(url("/a.pdf"), tmp_path)
        fetcher.fetch(url("/a.pdf"), tmp_path)
    assert len(pauses) == 1
    assert 4 < pauses[0] <= 5


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/a.pdf", "http://localhost/a.pdf", "http://[::1]/a.pdf", "http://10.1.2.3/a", "http://192.168.0.1/a", "http://172.16.5.5/a",
     "http://169.254.169.254/latest", "http://100.64.0.1/a", "http://0.0.0.0/a", "http://[::ffff:127.0.0.1]/a", "http://[fe80::1]/a", "http://[fc00::1]/a",
     "http://2130706433/a", "http://0x7f000001/a", "http://127.1/a", "http://[64:ff9b::7f00:1]/a", "http://224.0.0.1/a", "http://255.255.255.255/a"],
)  # fmt: skip
def test_private_networks_are_not_asked(target: str) -> None:
    with pytest.raises(FetchError):
        check_url(target)


@pytest.mark.parametrize(
    "target",
    [
        "ftp://example.org/a",
        "file:///etc/passwd",
        "http://",
        "https://user:pw@example.org/a",
        "http://a:99999/",
        "javascript:x",
    ],
)
def test_other_addresses_are_refused(target: str) -> None:
    with pytest.raises(FetchError):
        check_url(target)


def test_a_redirect_inwards_is_refused(
    url: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loopback server stands in for a public one; where it leads to is checked all the same."""
    import pipeline.corpus.guard as guard

    mine = ipaddress.ip_address("127.0.0.1")
    monkeypatch.setattr(guard, "is_public", lambda address: address == mine or is_public(address))
    with Fetcher(QUICK) as fetcher, pytest.raises(FetchError, match=r"169\.254\.169\.254"):
        fetcher.fetch(url("/inward.pdf"), tmp_path)


def test_what_moved_or_changed_is_told_and_the_old_copy_kept(url: Callable[[str], str], tmp_path: Path) -> None:
    add_sources(tmp_path, [Source(url=url("/moved.pdf"), kind="vnr"), Source(url=url("/changes.pdf"), kind="vnr")])
    mine = [s for s in load_sources(tmp_path) if s.url.startswith("http://127")]
    first = list(fetch_sources(tmp_path, mine, QUICK, allow_private=True))
    assert [k.state for k in first] == ["new", "new"]
    assert first[0].moved_to.endswith("/final.pdf")
    mine = [s for s in load_sources(tmp_path) if s.url.startswith("http://127")]
    assert [k.state for k in fetch_sources(tmp_path, mine, QUICK, allow_private=True)] == ["there", "there"]
    second = list(fetch_sources(tmp_path, mine, QUICK, again=True, allow_private=True))
    assert [k.state for k in second] == ["unchanged", "changed"]
    assert first[1].path is not None
    assert first[1].path.exists()
    assert second[1].path != first[1].path
    row = next(s for s in load_sources(tmp_path) if s.url.endswith("/changes.pdf"))
    assert row.earlier == first[1].source.sha256
    assert row.sha256 == second[1].source.sha256


def test_another_file_than_the_manifest_knows_is_told(url: Callable[[str], str], tmp_path: Path) -> None:
    (kept,) = fetch_sources(tmp_path, [Source(url=url("/a.pdf"), sha256="0" * 64)], QUICK, allow_private=True)
    assert kept.state == "changed"
    assert "author" in kept.reason


def test_a_dry_run_asks_nobody(server: ThreadingHTTPServer, url: Callable[[str], str], tmp_path: Path) -> None:
    (kept,) = fetch_sources(tmp_path, [Source(url=url("/a.pdf"))], QUICK, dry_run=True, allow_private=True)
    assert kept.state == "would fetch"
    assert not server.seen  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())


def test_one_that_fails_does_not_stop_the_others(url: Callable[[str], str], tmp_path: Path) -> None:
    kept = list(fetch_inputs([url("/missing.pdf"), url("/a.pdf"), "ftp://x"], tmp_path, QUICK, allow_private=True))
    assert [k.state for k in kept] == ["failed", "new", "failed"]
    assert kept[1].path is not None


def test_verify_tells_damaged_and_missing_files(url: Callable[[str], str], tmp_path: Path) -> None:
    kept = list(
        fetch_inputs([url("/a.pdf"), url("/final.pdf"), url("/changes.pdf")], tmp_path, QUICK, allow_private=True)
    )
    assert kept[2].path is not None
    kept[2].path.write_bytes(b"%PDF-other")
    mine = [s for s in load_sources(tmp_path) if s.url.startswith("http://127")]
    assert [v.state for v in verify_sources(tmp_path, mine)] == ["right", "right", "damaged"]
    assert kept[0].path is not None
    kept[0].path.unlink()
    assert [v.state for v in verify_sources(tmp_path, mine)] == ["missing", "missing", "damaged"]
    online = list(
        verify_sources(tmp_path, [*mine, Source(url=url("/missing.pdf"))], QUICK, online=True, allow_private=True)
    )
    assert [v.online for v in online] == ["there", "there", "changed", "gone"]
    assert "keeps the old copy" in online[2].reason


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("title\nx\n", 1, "no column 'url'"),
        ("url,title\nnot-an-address,x\n", 2, "not a web address"),
        ("url,title,country\nhttps://a.org/x,x,Lesotho\n", 2, "three letters"),
        ("url,title\nhttps://a.org/x,x\nhttps://a.org/x,y\n", 3, "second time"),
    ],
)
def test_a_wrong_manifest_names_the_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=says) as error:
        read_manifest(path)
    assert error.value.line == line


def test_the_projects_manifest_begins_with_the_four_reviews() -> None:
    sources = [s for s in load_sources() if s.kind == "vnr"][:4]
    assert [(s.country, s.year) for s in sources] == [
        ("DOM", "2018"),
        ("KWT", "2019"),
        ("LSO", "2019"),
        ("TLS", "2019"),
    ]


def test_the_command(url: Callable[[str], str], tmp_path: Path) -> None:
    def mgi(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "pipeline", "corpus", *words, "-w", str(tmp_path / "ws")]
        return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    added = mgi("add", url("/a.pdf"), "--kind", "vnr", "--country", "LSO", "--allow-private")
    assert "1 added" in added.stderr
    refused = mgi("fetch", url("/a.pdf"))
    assert refused.returncode == 3
    assert "private or local network" in refused.stderr
    assert '"state": "new"' in mgi("fetch", url("/a.pdf"), "--allow-private", "--json").stdout
    assert "(LSO vnr): fetched 20" in mgi("list", "--country", "LSO").stdout
    checked = mgi("verify", "--country", "LSO")
    assert checked.returncode == 0
    assert "1 files checked, 0 damaged or missing; 1 sources not fetched." in checked.stderr
    assert "No source" in mgi("list", "--country", "ZZZ").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["https://user:secret@example.org/a.pdf"],
        ["https://secret@example.org/a.pdf"],
        ["https://example.org/a b.pdf"],
        ["http://localhost/a.pdf"],
        ["http://10.0.0.5/a.pdf"],
        ["http://[::1]/a.pdf"],
        ["http://2130706433/a.pdf"],
        ["http://files.local/a.pdf"],
        ["https://example.org/a.pdf", "--language", "banana"],
        ["https://example.org/a.pdf", "--country", "Atlantis"],
        ["https://example.org/a.pdf", "--year", "22"],
        ["https://example.org/a.pdf", "--kind", "book"],
    ],
)
def test_what_may_not_stand_in_a_manifest_is_refused_when_added(arguments: list[str], tmp_path: Path) -> None:
    line = [sys.executable, "-m", "pipeline", "corpus", "add", *arguments, "-w", str(tmp_path / "ws")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert "secret" not in done.stderr
    assert not (tmp_path / "ws" / "corpus" / "manifest.csv").exists()


def test_an_unknown_kind_is_no_empty_list_and_lists_are_not_to_be_fetched(tmp_path: Path) -> None:
    def mgi(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "pipeline", "corpus", *words, "-w", str(tmp_path / "ws")]
        return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    assert mgi("list", "--kind", "foo").returncode == 2
    lists = sum(source.kind == "index" for source in load_sources())
    told = mgi("verify", "--kind", "index").stderr
    assert f"0 sources not fetched, {lists} pages only list documents." in told


def test_run_takes_an_address(tmp_path: Path) -> None:
    """An address that may not be asked is a refused input with its reason, not a crash."""
    line = [sys.executable, "-m", "pipeline", "run", "http://127.0.0.1:9/a.pdf", "-w", str(tmp_path / "ws"), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3
    assert '"status": "refused"' in done.stdout
    assert "private or local network" in done.stdout


def test_what_the_manifest_says_goes_with_the_file() -> None:
    """Of an address that is run, kind, country, year, language and title need not be found out."""
    lesotho = next(s for s in load_sources() if s.country == "LSO")
    known = _known(lesotho)
    assert known == Given(
        kind="vnr", country="LSO", year=2019, language="en", title="Lesotho: Voluntary National Review 2019"
    )
    said = _completed(Given(year=2020), replace(known, source_url=lesotho.url))
    assert said == replace(known, year=2020, source_url=lesotho.url)
    assert _known(Source(url="https://example.org/list", kind="index")) == Given()
