"""Passages split, merged or cut by people: from the passages as read and the edits to the passages as shown.

Edits are kept apart from what the reader made and are done again, in their order, after every reading. An edit whose
passages changed a little is moved along; one whose passages are not there any more is stale.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz.distance import Levenshtein

from pipeline.errors import ReviewError
from pipeline.store.attach import find_again
from pipeline.store.values import PassageEdit, Piece, StoredEdit
from pipeline.types import Anchor, Passage, Region, Span, Tag

SNAP: Final = 3
"""How many characters a cut may move to the nearest space when the text changed a little since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A passage with its tags, as read or as made by edits. `sub` orders those that stand at the same `n`."""

    passage: Passage
    tags: tuple[Tag, ...]
    sub: int = 0
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All passages, those that edits replaced among them (`live` are the ids of the others), and each edit's state."""

    passages: Mapping[str, Shown]
    live: tuple[str, ...]
    edits: tuple[StoredEdit, ...]


def apply_edits(
    read: Sequence[Shown],
    edits: Sequence[tuple[int, PassageEdit]],
    label_of: Callable[[int], str | None],
    *,
    remembered: Mapping[int, tuple[str, ...]],
    known: Set[str],
) -> Outcome:
    """Do the edits, oldest first, on the passages as read. `label_of` gives a page's printed label.

    `remembered` are the inputs that each edit had last time, `known` the passages of the reading before (see
    `find_again`).
    """
    every = {shown.passage.id: shown for shown in read}
    live = [shown.passage.id for shown in read]
    undone = {edit.undoes for _, edit in edits if edit.kind == "undo"}
    done: list[StoredEdit] = []
    for key, edit in edits:
        if edit.kind == "undo":
            continue
        if key in undone:
            done.append(StoredEdit(id=key, edit=edit, state="undone"))
            continue
        parts = _moved(edit, {one: every[one].passage.text for one in live}, remembered.get(key, ()), known)
        if parts is None:
            done.append(StoredEdit(id=key, edit=edit, state="stale"))
            continue
        inputs, pieces = parts
        made = [_joined([every[one] for one in inputs], part, n, label_of) for n, part in enumerate(pieces)]
        at = live.index(inputs[0])
        live = [one for one in live if one not in inputs]
        live[at:at] = [shown.passage.id for shown in made]
        every |= {shown.passage.id: shown for shown in made}
        ids = tuple(shown.passage.id for shown in made)
        done.append(StoredEdit(id=key, edit=edit, state="applied", passages=ids, inputs=tuple(inputs)))
    subs: dict[int, int] = {}
    for one in live:  # order of those that share a place in the reading
        shown = every[one]
        every[one] = replace(shown, sub=subs.get(shown.passage.n, 0))
        subs[shown.passage.n] = subs.get(shown.passage.n, 0) + 1
    return Outcome(passages=every, live=tuple(live), edits=tuple(done))


def check_edit(edit: PassageEdit, texts: Mapping[str, str]) -> None:
    """Raises ReviewError if the edit means nothing on passages with these texts."""
    bad = ReviewError("This edit does not fit the passage.", hint="Reload the page and try again.")
    if not edit.reviewer.strip():
        raise ReviewError("An edit needs a reviewer's name.")
    if not edit.inputs or len(set(edit.inputs)) != len(edit.inputs) or len(edit.inputs) != len(edit.quotes):
        raise bad
    before = (-1, 0)
    for part in edit.parts:
        if not part:
            raise bad
        for piece in part:
            if not 0 <= piece.source < len(edit.inputs):
                raise bad
            text = texts[edit.inputs[piece.source]]
            if not 0 <= piece.start < piece.end <= len(text) or (piece.source, piece.start) < before:
                raise bad
            if not text[piece.start : piece.end].strip():
                raise ReviewError("A passage cannot be empty.", hint="Cut at another place.")
            before = (piece.source, piece.end)
    if not edit.parts:
        raise ReviewError("A passage cannot be empty.", hint="Reject the passage instead.")


def split(passage: Passage, offsets: Sequence[int], *, reviewer: str, at: str) -> PassageEdit:
    """Cut a passage in front of these character offsets."""
    cuts = [0, *sorted(set(offsets)), len(passage.text)]
    parts = tuple((_trimmed(passage.text, 0, start, end),) for start, end in itertools.pairwise(cuts))
    return _edit("split", [passage], parts, reviewer, at)


def merge(passages: Sequence[Passage], *, reviewer: str, at: str) -> PassageEdit:
    """Join passages, given in reading order, into one."""
    pieces = tuple(Piece(n, 0, len(passage.text)) for n, passage in enumerate(passages))
    return _edit("merge", passages, (pieces,), reviewer, at)


def move_boundary(first: Passage, second: Passage, offset: int, *, reviewer: str, at: str) -> PassageEdit:
    """Let the second passage begin elsewhere: at `offset` of the first if it is inside that, else at
    `offset - len(first.text) - 1` of the second (as in the two texts joined by one space)."""
    here = offset - len(first.text) - 1
    if offset < len(first.text):
        parts: tuple[tuple[Piece, ...], ...] = (
            (_trimmed(first.text, 0, 0, offset),),
            (_trimmed(first.text, 0, offset, len(first.text)), Piece(1, 0, len(second.text))),
        )
    else:
        parts = (
            (Piece(0, 0, len(first.text)), _trimmed(second.text, 1, 0, here)),
            (_trimmed(second.text, 1, here, len(second.text)),),
        )
    return _edit("boundary", [first, second], parts, reviewer, at)


