"""Decisions that were taken outside: an edited workbook, JSONL or Label Studio file comes back by three-way merge."""

from pipeline.review.incoming import Incoming, read_incoming
from pipeline.review.merge import Plan, apply_plan, plan_import

__all__ = ["Incoming", "Plan", "apply_plan", "plan_import", "read_incoming"]
