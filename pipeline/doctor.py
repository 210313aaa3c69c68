"""What this installation can and cannot do, and what to install for the rest."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline import __version__
from pipeline.resources import data_root, resource

LIBRARIES = ("pdfplumber", "pypdfium2", "spacy", "rapidfuzz", "pandas", "onnxruntime", "sqlalchemy", "pyarrow")
OPTIONAL = {
    "distributed": ("many machines (--scheduler)", "pip install 'mgi-vnr[cluster]'"),
    "psycopg": ("a shared PostgreSQL database", "pip install 'mgi-vnr[postgres]'"),
    "sklearn": ("mgi train", "pip install 'mgi-vnr[train]'"),
}
OCR_LANGUAGES = ("eng", "fra", "spa", "por", "ara")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; `hint` is the next step where it is not ok."""

    name: str
    ok: bool
    detail: str
    hint: str = ""
    required: bool = True


def examine() -> Iterator[Check]:
    """Every check, the required ones first."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check(name="python", ok=sys.version_info >= (3, 11), detail=f"{version} on {platform.system()}")
    yield Check(name="mgi-vnr", ok=True, detail=f"{__version__}, data in {data_root()}")
    for name in LIBRARIES:
        found = importlib.util.find_spec(name) is not None
        detail = importlib.metadata.version(name) if found else "missing"
        yield Check(name=name, ok=found, detail=detail, hint=f"pip install {name}")
    with sqlite3.connect(":memory:") as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    fts = "ENABLE_FTS5" in options
    yield Check(name="full-text search", ok=fts, detail=f"SQLite {sqlite3.sqlite_version}", hint="Use a newer Python.")
    weights = sorted(p.name for p in resource("models", "weights").glob("*") if p.is_dir())
    yield Check(
        name="trained models",
        ok=bool(weights),
        detail=", ".join(weights) or "none: passages are tagged by rules alone",
        hint="mgi train",
        required=False,
    )
    yield _tesseract()
    for name, (purpose, hint) in OPTIONAL.items():
        found = importlib.util.find_spec(name) is not None
        yield Check(name=name, ok=found, detail=purpose, hint=hint, required=False)


def _tesseract() -> Check:
    hint = "Install Tesseract with the data of " + ", ".join(OCR_LANGUAGES) + " (Debian: tesseract-ocr-eng and so on)."
    program = shutil.which("tesseract")
    if program is None:
        return Check(name="tesseract", ok=False, detail="not found: scans cannot be read", hint=hint, required=False)
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    languages = set((listed.stdout + listed.stderr).split())
    missing = [code for code in OCR_LANGUAGES if code not in languages]
    detail = f"without {', '.join(missing)}" if missing else f"with {', '.join(OCR_LANGUAGES)}"
    return Check(name="tesseract", ok=not missing, detail=detail, hint=hint, required=False)
