"""The document that a person means: by its id, a beginning of it, or its file's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz import fuzz

from pipeline.errors import StoreError
from pipeline.types import DocumentFacts
from pipeline.words import fold

SHOWN: Final = 6
FEWEST: Final = 4  # digits of an id that are enough of a beginning


def document_named(documents: Sequence[DocumentFacts], name: str, what: str = "document") -> str:
    """The id of the one document of that name: its id, its file's name with or without the suffix, in any case, or a
    beginning of its id. Raises StoreError that says which there are."""
    wanted = fold(name.strip())
    for fits in (
        [d for d in documents if d.id == wanted],
        [d for d in documents if wanted in (fold(d.path), fold(_file(d)), fold(_stem(d)))],
        [d for d in documents if len(wanted) >= FEWEST and d.id.startswith(wanted)],
    ):
        if len(fits) == 1:
            return fits[0].id
        if fits:
            raise StoreError(f"'{name}' may be any of {len(fits)} documents.", hint=_shown("Which?", fits))
    alike = sorted(documents, key=lambda d: -fuzz.WRatio(wanted, fold(_stem(d))))
    hint = _shown("There are", alike) if alike else "The workspace holds none."
    raise StoreError(f"There is no {what} '{name}' in the workspace.", hint=hint)


def _shown(said: str, documents: Iterable[DocumentFacts]) -> str:
    every = [f"{_file(d)} ({d.id})" for d in documents]
    more = f", and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return f"{said}: {', '.join(every[:SHOWN])}{more}.".replace("?:", "?")


def _file(facts: DocumentFacts) -> str:
    return re.split(r"[/\\]", facts.path.rstrip("/\\"))[-1]


def _stem(facts: DocumentFacts) -> str:
    return re.sub(r"(?<=.)\.\w{1,5}$", "", _file(facts))
