"""Finds every exported quote again in its document with a reader of another make (poppler's pdftotext).

`python -m tests.quotes WORKSPACE` prints how many quotes were looked up, and each that was not found.
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from pipeline.stages.proof import letters, printed_lines
from pipeline.store import Filter
from pipeline.types import Passage
from pipeline.workspace import Workspace

MODES = (("-raw",), (), ("-layout",))
"""pdftotext's three orders of text: a line of print may be whole in one of them only."""


@lru_cache(maxsize=4)
def pages(pdf: Path, mode: tuple[str, ...]) -> list[str]:
    """Letters and digits of each page, as poppler reads it."""
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", *mode, str(pdf), "-"], capture_output=True, check=True)
    return [letters(page) for page in done.stdout.decode("utf-8", "replace").split("\f")]


def missing(passage: Passage, pdf: Path) -> list[tuple[int, str]]:
    """The passage's printed lines that poppler does not find on their stated page."""
    found = []
    for page, words in printed_lines(passage) or [(passage.page, passage.text)]:
        needle = _pattern(words, passage.notes)
        texts = (pages(pdf, mode) for mode in MODES)
        if not any(page <= len(t) and needle.search(t[page - 1]) for t in texts):
            found.append((page, words))
    return found


def _pattern(words: str, notes: tuple[str, ...]) -> re.Pattern[str]:
    """The words' letters in order; between two words the marker of one of the passage's footnotes may stand."""
    markers = "|".join(re.escape(letters(note)) for note in notes if letters(note))
    between = f"(?:{markers})?" if markers else ""
    return re.compile(between.join(re.escape(letters(w)) for w in re.findall(r"\w+", words)))


def main(folder: str) -> int:
    looked_up = lost = 0
    with Workspace.open(Path(folder)) as workspace:
        for document in workspace.store.documents():
            source = workspace.source_file(document.facts.id)
            if source is None or source.suffix != ".pdf":
                continue
            for labelled in workspace.store.iter_labelled(Filter(document=document.facts.id)):
                if labelled.passage.confidence is not None:
                    continue  # read by OCR: the file has no text to compare with
                looked_up += 1
                gone = missing(labelled.passage, source)
                if gone:
                    lost += 1
                    print(f"{document.facts.path}: page {gone[0][0]}: not found: {gone[0][1]!r}")
    print(f"{looked_up} quotes looked up, {lost} not found on their page")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
