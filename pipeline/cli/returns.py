"""`mgi review import` and `mgi review status`: decisions that come back in a file, and who decided what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import JsonOption, WorkspaceOption, print_json, say

if TYPE_CHECKING:
    from pipeline.review import Plan
    from pipeline.store import Store

SHOWN = 20
"""Faults, conflicts and changes that are printed; the others are counted."""


def register(app: typer.Typer) -> None:
    """Adds the two commands to `mgi review`."""
    app.command("import", epilog="Example: mgi review import dataset.xlsx --reviewer Ana, then again with --apply")(
        take_back
    )
    app.command("status", epilog="Example: mgi review status -w my-workspace --json")(status)


def take_back(
    file: Annotated[Path, typer.Argument(help="The edited .xlsx, .jsonl or Label Studio .json file.")],
    workspace: WorkspaceOption = None,
    reviewer: Annotated[str | None, typer.Option(help="Whose decisions these are. Else your login name.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Take them over; without it nothing changes.")] = False,
    conflicts: Annotated[
        str,
        typer.Option(
            metavar="stop|theirs|yours", help="Where both changed: stop, keep the workspace's, or take the file's."
        ),
    ] = "stop",
    skip_faulty: Annotated[
        bool, typer.Option("--skip-faulty", help="Apply the good rows although others are faulty or in conflict.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take back an edited workbook, JSONL or Label Studio file.

    Shows what would change; --apply does it, all in one transaction or nothing. A cell that was changed both in the
    file and in the workspace is a conflict: both values are shown and nothing is overwritten.
    """
    from pipeline.errors import ReviewError
    from pipeline.review import apply_plan, plan_import, read_incoming
    from pipeline.workspace import Workspace, find_workspace

    if conflicts not in ("stop", "theirs", "yours"):
        raise typer.BadParameter("is stop, theirs or yours.", param_hint="--conflicts")
    with Workspace.open(find_workspace(workspace)) as opened:
        incoming = read_incoming(file)
        plan = plan_import(
            incoming,
            opened.store,
            reviewer=reviewer or _login_name(),
            conflicts=conflicts,  # type: ignore[arg-type]
        )
        stopped = bool(plan.faults.count or (plan.conflicts and conflicts == "stop"))
        applied = apply and (skip_faulty or not stopped)
        if applied:
            apply_plan(plan, opened.store)
        _print(plan, applied=applied, as_json=as_json)
    if apply and not applied:
        raise ReviewError(
            f"Nothing was taken over: {plan.faults.count} faults, {len(plan.conflicts)} conflicts.",
            hint="Correct the file, or add --skip-faulty, --conflicts theirs or --conflicts yours.",
        )
    if not apply and stopped:
        raise typer.Exit(1)


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reviewer"


def _print(plan: Plan, *, applied: bool, as_json: bool) -> None:
    if as_json:
        _print_lines(plan, applied=applied)
        return
    for name, every in (("fault", plan.faults.kept), ("conflict", plan.conflicts)):
        for one in every[:SHOWN]:
            say(f"{name}: {one}")
    for remark in plan.remarks:
        say(f"note: {remark}")
    for change in plan.changes[:SHOWN]:
        told = ", ".join(f"{column} {change.before[column]!r} -> {change.after[column]!r}" for column in change.after)
        say(f"{change.where}: {told}")
    left = {
        "faults": plan.faults.count - SHOWN,
        "conflicts": len(plan.conflicts) - SHOWN,
        "changes": len(plan.changes) - SHOWN,
    }
    more = [f"{number:,} more {name}" for name, number in left.items() if number > 0]
    if more:
        say(f"... and {', '.join(more)} (all with --json)")
    verb = "taken over" if applied else "would change"
    say(
        f"{plan.rows:,} rows: {len(plan.changes):,} {verb}, {plan.unchanged:,} unchanged, "
        f"{plan.deleted:,} deleted from the sheet (nothing changes for them), "
        f"{len(plan.conflicts):,} conflicts, {plan.faults.count:,} faults."
    )
    if not applied and plan.changes:
        say("Nothing was changed yet; add --apply to take this over.")


def _print_lines(plan: Plan, *, applied: bool) -> None:
    for fault in plan.faults.kept:
        print_json(
            {
                "fault": fault.message,
                "where": fault.where,
                "column": fault.column,
                "value": fault.value[:200],
                "hint": fault.hint,
            }
        )
    for conflict in plan.conflicts:
        print_json(
            {
                "conflict": conflict.column,
                "where": conflict.where,
                "passage_id": conflict.passage,
                "base": conflict.base,
                "theirs": conflict.theirs,
                "yours": conflict.yours,
                "by": conflict.by,
            }
        )
    for change in plan.changes:
        print_json(
            {
                "change": change.review.passage,
                "where": change.where,
                "verdict": change.review.verdict,
                "before": change.before,
                "after": change.after,
            }
        )
    print_json(
        {
            "summary": {
                "applied": applied,
                "rows": plan.rows,
                "changes": len(plan.changes),
                "unchanged": plan.unchanged,
                "deleted": plan.deleted,
                "conflicts": len(plan.conflicts),
                "faults": plan.faults.count,
                "remarks": plan.remarks,
            }
        }
    )


