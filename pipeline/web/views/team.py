"""Several people at work: who decided what, where two reviewers differ, decisions that lost their passage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from pipeline.store import StoredReview
from pipeline.taxonomy import sort_key
from pipeline.types import Codes, LabelledPassage, Scheme
from pipeline.web.agreement import Agreement, agreement, kappa
from pipeline.web.codes import differences
from pipeline.web.site import Visit

DECISIONS_PAGE: Final = 50
COMPARED: Final[tuple[Scheme, ...]] = ("category", "sdg_target", "action_status", "support_type", "gcm", "mgi_domain")
MOST_DIFFERING: Final = 100


def decisions(visit: Visit) -> Response:
    """The latest decisions first, of everybody or of one person or document."""
    reviewer = visit.query("reviewer")[:60] or None
    document = visit.query("document")[:16] or None
    page = visit.query("page", "1")
    number = max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 8 else 1
    found = visit.team.recent(
        reviewer=reviewer, document=document, limit=DECISIONS_PAGE + 1, offset=(number - 1) * DECISIONS_PAGE
    )
    documents = {d.facts.id: d for d in visit.store.documents()}
    return visit.page(
        "decisions.html",
        found=found[:DECISIONS_PAGE],
        more=len(found) > DECISIONS_PAGE,
        number=number,
        chosen_reviewer=reviewer or "",
        chosen_document=document or "",
        documents=documents,
        totals=visit.team.totals(),
        batches=visit.team.recent_batches(8),
        reviewers=visit.team.reviewers(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A passage on which two reviewers differ, and in what."""

    passage: LabelledPassage
    first: StoredReview
    second: StoredReview
    changes: list[tuple[Scheme, tuple[str, ...], tuple[str, ...]]]


def agreement_of_two(visit: Visit) -> Response:
    """Compares the latest decisions of two people on the passages that both decided."""
    documents = visit.store.documents()
    chosen = visit.query("document")[:16]
    names = visit.team.reviewers(chosen or None)
    first = visit.query("first") if visit.query("first") in names else (names[0] if names else "")
    rest = [name for name in names if name != first]
    second = visit.query("second") if visit.query("second") in rest else (rest[0] if rest else "")
    pairs: list[tuple[StoredReview, StoredReview]] = []
    if first and second:
        one, other = (visit.team.latest_of(name, chosen or None) for name in (first, second))
        pairs = [(one[passage], other[passage]) for passage in one if passage in other]
    codes: list[tuple[Codes, Codes]] = [(a.review.codes, b.review.codes) for a, b in pairs]
    rows = {scheme: _rows(visit, scheme, codes) for scheme in COMPARED}
    differing = [(a, b) for a, b in pairs if differences(a.review.codes, b.review.codes)]
    return visit.page(
        "agreement.html",
        documents=documents,
        chosen=chosen,
        names=names,
        first=first,
        second=second,
        compared=len(pairs),
        verdict_kappa=kappa([(a.review.verdict == "rejected", b.review.verdict == "rejected") for a, b in pairs]),
        rows={scheme: found for scheme, found in rows.items() if found},
        differing=_differing(visit, differing[:MOST_DIFFERING]),
        number_differing=len(differing),
    )


def _rows(visit: Visit, scheme: Scheme, pairs: list[tuple[Codes, Codes]]) -> list[Agreement]:
    used = {code for pair in pairs for codes in pair for code in codes.get(scheme, ())}
    if scheme in ("category", "action_status", "support_type"):
        order = [code for code in visit.site.vocabulary.taxonomy.codes(scheme) if code in used]
    else:
        order = sorted(used, key=sort_key)
    return agreement(scheme, order, pairs)


def _differing(visit: Visit, pairs: list[tuple[StoredReview, StoredReview]]) -> list[Differing]:
    found: list[Differing] = []
    for first, second in pairs:
        passage = visit.store.get(first.passage or "")
        if passage is not None:
            changes = differences(first.review.codes, second.review.codes)
            found.append(Differing(passage=passage, first=first, second=second, changes=changes))
    return found


def stale(visit: Visit) -> Response:
    """Decisions whose passage could not be found again after a document was read anew, with their old words."""
    documents: Mapping[str, object] = {d.facts.id: d for d in visit.store.documents()}
    found = visit.store.stale_reviews()
    return visit.page("stale.html", found=found[-500:][::-1], total=len(found), documents=documents)
