"""A workspace with a real profile in it and a server on a free port, for the tests of the review pages."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from pipeline.config import load_config
from pipeline.run.extract import Job, document_id, extract
from pipeline.stages.facts import Given
from pipeline.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "corpus" / "samples" / "saldora_mgi_2024.pdf"
BASELINE = ROOT / "corpus" / "samples" / "saldora_mgi_2019.pdf"
REVIEW = ROOT / "corpus" / "samples" / "saldora_vnr_2022.pdf"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def fill(root: Path, *paths: Path, country: str | None = None) -> None:
    """A workspace in `root` that holds these documents with their files."""
    with Workspace.open(root, create=True) as workspace:
        for path in paths or (SAMPLE,):
            data = path.read_bytes()
            extraction = extract(
                Job(
                    path=str(path),
                    document=document_id(data),
                    given=Given(country=country),
                    config=load_config(),
                    data=data,
                )
            )
            workspace.store.save(extraction)
            shutil.copy(path, workspace.sources / f"{extraction.facts.id}{path.suffix}")


@dataclass(frozen=True, slots=True)
class Served:
    """A running `mgi review serve`."""

    address: str
    process: subprocess.Popen[str]
    root: Path


@contextlib.contextmanager
def served(root: Path, *options: str, host: str = "127.0.0.1") -> Iterator[Served]:
    """Runs the command itself, as a user would, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pipeline", "review", "serve", "-w", str(root), "--port", str(port)]
    command += ["--host", host, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (root / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, text=True, env=environment, cwd=root)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{address}/sign-in", timeout=5)
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((root / "server.log").read_text())
            time.sleep(0.1)
        yield Served(address, process, root)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()
            process.wait(10)
