"""Decisions that come back as JSON: the dataset's JSONL, or tasks that Label Studio annotated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pipeline.errors import ReviewError
from pipeline.review.incoming import Cell, Fault, Faults, Incoming, IncomingRow
from pipeline.stages.export.labelstudio import FIELDS, NOTE, STATUS
from pipeline.stages.export.xlsx import EDITABLE

MAX_LINE: Final = 2_000_000
_EXPORT: Final = "In Label Studio: Export, format JSON."


def read_jsonl(path: Path) -> Incoming:
    """One object a line with `passage_id` and the columns of the dataset, as the export writes them."""
    faults, rows = Faults(), []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            where = f"line {number}"
            if not line.strip():
                continue
            try:
                if len(line) > MAX_LINE:
                    raise ValueError("the line is too long")
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError("not an object")
            except (ValueError, RecursionError) as error:
                faults.add(Fault(where=where, message=f"is not a JSON object: {_short(error)}."))
                continue
            passage = row.get("passage_id")
            if not isinstance(passage, str) or not passage:
                faults.add(Fault(where=where, column="passage_id", message="is missing."))
                continue
            rows.append(
                IncomingRow(
                    where=where,
                    passage=passage,
                    cells={name: _cell(row[name]) for name in EDITABLE if name in row},
                    base=_base(row.get("baseline")),
                    seen_at=_text(row.get("reviewed_at")),
                )
            )
    return Incoming(path=path, rows=tuple(rows), faults=faults)


def read_labelstudio(path: Path) -> Incoming:
    """Tasks as Label Studio exports them (format JSON), each with the passage in its data.

    A task that nobody annotated says nothing. Of several annotations of one task the latest counts.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ReviewError(f"{path.name} is not JSON: {_short(error)}.", hint=_EXPORT) from error
    if not isinstance(tasks, list):
        raise ReviewError(f"{path.name} is no list of tasks.", hint=_EXPORT)
    faults, rows, more = Faults(), [], 0
    for number, task in enumerate(tasks, start=1):
        where = f"task {number}"
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("passage_id"), str):
            faults.add(Fault(where=where, column="data.passage_id", message="is missing."))
            continue
        annotations = _annotations(task)
        if not annotations:
            continue
        more += len(annotations) - 1
        try:
            cells = _annotated(annotations[-1])
        except (TypeError, KeyError, AttributeError, IndexError) as error:
            faults.add(Fault(where=where, message=f"its annotation has another form ({error!r})."))
            continue
        rows.append(
            IncomingRow(
                where=where,
                passage=data["passage_id"],
                cells=cells,
                base=_base(data.get("baseline")),
                seen_at=_text(data.get("reviewed_at")),
                reviewer=_email(annotations[-1].get("completed_by")),
            )
        )
    remarks = (f"{more} earlier annotations of the same tasks are left out.",) if more else ()
    return Incoming(path=path, rows=tuple(rows), faults=faults, remarks=remarks)


def _annotations(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Annotations that hold, oldest first."""
    every = task.get("annotations") or task.get("completions") or []
    if not isinstance(every, list):
        return []
    valid = [one for one in every if isinstance(one, dict) and not one.get("was_cancelled")]
    return sorted(valid, key=lambda one: str(one.get("updated_at") or one.get("created_at") or ""))


def _annotated(annotation: Mapping[str, Any]) -> dict[str, Cell]:
    """What an annotation says of every editable column; a column that it does not name is empty."""
    chosen: dict[str, list[str]] = {name: [] for name in FIELDS}
    status, note = "", ""
    for result in annotation["result"]:
        name, value = result.get("from_name"), result.get("value", {})
        if name in FIELDS:
            picked = value.get("choices") or [path[-1] for path in value.get("taxonomy", [])]
            chosen[name] += [str(code) for code in picked]
        elif name == STATUS:
            status = str(value["choices"][0])
        elif name == NOTE:
            said = value["text"]
            note = "\n".join(map(str, said)) if isinstance(said, list) else str(said)
    cells: dict[str, Cell] = {name: ";".join(codes) for name, codes in chosen.items()}
    return {**cells, "status": status or "accepted", "note": note}


def _base(held: Any) -> Mapping[str, str] | None:
    if not isinstance(held, dict):
        return None
    return {name: str(held.get(name) or "") for name in EDITABLE}


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        return ";".join(map(str, value))
    return value if value is None or isinstance(value, str | int | float | bool) else json.dumps(value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _email(who: Any) -> str | None:
    found = who.get("email") if isinstance(who, dict) else None
    return found if isinstance(found, str) and found.strip() else None


def _short(error: Exception) -> str:
    return str(error)[:120] or type(error).__name__
