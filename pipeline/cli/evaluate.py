"""`mgi evaluate`: measured quality of the proposals, and gains and losses against an earlier version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from pipeline.cli.options import ConfigOption, JsonOption, SetOption, print_json, say

app = typer.Typer(add_completion=False)

FEW: Final = 6
"""Labels of schemes with more are shown with --all-labels only."""

LABELLED: Final = '{"id": "1", "text": "There is no strategy.", "categories": ["gap"], "targets": ["10.7"]}'

MIGRATION_TARGET: Final = ("sdg_target", "10.7")
"""Shown always: it is the target that this work is about."""


@app.command(epilog="Example: mgi evaluate --gold gold.jsonl --against baseline.jsonl --json")
def evaluate(
    gold: Annotated[
        list[Path] | None, typer.Option("--gold", metavar="FILE", help="Labelled passages (JSONL); may be repeated.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="BASELINE", help="Earlier answers; a fall means exit code 1."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Write the answers, to be a baseline later.")
    ] = None,
    all_labels: Annotated[bool, typer.Option("--all-labels", help="Show every label, not only schemes.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """Precision, recall and F1 per label with intervals, by language and kind of document, beside the agreement of
    two labellings; without --gold on the passages that ship with the project.
    """
    from pipeline.config import load_config
    from pipeline.errors import DataError
    from pipeline.resources import resource
    from pipeline.stages.evaluate.compare import compare_versions, read_baseline
    from pipeline.stages.evaluate.gold import parse_gold, read_gold
    from pipeline.stages.evaluate.measure import as_json as report_json
    from pipeline.stages.evaluate.measure import evaluate as measure
    from pipeline.stages.evaluate.options import EvaluateOptions
    from pipeline.stages.tag import TagOptions
    from pipeline.training.proposals import propose

    resolved = load_config(config, settings or ())
    options = resolved.options(EvaluateOptions)
    files = gold or sorted(resource("corpus", "gold").glob("*.jsonl"))
    passages = [p for file in files if not _is_baseline(file) for p in read_gold(file)]
    if not passages:
        raise DataError("gold", None, "has no passages.", hint="Give labelled passages with --gold FILE.")
    if not any(p.codes for p in passages):
        name = ", ".join(map(str, gold or ()))
        raise DataError(name, None, "has no labels, so nothing can be measured.", hint=f"A line is like {LABELLED}")
    parse_gold([json.dumps({"id": p.id, "text": ""}) for p in passages])  # ids are unique over all files
    proposals = propose(passages, resolved.options(TagOptions))
    report = measure(passages, proposals, options)
    found: dict[str, Any] = report_json(report)
    found["agreement"] = _agreement()
    comparison = compare_versions(passages, read_baseline(against), proposals, options) if against else None
    if comparison is not None:
        found["against"] = _comparison_json(comparison)
    if save is not None:
        _save(save, passages, proposals)
    if as_json:
        print_json(found)
    else:
        _print(found, all_labels=all_labels)
    if comparison is not None and comparison.fallen:
        say(f"mgi: F1 fell by more than {options.tolerance} in: {', '.join(comparison.fallen)}.")
        raise typer.Exit(1)


def _is_baseline(file: Path) -> bool:
    return file.stem.endswith("baseline")


def _agreement() -> dict[str, Any]:
    """How far two labellings of the same passages agree: no figure above it means anything."""
    from pipeline.resources import resource

    found: dict[str, Any] = json.loads(resource("models", "agreement.json").read_text(encoding="utf-8"))
    return found


def _comparison_json(comparison: Any) -> dict[str, Any]:
    gains = sum(change.gain for change in comparison.changes)
    return {
        "gains": gains,
        "losses": len(comparison.changes) - gains,
        "passages_unknown_to_baseline": comparison.unknown,
        "micro_f1": {s: [round(before, 3), round(now, 3)] for s, (before, now) in comparison.micro.items()},
        "fallen": list(comparison.fallen),
        "changes": [
            {"id": c.passage, "scheme": c.scheme, "code": c.code, "change": c.change} for c in comparison.changes
        ],
    }


def _save(file: Path, passages: Any, proposals: Any) -> None:
    from pipeline.stages.evaluate.compare import ANSWER_KEYS

    lines = []
    for passage, proposed in zip(passages, proposals, strict=True):
        row: dict[str, Any] = {"id": passage.id}
        for scheme, key in ANSWER_KEYS.items():
            row[key] = [{"code": code, "score": round(score, 4)} for code, score in proposed.get(scheme, ())]
        lines.append(json.dumps(row, ensure_ascii=False))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _print(found: dict[str, Any], *, all_labels: bool) -> None:
    ceiling = found["agreement"]["f1"]
    error = found["calibration_error"]
    print(f"{found['passages']} passages, calibration error {'-' if error is None else f'{error:.3f}'}")
    print(f"{'':28}{'P':>7}{'R':>7}{'F1':>7}   {'95 %':13}{'n':>6}  {'macro':>6} {'none':>6} {'agree':>6}")
    for scheme, report in found["schemes"].items():
        macro = report["macro_f1"] if report["micro"]["support"] else None
        tail = f"  {_or_dash(macro)} {_or_dash(report['none_recall'])} {_or_dash(ceiling.get(scheme))}"
        print(_row(scheme, report["micro"]) + tail)
        for name in ("accuracy", "first_three"):
            if report[name] is not None and (name == "accuracy" or scheme == "sdg_target"):
                print(f"  {name.replace('_', ' ')}: {report[name]:.3f}")
        every = all_labels or len(report["labels"]) <= FEW
        for code, figure in report["labels"].items():
            if every or (scheme, code) == MIGRATION_TARGET:
                print(_row(f"  {code}", figure))
    for part in ("by_language", "by_kind"):
        for key, report in found.get(part, {}).items():
            figures = {s: r["micro"] for s, r in report["schemes"].items()}
            told = ", ".join(f"{s} {f['f1']:.2f}" if f["support"] else f"{s} -" for s, f in figures.items())
            print(f"{part.removeprefix('by_')} {key} ({report['passages']}): {told}")
    if "against" in found:
        against = found["against"]
        print(f"against the baseline: {against['gains']} gains, {against['losses']} losses")
        for scheme, (before, now) in against["micro_f1"].items():
            print(f"  {scheme:26}{before:7.3f} ->{now:7.3f}")


def _row(name: str, figure: dict[str, Any]) -> str:
    low, high = figure["interval"]
    if not figure["support"]:
        return f"{name:28}{'-':>7}{'-':>7}{'-':>7}   {'-':13}{0:6}"
    return (
        f"{name:28}{figure['precision']:7.3f}{figure['recall']:7.3f}{figure['f1']:7.3f}"
        f"   {low:.3f}-{high:.3f}  {figure['support']:6}"
    )


def _or_dash(value: float | None) -> str:
    return f"{'-':>6}" if value is None else f"{value:6.3f}"
