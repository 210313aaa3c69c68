"""Modules that need an optional extra are not collected (their doctests cannot run) where it is not installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = []
if find_spec("torch") is None:
    collect_ignore += [f"pipeline/training/{name}.py" for name in ("bert", "encoder", "finetune", "vocabulary")]
if find_spec("sklearn") is None:
    collect_ignore += [f"pipeline/training/{name}.py" for name in ("linear", "second", "train")]
