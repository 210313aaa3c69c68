"""What a filter leaves, without any words: all of it in reading order, page by page, and its numbers by facet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, func, select

from pipeline.store import schema
from pipeline.store.filters import Filter, narrowed
from pipeline.store.reading import count, labelled, tally
from pipeline.types import LabelledPassage, Scheme

_CODED: Final[tuple[Scheme, ...]] = ("sdg_target", "category")


def listed(connection: Connection, wanted: Filter, limit: int, offset: int) -> tuple[int, list[LabelledPassage]]:
    """How many passages the filter leaves, and those of one page, document by document."""
    return count(connection, wanted), labelled(connection, wanted, "document", limit, offset)


def counted(connection: Connection, wanted: Filter) -> dict[str, Mapping[str, int]]:
    """All that the filter leaves, counted by country, year, kind, language, target and category."""
    d, lab = schema.documents.c, schema.labels.c
    found: dict[str, Counter[str]] = {name: Counter() for name in ("country", "year", "kind", "language")}
    facts = {row[0]: row[1:] for row in connection.execute(select(d.id, d.country, d.year, d.kind))}
    statement = narrowed(select(lab.document, lab.language, func.count()), wanted)
    for document, language, number in connection.execute(statement.group_by(lab.document, lab.language)):
        for name, value in zip(found, (*facts[document], language), strict=True):
            if value:
                found[name][str(value)] += number
    by_fact = {name: dict(counts.most_common()) for name, counts in found.items()}
    return {**by_fact, **{scheme: tally(connection, scheme, wanted) for scheme in _CODED}}
