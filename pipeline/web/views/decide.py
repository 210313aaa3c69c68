"""Deciding: accept, change, reject, put aside, take back; and what happens when two people decide at once."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from pipeline.errors import Conflict, ReviewError, StaleReview
from pipeline.store import StoredReview
from pipeline.types import LabelledPassage, Review
from pipeline.web.codes import differences, target_field
from pipeline.web.decisions import NO_CODES, now, read_decision, review_of
from pipeline.web.listing import read_query
from pipeline.web.site import Flash, Visit
from pipeline.web.views.passage import proposed_codes
from pipeline.web.views.passages import to_next


def decide(visit: Visit) -> Response:
    found = _found(visit)
    review = read_decision(
        found, proposed_codes(found), visit.form, visit.site.vocabulary, reviewer=visit.reviewer, at=now()
    )
    seen = _seen(visit.form.first("seen"))
    if visit.look.blind and visit.form.first("blind") == "yes":
        # A second reading is made without sight of the first one: it does not contradict it, it stands beside it.
        history = visit.store.reviews(passage_id=found.passage.id)
        seen = history[-1].id if history else None
    try:
        with visit.site.writing:
            visit.store.add_reviews([review], expected={found.passage.id: seen})
    except Conflict:
        return _conflict(visit, found, review)
    visit.site.desk.leave(found.passage.id, visit.reviewer)
    text = visit.t(f"done.{review.verdict}", page=found.passage.page)
    return to_next(
        visit,
        read_query(visit.request.query_params),
        found.passage.id,
        Flash(text=text, undo=f"/passages/{found.passage.id}/undo?{visit.request.url.query}"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two decisions that met."""

    review: Review
    targets: str


def _conflict(visit: Visit, found: LabelledPassage, mine: Review) -> Response:
    history = visit.store.reviews(passage_id=found.passage.id)
    theirs = history[-1]
    return visit.page(
        "conflict.html",
        status=409,
        found=found,
        passage=found.passage,
        facts=found.facts,
        theirs=Side(review=theirs.review, targets=target_field(theirs.review.codes)),
        mine=Side(review=mine, targets=target_field(mine.codes)),
        differences=differences(theirs.review.codes, mine.codes),
        seen=str(theirs.id),
        query=read_query(visit.request.query_params),
    )


def skip(visit: Visit) -> Response:
    """Puts a passage aside: nothing is stored, it comes back at the end of the queue."""
    identity = visit.path("passage")
    visit.site.desk.skip(visit.session.csrf, identity)
    visit.site.desk.leave(identity, visit.reviewer)
    return to_next(visit, read_query(visit.request.query_params), identity)


def undo(visit: Visit) -> Response:
    """Takes back one's own latest decision: what held before it holds again, and both stay in the history."""
    found = _found(visit)
    history = visit.store.reviews(passage_id=found.passage.id)
    if not history or history[-1].review.reviewer != visit.reviewer:
        raise ReviewError("Your decision is not the latest one here.", hint="Open the passage to see who decided last.")
    with visit.site.writing:
        visit.store.add_reviews(
            [before_last(found, history, visit.reviewer)], expected={found.passage.id: history[-1].id}
        )
    query = visit.request.url.query
    return visit.go(f"/passages/{found.passage.id}?{query}", Flash(text=visit.t("done.undone"), tone="note"))


def before_last(found: LabelledPassage, history: list[StoredReview], reviewer: str) -> Review:
    """The decision that restores what held before the latest one."""
    earlier = history[-2].review if len(history) > 1 else None
    if earlier is None or earlier.verdict == "reopened":
        return review_of(found, "reopened", NO_CODES, reviewer=reviewer, at=now())
    return review_of(found, earlier.verdict, earlier.codes, reviewer=reviewer, at=now(), note=earlier.note)


def _found(visit: Visit) -> LabelledPassage:
    found = visit.store.get(visit.path("passage"))
    if found is None:
        raise StaleReview("This passage is not in the workspace any more.", hint="It was read again, split or merged.")
    return found


def _seen(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ReviewError("The form is damaged.", hint="Open the passage again.")
    return int(text)