def status(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Who decided what: progress by document, totals by person, agreement of each two, and decisions without a place.

    A decision is stale when its passage could not be found again after the document was read anew.
    """
    from pipeline.store.team import Team
    from pipeline.workspace import Workspace, find_workspace

    with Workspace.open(find_workspace(workspace)) as opened:
        store, team = opened.store, Team(opened.store.engine)
        progress = store.progress()
        documents = [
            {
                "document": one.facts.id,
                "title": one.facts.title or one.facts.path,
                "passages": one.passages,
                **{name: progress.get(one.facts.id, {}).get(name, 0) for name in _STATUSES},
            }
            for one in store.documents()
        ]
        reviewers = [{"reviewer": name, **total.verdicts, "last": total.last} for name, total in team.totals().items()]
        report = {
            "documents": documents,
            "reviewers": reviewers,
            "agreement": _agreement(team),
            "stale": _stale(store),
        }
    if as_json:
        print_json(report)
        return
    _print_status(report)


_STATUSES = ("proposed", "accepted", "changed", "rejected")


def _agreement(team: Any) -> list[dict[str, Any]]:
    """Cohen's kappa of each two reviewers over the passages that both decided."""
    from itertools import combinations

    from pipeline.types import SCHEMES
    from pipeline.web.agreement import kappa

    decided = {name: team.latest_of(name) for name in team.reviewers()}
    found = []
    for first, second in combinations(decided, 2):
        shared = sorted(decided[first].keys() & decided[second].keys())
        if not shared:
            continue
        pairs = [(decided[first][one].review.codes, decided[second][one].review.codes) for one in shared]
        values: dict[str, float | None] = {}
        for scheme in SCHEMES:
            codes = {code for pair in pairs for side in pair for code in side.get(scheme, ())}
            ratings = [
                (code in a.get(scheme, ()), code in b.get(scheme, ())) for code in sorted(codes) for a, b in pairs
            ]
            result = kappa(ratings) if ratings else None
            values[scheme] = None if result is None else round(result, 3)
        same = sum(all(set(a.get(scheme, ())) == set(b.get(scheme, ())) for scheme in SCHEMES) for a, b in pairs)
        found.append({"first": first, "second": second, "passages": len(shared), "same": same, "kappa": values})
    return found


def _stale(store: Store) -> list[dict[str, Any]]:
    decisions = [
        {
            "document": one.review.document,
            "reviewer": one.review.reviewer,
            "at": one.review.at,
            "verdict": one.review.verdict,
            "codes": {scheme: list(codes) for scheme, codes in one.review.codes.items()},
            "note": one.review.note,
            "quote": one.review.quote,
        }
        for one in store.stale_reviews()
    ]
    edits = [
        {
            "document": one.edit.document,
            "reviewer": one.edit.reviewer,
            "at": one.edit.at,
            "verdict": one.edit.kind,
            "codes": {},
            "note": one.edit.note,
            "quote": " / ".join(one.edit.quotes),
        }
        for one in store.stale_edits()
    ]
    return [*decisions, *edits]


def _print_status(report: dict[str, Any]) -> None:
    for one in report["documents"]:
        done = sum(one[name] for name in _STATUSES[1:])
        print(
            f"{one['title'][:60]:60}  {done:>6,} of {one['passages']:>6,} decided "
            f"({one['accepted']} accepted, {one['changed']} changed, {one['rejected']} rejected)"
        )
    for one in report["reviewers"]:
        told = ", ".join(f"{one[name]} {name}" for name in (*_STATUSES[1:], "reopened") if one.get(name))
        print(f"{one['reviewer']}: {told}; last {one['last']}")
    for one in report["agreement"]:
        told = ", ".join(f"{scheme} {value:.2f}" for scheme, value in one["kappa"].items() if value is not None)
        print(
            f"{one['first']} and {one['second']}: {one['same']} of {one['passages']} passages the same; "
            f"kappa {told or 'cannot be told'}"
        )
    for one in report["stale"][:SHOWN]:
        print(f"stale: {one['reviewer']} {one['verdict']} ({one['at']}): {one['quote'][:120]!r}")
    if len(report["stale"]) > SHOWN:
        print(f"... and {len(report['stale']) - SHOWN} more stale decisions (all with --json)")