def trim(passage: Passage, start: int, end: int, *, reviewer: str, at: str) -> PassageEdit:
    """Keep only the characters `[start, end)`: what the reader took in by mistake falls away."""
    return _edit("trim", [passage], ((_trimmed(passage.text, 0, start, end),),), reviewer, at)


def _edit(
    kind: str, passages: Sequence[Passage], parts: tuple[tuple[Piece, ...], ...], reviewer: str, at: str
) -> PassageEdit:
    return PassageEdit(
        document=passages[0].document,
        kind=kind,  # type: ignore[arg-type]
        reviewer=reviewer,
        at=at,
        inputs=tuple(passage.id for passage in passages),
        quotes=tuple(passage.text for passage in passages),
        parts=parts,
    )


def _trimmed(text: str, source: int, start: int, end: int) -> Piece:
    inside = text[start:end]
    left = len(inside) - len(inside.lstrip())
    return Piece(source, start + left, max(start + left, start + len(inside.rstrip())))


def _moved(
    edit: PassageEdit, texts: Mapping[str, str], before: tuple[str, ...], known: Set[str]
) -> tuple[tuple[str, ...], tuple[tuple[Piece, ...], ...]] | None:
    """The edit's inputs and pieces in the present passages, None if one cannot be told for sure."""
    inputs: list[str] = []
    order = {one: n for n, one in enumerate(texts)}
    for n, (passage, quote) in enumerate(zip(edit.inputs, edit.quotes, strict=True)):
        last = before[n] if before else passage
        found = last if last in texts else find_again(passage, quote, texts, known).passage
        if found is None or found in inputs or (inputs and order[found] < order[inputs[-1]]):
            return None
        inputs.append(found)
    parts: list[tuple[Piece, ...]] = []
    for part in edit.parts:
        pieces: list[Piece] = []
        for piece in part:
            old, new = edit.quotes[piece.source], texts[inputs[piece.source]]
            start, end = _place(old, new, piece.start), _place(old, new, piece.end)
            if start is None or end is None or start >= end:
                return None
            pieces.append(Piece(piece.source, start, end))
        parts.append(tuple(pieces))
    return tuple(inputs), tuple(parts)


def _place(old: str, new: str, offset: int) -> int | None:
    """Where the character offset of the old text is in the new one; None if that is inside a word."""
    if old == new:
        return offset
    if offset in (0, len(old)):
        return len(new) if offset else 0
    place = offset
    for step in Levenshtein.opcodes(old, new):
        if step.src_start <= offset < step.src_end or (offset == step.src_end and step.tag == "equal"):
            place = step.dest_start + min(offset - step.src_start, step.dest_end - step.dest_start)
            break
    near = sorted(range(max(0, place - SNAP), min(len(new), place + SNAP) + 1), key=lambda at: abs(at - place))
    return next((at for at in near if at in (0, len(new)) or new[at - 1].isspace() or new[at].isspace()), None)


def _joined(inputs: Sequence[Shown], part: Sequence[Piece], n: int, label_of: Callable[[int], str | None]) -> Shown:
    """One passage made of pieces of others, with their anchors, regions and tags."""
    text = ""
    anchors: list[Anchor] = []
    regions: list[Region] = []
    tags: dict[tuple[str, str, str], Tag] = {}
    for piece in part:
        source = inputs[piece.source]
        shift = len(text) + (1 if text else 0) - piece.start
        text += (" " if text else "") + source.passage.text[piece.start : piece.end]
        cut = _cut_anchors(source.passage, piece, shift)
        anchors += cut
        whole = piece.start == 0 and piece.end == len(source.passage.text)
        regions += source.passage.regions if whole or not cut else _unique([anchor.region for anchor in cut])
        for tag in source.tags:
            spans = [Span(s + shift, e + shift) for s, e in tag.evidence if piece.start <= s and e <= piece.end]
            if tag.evidence and not spans:
                continue  # the words that made it are in another part
            key = (tag.scheme, tag.code, tag.by)
            known = tags.get(key)
            tags[key] = replace(
                tag,
                score=max(tag.score, known.score if known else 0.0),
                evidence=(*(known.evidence if known else ()), *spans),
            )
    used = [inputs[piece.source].passage for piece in part]
    first = used[0]
    page = min((region.page for region in regions), default=first.page)
    seed = "\n".join([first.document, *(one.id for one in used), str(n), text])
    confidences = [one.confidence for one in used if one.confidence is not None]
    passage = replace(
        first,
        id=hashlib.sha256(f"edit\n{seed}".encode(errors="surrogatepass")).hexdigest()[:16],
        text=text,
        page=page,
        page_label=first.page_label if page == first.page else label_of(page),
        regions=tuple(regions),
        anchors=tuple(anchors),
        confidence=min(confidences, default=None),
        notes=tuple(dict.fromkeys(note for one in used for note in one.notes)),
    )
    return Shown(passage=passage, tags=tuple(tags.values()), edited=True)


def _cut_anchors(passage: Passage, piece: Piece, shift: int) -> list[Anchor]:
    return [
        Anchor(max(start, piece.start) + shift, min(end, piece.end) + shift, region)
        for start, end, region in passage.anchors
        if start < piece.end and end > piece.start
    ]


def _unique(regions: Sequence[Region]) -> list[Region]:
    return list(dict.fromkeys(regions))
