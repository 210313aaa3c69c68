"""Page images: rendered by pdfium in a process of their own, kept in the workspace's `pages/` folder.

PDFs come from anywhere: a page that hangs or crashes pdfium ends the worker, never the server. The cache holds at most
`CACHE_BYTES`; the images used longest ago go first.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from pebble import ProcessExpired, ProcessPool

from pipeline.errors import ReadError

WIDTHS: Final = (1100, 1900)
"""Widths in pixels that may be asked for: beside the text, and enlarged."""

CACHE_BYTES: Final = 500 * 1024 * 1024
RENDER_SECONDS: Final = 20
MAX_HEIGHT: Final = 6000
DOCUMENT_ID: Final = re.compile(r"[0-9a-f]{16}")


class PageImages:
    """`get` returns the file of one page image, rendering it once however many ask at the same time."""

    def __init__(
        self, folder: Path, source: Callable[[str], Path | None], *, cache_bytes: int = CACHE_BYTES, workers: int = 1
    ) -> None:
        self.folder = folder
        self._source = source
        self._cache_bytes = cache_bytes
        self._workers = workers
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()
        self._under_way: dict[Path, threading.Lock] = {}
        self._written = 0

    def close(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join(5)
            self._pool = None

    def available(self, document: str) -> bool:
        """Whether the document has page images at all (a PDF whose file is in the workspace)."""
        source = self._source(document) if DOCUMENT_ID.fullmatch(document) else None
        return source is not None and source.suffix.lower() == ".pdf" and source.is_file()

    def path(self, document: str, page: int, width: int) -> Path:
        return self.folder / document / f"{page}-{width}.webp"

    def get(self, document: str, page: int, width: int) -> Path:
        """The image's file. Raises ReadError if there is no such page or it cannot be drawn."""
        if not DOCUMENT_ID.fullmatch(document) or width not in WIDTHS or not 1 <= page <= 100_000:
            raise ReadError("There is no such page image.")
        target = self.path(document, page, width)
        if target.is_file():
            with contextlib.suppress(OSError):
                os.utime(target)  # used now: the cleaner removes what was used longest ago
            return target
        if not self.available(document):
            raise ReadError("There is no page image of this document.", hint="Its file is not in the workspace.")
        with self._lock:
            turn = self._under_way.setdefault(target, threading.Lock())
        try:
            with turn:
                if not target.is_file():
                    self._render(document, page, width, target)
        finally:
            with self._lock:
                self._under_way.pop(target, None)
        return target

    def _render(self, document: str, page: int, width: int, target: Path) -> None:
        source = self._source(document)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPool(max_workers=self._workers, context=get_context("spawn"))
            pool = self._pool
        task = pool.schedule(render, args=(str(source), page, width, str(target)), timeout=RENDER_SECONDS)
        try:
            task.result()
        except FutureTimeout as error:
            raise ReadError(f"Page {page} took longer than {RENDER_SECONDS} seconds to draw.") from error
        except (ProcessExpired, OSError, ValueError, RuntimeError, MemoryError) as error:
            raise ReadError(f"Page {page} cannot be drawn.", hint="Open the document itself.") from error
        self._written += target.stat().st_size
        if self._written > self._cache_bytes // 20:
            self._written = 0
            self.tidy(keep=target)

    def tidy(self, keep: Path | None = None) -> None:
        """Removes the images used longest ago until the cache fits its limit; `keep` is about to be shown."""
        files = []
        for path in self.folder.glob("*/*.webp"):
            with contextlib.suppress(OSError):
                facts = path.stat()
                files.append((facts.st_mtime, facts.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._cache_bytes:
                return
            if path == keep:
                continue
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


def render(source: str, page: int, width: int, target: str) -> None:
    """Draws one page (counted from 1) `width` pixels wide as WebP; runs in the worker process."""
    import pypdfium2

    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (3 * 1024**3, 3 * 1024**3))
    pdf = pypdfium2.PdfDocument(source)
    try:
        if page > len(pdf):
            raise ValueError(f"page {page} of {len(pdf)}")
        sheet = pdf[page - 1]
        points_wide, points_high = sheet.get_size()
        scale = min(width / max(points_wide, 1), MAX_HEIGHT / max(points_high, 1))
        image = sheet.render(scale=scale, draw_annots=True).to_pil().convert("RGB")
        unfinished = Path(target).with_suffix(f".{os.getpid()}.{time.monotonic_ns()}.part")
        image.save(unfinished, "WEBP", quality=82, method=2)
        unfinished.replace(target)
    finally:
        pdf.close()
