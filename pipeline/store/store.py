"""The store: documents, passages, tags and decisions of one workspace, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from sqlalchemy import Engine, select

from pipeline.store import editing, reading, schema, writing
from pipeline.store.engine import migrate, open_engine
from pipeline.store.engine import reading as view
from pipeline.store.engine import writing as transaction
from pipeline.store.filters import Filter, Order
from pipeline.store.rows import document_of, failure_of, page_of, review_of
from pipeline.store.values import PassageEdit, StoredDocument, StoredEdit, StoredReview
from pipeline.types import (
    DocumentFacts,
    Extraction,
    Failure,
    LabelledPassage,
    PageFacts,
    Passage,
    Review,
    Scheme,
    Tag,
)

EVERYTHING = Filter()


class Store:
    """All methods may be called from several threads and processes at once; each is one transaction.

    Raises StoreError with the next step where the database refuses.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database, creating or upgrading its tables. Refuses one that a newer version wrote."""
        engine = open_engine(url)
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What runs write

    def save(self, extraction: Extraction) -> None:
        """Store all of one document in the place of what was stored of it. Reviews stay and are attached again."""
        with transaction(self.engine) as connection:
            writing.save(connection, extraction)

    def refuse(self, facts: DocumentFacts, reason: str, failures: Sequence[Failure] = ()) -> None:
        """Note that a document could not be read. Reviews of an earlier reading stay, as stale ones."""
        self.save(Extraction(facts=facts, status="refused", reason=reason, failures=tuple(failures)))

    def retag(self, document_id: str, tags: Sequence[Sequence[Tag]], tag_fingerprint: str) -> None:
        """New tags for a document that is not read again; `tags` is parallel to `passages_of(document_id)`."""
        with transaction(self.engine) as connection:
            writing.retag(connection, document_id, tags, tag_fingerprint)

    # Documents and pages

    def documents(self, wanted: Filter | None = None) -> list[StoredDocument]:
        """By country, kind, year and title."""
        with view(self.engine) as connection:
            return reading.stored_documents(connection, wanted)

    def document(self, document_id: str) -> StoredDocument | None:
        with view(self.engine) as connection:
            rows = connection.execute(select(schema.documents).where(schema.documents.c.id == document_id))
            row = rows.mappings().one_or_none()
            return None if row is None else document_of(row)

    def failures(self, document_id: str) -> list[Failure]:
        table = schema.failures
        with view(self.engine) as connection:
            statement = select(table).where(table.c.document == document_id).order_by(table.c.key)
            return [failure_of(row) for row in connection.execute(statement).mappings()]

    def pages(self, document_id: str) -> list[PageFacts]:
        table = schema.pages
        with view(self.engine) as connection:
            statement = select(table).where(table.c.document == document_id).order_by(table.c.number)
            return [page_of(row) for row in connection.execute(statement).mappings()]

    def page(self, document_id: str, number: int) -> PageFacts | None:
        table = schema.pages
        with view(self.engine) as connection:
            statement = select(table).where(table.c.document == document_id, table.c.number == number)
            row = connection.execute(statement).mappings().one_or_none()
            return None if row is None else page_of(row)

    # Passages

    def get(self, passage_id: str) -> LabelledPassage | None:
        with view(self.engine) as connection:
            found = reading.hydrated(connection, [passage_id])
            return found[0] if found else None

    def with_latest(self, passage_ids: Sequence[str]) -> dict[str, tuple[LabelledPassage, int | None]]:
        """Passages with the id of their latest decision (None: there is none), all as of one moment."""
        with view(self.engine) as connection:
            found = reading.hydrated(connection, passage_ids)
            latest = reading.reviews_by_passage(connection, [one.passage.id for one in found])
        return {
            one.passage.id: (one, latest[one.passage.id][-1].id if one.passage.id in latest else None) for one in found
        }

    def count(self, wanted: Filter = EVERYTHING) -> int:
        with view(self.engine) as connection:
            return reading.count(connection, wanted)

    def labelled(
        self, wanted: Filter = EVERYTHING, *, order: Order = "document", limit: int | None = None, offset: int = 0
    ) -> list[LabelledPassage]:
        with view(self.engine) as connection:
            return reading.labelled(connection, wanted, order, limit, offset)

    def listed(
        self, wanted: Filter = EVERYTHING, *, order: Order = "document", limit: int, offset: int = 0
    ) -> tuple[int, list[LabelledPassage]]:
        """For a list in pages: the number of all, and one page of them (the last one if `offset` is behind it), as of
        one moment and without their tags."""
        with view(self.engine) as connection:
            return reading.listed(connection, wanted, order, limit, offset)

    def iter_labelled(self, wanted: Filter = EVERYTHING) -> Iterator[LabelledPassage]:
        """All in document order, as they were when the iteration began; holds one document in memory at a time."""
        with view(self.engine) as connection:
            yield from reading.iter_labelled(connection, wanted)

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """The passages as they were read (before anybody split or merged any), for tagging them again."""
        with view(self.engine) as connection:
            return tuple(reading.passages_as_read(connection, document_id))

    def progress(self, wanted: Filter = EVERYTHING) -> dict[str, dict[str, int]]:
        """Document -> status -> number of passages."""
        with view(self.engine) as connection:
            return reading.progress(connection, wanted)

    def tally(self, scheme: Scheme, wanted: Filter = EVERYTHING) -> dict[str, int]:
        """Code -> number of passages that carry it now, most frequent first."""
        with view(self.engine) as connection:
            return reading.tally(connection, scheme, wanted)

    # Decisions

    def add_reviews(self, reviews: Sequence[Review], *, expected: Mapping[str, int | None] | None = None) -> list[int]:
        """Append decisions, all or none, and give their ids. What this returned is on the disk.

        `expected[passage]` is the id of the latest decision that the reviewer saw (None: there was none); raises
        Conflict, naming both decisions, if another came in between, StaleReview if the passage is gone.
        """
        with transaction(self.engine) as connection:
            return writing.add_reviews(connection, reviews, expected)

    def reviews(self, passage_id: str | None = None, document: str | None = None) -> list[StoredReview]:
        """Decisions, oldest first; those about one passage are the ones that hold for it now."""
        statement = reading.review_select()
        if passage_id is not None:
            statement = statement.where(schema.attachments.c.passage == passage_id)
        if document is not None:
            statement = statement.where(schema.reviews.c.document == document)
        with view(self.engine) as connection:
            return [review_of(row) for row in connection.execute(statement).mappings()]

    def stale_reviews(self) -> list[StoredReview]:
        """Decisions whose passage could not be found again in the newest reading."""
        statement = reading.review_select().where(schema.attachments.c.how == "stale")
        with view(self.engine) as connection:
            return [review_of(row) for row in connection.execute(statement).mappings()]

    # Edits of passages

    def add_edit(self, edit: PassageEdit, *, expected: Mapping[str, int | None] | None = None) -> StoredEdit:
        """Note an edit (see `pipeline.store.edits` for split, merge, move_boundary and trim) and do it.

        Decisions stay with the passages that they were about; the new passages are proposed, with the tags whose words
        they hold. Raises StaleReview if a passage is not shown any more, Conflict as `add_reviews` does.
        """
        with transaction(self.engine) as connection:
            key = writing.add_edit(connection, edit, expected)
            return next(one for one in editing.stored_edits(connection, edit.document) if one.id == key)

    def undo_edit(self, edit_id: int, *, reviewer: str, at: str) -> None:
        """Take an edit back; its first passages are shown again, with their decisions.

        Raises ReviewError if it was taken back before or a later edit builds on it.
        """
        with transaction(self.engine) as connection:
            document = connection.execute(
                select(schema.edits.c.document).where(schema.edits.c.id == edit_id)
            ).scalar_one_or_none()
            undo = PassageEdit(document=document or "", kind="undo", reviewer=reviewer, at=at, undoes=edit_id)
            writing.add_edit(connection, undo, None)

    def edits(self, document_id: str | None = None) -> list[StoredEdit]:
        """Edits of passages and what became of them, oldest first."""
        with view(self.engine) as connection:
            return editing.stored_edits(connection, document_id)

    def stale_edits(self) -> list[StoredEdit]:
        """Edits whose passages could not be found again in the newest reading."""
        with view(self.engine) as connection:
            return editing.stored_edits(connection, None, stale=True)
