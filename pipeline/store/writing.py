"""What changes the database. Every function here runs inside one transaction that the caller opened."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.errors import Conflict, ReviewError, StaleReview, StoreError
from pipeline.stages.settle import doubt, settle
from pipeline.store import editing, fulltext, schema
from pipeline.store.attach import Found, find_all_again
from pipeline.store.reading import batches, passages_as_read, reviews_by_passage, tags_by_passage
from pipeline.store.rows import (
    code_rows,
    document_row,
    failure_row,
    label_row,
    page_row,
    passage_of,
    passage_row,
    plain_codes,
    review_row,
    tag_rows,
)
from pipeline.store.values import PassageEdit
from pipeline.types import SCHEMES, Extraction, Passage, Review, Tag

Rows = list[dict[str, Any]]


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def save(connection: Connection, extraction: Extraction) -> None:
    """Replace what is stored of the document; its reviews stay and are attached to the new passages."""
    document = extraction.facts.id
    if len(extraction.tags) not in (0, len(extraction.passages)):
        raise StoreError(f"{len(extraction.tags)} lists of tags for {len(extraction.passages)} passages.")
    known = _passage_ids(connection, document)
    lock(connection, [document])
    added = connection.execute(
        select(schema.documents.c.added_at).where(schema.documents.c.id == document)
    ).scalar_one_or_none()
    for table in (schema.pages, schema.failures, schema.passages):
        connection.execute(delete(table).where(table.c.document == document))
    row = document_row(extraction, tags=sum(map(len, extraction.tags)), added_at=added or now())
    if added is None:
        connection.execute(insert(schema.documents), row)
    else:
        connection.execute(update(schema.documents).where(schema.documents.c.id == document), row)
    _insert(connection, schema.pages, [page_row(document, page) for page in extraction.pages])
    _insert(connection, schema.failures, [failure_row(failure, document) for failure in extraction.failures])
    _insert(connection, schema.passages, [passage_row(passage) for passage in extraction.passages])
    _store_tags(connection, extraction.passages, extraction.tags)
    _rebuild(connection, document, known)


def retag(connection: Connection, document: str, tags: Sequence[Sequence[Tag]], tag_fingerprint: str) -> None:
    """Replace the tags of a document; `tags` is parallel to the passages as they were read."""
    lock(connection, [document])
    as_read = passages_as_read(connection, document)
    if len(tags) != len(as_read):
        raise StoreError(f"{len(tags)} lists of tags for {len(as_read)} passages of {document}.")
    known = _passage_ids(connection, document)
    connection.execute(delete(schema.tags).where(schema.tags.c.document == document))
    _store_tags(connection, as_read, tags)
    connection.execute(
        update(schema.documents).where(schema.documents.c.id == document),
        {"tags": sum(map(len, tags)), "tag_fingerprint": tag_fingerprint},
    )
    _rebuild(connection, document, known)


def add_reviews(
    connection: Connection, reviews: Sequence[Review], expected: Mapping[str, int | None] | None
) -> list[int]:
    """Append decisions; all or none.

    Raises StaleReview if a passage is not there any more, Conflict if a passage has a later decision than `expected`
    says, ReviewError for a decision that means nothing.
    """
    if not reviews:
        return []
    wanted = sorted({review.passage for review in reviews})
    lock(connection, sorted({review.document for review in reviews}))
    there: dict[str, str] = {}
    for batch in batches(wanted):
        rows = connection.execute(
            select(schema.passages.c.id, schema.passages.c.document).where(
                schema.passages.c.id.in_(batch), schema.passages.c.live
            )
        )
        there.update((row.id, row.document) for row in rows)
    for review in reviews:
        _check(review, there)
    if expected is not None:
        _expect(connection, reviews, expected)
    statement = insert(schema.reviews).returning(schema.reviews.c.id, sort_by_parameter_order=True)
    ids = list(connection.execute(statement, [review_row(review) for review in reviews]).scalars())
    _insert(
        connection,
        schema.attachments,
        [
            {"review": key, "passage": review.passage, "how": "exact", "similarity": 100.0}
            for key, review in zip(ids, reviews, strict=True)
        ],
    )
    relabel(connection, wanted)
    return ids


def add_edit(connection: Connection, edit: PassageEdit, expected: Mapping[str, int | None] | None) -> int:
    """Note an edit of passages and do it; `expected` as with `add_reviews`."""
    lock(connection, [edit.document])
    if expected is not None:
        _expect(connection, [], expected)
    key = editing.note(connection, edit)
    _rebuild(connection, edit.document, _passage_ids(connection, edit.document))
    return key


def relabel(connection: Connection, wanted: Iterable[str]) -> None:
    """Derive again what holds for these passages."""
    for batch in batches(list(wanted)):
        connection.execute(delete(schema.labels).where(schema.labels.c.passage.in_(batch)))
        rows = connection.execute(
            select(schema.passages).where(schema.passages.c.id.in_(batch), schema.passages.c.live)
        ).mappings()
        tags = tags_by_passage(connection, batch)
        reviews = reviews_by_passage(connection, batch)
        found, codes = [], []
        for row in rows:
            passage, sub = passage_of(row), row["sub"]
            proposed = tags.get(passage.id, ())
            label = settle(passage.id, proposed, [stored.review for stored in reviews.get(passage.id, ())])
            found.append(label_row(label, passage, sub=sub, doubt=doubt(proposed)))
            codes += code_rows(label, passage.document)
        fulltext.touch(connection, (row["document"] for row in found))
        _insert(connection, schema.labels, found)
        _insert(connection, schema.label_codes, codes)


def lock(connection: Connection, ids: Iterable[str]) -> None:
    """Make others who write to these documents wait. On SQLite a writing transaction already excludes all others."""
    if connection.dialect.name == "sqlite":
        return
    connection.execute(
        select(schema.documents.c.id)
        .where(schema.documents.c.id.in_(list(ids)))
        .order_by(schema.documents.c.id)
        .with_for_update()
    ).all()


def _rebuild(connection: Connection, document: str, known: set[str]) -> None:
    """Do the document's edits again, attach its reviews to its passages and derive all labels."""
    editing.redo(connection, document, known)
    texts = {
        row.id: row.text
        for row in connection.execute(
            select(schema.passages.c.id, schema.passages.c.text).where(schema.passages.c.document == document)
        )
    }
    _attach(connection, document, texts, known)
    fulltext.touch(connection, [document])
    connection.execute(delete(schema.labels).where(schema.labels.c.document == document))
    relabel(connection, texts)


