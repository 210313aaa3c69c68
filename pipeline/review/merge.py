"""Three-way merge of an edited file into the store: what it held at first, what holds now, what the person wrote.

A cell that the person did not touch keeps what holds now. A cell that only the person touched is taken over. Where
both changed, and differently, nothing is overwritten: both values are named.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from pipeline.errors import ReviewError
from pipeline.review.codes import DATE, parse_codes
from pipeline.review.incoming import Cell, Fault, Faults, Incoming, IncomingRow
from pipeline.stages.export.rows import LIST_COLUMNS
from pipeline.stages.export.xlsx import STATUSES, cell_text, text_hash
from pipeline.stages.settle import NEEDS, proposals, settle
from pipeline.store import Store
from pipeline.types import SCHEMES, LabelledPassage, Review, Scheme, Verdict

MAX_NOTE: Final = 10_000
"""Characters of a note."""

CONFLICTS = Literal["stop", "theirs", "yours"]
"""What to do where both changed: nothing at all, keep what holds now, or take what the file says."""

VERDICTS: Final[Mapping[str, Verdict]] = {
    "proposed": "reopened",
    "accepted": "accepted",
    "changed": "changed",
    "rejected": "rejected",
}

SAID: Final[Mapping[str, str]] = {
    **dict.fromkeys(("proposé", "proposée", "propuesto", "propuesta"), "proposed"),
    **dict.fromkeys(("accept", "accepté", "acceptée", "aceptado", "aceptada"), "accepted"),
    **dict.fromkeys(("modifié", "modifiée", "cambiado", "cambiada", "modificado"), "changed"),
    **dict.fromkeys(("reject", "rejeté", "rejetée", "rechazado", "rechazada"), "rejected"),
}
"""What people write for a status in their language."""

Codes = dict[Scheme, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A cell that was changed in the file and, otherwise, in the workspace. `by` is who decided there last."""

    where: str
    passage: str
    column: str
    base: str
    theirs: str
    yours: str
    by: str

    def __str__(self) -> str:
        base = f"was {self.base!r}, " if self.base != self.theirs else ""
        return f"{self.where}, {self.column}: {base}now {self.theirs!r} ({self.by}), in the file {self.yours!r}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A decision that would be taken: `before` and `after` by column, only those that differ."""

    where: str
    review: Review
    before: Mapping[str, str]
    after: Mapping[str, str]
    expected: int | None


@dataclass(slots=True, kw_only=True)
class Plan:
    """What an import would do. Nothing is written before `apply_plan`."""

    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    remarks: list[str] = field(default_factory=list)
    rows: int = 0
    unchanged: int = 0
    deleted: int = 0


class _Edit:
    """One edited row being merged."""

    def __init__(self, row: IncomingRow, now: LabelledPassage, faults: Faults) -> None:
        self.row = row
        self.now = now
        self.faults = faults
        self.good = True

    def fault(self, column: str, value: str, message: str, hint: str = "") -> None:
        self.good = False
        self.faults.add(Fault(where=self.row.where, column=column, value=value, message=message, hint=hint))

    def codes(self, column: str, cell: Cell) -> tuple[str, ...]:
        found, bad = parse_codes(LIST_COLUMNS[column], cell)
        for one in bad:
            self.fault(column, one.value, one.message, one.hint)
        if column == "mgi_domain" and len(found) > 1:
            self.fault(column, str(cell), "names several domains; a passage has one.")
        return found


def plan_import(
    incoming: Incoming, store: Store, *, reviewer: str, conflicts: CONFLICTS = "stop", at: str | None = None
) -> Plan:
    """What the file would change in the store. `reviewer` is the name for decisions without one of their own.

    Faulty rows, and with `conflicts="stop"` rows with a conflict, are in no change.
    """
    if not reviewer.strip():
        raise ReviewError("Whose decisions are these?", hint="Give a name with --reviewer.")
    plan = Plan(
        faults=incoming.faults, remarks=list(incoming.remarks), rows=len(incoming.rows), deleted=incoming.deleted
    )
    when = at or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    rows = _without_repeats(incoming.rows, plan.faults)
    edited = [row for row in rows if _touched(row)]
    plan.unchanged = len(rows) - len(edited)
    texts = sum(_text_edited(row) for row in rows)
    if texts:
        plan.remarks.append(f"The text was edited in {texts} rows; texts are not taken back.")
    current = store.with_latest([row.passage for row in edited])
    known = {row.passage for row in incoming.rows if row.base is not None}
    for row in edited:
        if row.passage not in current:
            plan.faults.add(_unknown(row, known))
            continue
        now, latest = current[row.passage]
        then = _as_exported(row, now, store)
        if then is not None:
            _merge_row(trial := Plan(), then, now, latest, reviewer, when, "stop")
            if not (trial.changes or trial.conflicts or trial.faults.count):
                plan.unchanged += 1
                continue
        _merge_row(plan, then if then and row.seen_at else row, now, latest, reviewer, when, conflicts)
    return plan


