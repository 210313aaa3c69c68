"""`mgi compare`: two documents of the workspace, the decisions of people about their pairs, and the rows to print."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pipeline.errors import ConfigError, StaleReview, StoreError
from pipeline.stages.compare import STATUSES, CompareOptions, Comparison, compare
from pipeline.store import Filter, StoredDocument
from pipeline.store.pairs import PairKind, PairReview, Pairs, PairVerdict
from pipeline.types import LabelledPassage
from pipeline.workspace import Workspace

SHORTEST_PREFIX = 4


def find_document(workspace: Workspace, given: str) -> StoredDocument:
    """The document of that id, that beginning of an id (four digits or more) or that path as it was given to a run.

    Raises StoreError if there is none, or ConfigError if several answer to it.
    """
    documents = [d for d in workspace.store.documents() if d.status != "refused"]
    found = [d for d in documents if given in (d.facts.id, d.facts.path)]
    if not found and len(given) >= SHORTEST_PREFIX:
        found = [d for d in documents if d.facts.id.startswith(given.lower())]
    if not found:
        found = [d for d in documents if Path(d.facts.path).name == Path(given).name]
    if not found:
        known = "; ".join(f"{d.facts.id} {Path(d.facts.path).name}" for d in documents[:6]) or "none"
        raise StoreError(
            f"No document '{given}' in the workspace (there are: {known}).", hint="Read it first: mgi run FILE."
        )
    if len(found) > 1:
        ids = ", ".join(d.facts.id for d in found)
        raise ConfigError(f"'{given}' may be any of {len(found)} documents.", hint=f"Give the whole id: {ids}.")
    return found[0]


def compare_documents(
    workspace: Workspace, baseline: str, followup: str, options: CompareOptions | None = None
) -> list[Comparison]:
    """The gaps of one document with what the other says of them, after the decisions of reviewers."""
    first, second = find_document(workspace, baseline), find_document(workspace, followup)
    if first.facts.id == second.facts.id:
        raise ConfigError("Baseline and follow-up are the same document.", hint="Name two assessments of one country.")
    store = workspace.store
    return compared(
        workspace,
        list(store.iter_labelled(Filter(document=first.facts.id))),
        list(store.iter_labelled(Filter(document=second.facts.id))),
        options,
    )


def compared(
    workspace: Workspace,
    baseline: Sequence[LabelledPassage],
    followup: Sequence[LabelledPassage],
    options: CompareOptions | None = None,
) -> list[Comparison]:
    """As `compare_documents`, with passages that are at hand."""
    decided = Pairs(workspace.store.engine).latest("progress")
    accepted = {left: d for (left, _), d in decided.items() if d.verdict == "accepted"}
    rows = compare(
        baseline,
        followup,
        options,
        refused=frozenset(pair for pair, d in decided.items() if d.verdict == "rejected"),
        fixed={left: d.right for left, d in accepted.items()},
    )
    return [_reviewed(row, accepted) for row in rows]


def _reviewed(row: Comparison, accepted: dict[str, PairReview]) -> Comparison:
    decision = accepted.get(row.baseline.passage.id) if row.baseline else None
    if decision is None or row.followup is None or row.followup.passage.id != decision.right:
        return row
    status = next((s for s in STATUSES if s == decision.status), row.status)
    return replace(row, status=status, why=(f"accepted by {decision.reviewer} on {decision.at[:10]}", *row.why))


def decide(
    workspace: Workspace,
    kind: PairKind,
    pairs: Sequence[tuple[str, str]],
    verdict: PairVerdict,
    reviewer: str,
    *,
    status: str = "",
    note: str = "",
) -> None:
    """Append one decision per pair of passages (gap, follow-up finding or action).

    Raises StaleReview if a passage is not in the workspace and ConfigError for an unknown status.
    """
    if status and status not in STATUSES[:4]:
        raise ConfigError(f"'{status}' is no status of a pair.", hint=f"Known: {', '.join(STATUSES[:4])}.")
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    decisions = []
    for left, right in pairs:
        both = [workspace.store.get(p) for p in (left, right)]
        for passage, found in zip((left, right), both, strict=True):
            if found is None:
                raise StaleReview(f"No passage '{passage}' in the workspace.", hint="Take ids from mgi compare --json.")
        gap, other = cast("list[LabelledPassage]", both)
        decisions.append(
            PairReview(
                kind=kind,
                left=left,
                right=right,
                verdict=verdict,
                reviewer=reviewer,
                at=at,
                status=status,
                left_quote=gap.passage.text,
                right_quote=other.passage.text,
                note=note,
            )
        )
    Pairs(workspace.store.engine).add(decisions)


def progress_row(row: Comparison) -> dict[str, Any]:
    """The JSON object that `mgi compare --json` prints for one finding; a new gap has `baseline` null."""
    return {
        "baseline": _side(row.baseline),
        "followup": _side(row.followup),
        "status": row.status,
        "score": row.score,
        "why": list(row.why),
    }


def _side(labelled: LabelledPassage | None) -> dict[str, Any] | None:
    if labelled is None:
        return None
    passage, codes = labelled.passage, labelled.label.codes
    return {
        "passage_id": passage.id,
        "text": passage.text,
        "page": passage.page,
        "page_label": passage.page_label,
        "targets": list(codes.get("sdg_target", ())),
        "domain": next(iter(codes.get("mgi_domain", ())), None),
        "document_id": passage.document,
        "language": passage.language,
    }
