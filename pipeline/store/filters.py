"""Which passages: a record of conditions and the SQL that they mean. All look at what holds now."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, select

from pipeline.store.rows import fold
from pipeline.store.schema import documents, label_codes, labels, passages
from pipeline.types import LabelStatus, Scheme

Order = Literal["document", "score", "unsure", "recent"]
"""`document`: reading order, document by document. `score`: best first. `unsure`: the passages first on which a
decision teaches most. `recent`: last decided first."""

OneOrMore = str | tuple[str, ...]

CODE_FIELDS: Final[dict[str, Scheme]] = {
    "target": "sdg_target",
    "goal": "sdg_goal",
    "category": "category",
    "action_status": "action_status",
    "support_type": "support_type",
    "gcm": "gcm",
    "mgi_domain": "mgi_domain",
}
"""Field of a filter -> scheme whose codes it looks at. The code `none` finds passages without any of that scheme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Conditions that must all hold; of several values in one field any one may. `years` is from, to (inclusive).

    `text` looks for the words as one piece, in any case and without regard to accents. `language` is the passage's.
    """

    document: OneOrMore | None = None
    kind: OneOrMore | None = None
    country: OneOrMore | None = None
    language: OneOrMore | None = None
    years: tuple[int | None, int | None] | None = None
    target: OneOrMore | None = None
    goal: OneOrMore | None = None
    category: OneOrMore | None = None
    action_status: OneOrMore | None = None
    support_type: OneOrMore | None = None
    gcm: OneOrMore | None = None
    mgi_domain: OneOrMore | None = None
    status: LabelStatus | tuple[LabelStatus, ...] | None = None
    reviewer: OneOrMore | None = None
    min_score: float | None = None
    max_score: float | None = None
    text: str | None = None

    @property
    def empty(self) -> bool:
        return all(getattr(self, f.name) in (None, "", ()) for f in fields(self))


def document_conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """Conditions on the table `documents`."""
    found: list[ColumnElement[bool]] = []
    for value, column in (
        (wanted.document, documents.c.id),
        (wanted.kind, documents.c.kind),
        (wanted.country, documents.c.country),
    ):
        if value:
            found.append(column.in_(_many(value)))
    first, last = wanted.years or (None, None)
    if first is not None:
        found.append(documents.c.year >= first)
    if last is not None:
        found.append(documents.c.year <= last)
    return found


def narrowed(statement: Select[Any], wanted: Filter) -> Select[Any]:
    """A select over `labels`, narrowed to what the filter wants."""
    about_documents = document_conditions(wanted)
    if about_documents:
        if wanted.document:
            statement = statement.where(labels.c.document.in_(_many(wanted.document)))
        statement = statement.where(labels.c.document.in_(select(documents.c.id).where(*about_documents)))
    for value, column in (
        (wanted.language, labels.c.language),
        (wanted.status, labels.c.status),
        (wanted.reviewer, labels.c.reviewer),
    ):
        if value:
            statement = statement.where(column.in_(_many(value)))
    if wanted.min_score is not None:
        statement = statement.where(labels.c.score >= wanted.min_score)
    if wanted.max_score is not None:
        statement = statement.where(labels.c.score <= wanted.max_score)
    for name, scheme in CODE_FIELDS.items():
        if value := getattr(wanted, name):
            statement = statement.where(_has_code(scheme, _many(value), wanted.document))
    if wanted.text and wanted.text.strip():
        pattern = "%" + _escaped(fold(" ".join(wanted.text.split()))) + "%"
        holding = select(passages.c.id).where(passages.c.live, passages.c.folded.like(pattern, escape="\\"))
        if wanted.document:
            holding = holding.where(passages.c.document.in_(_many(wanted.document)))
        statement = statement.where(labels.c.passage.in_(holding))
    return statement


def _has_code(scheme: Scheme, codes: tuple[str, ...], document: OneOrMore | None) -> ColumnElement[bool]:
    # A list of passages from the index on codes: looking each passage up in turn is ten times slower.
    carried = select(label_codes.c.passage).where(label_codes.c.scheme == scheme)
    if document:
        carried = carried.where(label_codes.c.document.in_(_many(document)))
    wanted = tuple(code for code in codes if code != "none")
    none = labels.c.passage.not_in(carried)
    if not wanted:
        return none
    some = labels.c.passage.in_(carried.where(label_codes.c.code.in_(wanted)))
    return some | none if "none" in codes else some


def _many(value: OneOrMore) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
