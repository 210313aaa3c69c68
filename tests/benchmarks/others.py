"""Other readers, each run in a process of its own by `tests.benchmarks.readers`: `python others.py READER JOB OUT`.

Needs nothing of the project, so that it runs in an environment that has only the other readers. `JOB` is a JSON file
with `read` (files whose text is wanted) and `time` (files that are timed); `OUT` gets `texts` (one text a page, or one
of the whole document where the reader knows no pages) and `seconds` of processor time, or `error`.
"""

from __future__ import annotations

import importlib.metadata
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def pypdfium2(path: str) -> list[str]:
    import pypdfium2

    texts = []
    with pypdfium2.PdfDocument(path) as pdf:
        for page in pdf:
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            page.close()
    return texts


def pdfplumber(path: str) -> list[str]:
    import pdfplumber

    texts = []
    with pdfplumber.open(path) as pdf:
        for page in pdf.pages:
            texts.append(page.extract_text())
            page.close()
    return texts


def pdftotext(path: str) -> list[str]:
    told = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout.decode("utf-8", "replace")
    return told.removesuffix("\f").split("\f")


def pypdf(path: str) -> list[str]:
    import pypdf

    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def pymupdf4llm(path: str) -> list[str]:
    import pymupdf4llm

    return [chunk["text"] for chunk in pymupdf4llm.to_markdown(path, page_chunks=True, show_progress=False)]


def markitdown(path: str) -> list[str]:
    from markitdown import MarkItDown

    return [MarkItDown().convert(path).text_content]


def docling(path: str) -> list[str]:
    from docling.document_converter import DocumentConverter

    document = DocumentConverter().convert(path).document
    return [document.export_to_markdown(page_no=number) for number in sorted(document.pages)]


READERS: dict[str, Callable[[str], list[str]]] = {
    "pypdfium2": pypdfium2,
    "pdftotext": pdftotext,
    "pdfplumber": pdfplumber,
    "pypdf": pypdf,
    "pymupdf4llm": pymupdf4llm,
    "markitdown": markitdown,
    "docling": docling,
}


def processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def version(name: str) -> str:
    if name == "pdftotext":
        told = subprocess.run(["pdftotext", "-v"], capture_output=True, check=False).stderr.decode()
        return told.split()[2] if len(told.split()) > 2 else ""
    return importlib.metadata.version(name)


def main() -> None:
    name, job, out = sys.argv[1:4]
    asked = json.loads(Path(job).read_text(encoding="utf-8"))
    reader = READERS[name]
    result: dict[str, object]
    try:
        texts = {path: reader(path) for path in asked["read"]}
        start = processor_time()
        for path in asked["time"]:
            reader(path)
        result = {"version": version(name), "texts": texts, "seconds": processor_time() - start}
    except Exception as error:  # whatever another tool raises is what the table tells of it
        result = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    Path(out).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
