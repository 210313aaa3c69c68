"""Gold: passages with the codes that people (or a documented labelling) gave them, one JSON object a line.

Keys of a line: id, text, language, kind, document, headings, categories, action_status, support_types, targets, goals,
gcm, mgi_domain, migration, sure, optional. Only id and text must be there; a scheme whose key is absent was not
labelled and is not measured. `optional` holds codes on which two labellings differed: they count neither right nor
wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipeline.errors import DataError
from pipeline.types import Codes, Scheme

GOLD_KEYS: Final[dict[Scheme, str]] = {
    "category": "categories",
    "action_status": "action_status",
    "support_type": "support_types",
    "sdg_target": "targets",
    "sdg_goal": "goals",
    "gcm": "gcm",
    "mgi_domain": "mgi_domain",
}
"""Scheme -> key of a gold line."""

MAX_LINE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPassage:
    """A passage with its right codes. `codes` has a key for every scheme that was labelled, even if it is empty."""

    id: str
    text: str
    codes: Codes
    optional: Mapping[Scheme, frozenset[str]] = field(default_factory=dict)
    language: str | None = None
    kind: str | None = None
    document: str = ""
    headings: tuple[str, ...] = ()
    migration: bool | None = None
    sure: bool = True


def read_gold(file: Path) -> tuple[GoldPassage, ...]:
    """Every passage of a JSONL file. Raises DataError with file and line for what is not a labelled passage."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(str(file), None, f"cannot be read ({error}).", hint="Give a JSONL file in UTF-8.") from error
    return parse_gold(lines, name=str(file))


def parse_gold(lines: Iterable[str], *, name: str = "gold") -> tuple[GoldPassage, ...]:
    """Passages of JSON lines; empty lines are passed over.

    >>> [p.codes["category"] for p in parse_gold(['{"id": "a", "text": "No data.", "categories": ["gap"]}'])]
    [('gap',)]
    """
    found: list[GoldPassage] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > MAX_LINE:
            raise DataError(name, number, "is longer than a million characters.", hint="Split the passage.")
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise DataError(name, number, f"is not JSON ({error}).", hint="One JSON object a line.") from error
        passage = _passage(row, name, number)
        if passage.id in seen:
            raise DataError(
                name, number, f"repeats the id {passage.id!r} of line {seen[passage.id]}.", hint="Ids are unique."
            )
        seen[passage.id] = number
        found.append(passage)
    return tuple(found)


def _passage(row: Any, name: str, number: int) -> GoldPassage:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not isinstance(row.get("text"), str):
        raise DataError(name, number, "needs the texts 'id' and 'text'.", hint="See docs/quality.md for the form.")
    codes: dict[Scheme, tuple[str, ...]] = {}
    for scheme, key in GOLD_KEYS.items():
        if key in row:
            codes[scheme] = _codes(row[key], key, name, number)
    optional = row.get("optional") or {}
    if not isinstance(optional, dict):
        raise DataError(name, number, "'optional' must be an object of lists.", hint='Example: {"targets": ["10.7"]}.')
    return GoldPassage(
        id=row["id"],
        text=row["text"],
        codes=codes,
        optional={
            scheme: frozenset(_codes(optional[key], key, name, number))
            for scheme, key in GOLD_KEYS.items()
            if key in optional
        },
        language=row.get("language"),
        kind=row.get("kind"),
        document=str(row.get("document") or ""),
        headings=tuple(str(h) for h in row.get("headings") or ()),
        migration=row.get("migration"),
        sure=row.get("sure", True) is not False,
    )


def _codes(value: Any, key: str, name: str, number: int) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str | int):
        return (str(value),)
    if isinstance(value, list) and all(isinstance(v, str | int) for v in value):
        return tuple(dict.fromkeys(str(v) for v in value))
    raise DataError(name, number, f"'{key}' must be a list of codes.", hint='Example: ["10.7", "8.8"].')
