"""Reader against others: `python -m tests.benchmarks.reading [--pages N] [PART...]`.

Parts: reference, speed, tables, memory; all without one.

`reference` compares each page with an independent reading of a 95-page report (token F1), `speed` reads the same pages
with this reader, bare pypdfium2, pdfplumber's `extract_words` with fonts and pdftotext, `tables` times pages with and
without tables apart and what finding tables takes of it, `memory` reads 400 pages in a fresh process. All need the
development documents beside the checkout.
"""

from __future__ import annotations

import argparse
import io
import re
import resource
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from pipeline.raw import RawPage
from pipeline.stages.layout import LayoutOptions, lay_out
from pipeline.stages.read import ReadOptions, read_pages
from pipeline.stages.read.shapes import Shapes
from pipeline.stages.read.tables import ruled_tables
from tests.benchmarks.others import processor_time

DOCUMENTS = Path(__file__).resolve().parents[2].parent / "shared" / "documents"
REFERENCE = "iom_evaluation_aap_en"
ROUNDS = 5
"""The best of so many readings of a file counts."""
TIMED = (REFERENCE, "vnr_namibia_2021_en", "un_e_2025_24_en", "unicef_child_education_two_columns_en")

TABLED = ("plan_cambodia_social_protection_en", "ria_namibia_mapping_wide_tables_en", "un_e_2024_1_es")


def tokens(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def plain(markdown: str) -> str:
    """The reference's words: without its own marks for pages, pictures, formulas and notes."""
    text = re.sub(r"AI-generated image description:\s*_+.*?_+\s*", "", markdown, flags=re.DOTALL)
    text = re.sub(r"!\[.*?\]\(.*?\)|\.\.\. page \d+|\[\^\d+\]:?|</?\w+>", " ", text)
    text = re.sub(r"\$\s*\{\s*\}\^\{.*?\}\s*\$", " ", text)
    return text.replace("\\", " ")


def reference() -> None:
    file = DOCUMENTS / f"{REFERENCE}.pdf"
    document = lay_out(read_pages(file.read_bytes(), file.name, ReadOptions()), LayoutOptions())
    scores: list[tuple[float, int, int]] = []
    for page in document.pages:
        other = DOCUMENTS / "reference" / REFERENCE / f"page_{page.number}.md"
        if not other.exists():
            continue
        ours, theirs = tokens(page.text), tokens(plain(other.read_text(encoding="utf-8")))
        if theirs:
            common = sum((ours & theirs).values())
            scores.append((2 * common / (sum(ours.values()) + sum(theirs.values())), page.number, sum(ours.values())))
    print(f"token F1 per page, {len(scores)} pages: median {statistics.median(s[0] for s in scores):.4f}")
    for score, number, count in sorted(scores)[:5]:
        print(f"  page {number}: {score:.3f} ({count} words in the text layer)")


def _ours(data: bytes, name: str) -> None:
    lay_out(read_pages(data, name, ReadOptions()), LayoutOptions())


def _read_only(data: bytes, name: str) -> None:
    read_pages(data, name, ReadOptions())


def _bare(data: bytes, name: str) -> None:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(data)
    for page in pdf:
        text = page.get_textpage()
        text.get_text_range()
        text.close()
        page.close()
    pdf.close()


def _plumber(data: bytes, name: str) -> None:
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            page.extract_words(extra_attrs=["fontname", "size"])
            page.close()


def _pdftotext(data: bytes, name: str) -> None:
    subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)


READERS: dict[str, Callable[[bytes, str], None]] = {
    "this reader: words, shapes, tables": _read_only,
    "this reader: blocks": _ours,
    "bare pypdfium2 text": _bare,
    "pdftotext": _pdftotext,
    "pdfplumber extract_words": _plumber,
}


def first_pages(name: str, count: int, *, repeat: int = 1) -> bytes:
    import pikepdf

    with pikepdf.open(DOCUMENTS / f"{name}.pdf") as pdf, pikepdf.new() as made:
        for _ in range(repeat):
            made.pages.extend(list(pdf.pages)[:count])
        buffer = io.BytesIO()
        made.save(buffer)
    return buffer.getvalue()


def _used(reader: Callable[[bytes, str], None], data: bytes, name: str) -> float:
    """Processor time: what else the machine does counts for little."""
    start = processor_time()
    reader(data, name)
    return processor_time() - start


def speed(pages: int) -> None:
    files = {name: first_pages(name, pages) for name in TIMED}
    _ours(next(iter(files.values())), "warm")
    total: dict[str, float] = {}
    for label, reader in READERS.items():
        rounds = 1 if "pdfplumber" in label else ROUNDS
        total[label] = sum(min(_used(reader, data, name) for _ in range(rounds)) for name, data in files.items())
    bare = total["bare pypdfium2 text"]
    for label, seconds in total.items():
        print(f"{label:36} {seconds:7.2f} s   {seconds / bare:6.1f} x bare")


def tables() -> None:
    """Pages with and without tables: only finding the tables may cost more."""
    for name in TABLED:
        whole = (DOCUMENTS / f"{name}.pdf").read_bytes()
        raw = read_pages(whole, name, ReadOptions()).pages
        tabled = [n for n, page in enumerate(raw) if page.tables]
        for kind, wanted in (("with", tabled), ("without", [n for n in range(len(raw)) if n not in tabled])):
            if not wanted:
                continue
            data = _only(whole, wanted)
            pages = [raw[n] for n in wanted]
            bare = min(_used(_bare, data, name) for _ in range(ROUNDS))
            ours = min(_used(_ours, data, name) for _ in range(ROUNDS))
            finding = min(_finding(pages) for _ in range(ROUNDS))
            print(
                f"{name:40} {len(wanted):3} pages {kind:7} tables: {1000 * ours / len(wanted):6.1f} ms a page,"
                f" {ours / bare:4.1f} x bare; of it finding ruled tables {1000 * finding / len(wanted):5.1f} ms"
            )


def _only(data: bytes, wanted: list[int]) -> bytes:
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as pdf, pikepdf.new() as made:
        made.pages.extend([pdf.pages[n] for n in wanted])
        buffer = io.BytesIO()
        made.save(buffer)
    return buffer.getvalue()


def _finding(pages: list[RawPage]) -> float:
    start = processor_time()
    for page in pages:
        words = [w for w in page.words if not w.hidden]
        ruled_tables(words, Shapes(list(page.rulings), list(page.fills)), page.width, page.height)
    return processor_time() - start


def memory() -> None:
    data = first_pages("plan_cambodia_development_en", 134, repeat=3)[:]
    child = "import sys; from tests.benchmarks.reading import peak; peak(sys.stdin.buffer.read())"
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", child], input=data, capture_output=True, check=True, cwd=root)
    print(told.stdout.decode().strip())


def peak(data: bytes) -> None:
    """Read `data` and print the highest memory of this process."""
    document = lay_out(read_pages(data, "long.pdf", ReadOptions()), LayoutOptions())
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(document.pages)} pages, {len(data) / 1e6:.1f} MB: peak memory {used:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="reference, speed, tables, memory; all without one")
    parser.add_argument("--pages", type=int, default=20, help="first pages of each file that are timed")
    given = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "reference": reference,
        "speed": lambda: speed(given.pages),
        "tables": tables,
        "memory": memory,
    }
    for part in given.parts or parts:
        parts[part]()


if __name__ == "__main__":
    main()
