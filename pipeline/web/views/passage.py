"""One passage: its words with the evidence marked, its place on the page, what is proposed and what holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from pipeline.stages.settle import proposals
from pipeline.store import StoredReview
from pipeline.types import SCHEMES, Codes, LabelledPassage, PageFacts, Scheme, Tag
from pipeline.web.codes import CLOSED, differences, target_field
from pipeline.web.listing import ListQuery, read_query
from pipeline.web.marks import Piece, Rect, pieces, rects, shown
from pipeline.web.pictures import WIDTHS
from pipeline.web.site import Visit

SHOWN_TAGS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page beside the text: its size in points, where its picture is, what is highlighted on it."""

    facts: PageFacts
    picture: str
    large: str
    own: tuple[Rect, ...]
    others: tuple[tuple[str, tuple[Rect, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposed tag with the words that made it; `n` is its number in the marked text."""

    n: int
    tag: Tag
    words: str


def show(visit: Visit) -> Response:
    found = visit.store.get(visit.path("passage"))
    if found is None:
        return visit.error(404, visit.t("error.no_passage"), visit.t("error.no_passage_help"))
    query = read_query(visit.request.query_params)
    visit.site.desk.open(found.passage.id, visit.reviewer)
    history = visit.store.reviews(passage_id=found.passage.id)
    return visit.page("passage.html", **context(visit, found, history, query))


def context(visit: Visit, found: LabelledPassage, history: Sequence[StoredReview], query: ListQuery) -> dict[str, Any]:
    """What the passage's page shows; the codes ticked are the label's, or the proposals in a blind second reading."""
    tags = sorted(found.tags, key=lambda tag: (SCHEMES.index(tag.scheme), -tag.score, tag.code))
    blind = visit.look.blind and any(h.review.reviewer != visit.reviewer for h in history)
    own = [h for h in history if h.review.reviewer == visit.reviewer]
    proposed = proposed_codes(found)
    codes: Codes = found.label.codes
    if blind:
        codes = own[-1].review.codes if own and own[-1].review.verdict != "reopened" else proposed
    before, after = visit.team.beside(found.passage.id)
    return {
        "found": found,
        "passage": found.passage,
        "facts": found.facts,
        "pieces": _with_alternatives(pieces(found.passage.text, tags), tags),
        "proposals": [
            Proposal(n=n, tag=tag, words=shown(tag.evidence, found.passage.text)) for n, tag in enumerate(tags)
        ][:SHOWN_TAGS],
        "more_tags": max(0, len(tags) - SHOWN_TAGS),
        "codes": codes,
        "targets": target_field(codes),
        "gcm": "; ".join(codes.get("gcm", ())),
        "proposed_targets": target_field(proposed),
        "proposed": proposed,
        "choices": {scheme: visit.site.vocabulary.choices(scheme, visit.look.language) for scheme in CLOSED},
        "sheets": sheets(visit, found),
        "history": [] if blind else [_Entry.of(h, before_it) for before_it, h in _paired(history, proposed)],
        "blind": blind,
        "seen": str(history[-1].id) if history else "",
        "note": own[-1].review.note if blind and own else ("" if blind else found.label.note),
        "also_here": visit.site.desk.others(found.passage.id, visit.reviewer),
        "query": query,
        "before": before,
        "after": after,
        "has_file": visit.site.workspace.source_file(found.passage.document) is not None,
    }


def proposed_codes(found: LabelledPassage) -> Codes:
    return {scheme: tuple(best) for scheme, best in proposals(found.tags).items()}


def _with_alternatives(cut: Sequence[Piece], tags: Sequence[Tag]) -> list[tuple[str, str, Scheme | None, str]]:
    """`(text, numbers of its tags, best scheme, code)` per piece, as the template draws it."""
    found: list[tuple[str, str, Scheme | None, str]] = []
    for piece in cut:
        best = tags[piece.tags[0]] if piece.tags else None
        numbers = " ".join(map(str, piece.tags))
        found.append((piece.text, numbers, best.scheme if best else None, best.code if best else ""))
    return found


def sheets(visit: Visit, found: LabelledPassage) -> list[Sheet]:
    """The pages on which the passage stands, with its regions; none if the document has no page pictures."""
    document = found.passage.document
    if not visit.site.images.available(document):
        return []
    made = []
    for number in found.passage.pages[:4]:
        facts = visit.store.page(document, number)
        if facts is None:
            continue
        address = f"/documents/{document}/pages/{number}.webp?w="
        made.append(
            Sheet(
                facts=facts,
                picture=f"{address}{WIDTHS[0]}",
                large=f"{address}{WIDTHS[1]}",
                own=rects(found.passage.regions, number),
                others=tuple(
                    (other, rects(regions, number, pad=0))
                    for other, regions in visit.team.regions_on(document, number)
                    if other != found.passage.id
                ),
            )
        )
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One decision of the past and what it changed against what held before it."""

    stored: StoredReview
    changes: Sequence[tuple[Scheme, tuple[str, ...], tuple[str, ...]]]

    @classmethod
    def of(cls, stored: StoredReview, before: Mapping[Scheme, tuple[str, ...]]) -> _Entry:
        changes = [] if stored.review.verdict == "reopened" else differences(before, stored.review.codes)
        return cls(stored=stored, changes=changes)


def _paired(history: Sequence[StoredReview], proposed: Codes) -> list[tuple[Codes, StoredReview]]:
    before: Codes = proposed
    pairs: list[tuple[Codes, StoredReview]] = []
    for stored in history:
        pairs.append((before, stored))
        before = proposed if stored.review.verdict == "reopened" else stored.review.codes
    return pairs[::-1]


def state(visit: Visit) -> Response:
    """What another person did meanwhile; the page asks every few seconds while it is looked at."""
    identity = visit.path("passage")
    found = visit.store.get(identity)
    if found is None:
        return visit.json({"gone": True, "message": visit.t("error.no_passage")})
    visit.site.desk.open(identity, visit.reviewer)
    history = visit.store.reviews(passage_id=identity)
    latest = history[-1] if history else None
    others = visit.site.desk.others(identity, visit.reviewer)
    message = ""
    if latest is not None and str(latest.id) != visit.query("seen") and not visit.look.blind:
        message = visit.t(
            "passage.decided_meanwhile", who=latest.review.reviewer, what=visit.t(f"verdict.{latest.review.verdict}")
        )
    also = visit.t("passage.also_here", who=", ".join(others)) if others else ""
    return visit.json({"gone": False, "message": message, "also": also})
