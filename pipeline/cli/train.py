"""`mgi train`: fit the models from labelled passages, or improve a workspace's proposals from its reviews."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.options import ConfigOption, JsonOption, SetOption, WorkspaceOption, print_json, say

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mgi train --from-reviews -w my-workspace")
def train(
    from_reviews: Annotated[
        bool, typer.Option("--from-reviews", help="Learn from the workspace's accepted and changed passages.")
    ] = False,
    labels: Annotated[
        list[Path] | None, typer.Option("--labels", metavar="FILE", help="Labelled passages to learn from; repeatable.")
    ] = None,
    shipped: Annotated[
        bool,
        typer.Option(
            "--shipped", help="Learn also from the passages that come along (models/passages) and the official wording."
        ),
    ] = False,
    held: Annotated[
        list[Path] | None,
        typer.Option("--held", metavar="FILE", help="Labelled passages kept apart for calibration; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the weights here.")] = None,
    encoder: Annotated[
        Path | None,
        typer.Option("--encoder", metavar="DIR", help="A weights folder whose encoder has not seen the held passages."),
    ] = None,
    version: Annotated[str, typer.Option("--version", help="Name of the weights, shown in `by`.")] = "own",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """With --from-reviews: a before/after table; the change is kept, in the workspace, only if nothing falls.

    With --labels and --held: linear model and second stage in about a minute (extra `train`). The encoder is fine-tuned
    by `python -m pipeline.training.finetune` (extra `encoder`); see docs/quality.md.
    """
    from pipeline.config import load_config
    from pipeline.errors import ConfigError
    from pipeline.resources import resource

    resolved = load_config(config, settings or ())
    if from_reviews:
        _from_reviews(workspace, resolved, as_json)
        return
    files = [*(labels or ()), *(sorted(resource("models", "passages").glob("*.jsonl")) if shipped else ())]
    if files and held and out:
        _from_labels(files, held, out, encoder, version, as_json, wording=shipped)
    else:
        raise ConfigError(
            "Nothing to learn from.", hint="Give --from-reviews, or --labels (or --shipped), --held and --out."
        )


def _from_reviews(workspace: Path | None, resolved: Any, as_json: bool) -> None:
    from pipeline.store.filters import Filter
    from pipeline.training.adapt import AdaptOptions
    from pipeline.training.reviews import FOLDER, retrain, reviewed
    from pipeline.workspace import Workspace, find_workspace

    with Workspace.open(find_workspace(workspace)) as opened:
        passages = reviewed(list(opened.store.iter_labelled(Filter())))
        done = retrain(passages, opened.root / FOLDER, resolved, AdaptOptions())
    if as_json:
        print_json(
            {
                "reviews": done.reviews,
                "decisions": {s: [round(a, 3), round(b, 3)] for s, (a, b) in done.decisions.items()},
                "gold": {s: [round(a, 3), round(b, 3)] for s, (a, b) in done.gold.items()},
                "kept": str(done.kept) if done.kept else None,
                "reason": done.reason or None,
            }
        )
        return
    print(f"{done.reviews} accepted or changed passages")
    print(f"{'micro-F1':16}{'decisions before':>18}{'after':>8}{'gold before':>14}{'after':>8}")
    for scheme in {**done.decisions, **done.gold}:
        cells = [*done.decisions.get(scheme, (None, None)), *done.gold.get(scheme, (None, None))]
        told = ["-" if value is None else f"{value:.3f}" for value in cells]
        print(f"{scheme:16}{told[0]:>18}{told[1]:>8}{told[2]:>14}{told[3]:>8}")
    if done.kept:
        say(f"Kept in {done.kept}: the next mgi run of this workspace uses it.")
    else:
        say(f"Not kept: {done.reason}. The proposals stay as they were.")


def _from_labels(
    labels: list[Path],
    held: list[Path],
    out: Path,
    encoder: Path | None,
    version: str,
    as_json: bool,
    *,
    wording: bool,
) -> None:
    from pipeline.errors import ConfigError
    from pipeline.stages.evaluate.gold import read_gold

    try:
        from pipeline.training.linear import LinearOptions
        from pipeline.training.second import SecondOptions
        from pipeline.training.train import train as fit
        from pipeline.training.wording import wording_passages
    except ImportError as error:
        raise ConfigError(f"Training needs {error.name}.", hint="pip install 'mgi-vnr[train]'") from error

    learn = [*(p for file in labels for p in read_gold(file)), *(wording_passages() if wording else ())]
    apart = [p for file in held for p in read_gold(file)]
    both = {p.id for p in learn} & {p.id for p in apart}
    if both:
        raise ConfigError(f"{len(both)} passages are in --labels and in --held.", hint="Keep the held ones apart.")
    done = fit(
        learn,
        apart,
        out,
        encoder=encoder,
        version=version,
        linear_options=LinearOptions(),
        second_options=SecondOptions(),
    )
    if as_json:
        print_json({"out": str(out), "train": done.train, "held": done.held, "profiles": sorted(done.profiles)})
    else:
        print(f"{out}: {done.train} passages learnt, {done.held} for calibration, {', '.join(done.profiles)}")