def apply_plan(plan: Plan, store: Store) -> list[int]:
    """Take all decisions of the plan in one transaction; gives their ids.

    Raises Conflict, and takes none, if somebody decided on one of the passages since the plan was made.
    """
    expected = {change.review.passage: change.expected for change in plan.changes}
    return store.add_reviews([change.review for change in plan.changes], expected=expected)


def _as_exported(row: IncomingRow, now: LabelledPassage, store: Store) -> IncomingRow | None:
    """A row without its first values, on which somebody decided since, with those that the workspace had then: of the
    decision that the row shows, or what is proposed (which another tagger may have proposed otherwise)."""
    if row.base is not None or (now.label.reviewed_at or None) == (row.seen_at or None):
        return None
    reviews = store.reviews(row.passage) if row.seen_at else []
    shown = [one.review for one in reviews if one.review.at == row.seen_at]
    if row.seen_at and not shown:
        return None
    label = settle(row.passage, now.tags, shown)
    return replace(row, base=_told(label.codes, label.status, label.note))


def _merge_row(
    plan: Plan, row: IncomingRow, now: LabelledPassage, latest: int | None, reviewer: str, when: str, mode: CONFLICTS
) -> None:
    edit = _Edit(row, now, plan.faults)
    theirs = {column: tuple(now.label.codes.get(scheme, ())) for column, scheme in LIST_COLUMNS.items()}
    base, unsure = _base(edit, theirs)
    yours, touched = _yours(edit, base)
    status, note = _status(edit, base, touched, unsure=unsure), _note(edit)
    if not edit.good:
        return
    found: list[Conflict] = []
    by = f"{now.label.reviewer}, {now.label.reviewed_at}" if now.label.reviewer else "proposed by mgi"

    def settle(column: str, first: str, theirs_: str, yours_: str) -> bool:
        """Whether the file's value is taken over."""
        if yours_ in (first, theirs_):
            return False
        if theirs_ == first and not unsure:
            return True
        found.append(
            Conflict(
                where=row.where, passage=row.passage, column=column, base=first, theirs=theirs_, yours=yours_, by=by
            )
        )
        return mode == "yours"

    first_status, first_note = str(base["status"]), str(base["note"])
    codes: Codes = {}
    for column, scheme in LIST_COLUMNS.items():
        old = base[column]
        assert isinstance(old, tuple)
        taken = settle(column, ";".join(old), ";".join(theirs[column]), ";".join(yours[column]))
        accepted_other = status == "accepted" != first_status and set(yours[column]) != set(theirs[column])
        if accepted_other and not taken and yours[column] == old:
            # The person accepted what stood there; meanwhile something else does.
            found.append(
                Conflict(
                    where=row.where, passage=row.passage, column=column, base=";".join(old),
                    theirs=";".join(theirs[column]), yours=";".join(yours[column]), by=by,
                )
            )  # fmt: skip
            taken = mode == "yours"
        codes[scheme] = yours[column] if taken else theirs[column]
    merged_status = status if settle("status", first_status, now.label.status, status) else now.label.status
    merged_note = note if settle("note", first_note, now.label.note, note) else now.label.note
    if found:
        plan.conflicts += found
        if mode == "stop":
            return
    _take(plan, row, now, latest, codes, merged_status, merged_note, row.reviewer or reviewer, when)


def _take(
    plan: Plan,
    row: IncomingRow,
    now: LabelledPassage,
    latest: int | None,
    codes: Codes,
    status: str,
    note: str,
    reviewer: str,
    when: str,
) -> None:
    if status == "rejected":
        codes = {}
    elif status == "proposed":
        codes = {scheme: tuple(found) for scheme, found in proposals(now.tags).items()}
    codes = {scheme: codes[scheme] for scheme in SCHEMES if codes.get(scheme)}
    before = _told(now.label.codes, now.label.status, now.label.note)
    after = _told(codes, status, note)
    if before == after:
        plan.unchanged += 1
        return
    plan.changes.append(
        Change(
            where=row.where,
            review=Review(
                passage=row.passage,
                document=now.passage.document,
                verdict=VERDICTS[status],
                reviewer=reviewer,
                at=when,
                quote=now.passage.text,
                codes={} if status == "proposed" else codes,
                note=note,
            ),
            before={column: before[column] for column in before if before[column] != after[column]},
            after={column: after[column] for column in after if before[column] != after[column]},
            expected=latest,
        )
    )


def _told(codes: Mapping[Scheme, Sequence[str]], status: str, note: str) -> dict[str, str]:
    columns = {column: ";".join(codes.get(scheme, ())) for column, scheme in LIST_COLUMNS.items()}
    return {**columns, "status": status, "note": note}


def _base(edit: _Edit, theirs: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, tuple[str, ...] | str], bool]:
    """What the cells held at first, and whether that is unsure: then each difference to what holds is a conflict."""
    label = edit.now.label
    if edit.row.base is None:
        unsure = (label.reviewed_at or None) != (edit.row.seen_at or None)
        return {**theirs, "status": label.status, "note": label.note}, unsure
    held: dict[str, tuple[str, ...] | str] = {}
    for column, scheme in LIST_COLUMNS.items():
        held[column] = parse_codes(scheme, edit.row.base.get(column, ""))[0]
    return {**held, "status": edit.row.base.get("status", "proposed"), "note": edit.row.base.get("note", "")}, False


