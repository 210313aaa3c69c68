"""Edits of passages in the database: noted for ever, done again after every reading. Runs inside one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from pipeline.errors import ReviewError, StaleReview
from pipeline.store import schema
from pipeline.store.edits import Outcome, Shown, apply_edits, check_edit
from pipeline.store.reading import batches, passages_as_read, tags_by_passage
from pipeline.store.rows import Row, dump, passage_row, storable, tag_rows
from pipeline.store.values import PassageEdit, Piece, StoredEdit


def note(connection: Connection, edit: PassageEdit) -> int:
    """Check an edit against what is shown now and note it; `redo` then does it.

    Raises StaleReview if one of its passages is not shown any more or reads otherwise, ReviewError if it means nothing.
    """
    if edit.kind == "undo":
        _check_undo(connection, edit)
    else:
        table = schema.passages.c
        rows = connection.execute(
            select(table.id, table.text, table.document).where(table.id.in_(edit.inputs), table.live)
        ).all()
        texts = {row.id: row.text for row in rows if row.document == edit.document}
        for passage, quote in zip(edit.inputs, edit.quotes, strict=False):
            if texts.get(passage) != storable(quote):
                raise StaleReview(
                    f"Passage {passage} was changed in the meantime.", hint="Reload the page and look again."
                )
        check_edit(edit, texts)
    row = {
        "document": edit.document,
        "kind": edit.kind,
        "reviewer": storable(edit.reviewer),
        "at": edit.at,
        "inputs": dump(edit.inputs),
        "quotes": storable(dump(edit.quotes)),
        "parts": dump(edit.parts),
        "undoes": edit.undoes,
        "note": storable(edit.note),
    }
    return int(connection.execute(insert(schema.edits).returning(schema.edits.c.id), row).scalar_one())


def redo(connection: Connection, document: str, known: Set[str]) -> None:
    """Make the passages of a document that are shown from those that were read. `known`: those shown before."""
    every = noted(connection, document)
    if not every:
        return
    table = schema.passages
    connection.execute(delete(table).where(table.c.document == document, table.c.origin == "edit"))
    read = passages_as_read(connection, document)
    tags = tags_by_passage(connection, [passage.id for passage in read])
    labels = {
        row.number: row.label
        for row in connection.execute(
            select(schema.pages.c.number, schema.pages.c.label).where(schema.pages.c.document == document)
        )
    }
    outcome = apply_edits(
        [Shown(passage=passage, tags=tags.get(passage.id, ())) for passage in read],
        every,
        labels.get,
        remembered=_remembered(connection, document),
        known=known,
    )
    _write(connection, document, outcome)


def stored_edits(connection: Connection, document: str | None, *, stale: bool = False) -> list[StoredEdit]:
    """Edits with what became of them, oldest first, without the undoing ones."""
    states = schema.edit_states
    statement = select(schema.edits, states.c.state, states.c.inputs.label("found"), states.c.passages).join(
        states, states.c.edit == schema.edits.c.id
    )
    if document is not None:
        statement = statement.where(schema.edits.c.document == document)
    if stale:
        statement = statement.where(states.c.state == "stale")
    return [
        StoredEdit(
            id=row["id"],
            edit=_edit_of(row),
            state=row["state"],
            passages=tuple(json.loads(row["passages"])),
            inputs=tuple(json.loads(row["found"])),
        )
        for row in connection.execute(statement.order_by(schema.edits.c.id)).mappings()
    ]


def noted(connection: Connection, document: str) -> list[tuple[int, PassageEdit]]:
    statement = select(schema.edits).where(schema.edits.c.document == document).order_by(schema.edits.c.id)
    return [(row["id"], _edit_of(row)) for row in connection.execute(statement).mappings()]


def _write(connection: Connection, document: str, outcome: Outcome) -> None:
    table, live = schema.passages, set(outcome.live)
    hidden = [key for key, shown in outcome.passages.items() if key not in live and not shown.edited]
    connection.execute(update(table).where(table.c.document == document).values(live=True, sub=0))
    for batch in batches(hidden):
        connection.execute(update(table).where(table.c.id.in_(batch)).values(live=False))
    rows: list[Row] = []
    tags: list[Row] = []
    for key, shown in outcome.passages.items():
        if shown.edited:
            rows.append(passage_row(shown.passage, sub=shown.sub, origin="edit", live=key in live))
            tags += tag_rows(key, document, shown.tags)
    if rows:
        connection.execute(insert(table), rows)
    if tags:
        connection.execute(insert(schema.tags), tags)
    states = schema.edit_states
    ids = [stored.id for stored in outcome.edits]
    for chunk in range(0, len(ids), 400):
        connection.execute(delete(states).where(states.c.edit.in_(ids[chunk : chunk + 400])))
    if outcome.edits:
        connection.execute(insert(states), [_state_row(stored) for stored in outcome.edits])
    connection.execute(
        update(schema.documents).where(schema.documents.c.id == document).values(passages=len(outcome.live))
    )


def _state_row(stored: StoredEdit) -> Row:
    return {
        "edit": stored.id,
        "state": stored.state,
        "inputs": dump(stored.inputs),
        "passages": dump(stored.passages),
    }


def _remembered(connection: Connection, document: str) -> dict[int, tuple[str, ...]]:
    return {stored.id: stored.inputs for stored in stored_edits(connection, document) if stored.inputs}


def _check_undo(connection: Connection, edit: PassageEdit) -> None:
    states = schema.edit_states
    row = connection.execute(
        select(states.c.state, states.c.passages, schema.edits.c.document)
        .join(schema.edits, schema.edits.c.id == states.c.edit)
        .where(states.c.edit == edit.undoes)
    ).one_or_none()
    if row is None or row.document != edit.document or row.state == "undone":
        raise ReviewError("This edit was taken back before.", hint="Reload the page.")
    if row.state == "applied":
        made: Sequence[str] = json.loads(row.passages)
        table = schema.passages.c
        shown = connection.execute(select(func.count()).where(table.id.in_(made), table.live)).scalar_one()
        if shown != len(made):
            raise ReviewError("A later edit builds on this one.", hint="Take the later one back first.")


def _edit_of(row: RowMapping) -> PassageEdit:
    get = row.__getitem__
    return PassageEdit(
        document=get("document"),
        kind=get("kind"),
        reviewer=get("reviewer"),
        at=get("at"),
        inputs=tuple(json.loads(get("inputs"))),
        quotes=tuple(json.loads(get("quotes"))),
        parts=tuple(tuple(Piece(*piece) for piece in part) for part in json.loads(get("parts"))),
        undoes=get("undoes"),
        note=get("note"),
    )
