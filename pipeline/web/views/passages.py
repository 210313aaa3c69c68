"""The list of passages, accepting many at once, and the codes that type-ahead proposes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from pipeline.errors import ReviewError
from pipeline.stages.settle import settle
from pipeline.store import StoredDocument
from pipeline.taxonomy import sort_key
from pipeline.types import LabelledPassage, Review, Scheme
from pipeline.web.codes import Choice
from pipeline.web.decisions import now, review_of
from pipeline.web.listing import ORDERS, PAGE_SIZE, STATUSES, ListQuery, document_name, next_passage, read_query
from pipeline.web.site import Flash, Visit

MOST_AT_ONCE = 20_000
SHORT: tuple[Scheme, ...] = ("action_status", "support_type")
NUMBERED: dict[str, Scheme] = {"goal": "sdg_goal", "gcm": "gcm", "mgi_domain": "mgi_domain"}
TYPED: tuple[Scheme, ...] = ("sdg_target", "gcm")


def listing(visit: Visit) -> Response:
    query = read_query(visit.request.query_params)
    total, found = visit.store.listed(
        query.filter, order=query.order, limit=PAGE_SIZE, offset=(query.page - 1) * PAGE_SIZE
    )
    pages = max(1, -(-total // PAGE_SIZE))
    query = replace(query, page=min(query.page, pages))
    documents = visit.site.remembered("documents", visit.store.documents)
    return visit.page(
        "passages.html",
        query=query,
        found=found,
        total=total,
        pages=pages,
        first=(query.page - 1) * PAGE_SIZE + 1,
        options=_options(visit, documents),
        countries=sorted({d.facts.country for d in documents if d.facts.country}),
        passage_languages=visit.site.remembered("languages", visit.team.languages),
        reviewers=visit.team.reviewers(),
        statuses=STATUSES,
        orders=ORDERS,
        targets=_targets(visit),
    )


def _targets(visit: Visit) -> list[str]:
    return visit.site.remembered("targets", lambda: sorted(visit.store.tally("sdg_target"), key=sort_key))


def _options(visit: Visit, documents: Sequence[StoredDocument]) -> dict[str, Markup]:
    """The long lists of the filters; written out for every page they would take most of its time."""
    language, title = visit.look.language, visit.site.vocabulary.title

    def of_scheme(scheme: Scheme, words: Callable[[Choice], str]) -> Markup:
        def make() -> Markup:
            return visit.options([(c.code, words(c)) for c in visit.site.vocabulary.choices(scheme, language)])

        return visit.site.piece(("options", language, scheme), make)

    def of_targets() -> Markup:
        return visit.options([(code, f"{code} {title('sdg_target', code, language)}") for code in _targets(visit)])

    def of_documents() -> Markup:
        return visit.options([(d.facts.id, document_name(d.facts)) for d in documents])

    return {
        "category": of_scheme("category", lambda c: c.title),
        "target": visit.site.remembered(f"targets {language}", of_targets),
        "document": visit.site.remembered("document options", of_documents),
        **{scheme: of_scheme(scheme, lambda c: c.short) for scheme in SHORT},
        **{name: of_scheme(scheme, lambda c: f"{c.code} {c.short}") for name, scheme in NUMBERED.items()},
    }


def go_next(visit: Visit) -> Response:
    """Opens the next passage to decide in a list."""
    query = read_query(visit.request.query_params)
    return to_next(visit, query, visit.query("after") or None)


def to_next(visit: Visit, query: ListQuery, current: str | None, flash: Flash | None = None) -> Response:
    found = next_passage(visit, query, current)
    if found is None:
        done = Flash(text=visit.t("list.all_done"))
        if flash is not None:
            visit.site.flash(visit.session, flash)
        return visit.go(f"/passages?{query.write(status='decided', order='recent')}", done)
    return visit.go(f"/passages/{found.passage.id}?{query.write()}", flash)


def accept_all(visit: Visit) -> Response:
    """Accepts every undecided passage of the list whose score is at least the given one, as one batch.

    The form names how many the person saw; if others decided some of them meanwhile, those are left alone.
    """
    query = read_query({name: visit.form.first(name) for name in visit.form.names()})
    try:
        least = float(visit.form.first("least").replace(",", "."))
    except ValueError:
        least = -1.0
    if not 0 <= least <= 1:
        raise ReviewError("The score must be between 0 and 1.", hint="For example 0.9.")
    chosen = {**query.chosen, "status": "proposed"}
    wanted = replace(query, chosen=chosen, min_score=max(least, query.min_score or 0.0))
    found = visit.store.labelled(wanted.filter, order="document", limit=MOST_AT_ONCE)
    found = [one for one in found if any(one.label.codes.values())]
    back = f"/passages?{query.write()}"
    if not found:
        return visit.go(back, Flash(text=visit.t("bulk.none"), tone="note"))
    if visit.form.first("confirmed") != "yes":
        return visit.page("accept_all.html", found=found[:8], number=len(found), least=least, query=query)
    at = now()
    reviews = [_accepted(one, visit.reviewer, at) for one in found]
    with visit.site.writing:
        batch = visit.team.add_batch(reviews)
    text = visit.t("bulk.done", n=len(batch.reviews), score=f"{least:.2f}")
    return visit.go(back, Flash(text=text, undo=f"/batches/{batch.id}/undo?" + urlencode({"back": back})))


def _accepted(found: LabelledPassage, reviewer: str, at: str) -> Review:
    codes = settle(found.passage.id, found.tags, ()).codes
    return review_of(found, "accepted", codes, reviewer=reviewer, at=at, note=found.label.note)


def undo_batch(visit: Visit) -> Response:
    """Reopens what a batch accepted, except where somebody decided again since."""
    number = int(visit.path("batch"))
    batch = visit.team.batch(number)
    if batch is None or (batch.reviewer != visit.reviewer and visit.role != "lead"):
        raise ReviewError("There is nothing to take back.", hint="Only its author or a lead can undo it.")
    with visit.site.writing:
        reopened = visit.team.undo_batch(number, reviewer=visit.reviewer, at=now())
    kept = len(batch.reviews) - reopened
    key = "bulk.undone" if not kept else "bulk.undone_partly"
    return visit.go(visit.query("back", "/decisions"), Flash(text=visit.t(key, n=reopened, kept=kept)))


def codes(visit: Visit) -> Response:
    """Codes and titles of a scheme in the reader's language, for type-ahead; kept by the browser for an hour."""
    scheme = next((s for s in TYPED if s == visit.path("scheme")), None)
    if scheme is None:
        return visit.error(404, visit.t("error.not_found"), visit.t("error.not_found_help"))
    language = visit.look.language
    vocabulary = visit.site.vocabulary
    choices = vocabulary.targets_and_goals(language) if scheme == "sdg_target" else vocabulary.choices(scheme, language)
    return visit.json([[choice.code, choice.title] for choice in choices], seconds=3600)
