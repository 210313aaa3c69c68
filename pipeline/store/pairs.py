"""Decisions about two passages that belong together: a gap and its follow-up, a gap and an action. Only added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Engine, insert, select

from pipeline.store import schema
from pipeline.store.engine import reading, writing

PairKind = Literal["progress", "action"]
PairVerdict = Literal["accepted", "rejected", "reopened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairReview:
    """One decision. `left` is the gap, `right` the follow-up finding or the action; both carry their quotes, so that
    a decision can be understood when a passage is no longer there. `status` is what a progress decision says became
    of the gap (empty: what the tool says). `at` is UTC, ISO 8601."""

    kind: PairKind
    left: str
    right: str
    verdict: PairVerdict
    reviewer: str
    at: str
    status: str = ""
    left_quote: str = ""
    right_quote: str = ""
    note: str = ""


class Pairs:
    """The decisions of one workspace; each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(self, decisions: Sequence[PairReview]) -> None:
        with writing(self.engine) as connection:
            for d in decisions:
                connection.execute(
                    insert(schema.pair_reviews).values(
                        kind=d.kind,
                        left_passage=d.left,
                        right_passage=d.right,
                        verdict=d.verdict,
                        status=d.status,
                        reviewer=d.reviewer,
                        at=d.at,
                        left_quote=d.left_quote,
                        right_quote=d.right_quote,
                        note=d.note,
                    )
                )

    def history(self, kind: PairKind) -> list[PairReview]:
        """Every decision of that kind, oldest first."""
        table = schema.pair_reviews
        with reading(self.engine) as connection:
            rows = connection.execute(select(table).where(table.c.kind == kind).order_by(table.c.id)).mappings()
            return [
                PairReview(
                    kind=kind,
                    left=row["left_passage"],
                    right=row["right_passage"],
                    verdict=row["verdict"],
                    status=row["status"],
                    reviewer=row["reviewer"],
                    at=row["at"],
                    left_quote=row["left_quote"],
                    right_quote=row["right_quote"],
                    note=row["note"],
                )
                for row in rows
            ]

    def latest(self, kind: PairKind) -> dict[tuple[str, str], PairReview]:
        """What holds now for each pair that was decided on; a reopened one is left out."""
        found = {(d.left, d.right): d for d in self.history(kind)}
        return {pair: d for pair, d in found.items() if d.verdict != "reopened"}
