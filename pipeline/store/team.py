"""What several reviewers of one workspace need of the store: neighbours, who decided what, decisions taken together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, insert, or_, select, update

from pipeline.errors import ReviewError
from pipeline.store import schema, writing
from pipeline.store.engine import reading as view
from pipeline.store.engine import writing as transaction
from pipeline.store.reading import batches, review_select
from pipeline.store.rows import review_of
from pipeline.store.values import StoredReview
from pipeline.types import Region, Review

lab, rev, att = schema.labels.c, schema.reviews.c, schema.attachments.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Decisions of one person taken together; `reviews` are their ids."""

    id: int
    reviewer: str
    at: str
    reviews: tuple[int, ...]
    undone_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many decisions of each verdict a person took, and when the last."""

    verdicts: dict[str, int]
    last: str


class Team:
    """Reads and writes beside the `Store` of the same engine; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def beside(self, passage: str) -> tuple[str | None, str | None]:
        """The passages before and after one in its document."""
        with view(self.engine) as connection:
            here = connection.execute(select(lab.document, lab.n, lab.sub).where(lab.passage == passage)).first()
            if here is None:
                return None, None
            same = select(lab.passage).where(lab.document == here.document)
            before = same.where(or_(lab.n < here.n, and_(lab.n == here.n, lab.sub < here.sub)))
            after = same.where(or_(lab.n > here.n, and_(lab.n == here.n, lab.sub > here.sub)))
            return (
                connection.execute(before.order_by(lab.n.desc(), lab.sub.desc()).limit(1)).scalar(),
                connection.execute(after.order_by(lab.n, lab.sub).limit(1)).scalar(),
            )

    def next_undecided(self, passage: str, *, avoid: frozenset[str] = frozenset()) -> str | None:
        """The next undecided passage behind one in its document."""
        with view(self.engine) as connection:
            here = connection.execute(select(lab.document, lab.n, lab.sub).where(lab.passage == passage)).first()
            if here is None:
                return None
            rows = connection.execute(
                select(lab.passage)
                .where(lab.document == here.document, lab.status == "proposed")
                .where(or_(lab.n > here.n, and_(lab.n == here.n, lab.sub > here.sub)))
                .order_by(lab.n, lab.sub)
                .limit(len(avoid) + 1)
            ).scalars()
            return next((found for found in rows if found not in avoid), None)

    def regions_on(self, document: str, page: int) -> list[tuple[str, tuple[Region, ...]]]:
        """Live passages of a document that begin near a page, with their regions on it."""
        table = schema.passages.c
        found: list[tuple[str, tuple[Region, ...]]] = []
        with view(self.engine) as connection:
            rows = connection.execute(
                select(table.id, table.regions)
                .where(table.document == document, table.live, table.page.between(page - 1, page))
                .order_by(table.n, table.sub)
            )
            for identity, regions in rows:
                here = tuple(r for r in (Region(*region) for region in json.loads(regions)) if r.page == page)
                if here:
                    found.append((identity, here))
        return found

    def languages(self) -> list[str]:
        """Languages of the passages that are there."""
        with view(self.engine) as connection:
            rows = connection.execute(select(lab.language).where(lab.language.is_not(None)).distinct()).scalars()
            return sorted(language for language in rows if language)

    def reviewers(self, document: str | None = None) -> list[str]:
        """Names of those who decided anything (in one document)."""
        statement = select(rev.reviewer).distinct()
        if document is not None:
            statement = statement.where(rev.document == document)
        with view(self.engine) as connection:
            return sorted(connection.execute(statement).scalars(), key=str.casefold)

    def recent(
        self, *, reviewer: str | None = None, document: str | None = None, limit: int = 50, offset: int = 0
    ) -> list[StoredReview]:
        """Decisions, the latest first."""
        statement = review_select().order_by(None).order_by(rev.id.desc())
        if reviewer is not None:
            statement = statement.where(rev.reviewer == reviewer)
        if document is not None:
            statement = statement.where(rev.document == document)
        with view(self.engine) as connection:
            rows = connection.execute(statement.limit(limit).offset(offset)).mappings()
            return [review_of(row) for row in rows]

    def totals(self) -> dict[str, Total]:
        """Reviewer -> decisions by verdict."""
        statement = select(rev.reviewer, rev.verdict, func.count(), func.max(rev.at)).group_by(
            rev.reviewer, rev.verdict
        )
        found: dict[str, Total] = {}
        with view(self.engine) as connection:
            for reviewer, verdict, number, last in connection.execute(statement):
                known = found.get(reviewer, Total(verdicts={}, last=""))
                found[reviewer] = Total(verdicts={**known.verdicts, verdict: number}, last=max(known.last, last))
        return dict(sorted(found.items(), key=lambda item: item[0].casefold()))

    def latest_of(self, reviewer: str, document: str | None = None) -> dict[str, StoredReview]:
        """Passage -> the latest decision of one person about it; what the person reopened is left out."""
        statement = review_select().where(rev.reviewer == reviewer, att.passage.is_not(None))
        if document is not None:
            statement = statement.where(rev.document == document)
        found: dict[str, StoredReview] = {}
        with view(self.engine) as connection:
            for row in connection.execute(statement).mappings():
                stored = review_of(row)
                if stored.passage is not None:
                    found[stored.passage] = stored
        return {passage: stored for passage, stored in found.items() if stored.review.verdict != "reopened"}

    def count_stale(self) -> int:
        with view(self.engine) as connection:
            statement = select(func.count()).select_from(schema.attachments).where(att.how == "stale")
            return int(connection.execute(statement).scalar_one())

    # Decisions taken together

    def add_batch(self, reviews: Sequence[Review]) -> Batch:
        """Appends the decisions about those passages that are undecided now; leaves out what others decided meanwhile.

        Raises ReviewError if nothing is left to decide.
        """
        with transaction(self.engine) as connection:
            writing.lock(connection, sorted({review.document for review in reviews}))
            open_now = _undecided(connection, [review.passage for review in reviews])
            taken = [review for review in reviews if review.passage in open_now]
            if not taken:
                raise ReviewError("Others have decided all of these meanwhile.", hint="Reload the list.")
            ids = writing.add_reviews(connection, taken, None)
            row = {"reviewer": taken[0].reviewer, "at": taken[0].at, "reviews": json.dumps(ids)}
            statement = insert(schema.batches).returning(schema.batches.c.id)
            key = int(connection.execute(statement, row).scalar_one())
        return Batch(id=key, reviewer=row["reviewer"], at=row["at"], reviews=tuple(ids))

    def batch(self, key: int) -> Batch | None:
        with view(self.engine) as connection:
            row = connection.execute(select(schema.batches).where(schema.batches.c.id == key)).first()
            return None if row is None else _batch_of(row)

    def recent_batches(self, limit: int = 10) -> list[Batch]:
        with view(self.engine) as connection:
            rows = connection.execute(select(schema.batches).order_by(schema.batches.c.id.desc()).limit(limit))
            return [_batch_of(row) for row in rows]

    def undo_batch(self, key: int, *, reviewer: str, at: str) -> int:
        """Reopens the passages on which the batch's decision is still the latest; gives their number.

        Raises ReviewError if there is no such batch or it was taken back before.
        """
        table = schema.batches
        with transaction(self.engine) as connection:
            row = connection.execute(select(table).where(table.c.id == key)).first()
            if row is None or row.undone_at is not None:
                raise ReviewError("This was taken back before.", hint="Reload the page.")
            batch = _batch_of(row)
            stored = _reviews(connection, batch.reviews)
            writing.lock(connection, sorted({one.review.document for one in stored}))
            latest = _latest(connection, [one.passage for one in stored if one.passage])
            reopened = [
                replace(
                    one.review, passage=one.passage, verdict="reopened", reviewer=reviewer, at=at, codes={}, note=""
                )
                for one in stored
                if one.passage is not None and latest.get(one.passage) == one.id
            ]
            writing.add_reviews(connection, reopened, None)
            connection.execute(update(table).where(table.c.id == key).values(undone_at=at, undone_by=reviewer))
        return len(reopened)


def _batch_of(row: Row[Any]) -> Batch:
    return Batch(
        id=row.id, reviewer=row.reviewer, at=row.at, reviews=tuple(json.loads(row.reviews)), undone_at=row.undone_at
    )


def _undecided(connection: Connection, passages: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for part in batches(passages):
        found |= set(
            connection.execute(select(lab.passage).where(lab.passage.in_(part), lab.status == "proposed")).scalars()
        )
    return found


def _reviews(connection: Connection, ids: Sequence[int]) -> list[StoredReview]:
    found: list[StoredReview] = []
    for start in range(0, len(ids), 400):
        statement = review_select().where(rev.id.in_(ids[start : start + 400]))
        found += [review_of(row) for row in connection.execute(statement).mappings()]
    return found


def _latest(connection: Connection, passages: Sequence[str]) -> dict[str, int]:
    """Passage -> id of its latest decision."""
    found: dict[str, int] = {}
    for part in batches(passages):
        statement = select(att.passage, func.max(att.review)).where(att.passage.in_(part)).group_by(att.passage)
        found.update({passage: key for passage, key in connection.execute(statement) if passage})
    return found
