"""Each quote of a draft again on its stored page, word for word; a draft with one that is not there is not written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from pipeline.errors import StoreError
from pipeline.manuscript import Quoted
from pipeline.store import Filter, Store
from pipeline.types import LabelledPassage, Passage


def verify_quotes(store: Store, quotes: Iterable[Quoted]) -> int:
    """How many quotes were looked up. Raises StoreError for the first that is not on its page, or not the passage."""
    pages: dict[tuple[str, int], str] = {}
    checked: dict[str, str] = {}
    stored: dict[str, LabelledPassage] = {}
    for quote in quotes:
        if checked.get(quote.passage) == quote.text:
            continue
        if quote.passage not in stored and (first := store.get(quote.passage)) is not None:
            everyone = store.iter_labelled(Filter(document=first.passage.document))  # at once: a draft quotes thousands
            stored |= {p.passage.id: p for p in everyone}
        found = stored.get(quote.passage)
        if found is None or found.passage.text != quote.text:
            raise _refused(quote, "the passage changed or is gone")
        passage = found.passage
        for number in passage.pages:
            if (passage.document, number) not in pages:
                facts = store.page(passage.document, number)
                pages[passage.document, number] = letters(facts.text) if facts else ""
        if not _stands(passage, {n: pages[passage.document, n] for n in passage.pages}):
            raise _refused(quote, f"page {passage.page} of {found.facts.path} does not hold these words")
        checked[quote.passage] = quote.text
    return len(checked)


def _stands(passage: Passage, pages: dict[int, str]) -> bool:
    """The whole quote in one piece, else (columns, notes between the lines) each printed line on its own page, with
    no letter of the quote outside the lines."""
    whole = letters(passage.text)
    if whole and whole in "".join(pages[n] for n in sorted(pages)):
        return True
    if not passage.anchors:
        return False
    lines = [(a.region.page, passage.text[a.start : a.end]) for a in passage.anchors]
    covered = "".join(letters(words) for _, words in lines)
    return covered == whole and all(_line(words, passage.notes).search(pages.get(n, "")) for n, words in lines)


def _line(words: str, notes: tuple[str, ...]) -> re.Pattern[str]:
    """The words' letters in order; between two words the marker of a footnote of the passage may stand."""
    markers = "|".join(re.escape(letters(n)) for n in notes if letters(n))
    between = f"(?:{markers})?" if markers else ""
    return re.compile(between.join(re.escape(letters(w)) for w in re.findall(r"\w+", words)))


def letters(text: str) -> str:
    """Letters and digits only, compatibility forms folded: what spaces, hyphens and ligatures cannot change.

    >>> letters("Well-managed ﬁelds, 10.7")
    'Wellmanagedfields107'
    """
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def _refused(quote: Quoted, why: str) -> StoreError:
    start = " ".join(quote.text.split())[:80]
    return StoreError(
        f"No draft was written: the quote “{start}…” (passage {quote.passage}) could not be verified: {why}.",
        hint="Read the document again with `mgi run FILE`.",
    )
