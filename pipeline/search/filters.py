"""Filters as people give them -> `Filter`: years as 2019..2023, codes checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, func, select

from pipeline.errors import ConfigError
from pipeline.store import schema
from pipeline.store.filters import Filter, document_conditions
from pipeline.store.fulltext_query import languages
from pipeline.taxonomy import load_taxonomy

CATEGORIES: Final = ("good_practice", "gap", "action", "support", "none")
KINDS: Final = ("mgi", "vnr", "vlr", "other")
STATUSES: Final = ("proposed", "accepted", "changed", "rejected")
SHOWN: Final = 20  # values of a field that a note lists
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
            if name == "target":
                _check_targets(cleaned)
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
    if first and last and first > last:
        raise ConfigError(f"'{text.strip()}' runs backwards.", hint=f"Did you mean {last}..{first}?")
    return (first, last) if match[2] else (first, first)


def absent(connection: Connection, wanted: Filter) -> list[str]:
    """What the filter asks for and no document is: a sentence for each."""
    d = schema.documents.c
    out = []
    for name, column in (("country", d.country), ("kind", d.kind), ("language", None)):
        if asked := getattr(wanted, name):
            found = languages(connection) if column is None else connection.execute(select(column).distinct()).scalars()
            there = sorted(filter(None, found))
            more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
            known = f" (there: {', '.join(there[:SHOWN])}{more})" if there else ""
            missing = [v for v in ((asked,) if isinstance(asked, str) else asked) if v not in there]
            out += [f"No document of the workspace has the {name} {v}{known}." for v in missing]
    of_the_years = select(d.id).where(*document_conditions(Filter(years=wanted.years))).limit(1)
    if wanted.years and not connection.execute(of_the_years).first():
        first, last = connection.execute(select(func.min(d.year), func.max(d.year))).one()
        out.append("No document is of these years" + (f" (there: {first} to {last})." if first else "."))
    return out


def _check_targets(codes: Sequence[str]) -> None:
    taxonomy = load_taxonomy()
    for code in codes:
        if code != "none" and not taxonomy.has("sdg_target", code):
            goal = code.partition(".")[0]
            there = [c for c in taxonomy.codes("sdg_target") if c.partition(".")[0] == goal]
            hint = f"Goal {goal} has {', '.join(there)}." if there else "Goals go from 1 to 17."
            raise ConfigError(f"There is no SDG target {code} (--target).", hint=hint)


def _clean(name: str, code: str) -> str:
    code = code.strip()
    if name == "country":
        return code.upper()
    return code.lower().replace("-", "_") if name in ("category", "status") else code.lower()
