"""Baseline against follow-up: each gap with what the later assessment says of it, each pair for a person to confirm."""

from __future__ import annotations

from collections import Counter
from typing import Final

from starlette.responses import Response

from pipeline.drafting.progress import compare_documents, decide
from pipeline.errors import ReviewError
from pipeline.stages.compare import STATUSES
from pipeline.store import Filter, StoredDocument
from pipeline.web.site import Flash, Visit

MOST_ROWS: Final = 400
REMEMBER: Final = 20


def show(visit: Visit) -> Response:
    profiles = [d for d in visit.store.documents(Filter(kind="mgi")) if d.status != "refused"]
    known = {d.facts.id: d for d in profiles}
    first, second = known.get(visit.query("baseline")), known.get(visit.query("followup"))
    if first is None and second is None:
        first, second = likely_pair(profiles)
    rows = []
    if first is not None and second is not None and first is not second:
        ids = (first.facts.id, second.facts.id)
        rows = visit.site.remembered(
            f"progress {ids}", lambda: compare_documents(visit.site.workspace, *ids), seconds=REMEMBER
        )
    counts = Counter(row.status for row in rows)
    chosen = next((s for s in STATUSES if s == visit.query("status")), "")
    return visit.page(
        "progress.html",
        profiles=profiles,
        first=first,
        second=second,
        counts={status: counts[status] for status in STATUSES if counts[status]},
        total=len(rows),
        rows=[row for row in rows if not chosen or row.status == chosen][:MOST_ROWS],
        chosen=chosen,
        statuses=STATUSES[:4],
    )


def likely_pair(profiles: list[StoredDocument]) -> tuple[StoredDocument | None, StoredDocument | None]:
    """The two latest profiles of the first country that has two; none of several countries is guessed from titles."""
    by_country: dict[str, list[StoredDocument]] = {}
    for one in profiles:
        if one.facts.country and one.facts.year:
            by_country.setdefault(one.facts.country, []).append(one)
    for found in by_country.values():
        if len(found) > 1:
            found.sort(key=lambda d: d.facts.year or 0)
            return found[-2], found[-1]
    return None, None


def judge(visit: Visit) -> Response:
    """Keeps one person's word on a pair: it belongs together (with this status), or it does not."""
    form = visit.form
    verdict = form.first("verdict")
    if verdict not in ("accepted", "rejected"):
        raise ReviewError("The form did not say what to decide.", hint="Confirm the pair or part it.")
    status = form.first("status") if verdict == "accepted" else ""
    if verdict == "accepted" and status not in STATUSES[:4]:
        raise ReviewError("This is no status.", hint="Choose one from the list.")
    pair = [(form.first("left"), form.first("right"))]
    with visit.site.writing:
        decide(
            visit.site.workspace,
            "progress",
            pair,
            "accepted" if verdict == "accepted" else "rejected",
            visit.reviewer,
            status=status,
        )
    visit.site.forget("progress ")
    visit.site.forget("pictures ")
    return visit.go(f"/progress?{visit.request.url.query}", Flash(text=visit.t(f"progress.done_{verdict}")))
