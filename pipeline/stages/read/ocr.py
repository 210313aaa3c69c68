"""Pages without text, read by Tesseract (a program of the system, called by name with a time limit)."""

from __future__ import annotations

import io
import os
import shutil
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from pipeline.errors import ReadError
from pipeline.raw import Style, Word
from pipeline.stages.read.options import ReadOptions

INSTALL: Final = (
    "Install it (Debian: apt install tesseract-ocr tesseract-ocr-fra tesseract-ocr-spa tesseract-ocr-por "
    "tesseract-ocr-ara; Windows and macOS: see `mgi doctor`) or leave out --ocr."
)
TEXT_LEVEL: Final = "5"
LINE_LEVEL: Final = "4"


@cache
def installed_languages() -> frozenset[str]:
    """Tesseract's languages on this machine; raises ReadError where Tesseract is missing or broken."""
    program = shutil.which("tesseract")
    if program is None:
        raise ReadError("Tesseract is not installed, so pages without text stay unread.", hint=INSTALL)
    try:
        told = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ReadError(f"Tesseract does not run ({error}).", hint=INSTALL) from error
    return frozenset(told.stdout.split()[4:] if "List of" in told.stdout else told.stdout.split())


def languages(wanted: str) -> str:
    """Those of the wanted languages (joined by +) that are installed; raises ReadError where none is."""
    known = installed_languages()
    usable = [name for name in wanted.split("+") if name in known]
    if not usable:
        raise ReadError(f"Tesseract has none of the languages {wanted}.", hint=INSTALL)
    return "+".join(usable)


def ocr_words(image: Any, options: ReadOptions) -> list[Word]:
    """Words of a page picture (PIL) with places in points, style by size, and confidence (0 to 1).

    Raises ReadError where Tesseract is missing, fails or needs longer than `ocr_seconds`.
    """
    spoken = languages(options.ocr_languages)
    buffer = io.BytesIO()
    image.convert("L").save(buffer, format="PNG", compress_level=1)
    command = ["tesseract", "-", "-", "-l", spoken, "--dpi", str(options.ocr_dpi), "--psm", "3", "tsv"]
    try:
        done = subprocess.run(
            command,
            input=buffer.getvalue(),
            capture_output=True,
            timeout=options.ocr_seconds,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError(
            f"OCR took longer than {options.ocr_seconds:g} seconds.", hint="Raise read.ocr_seconds."
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise ReadError(f"Tesseract failed ({error}).", hint="Try another read.ocr_dpi.") from error
    return words_of_tsv(done.stdout.decode("utf-8", "replace"), 72 / options.ocr_dpi)


def words_of_tsv(tsv: str, scale: float) -> list[Word]:
    """Tesseract's table -> words in its order; `scale` turns pixels into points."""
    lines: dict[tuple[str, ...], list[Sequence[str]]] = defaultdict(list)
    heights: dict[tuple[str, ...], float] = {}
    for row in tsv.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12:
            continue
        key = tuple(cells[1:5])
        if cells[0] == LINE_LEVEL:
            heights[key] = float(cells[9]) * scale
        elif cells[0] == TEXT_LEVEL and cells[11].strip():
            lines[key].append(cells)
    if not lines:
        return []
    usual = statistics.median(heights[k] for k in lines if k in heights)
    words: list[Word] = []
    for key, cells_of_line in lines.items():
        height = heights.get(key, usual)
        size = round(0.9 * (usual if 0.7 * usual < height < 1.35 * usual else height), 1)
        tops = [float(c[7]) * scale for c in cells_of_line]
        bottoms = [(float(c[7]) + float(c[9])) * scale for c in cells_of_line]
        baseline = statistics.median(bottoms)
        style = Style("ocr", size, False, False, 0)
        top, bottom = min([*tops, baseline - 0.7 * size]), max([*bottoms, baseline + 0.1 * size])
        for word in cells_of_line:
            x0 = float(word[6]) * scale
            words.append(
                Word(
                    word[11].strip(),
                    x0,
                    top,
                    x0 + float(word[8]) * scale,
                    bottom,
                    baseline,
                    style,
                    confidence=max(float(word[10]), 0.0) / 100,
                )
            )
    return words
