"""`mgi run --scheduler` on a real Dask scheduler with a worker process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, mgi

pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
SAMPLES = sorted((ROOT / "corpus" / "samples").glob("*.pdf"))[:1]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    port = address.rpartition(":")[2]
    serve = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port]
    work = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
    with subprocess.Popen([*serve, "--no-dashboard"], **quiet) as first, subprocess.Popen(work, **quiet) as second:  # type: ignore[call-overload]
        from distributed import Client

        try:
            for _ in range(60):
                try:
                    with Client(address, timeout="2s", set_as_default=False) as client:
                        client.wait_for_workers(1, timeout=30)
                    break
                except OSError:
                    time.sleep(0.5)
            yield address
        finally:
            second.terminate()
            first.terminate()


def test_a_cluster_gives_what_one_machine_gives(scheduler: str, tmp_path: Path) -> None:
    here = mgi("run", *map(str, SAMPLES), "-w", str(tmp_path / "here"), "--json")
    there = mgi("run", *map(str, SAMPLES), "-w", str(tmp_path / "there"), "--json", "--scheduler", scheduler)
    assert there.returncode == 0, there.stderr
    lines = [
        sorted(
            (r["path"], r["document"], r["passages"], r["tags"]) for r in map(json.loads, d.stdout.splitlines()[:-1])
        )
        for d in (here, there)
    ]
    assert lines[0] == lines[1]


def _told(lines: str) -> list[tuple[object, ...]]:
    rows = map(json.loads, lines.splitlines()[:-1])
    return sorted((r["path"], r["document"], r["passages"], r["tags"]) for r in rows)


def test_no_scheduler_at_the_address_is_one_line(tmp_path: Path) -> None:
    done = mgi("run", str(SAMPLES[0]), "-w", str(tmp_path / "w"), "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("mgi: No Dask scheduler answers")
