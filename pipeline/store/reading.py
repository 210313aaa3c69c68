"""What reads the database. Every function here looks through one connection, so that it sees one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from pipeline.store import schema
from pipeline.store.filters import Filter, Order, document_conditions, narrowed
from pipeline.store.rows import (
    document_of,
    facts_of,
    label_of,
    passage_of,
    review_of,
    tag_of,
)
from pipeline.store.values import StoredDocument, StoredReview
from pipeline.types import DocumentFacts, LabelledPassage, Passage, Scheme, Tag

BATCH: Final = 400
"""Rows asked for by id at once; databases limit the number of values in one statement."""

d, p, lab = schema.documents.c, schema.passages.c, schema.labels.c

DOCUMENT_ORDER: Final = (d.country, d.kind, d.year, d.title, d.id)


def batches(ids: Sequence[str], size: int = BATCH) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


def stored_documents(connection: Connection, wanted: Filter | None) -> list[StoredDocument]:
    """Documents that the filter's conditions on documents allow and, if it has others, that hold such a passage."""
    statement = select(schema.documents).order_by(*_nulls_first())
    if wanted is not None and not wanted.empty:
        statement = statement.where(*document_conditions(wanted))
        if wanted != _about_documents(wanted):
            statement = statement.where(d.id.in_(narrowed(select(lab.document), wanted)))
    return [document_of(row) for row in connection.execute(statement).mappings()]


def count(connection: Connection, wanted: Filter) -> int:
    return int(connection.execute(narrowed(select(func.count()).select_from(schema.labels), wanted)).scalar_one())


def labelled(
    connection: Connection, wanted: Filter, order: Order, limit: int | None, offset: int
) -> list[LabelledPassage]:
    return hydrated(connection, _ids(connection, wanted, order, limit, offset))


def listed(
    connection: Connection, wanted: Filter, order: Order, limit: int, offset: int
) -> tuple[int, list[LabelledPassage]]:
    """How many the filter wants, and one page of them without their tags. An offset behind the last gives the last
    page."""
    if wanted.text and wanted.text.strip():
        # Looking for words reads every text, which takes longest: once for the number and the page.
        every = _ids(connection, wanted, order, None, 0)
        total = len(every)
        offset = _last_page(total, limit, offset)
        ids = every[offset : offset + limit]
    else:
        total = count(connection, wanted)
        ids = _ids(connection, wanted, order, limit, _last_page(total, limit, offset))
    return total, hydrated(connection, ids, with_tags=False)


def _last_page(total: int, limit: int, offset: int) -> int:
    return offset if offset < total else max(0, (total - 1) // limit * limit)


def _ids(connection: Connection, wanted: Filter, order: Order, limit: int | None, offset: int) -> list[str]:
    if order == "document":
        return _ids_in_document_order(connection, wanted, limit, offset)
    statement = narrowed(select(lab.passage), wanted)
    if order == "score":
        statement = statement.order_by(lab.score.desc(), lab.document, lab.n, lab.sub)
    elif order == "unsure":
        statement = statement.order_by(lab.doubt.desc(), lab.document, lab.n, lab.sub)
    else:
        statement = statement.where(lab.reviewed_at.is_not(None)).order_by(
            lab.reviewed_at.desc(), lab.document, lab.n, lab.sub
        )
    return list(connection.execute(statement.limit(limit).offset(offset or None)).scalars())


def iter_labelled(connection: Connection, wanted: Filter) -> Iterator[LabelledPassage]:
    """All of them in document order; one document's passages are in memory at a time."""
    for document, _ in _counted(connection, wanted):
        ids = connection.execute(
            narrowed(select(lab.passage), replace(wanted, document=document)).order_by(lab.n, lab.sub)
        ).scalars()
        yield from hydrated(connection, list(ids))


def hydrated(connection: Connection, ids: Sequence[str], *, with_tags: bool = True) -> list[LabelledPassage]:
    """The passages with these ids, in this order, without those that are not there."""
    found: dict[str, LabelledPassage] = {}
    facts: dict[str, DocumentFacts] = {}
    for batch in batches(ids):
        tags = tags_by_passage(connection, batch) if with_tags else {}
        rows = connection.execute(_hydration().where(lab.passage.in_(batch))).mappings().all()
        missing = {row["document"] for row in rows} - facts.keys()
        for chunk in batches(sorted(missing)):
            documents = connection.execute(select(schema.documents).where(d.id.in_(chunk))).mappings()
            facts.update((row["id"], facts_of(row)) for row in documents)
        for row in rows:
            found[row["id"]] = LabelledPassage(
                passage=passage_of(row),
                facts=facts[row["document"]],
                tags=tags.get(row["id"], ()),
                label=label_of(row, "label_"),
            )
    return [found[key] for key in ids if key in found]


def passages_as_read(connection: Connection, document: str) -> list[Passage]:
    statement = select(schema.passages).where(p.document == document, p.origin == "read").order_by(p.n, p.key)
    return [passage_of(row) for row in connection.execute(statement).mappings()]


def tags_by_passage(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Tag, ...]]:
    found: dict[str, list[Tag]] = {}
    t = schema.tags.c
    for batch in batches(ids):
        rows = connection.execute(
            select(schema.tags).where(t.passage.in_(batch)).order_by(t.passage, t.position)
        ).mappings()
        for row in rows:
            found.setdefault(row["passage"], []).append(tag_of(row))
    return {key: tuple(tags) for key, tags in found.items()}


