"""How texts name the Migration Governance Indicators: loads and checks `models/citations/names.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pipeline.errors import DataError
from pipeline.resources import resource
from pipeline.words import fold

SUBJECTS: Final = ("mgi", "migof")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name of one subject: its words, folded, without function words."""

    subject: str
    language: str
    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CitationNames:
    """Names, acronyms and cues; each cue list is one compiled pattern over folded text (a match begins at a word).

    Compared by identity, so that what is worked out from it can be cached cheaply."""

    version: int
    names: tuple[Name, ...]
    acronyms: dict[str, str]
    function_words: frozenset[str]
    not_misspellings: frozenset[str]
    general_words: frozenset[str]
    common: tuple[str, ...]
    cues: dict[str, re.Pattern[str]]
    editions: dict[str, re.Pattern[str]]


@cache
def load_citation_names(file: Path | None = None) -> CitationNames:
    """The names that ship with the project, or those of another file of the same form. Raises DataError."""
    file = file or resource("models", "citations", "names.toml")
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            str(file), None, f"cannot be read: {error}", hint="Restore the file from the release."
        ) from error
    try:
        return _built(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(str(file), None, f"lacks {error}", hint="Compare it with the file of the release.") from error


def _built(data: dict[str, Any]) -> CitationNames:
    function_words = frozenset(fold(w) for w in data["function_words"]["words"])
    names = tuple(
        Name(
            subject=subject,
            language=language,
            text=text,
            words=tuple(w for w in re.findall(r"[^\W_]+", fold(text)) if w not in function_words),
        )
        for subject in SUBJECTS
        for language, texts in data["names"][subject].items()
        for text in texts
    )
    cues = {f"context.{k}": _pattern(v) for k, v in data["context"].items()}
    cues |= {f"grade.{k}": _pattern(v) for k, v in data["grade"].items()}
    cues["imprint"] = _pattern(data["imprint"]["cues"])
    cues["headings.reference"] = _pattern(data["headings"]["reference"])
    return CitationNames(
        version=int(data["version"]),
        names=names,
        acronyms={a: s for s in SUBJECTS for a in data["acronyms"][s]},
        function_words=function_words,
        not_misspellings=frozenset(fold(w) for w in data["not_misspellings"]["words"]),
        general_words=frozenset(fold(w) for w in data["general_words"]["words"]),
        common=tuple(data["common"]["texts"]),
        cues=cues,
        editions={k: _pattern(v) for k, v in data["editions"].items()},
    )


def _pattern(cues: list[str]) -> re.Pattern[str]:
    """Any of the cues at the beginning of a word (Arabic: after its one-letter prefixes and the article)."""
    folded = sorted({fold(c) for c in cues}, key=len, reverse=True)
    latin = [re.escape(c) for c in folded if not _is_arabic(c)]
    arabic = [re.escape(c) for c in folded if _is_arabic(c)]
    parts = [rf"(?<!\w)(?:{'|'.join(latin)})"] if latin else []
    if arabic:
        parts.append(rf"(?<!\w)[وفبلك]{{0,2}}(?:ال)?(?:{'|'.join(arabic)})")
    return re.compile("|".join(parts))


def _is_arabic(text: str) -> bool:
    return any("\u0600" <= c <= "\u06ff" for c in text)
