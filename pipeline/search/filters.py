"""Filters as people give them -> `Filter`: years as 2019..2023, codes checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from pipeline.errors import ConfigError
from pipeline.store.filters import Filter

CATEGORIES: Final = ("good_practice", "gap", "action", "support", "none")
KINDS: Final = ("mgi", "vnr", "vlr", "other")
STATUSES: Final = ("proposed", "accepted", "changed", "rejected")
_CHECKS: Final = {
    "target": (re.compile(r"\d{1,2}\.(?:\d{1,2}|[a-d])|none"), "an SDG target such as 10.7 or 10.c"),
    "goal": (re.compile(r"1[0-7]|[1-9]|none"), "a goal from 1 to 17"),
    "gcm": (re.compile(r"2[0-3]|1\d|[1-9]|none"), "an objective from 1 to 23"),
    "mgi_domain": (re.compile(r"[1-6]|none"), "a domain from 1 to 6"),
    "country": (re.compile(r"[A-Z]{3}"), "three letters of ISO 3166 such as LSO"),
    "language": (re.compile(r"[a-z]{2,3}"), "a language code such as fr"),
    "kind": (re.compile("|".join(KINDS)), " or ".join(KINDS)),
    "category": (re.compile("|".join(CATEGORIES)), " or ".join(CATEGORIES)),
    "status": (re.compile("|".join(STATUSES)), " or ".join(STATUSES)),
}


def make_filter(*, year: str | None = None, **given: Sequence[str] | None) -> Filter:
    """A filter from lists of codes; raises ConfigError that says what would be right.

    >>> make_filter(year="2019..2023", country=["lso"]).years
    (2019, 2023)
    """
    values: dict[str, Any] = {}
    for name, codes in given.items():
        if not codes:
            continue
        cleaned = tuple(_clean(name, c) for raw in codes for c in raw.split(",") if c.strip())
        if name in _CHECKS:
            pattern, wanted = _CHECKS[name]
            for code in cleaned:
                if not pattern.fullmatch(code):
                    raise ConfigError(f"'{code}' is not {wanted} (--{name.replace('mgi_', '')}).", hint="")
        values[name] = cleaned
    return Filter(years=years_of(year), **values)


def years_of(text: str | None) -> tuple[int | None, int | None] | None:
    """`2021`, `2019..2023`, `2019..`, `..2023`."""
    if not text or not text.strip():
        return None
    match = re.fullmatch(r"\s*(\d{4})?\s*(\.\.|-|–)?\s*(\d{4})?\s*", text)
    if not match or not (match[1] or match[3]) or (match[1] and match[3] and not match[2]):
        raise ConfigError(f"'{text}' is not a year or a range of years.", hint="Examples: 2021, 2019..2023, 2019..")
    first = int(match[1]) if match[1] else None
    last = int(match[3]) if match[3] else None
    return (first, last) if match[2] else (first, first)


def _clean(name: str, code: str) -> str:
    code = code.strip()
    if name == "country":
        return code.upper()
    return code.lower().replace("-", "_") if name in ("category", "status") else code.lower()
