"""Modules whose doctests cannot run are not collected: migrations, and those of extras that are not installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = ["pipeline/store/migrations"]  # run by Alembic, cannot be imported by themselves
if find_spec("torch") is None:
    collect_ignore += [f"pipeline/training/{name}.py" for name in ("bert", "encoder", "finetune", "multilingual")]
if find_spec("sklearn") is None:
    collect_ignore += [f"pipeline/training/{name}.py" for name in ("linear", "second", "train")]
