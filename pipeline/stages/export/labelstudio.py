"""Tasks for Label Studio: proposals as predictions, decisions as annotations, and the labelling interface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from pipeline.stages.export.rows import LIST_COLUMNS, Dataset, passage_row
from pipeline.stages.export.xlsx import EDITABLE, STATUSES
from pipeline.taxonomy import load_taxonomy
from pipeline.types import LabelledPassage, Scheme

FIELDS: Final = tuple(LIST_COLUMNS)
"""Names of the controls for codes: those of the dataset's columns."""

STATUS: Final = "status"
NOTE: Final = "note"
_ONE: Final = ("mgi_domain",)


def write_labelstudio(dataset: Dataset, folder: Path) -> list[Path]:
    """`labelstudio.json` (import it as tasks) and `labelstudio.xml` (paste it as the labelling interface).

    Each task's data holds what the passage's columns were at first, so that `mgi review import` can merge.
    """
    tasks, interface = folder / "labelstudio.json", folder / "labelstudio.xml"
    with tasks.open("w", encoding="utf-8", newline="\n") as file:
        file.write("[")
        for n, labelled in enumerate(dataset.passages()):
            file.write((",\n" if n else "\n") + json.dumps(_task(labelled), ensure_ascii=False))
        file.write("\n]\n")
    interface.write_text(_interface(), encoding="utf-8", newline="\n")
    return [tasks, interface]


def _task(labelled: LabelledPassage) -> dict[str, Any]:
    row = passage_row(labelled)
    data = {name: row[name] for name in ("passage_id", "document_id", "title", "country", "year", "page", "page_label")}
    task: dict[str, Any] = {
        "data": {
            **data,
            "headings": row["headings"],
            "text": row["text"],
            "reviewed_at": row["reviewed_at"],
            "baseline": {name: str(row[name] or "") for name in EDITABLE},
        }
    }
    results = [*_results(labelled), *_evidence(labelled)]
    if labelled.label.status == "proposed":
        task["predictions"] = [{"model_version": "mgi-vnr", "score": row["score"], "result": results}]
    else:
        results.append(_result(STATUS, "choices", {"choices": [labelled.label.status]}))
        if labelled.label.note:
            results.append(_result(NOTE, "textarea", {"text": [labelled.label.note]}))
        task["annotations"] = [{"result": results, "was_cancelled": False, "updated_at": labelled.label.reviewed_at}]
    return task


def _results(labelled: LabelledPassage) -> Iterator[dict[str, Any]]:
    for column, scheme in LIST_COLUMNS.items():
        codes = list(labelled.label.codes.get(scheme, ()))
        if not codes:
            continue
        if scheme == "sdg_target":
            yield _result(column, "taxonomy", {"taxonomy": [[code.partition(".")[0], code] for code in codes]})
        else:
            yield _result(column, "choices", {"choices": codes})


def _evidence(labelled: LabelledPassage) -> Iterator[dict[str, Any]]:
    text = labelled.passage.text
    for tag in labelled.tags:
        if tag.scheme != "category":
            continue
        for n, span in enumerate(tag.evidence):
            value = {"start": span.start, "end": span.end, "text": span.of(text), "labels": [tag.code]}
            yield {**_result("evidence", "labels", value), "id": f"{tag.code}-{n}"}


def _result(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "from_name": name, "to_name": "text", "type": kind, "value": value}


def _interface() -> str:
    taxonomy = load_taxonomy()
    lines = ["<View>", '  <Header value="$title, page $page"/>', '  <Text name="headings" value="$headings"/>']
    lines.append('  <Labels name="evidence" toName="text">')
    lines += [f"    <Label value={quoteattr(code)}/>" for code in taxonomy.codes("category")]
    lines += ["  </Labels>", '  <Text name="text" value="$text"/>']
    for column, scheme in LIST_COLUMNS.items():
        lines.append(f"  <Header value={quoteattr(column)}/>")
        lines += _taxonomy(column) if scheme == "sdg_target" else _choices(column, scheme)
    lines += ['  <Header value="status"/>', f'  <Choices name="{STATUS}" toName="text" choice="single-radio">']
    lines += [f"    <Choice value={quoteattr(status)}/>" for status in STATUSES if status != "proposed"]
    lines += [
        "  </Choices>",
        f'  <TextArea name="{NOTE}" toName="text" placeholder="Note" maxSubmissions="1"/>',
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def _choices(column: str, scheme: Scheme) -> Iterator[str]:
    taxonomy = load_taxonomy()
    kind = "single" if column in _ONE else "multiple"
    yield f'  <Choices name="{column}" toName="text" choice="{kind}">'
    for code in taxonomy.codes(scheme):
        yield f"    <Choice value={quoteattr(code)} hint={quoteattr(taxonomy.title(scheme, code))}/>"
    yield "  </Choices>"


def _taxonomy(column: str) -> Iterator[str]:
    taxonomy = load_taxonomy()
    yield f'  <Taxonomy name="{column}" toName="text" leafsOnly="true">'
    for goal in taxonomy.codes("sdg_goal"):
        yield f"    <Choice value={quoteattr(goal)} hint={quoteattr(taxonomy.title('sdg_goal', goal))}>"
        for code in taxonomy.codes("sdg_target"):
            if taxonomy.goal_of(code) == goal:
                title = taxonomy.title("sdg_target", code)
                yield f"      <Choice value={quoteattr(code)} hint={quoteattr(title)}/>"
        yield "    </Choice>"
    yield "  </Taxonomy>"
