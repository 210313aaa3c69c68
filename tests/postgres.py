"""A private PostgreSQL server for the tests: Debian's binaries, own folder, own port, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOMES = ("/usr/lib/postgresql", "/usr/pgsql-15", "/opt/homebrew/opt", "/usr/local/opt")


def binaries() -> Path | None:
    """The folder with `initdb` and `pg_ctl` of the newest installed server; None if there is none."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    every = [path.parent for home in HOMES if Path(home).is_dir() for path in Path(home).glob("**/bin/initdb")]
    return max(every, key=lambda folder: [int(part) for part in folder.parts if part.isdigit()], default=None)


@contextmanager
def server() -> Iterator[str]:
    """Address of a running server, without a database name: `postgresql+psycopg://user@127.0.0.1:port/`."""
    folder = binaries()
    assert folder is not None
    home = Path(tempfile.mkdtemp(prefix="mgi-postgres-"))
    user = "postgres" if os.name == "posix" and os.geteuid() == 0 else None
    try:
        if user:  # the server refuses to run as root
            shutil.chown(home, user)
        data, port = home / "data", _free_port()
        _run(user, folder / "initdb", "-D", data, "-U", "mgi", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        # Nothing here outlives the test: no need to wait for the disk.
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
        _run(user, folder / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", settings, "start")
        try:
            yield f"postgresql+psycopg://mgi@127.0.0.1:{port}/"
        finally:
            _run(user, folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(user: str | None, *command: str | Path) -> None:
    line = [str(word) for word in command]
    if user:
        line = ["runuser", "-u", user, "--", *line]
    # The server keeps standard output open: do not wait for its end.
    subprocess.run(line, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