def review_select() -> Select[Any]:
    """Reviews with where they hold now, oldest first."""
    return (
        select(
            schema.reviews,
            schema.attachments.c.passage.label("attached"),
            schema.attachments.c.how,
            schema.attachments.c.similarity,
        )
        .join(schema.attachments, schema.attachments.c.review == schema.reviews.c.id)
        .order_by(schema.reviews.c.id)
    )


def reviews_by_passage(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[StoredReview, ...]]:
    found: dict[str, list[StoredReview]] = {}
    for batch in batches(ids):
        rows = connection.execute(review_select().where(schema.attachments.c.passage.in_(batch))).mappings()
        for row in rows:
            found.setdefault(row["attached"], []).append(review_of(row))
    return {key: tuple(reviews) for key, reviews in found.items()}


def progress(connection: Connection, wanted: Filter) -> dict[str, dict[str, int]]:
    """Document -> status -> number of passages."""
    found: dict[str, dict[str, int]] = {}
    statement = narrowed(select(lab.document, lab.status, func.count()), wanted).group_by(lab.document, lab.status)
    for document, status, number in connection.execute(statement):
        found.setdefault(document, {})[status] = number
    return found


def tally(connection: Connection, scheme: Scheme, wanted: Filter) -> dict[str, int]:
    """Code -> number of passages that carry it now, most frequent first."""
    codes = schema.label_codes.c
    statement = select(codes.code, func.count()).where(codes.scheme == scheme)
    if not wanted.empty:
        statement = statement.where(codes.passage.in_(narrowed(select(lab.passage), wanted)))
    rows = connection.execute(statement.group_by(codes.code)).all()
    return dict(sorted(((row[0], row[1]) for row in rows), key=lambda item: (-item[1], item[0])))


def _hydration() -> Select[Any]:
    wanted = ("passage", "status", "codes", "score", "reviewer", "reviewed_at", "note")
    renamed = [schema.labels.c[name].label(f"label_{name}") for name in wanted]
    columns = [column for column in schema.passages.c if column.name != "folded"]
    return select(*columns, *renamed).join(schema.labels, lab.passage == p.id)


def _counted(connection: Connection, wanted: Filter) -> list[tuple[str, int]]:
    """Documents in their order with the number of passages that the filter wants of each."""
    rows = connection.execute(narrowed(select(lab.document, func.count()), wanted).group_by(lab.document))
    numbers: dict[str, int] = {row[0]: row[1] for row in rows}
    order = connection.execute(select(d.id).order_by(*_nulls_first())).scalars()
    return [(document, numbers[document]) for document in order if document in numbers]


def _ids_in_document_order(connection: Connection, wanted: Filter, limit: int | None, offset: int) -> list[str]:
    """Walks the documents, so that no more than the wanted rows are sorted, however many there are."""
    ids: list[str] = []
    left = limit
    for document, number in _counted(connection, wanted):
        if left is not None and left <= 0:
            break
        if offset >= number:
            offset -= number
            continue
        statement = (
            narrowed(select(lab.passage), replace(wanted, document=document))
            .order_by(lab.n, lab.sub)
            .limit(left)
            .offset(offset or None)
        )
        got = list(connection.execute(statement).scalars())
        ids += got
        offset = 0
        left = None if left is None else left - len(got)
    return ids


def _nulls_first() -> list[Any]:
    # The two databases put NULL at different ends by default.
    return [column.nulls_first() for column in DOCUMENT_ORDER]


def _about_documents(wanted: Filter) -> Filter:
    return Filter(document=wanted.document, kind=wanted.kind, country=wanted.country, years=wanted.years)