def _attach(connection: Connection, document: str, texts: Mapping[str, str], known: set[str]) -> None:
    reviews, attachments = schema.reviews, schema.attachments
    rows = connection.execute(
        select(reviews.c.id, reviews.c.passage, attachments.c.passage.label("attached"), reviews.c.quote)
        .join(attachments, attachments.c.review == reviews.c.id)
        .where(reviews.c.document == document)
        .order_by(reviews.c.id)
    ).all()
    found: dict[int, Found] = find_all_again([tuple(row) for row in rows], texts, known)
    connection.execute(
        delete(attachments).where(attachments.c.review.in_(select(reviews.c.id).where(reviews.c.document == document)))
    )
    _insert(
        connection,
        attachments,
        [
            {"review": key, "passage": place.passage, "how": place.how, "similarity": place.similarity}
            for key, place in found.items()
        ],
    )


def _check(review: Review, there: Mapping[str, str]) -> None:
    if there.get(review.passage) != review.document:
        raise StaleReview(
            f"The passage {review.passage} is not in document {review.document} any more.",
            hint="Reload; the document was read again in the meantime.",
        )
    if review.verdict not in ("accepted", "changed", "rejected", "reopened"):
        raise ReviewError(f"'{review.verdict}' is no verdict.", hint="Known: accepted, changed, rejected, reopened.")
    if not review.reviewer.strip():
        raise ReviewError("A decision needs a reviewer's name.", hint="Give one with --reviewer.")
    unknown = set(review.codes) - set(SCHEMES)
    if unknown:
        raise ReviewError(f"Unknown scheme '{min(unknown)}'.", hint=f"Known: {', '.join(SCHEMES)}.")


def _expect(connection: Connection, reviews: Sequence[Review], expected: Mapping[str, int | None]) -> None:
    latest = reviews_by_passage(connection, list(expected))
    mine = {review.passage: review for review in reviews}
    for passage, seen in expected.items():
        last = latest[passage][-1] if latest.get(passage) else None
        if (last.id if last else None) == seen:
            continue
        theirs = "nothing" if last is None else _told(last.review)
        yours = _told(mine[passage]) if passage in mine else "nothing"
        raise Conflict(
            f"Passage {passage}: {theirs} in the meantime; you decided: {yours}.",
            theirs=theirs,
            yours=yours,
            hint="Look at both and decide again.",
        )


def _told(review: Review) -> str:
    codes = "; ".join(f"{scheme} {', '.join(found)}" for scheme, found in plain_codes(review.codes).items())
    return f"{review.reviewer} {review.verdict} ({codes or 'no codes'})"


def _passage_ids(connection: Connection, document: str) -> set[str]:
    return set(connection.execute(select(schema.passages.c.id).where(schema.passages.c.document == document)).scalars())


def _store_tags(connection: Connection, passages: Sequence[Passage], tags: Sequence[Sequence[Tag]]) -> None:
    rows: Rows = []
    for passage, found in zip(passages, tags, strict=False):
        rows += tag_rows(passage.id, passage.document, found)
    _insert(connection, schema.tags, rows)


def _insert(connection: Connection, table: Any, rows: Rows) -> None:
    if rows:
        connection.execute(insert(table), rows)