def _yours(edit: _Edit, base: Mapping[str, tuple[str, ...] | str]) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """Codes that the file says, by column, and the columns that the person touched. Goals follow edited targets."""
    yours: dict[str, tuple[str, ...]] = {}
    touched: set[str] = set()
    for column in LIST_COLUMNS:
        old = base[column]
        assert isinstance(old, tuple)
        cell = edit.row.cells.get(column)
        same = column not in edit.row.cells or (
            edit.row.base is not None and _text(cell) == edit.row.base.get(column, "").strip()
        )
        found = old if same else edit.codes(column, cell)
        yours[column] = old if set(found) == set(old) and len(found) == len(old) and column != "sdg_targets" else found
        if yours[column] != old:
            touched.add(column)
    if "sdg_targets" in touched and "sdg_goals" not in touched:
        old_targets = base["sdg_targets"]
        assert isinstance(old_targets, tuple)
        gone = _goals(old_targets) - _goals(yours["sdg_targets"])
        kept = [goal for goal in yours["sdg_goals"] if goal not in gone]
        yours["sdg_goals"] = tuple(dict.fromkeys([*kept, *_in_order(yours["sdg_targets"])]))
    for scheme, category in NEEDS.items():
        column = next(name for name, other in LIST_COLUMNS.items() if other == scheme)
        if category in yours["category"] or not yours[column]:
            continue
        if column in touched:
            edit.fault(
                column, ";".join(yours[column]), f"needs the category {category}.", f"Add {category} to category."
            )
        elif "category" in touched:
            yours[column] = ()
    return yours, touched


def _status(edit: _Edit, base: Mapping[str, tuple[str, ...] | str], touched: set[str], *, unsure: bool) -> str:
    """The status that the file means: what it says, and `changed` where codes were edited."""
    first = str(base["status"])
    said = _text(edit.row.cells.get("status", first)).lower() or "proposed"
    said = SAID.get(said, said)
    if said not in STATUSES:
        edit.fault("status", said, "is no status.", f"One of: {', '.join(STATUSES)}.")
        return first
    if said in ("rejected", "proposed") and said != first and touched and not unsure:
        if any(_text(edit.row.cells.get(column)) for column in touched):
            edit.fault("status", said, "contradicts the codes that were edited in this row.", "Undo one of the two.")
        return said
    if touched and not (said == "rejected" != first):
        return "changed"
    return "accepted" if said == "changed" != first else said


def _note(edit: _Edit) -> str:
    if "note" not in edit.row.cells:
        return edit.now.label.note
    cell = edit.row.cells["note"]
    if edit.row.base is not None and _text(cell) == edit.row.base.get("note", "").strip():
        return edit.row.base.get("note", "")
    if _text(cell) == edit.now.label.note.strip():
        return edit.now.label.note
    note = _text(cell).removeprefix(DATE)
    if len(note) > MAX_NOTE:
        edit.fault("note", note[:60], f"has {len(note):,} characters; at most {MAX_NOTE:,}.", "Shorten it.")
    return note


def _without_repeats(rows: Sequence[IncomingRow], faults: Faults) -> list[IncomingRow]:
    places: dict[str, list[IncomingRow]] = {}
    for row in rows:
        places.setdefault(row.passage, []).append(row)
    single = []
    for passage, found in places.items():
        if len(found) == 1:
            single.append(found[0])
            continue
        others = ", ".join(row.where for row in found[1:6]) + (" ..." if len(found) > 6 else "")
        faults.add(
            Fault(
                where=found[0].where,
                column="passage_id",
                value=passage,
                message=f"stands also in {others}.",
                hint="Keep one of them; none was taken.",
            )
        )
    return single


def _touched(row: IncomingRow) -> bool:
    if row.base is None:
        return True
    return any(_text(cell) != row.base.get(column, "").strip() for column, cell in row.cells.items())


def _text_edited(row: IncomingRow) -> bool:
    return bool(row.text_hash) and row.text is not None and text_hash(cell_text(row.text)) != row.text_hash


def _unknown(row: IncomingRow, known: set[str]) -> Fault:
    if row.base is not None:
        message = "is not in the workspace any more: its document was read again, or this is another workspace."
        return Fault(where=row.where, column="passage_id", value=row.passage, message=message, hint="Export again.")
    from rapidfuzz import process  # noqa: PLC0415

    near = process.extractOne(row.passage, list(known), score_cutoff=80) if len(known) <= 50_000 else None
    hint = f"Did you mean '{near[0]}'?" if near else "Copy it from a fresh export."
    return Fault(where=row.where, column="passage_id", value=row.passage, message="is no passage here.", hint=hint)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return f"{cell:g}"
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def _goals(targets: Sequence[str]) -> set[str]:
    return set(_in_order(targets))


def _in_order(targets: Sequence[str]) -> Iterator[str]:
    return iter(dict.fromkeys(target.partition(".")[0] for target in targets))
