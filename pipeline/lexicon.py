"""Lexicons: what people wrote in `models/lexicons`, read and checked.

`models/lexicons/<scheme>/<language>.tsv` has a row per group of terms that share their sense:

    code <TAB> sign <TAB> terms <TAB> weight <TAB> needs <TAB> note

- `sign`: `+` speaks for the code; `-` names a use of the words that does not count: a `+` of the code that overlaps it
  is dropped (code `*`: of any code of the scheme); `!` speaks against the code wherever it stands in the passage.
- `terms`: separated by `;`, in the form that `pipeline/matcher.py` describes.
- `weight`: how often the code holds where the term stands (0 to 1).
- `needs`: empty, or what must also stand in the passage, separated by `;`: one of the `@topic`s named (`topics.csv`;
  `@migration` is a passage about migration) and one of the terms named.

`models/lexicons/measured.csv` says how often each term stood in a labelled passage, and how often its code held there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from pipeline.errors import DataError
from pipeline.matcher import Matcher, Term, check_term
from pipeline.resources import resource

MEASURED_COLUMNS: Final = ("scheme", "language", "code", "term", "hits", "right")
PRIOR: Final = 6.0
"""How many passages the author's weight counts for, beside those on which a term was measured."""

COLUMNS: Final = ("code", "sign", "terms", "weight", "needs", "note")


def read_lexicon(path: Path, scheme: str, language: str, *, first_id: int = 0) -> list[Term]:
    """The terms of one file, checked. Raises DataError with the line."""
    terms: list[Term] = []
    seen: dict[tuple[str, str, str], int] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(str(path), None, "cannot be read as UTF-8 text") from error
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise DataError(str(path), 1, f"the first line must be {' '.join(COLUMNS)}, separated by tabs")
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != len(COLUMNS):
            raise DataError(str(path), number, f"has {len(cells)} columns, not {len(COLUMNS)}")
        code, sign, texts, raw, needs, note = (cell.strip() for cell in cells)
        if sign not in ("+", "-", "!"):
            raise DataError(str(path), number, f"sign '{sign}' is not +, - or !")
        try:
            weight = float(raw)
        except ValueError:
            raise DataError(str(path), number, f"weight '{raw}' is no number") from None
        if not 0 < weight <= 1 or not note:
            raise DataError(str(path), number, "needs a weight above 0 and up to 1, and a note")
        for text in (t.strip() for t in texts.split(";")):
            if problem := check_term(text):
                raise DataError(str(path), number, f"term '{text}' {problem}")
            key = (code, " ".join(text.split()), needs)
            if key in seen:
                raise DataError(str(path), number, f"term '{text}' of '{code}' stands already in line {seen[key]}")
            seen[key] = number
            terms.append(
                Term(
                    id=first_id + len(terms),
                    scheme=scheme,
                    code=code,
                    sign=sign,  # type: ignore[arg-type]
                    text=key[1],
                    weight=weight,
                    needs=needs,
                    note=note,
                    language=language,
                    group=number,
                )
            )
    return terms


def lexicon_files(folder: Path | None = None) -> Mapping[tuple[str, str], Path]:
    """`(scheme, language) -> file` for every lexicon there is."""
    root = folder or resource("models", "lexicons")
    return {(p.parent.name, p.stem): p for p in sorted(root.glob("*/*.tsv"))}


def _needed(terms: Iterable[Term], first_id: int, language: str) -> list[Term]:
    """The terms that stand in `needs` columns, as terms of their own with sign `?`."""
    wanted: dict[str, Term] = {}
    for term in terms:
        for text in (t.strip() for t in term.needs.split(";")):
            if text and not text.startswith("@") and text not in wanted:
                wanted[text] = Term(
                    id=first_id + len(wanted),
                    scheme="needs",
                    code=text,
                    sign="?",
                    text=text,
                    weight=1.0,
                    needs="",
                    note="",
                    language=language,
                    group=0,
                )
    return list(wanted.values())


@cache
def load_matcher(language: str, folder: Path | None = None) -> Matcher:
    """One matcher for all lexicons of a language; a language without lexicons finds nothing."""
    terms: list[Term] = []
    for (scheme, lang), path in lexicon_files(folder).items():
        if lang == language:
            terms += read_lexicon(path, scheme, lang, first_id=len(terms))
    for term in terms:
        for text in (t.strip() for t in term.needs.split(";")):
            if text and not text.startswith("@") and (problem := check_term(text)):
                raise DataError(f"{term.scheme}/{language}.tsv", term.group, f"needed term '{text}' {problem}")
    measured = load_measured(folder)
    weighed = [_weighed(term, measured.get((term.scheme, language, term.code, term.text))) for term in terms]
    return Matcher([*weighed, *_needed(terms, len(terms), language)])


def blend(weight: float, figures: tuple[int, int] | None) -> float:
    """The author's weight mixed with `(hits, right)`.

    >>> blend(0.5, None), blend(0.5, (14, 13))
    (0.5, 0.8)
    """
    if figures is None:
        return weight
    hits, right = figures
    return round((right + PRIOR * weight) / (hits + PRIOR), 4)


def _weighed(term: Term, figures: tuple[int, int] | None) -> Term:
    return term if figures is None or term.sign != "+" else replace(term, weight=blend(term.weight, figures))


@cache
def load_measured(folder: Path | None = None) -> Mapping[tuple[str, str, str, str], tuple[int, int]]:
    """`(scheme, language, code, term) -> (hits, right)` of `measured.csv`; empty where nothing was measured yet."""
    path = (folder or resource("models", "lexicons")) / "measured.csv"
    if not path.is_file():
        return {}
    found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file), start=1):
            try:
                if number > 1:
                    scheme, language, code, term, hits, right = row
                    found[(scheme, language, code, term)] = (int(hits), int(right))
            except ValueError:
                raise DataError(str(path), number, f"is not {', '.join(MEASURED_COLUMNS)}") from None
    return found
