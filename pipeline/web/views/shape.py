"""Where passages begin and end: split or cut one, merge two, move the border between two; each can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from pipeline.errors import ReviewError, StaleReview
from pipeline.store.edits import merge, move_boundary, split, trim
from pipeline.store.values import PassageEdit, StoredEdit
from pipeline.types import LabelledPassage, Passage
from pipeline.web.decisions import now
from pipeline.web.listing import read_query
from pipeline.web.marks import sentence_starts, word_starts
from pipeline.web.site import Flash, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """A text to be cut in two: where it may be cut (characters), and where the cut stands at first."""

    text: str
    sentences: tuple[int, ...]
    words: tuple[int, ...]
    at: int

    @classmethod
    def of(cls, text: str, at: int | None = None) -> Cutting:
        words = word_starts(text)
        sentences = tuple(sorted({*sentence_starts(text), *(() if at is None else (at,))}))
        middle = words[len(words) // 2] if words else 0
        first = sentences[0] if sentences else middle
        return cls(text=text, sentences=sentences, words=words, at=first if at is None else at)


def show(visit: Visit) -> Response:
    found = _found(visit, visit.path("passage"))
    before, after = (_neighbour(visit, key) for key in visit.team.beside(found.passage.id))
    joined = None
    if after is not None:
        first = found.passage.text
        joined = Cutting.of(f"{first} {after.passage.text}", len(first) + 1)
    return visit.page(
        "shape.html",
        found=found,
        passage=found.passage,
        facts=found.facts,
        before=before,
        after=after,
        cutting=Cutting.of(found.passage.text),
        joined=joined,
        seen=_latest(visit, found),
        before_seen=_latest(visit, before),
        after_seen=_latest(visit, after),
        edits=_edits_of(visit, found.passage),
        query=read_query(visit.request.query_params),
    )


def change(visit: Visit) -> Response:
    """Does one edit. The form carries the latest decisions that the person saw: a later one is a conflict."""
    form = visit.form
    found = _found(visit, visit.path("passage"))
    does = form.first("do")
    passages, seen = [found.passage], [form.first("seen")]
    if does in ("merge_before", "merge_after", "move"):
        other = _found(visit, form.first("other"))
        if other.passage.document != found.passage.document:
            raise ReviewError("These passages are of two documents.", hint="Reload the page.")
        first = does == "merge_before"
        passages = [other.passage, *passages] if first else [*passages, other.passage]
        seen = [form.first("other_seen"), *seen] if first else [*seen, form.first("other_seen")]
    edit = _edit(does, passages, form.first("offset"), visit.reviewer)
    expected = {p.id: int(s) if s.isdecimal() and s.isascii() else None for p, s in zip(passages, seen, strict=True)}
    with visit.site.writing:
        stored = visit.store.add_edit(edit, expected=expected)
    query = visit.request.url.query
    cut = dict.fromkeys(("keep_first", "keep_second"), "done_trim")
    name = {"split": "done_split", "move": "done_move", **cut}.get(does, "done_merge")
    flash = Flash(text=visit.t(f"shape.{name}"), undo=f"/edits/{stored.id}/undo?{query}")
    return visit.go(f"/passages/{stored.passages[0]}?{query}", flash)


def _edit(does: str, passages: Sequence[Passage], offset: str, reviewer: str) -> PassageEdit:
    if does in ("merge_before", "merge_after"):
        return merge(passages, reviewer=reviewer, at=now())
    if does not in ("split", "move", "keep_first", "keep_second") or not (
        offset.isascii() and offset.isdigit() and len(offset) < 9
    ):
        raise ReviewError("The form is damaged.", hint="Reload the page.")
    length = sum(len(p.text) for p in passages) + len(passages) - 1
    if not 0 < int(offset) < length:
        raise ReviewError("A passage cannot be empty.", hint="Cut at another place.")
    if does == "split":
        return split(passages[0], [int(offset)], reviewer=reviewer, at=now())
    if does in ("keep_first", "keep_second"):
        start, end = (0, int(offset)) if does == "keep_first" else (int(offset), length)
        return trim(passages[0], start, end, reviewer=reviewer, at=now())
    return move_boundary(passages[0], passages[1], int(offset), reviewer=reviewer, at=now())


def undo(visit: Visit) -> Response:
    """Takes an edit back; the passages of before are there again, with their decisions."""
    number = int(visit.path("edit"))
    edit = next((one for one in visit.store.edits() if one.id == number), None)
    if edit is None or (edit.edit.reviewer != visit.reviewer and visit.role != "lead"):
        raise ReviewError("There is nothing to take back.", hint="Only its author or a lead can undo it.")
    with visit.site.writing:
        visit.store.undo_edit(number, reviewer=visit.reviewer, at=now())
    back = edit.inputs[0] if edit.inputs else ""
    address = f"/passages/{back}?{visit.request.url.query}" if back else f"/documents/{edit.edit.document}"
    return visit.go(address, Flash(text=visit.t("shape.undone"), tone="note"))


def _found(visit: Visit, identity: str) -> LabelledPassage:
    found = visit.store.get(identity)
    if found is None:
        raise StaleReview("This passage is not in the workspace any more.", hint="It was read again, split or merged.")
    return found


def _neighbour(visit: Visit, identity: str | None) -> LabelledPassage | None:
    return visit.store.get(identity) if identity is not None else None


def _latest(visit: Visit, found: LabelledPassage | None) -> str:
    history = visit.store.reviews(passage_id=found.passage.id) if found is not None else []
    return str(history[-1].id) if history else ""


def _edits_of(visit: Visit, passage: Passage) -> list[StoredEdit]:
    """Edits that made this passage what it is."""
    return [e for e in visit.store.edits(passage.document) if e.state == "applied" and passage.id in e.passages]
