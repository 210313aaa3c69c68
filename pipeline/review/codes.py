"""What people write into a cell of codes, and the codes that they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from rapidfuzz import process

from pipeline.review.incoming import Cell
from pipeline.taxonomy import load_taxonomy
from pipeline.types import Scheme

DATE: Final = "\x00date "
"""Mark in front of a value that the spreadsheet program had turned into a date."""

MAX_CODES: Final = 40

_BETWEEN: Final = re.compile(r"[;\n\r|؛]+")
_PREFIX: Final = re.compile(
    r"^(?:sdgs?|odd|ods|target|cible|meta|goal|objectif|objetivo|objective|gcm|domain)\s*[:.]?\s*", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadCode:
    """A value that is no code, and what to do about it."""

    value: str
    message: str
    hint: str


def parse_codes(scheme: Scheme, cell: Cell) -> tuple[tuple[str, ...], tuple[BadCode, ...]]:
    """Codes in a cell, in their order, without repeats; and what in it is no code.

    Upper or lower case, titles in a language of the taxonomy, `Good practice`, `SDG 10.7` and `10.7 Facilitate ...`
    are understood.

    >>> parse_codes("category", "Gap; good practice")[0]
    ('gap', 'good_practice')
    >>> parse_codes("sdg_target", "10.77")[1][0].hint
    "Did you mean '10.7'?"
    """
    if cell is None or cell == "":
        return (), ()
    if isinstance(cell, bool):
        return (), (BadCode(value=str(cell), message="is true or false, not a code.", hint=_typed(scheme)),)
    if isinstance(cell, int | float):
        return _number(scheme, cell)
    if cell.startswith(DATE):
        value = cell.removeprefix(DATE)
        hint = "The program turned a code into a date. Type an apostrophe first: '10.7"
        return (), (BadCode(value=value, message="is a date, not a code.", hint=hint),)
    words = [word for word in (part.strip() for part in _BETWEEN.split(cell)) if word]
    if len(words) == 1:
        words = _commas(scheme, words[0])
    if len(words) > MAX_CODES:
        return (), (BadCode(value=cell, message=f"holds more than {MAX_CODES} codes.", hint=""),)
    found: dict[str, None] = {}
    bad: list[BadCode] = []
    for word in words:
        code = _lookup(scheme).get(_plain(word)) or _leading(scheme, word)
        if code is None:
            bad.append(BadCode(value=word, message=f"is no code of {scheme}.", hint=_did_you_mean(scheme, word)))
        else:
            found[code] = None
    return tuple(found), tuple(bad)


def _number(scheme: Scheme, value: float) -> tuple[tuple[str, ...], tuple[BadCode, ...]]:
    """A cell that has become a number: 10.7 is clear, 8.1 may have been 8.10."""
    written = f"{value:g}"
    known = _lookup(scheme)
    if written not in known:
        return (), (BadCode(value=written, message=f"is no code of {scheme}.", hint=_did_you_mean(scheme, written)),)
    if scheme == "sdg_target" and f"{written}0" in known:
        hint = f"The cell is a number: is it {written} or {written}0? Type it with an apostrophe: '{written}"
        return (), (BadCode(value=written, message="is not clear.", hint=hint),)
    return (known[written],), ()


def _commas(scheme: Scheme, word: str) -> list[str]:
    """`gap, action` are two codes; the comma of `10,7` and of a title is none."""
    if "," not in word or _plain(word) in _lookup(scheme):
        return [word]
    parts = [part.strip() for part in word.split(",") if part.strip()]
    if re.search(r",\s", word) or (all(_plain(part) in _lookup(scheme) for part in parts) and scheme != "sdg_goal"):
        return parts
    return [word]


def _leading(scheme: Scheme, word: str) -> str | None:
    """`10.7 Facilitate orderly ...` and `SDG 10.7`."""
    short = _PREFIX.sub("", word)
    known = _lookup(scheme)
    return known.get(_plain(short)) or known.get(_plain(short.split(None, 1)[0].rstrip(":.-–")) if short else "")


def _plain(word: str) -> str:
    return re.sub(r"[\s_\-]+", " ", word.strip().strip("'’").casefold())


@cache
def _lookup(scheme: Scheme) -> dict[str, str]:
    """Everything that stands for a code, folded -> the code; a title that two codes share stands for none."""
    taxonomy = load_taxonomy()
    found: dict[str, str] = {}
    shared: set[str] = set()
    for code in taxonomy.codes(scheme):
        category = taxonomy.schemes[scheme][code]
        for title in {_plain(t) for t in (*category.titles.values(), *category.shorts.values())}:
            if found.setdefault(title, code) != code:
                shared.add(title)
    for title in shared:
        del found[title]
    return found | {_plain(code): code for code in taxonomy.codes(scheme)}


def _did_you_mean(scheme: Scheme, word: str) -> str:
    codes: Sequence[str] = load_taxonomy().codes(scheme)
    known = _lookup(scheme)
    near = process.extractOne(word.replace(",", ".").casefold(), codes, score_cutoff=70)
    near_title = process.extractOne(_plain(word), list(known), score_cutoff=80)
    code = near[0] if near else known[near_title[0]] if near_title else None
    return f"Did you mean '{code}'?" if code else _typed(scheme)


def _typed(scheme: Scheme) -> str:
    codes = load_taxonomy().codes(scheme)
    return f"Known: {', '.join(codes)}." if len(codes) <= 8 else "See the sheets Targets and Codes."
